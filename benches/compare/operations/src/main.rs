//! deltarule's single operations, in the order and with the names of PyTorch's side: a line is printed for each.

use std::hint::black_box;
use std::time::Duration;

use deltarule::prelude::*;
use harness::time;

fn main() {
    no_grad(|| {
        elementwise();
        reduce();
        matmul();
    });
}

fn case<T>(family: &str, case: &str, f: impl Fn() -> T) {
    let (best, _) = time(Duration::from_millis(20), Duration::from_millis(150), &mut || {
        black_box(f());
    });
    println!("{{\"family\": \"{family}\", \"case\": \"{case}\", \"best\": {best:e}}}");
}

fn elementwise() {
    for size in [1_000, 100_000, 300_000, 1_000_000, 10_000_000] {
        let (a, b) = (&Tensor::rand([size]) + 0.1, &Tensor::rand([size]) + 0.1);
        case("elementwise", &format!("add {size}"), || &a + &b);
        case("elementwise", &format!("mul {size}"), || &a * &b);
        case("elementwise", &format!("exp {size}"), || a.exp());
        case("elementwise", &format!("ln {size}"), || a.ln());
        case("elementwise", &format!("tanh {size}"), || a.tanh());
        case("elementwise", &format!("sigmoid {size}"), || a.sigmoid());
        case("elementwise", &format!("relu {size}"), || a.relu());
        case("elementwise", &format!("softplus {size}"), || a.softplus(1.0, 20.0));
        case("elementwise", &format!("elu {size}"), || a.elu(1.0));
        case("elementwise", &format!("gelu {size}"), || a.gelu());
        case("elementwise", &format!("sqrt {size}"), || a.sqrt());
    }
}

fn reduce() {
    for size in [1_000, 100_000, 10_000_000] {
        let a = Tensor::rand([size]);
        case("reduce", &format!("sum {size}"), || a.sum());
        case("reduce", &format!("mean {size}"), || a.mean());
        case("reduce", &format!("max {size}"), || a.max());
        case("reduce", &format!("var {size}"), || a.var());
    }
    for (rows, columns) in [(64, 10), (1024, 1000), (32_768, 8)] {
        let a = Tensor::rand([rows, columns]);
        let labels: Vec<i64> = (0..rows).map(|i| (i * 7 % columns) as i64).collect();
        let labels = LongTensor::from_vec(labels, [rows]).expect("a label for each row");
        for axis in [0, 1] {
            let at = format!("{rows}x{columns} axis {axis}");
            case("reduce", &format!("sum {at}"), || a.sum_dim(axis, false));
            case("reduce", &format!("mean {at}"), || a.mean_dim(axis, false));
            case("reduce", &format!("amax {at}"), || a.amax(axis, false));
            case("reduce", &format!("max with index {at}"), || a.max_dim(axis, false));
            case("reduce", &format!("argmax {at}"), || a.argmax(axis, false));
            case("reduce", &format!("var {at}"), || a.var_dim(axis, 1.0, false));
            case("reduce", &format!("softmax {at}"), || a.softmax(axis));
            case("reduce", &format!("log_softmax {at}"), || a.log_softmax(axis));
        }
        let criterion = nn::CrossEntropyLoss::default();
        case("reduce", &format!("cross_entropy {rows}x{columns}"), || criterion.forward(&a, &labels));
        case("reduce", &format!("layer_norm {rows}x{columns}"), || a.layer_norm(1, None, None, 1e-5));
    }
}

fn matmul() {
    for (m, k, n) in [
        (4, 2, 2),
        (64, 784, 128),
        (64, 128, 10),
        (1, 784, 128),
        (128, 512, 512),
        (256, 1024, 1024),
        (1024, 1024, 1024),
        (2048, 2048, 2048),
    ] {
        let (a, b) = (Tensor::rand([m, k]), Tensor::rand([k, n]));
        let (at, bt) = (Tensor::rand([k, m]), Tensor::rand([n, k]));
        case("matmul", &format!("{m}x{k}x{n}"), || a.matmul(&b));
        case("matmul", &format!("{m}x{k}x{n} x·Wᵀ"), || a.matmul(&bt.t()));
        case("matmul", &format!("{m}x{k}x{n} gᵀ·x"), || at.t().matmul(&b));
    }
}
