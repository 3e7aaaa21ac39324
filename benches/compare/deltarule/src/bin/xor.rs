//! The program of README.md and no more, whose size `compare.py lightness` tells.

use deltarule::prelude::*;

fn main() {
    manual_seed(0);
    let x_data = Tensor::from([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
    let y_data = Tensor::from([[0.], [1.], [1.], [0.]]);

    let model = nn::sequential![nn::Linear::new(2, 2), nn::Sigmoid, nn::Linear::new(2, 1), nn::Sigmoid];
    let criterion = nn::MseLoss::default();
    let mut optimizer = optim::Sgd::new(model.parameters(), 2.0);

    for epoch in 0..5000 {
        let y_pred = model.forward(&x_data);
        let loss = criterion.forward(&y_pred, &y_data);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        if (epoch + 1) % 1000 == 0 {
            println!("epoch {}: loss {:.4}", epoch + 1, loss.item());
        }
    }
}
