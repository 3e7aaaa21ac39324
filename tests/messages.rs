//! What a wrong use says: each message as a snapshot, and each at the user's line.
//!
//! A snapshot under `tests/snapshots` lists, for one theme, the code and what it says. After a message changed on purpose,
//! `INSTA_UPDATE=always cargo test -p deltarule-tests --test messages` writes them anew.
// long: a line for each message that a wrong use gives.

// long: a list of wrong uses, a test for each theme.

// long: a list.

#[allow(dead_code, reason = "the tape's tests use more of it")]
#[path = "../crates/autograd/tests/common/panic.rs"]
mod panic;

use deltarule::nn::Stateful;
use deltarule::optim::schedule::{OneCycleLr, Schedule, StepLr};
use deltarule::prelude::*;
use deltarule::tensor::random::with_default;
use deltarule::{detect_anomaly, step};
use panic::{Panic, panic_of};

/// The code of one theme, and what each line of it says.
#[derive(Default)]
struct Messages(String);

impl Messages {
    /// Adds a message that was raised by the code at `line`: of this file, or the test fails.
    fn add(&mut self, code: &str, line: u32, panic: &Panic) {
        panic.at(file!(), line);
        self.text(code, &panic.message);
    }

    fn text(&mut self, code: &str, message: &str) {
        // `stringify!` breaks long lines.
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        self.0.push_str(&format!("{code}\n{}\n\n", without_places(message)));
    }
}

/// The message without line numbers, which change with every edit of this file. That the places in it are of this file
/// is part of the snapshot.
fn without_places(message: &str) -> String {
    let mut parts = message.split(concat!(file!(), ":"));
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        text.push_str(&format!("{}:LINE{rest}", file!()));
    }
    text
}

/// `says!(messages, code);`: the code panics at that very line.
macro_rules! says {
    ($messages:ident, $code:expr) => {
        $messages.add(stringify!($code), line!(), &panic_of(|| $code))
    };
}

/// `rule_says!(messages, code);`: a rule panics, in its own place, and the message names the line that recorded it.
macro_rules! rule_says {
    ($messages:ident, $code:expr) => {
        $messages.text(stringify!($code), &panic_of(|| $code).message)
    };
}

#[test]
fn shapes() {
    let mut m = Messages::default();
    let (a, b, s) = (Tensor::zeros([4, 3]), Tensor::zeros([2, 5]), Tensor::zeros([]));
    says!(m, &a + &b);
    says!(m, a.matmul(&b));
    says!(m, a.matmul(&s));
    says!(m, Tensor::zeros([2, 4, 3]).matmul(&Tensor::zeros([3, 3, 4])));
    says!(m, a.dot(&b));
    says!(m, a.linear(&b, None));
    says!(m, a.linear(&Tensor::zeros([5, 3]), Some(&Tensor::zeros([4]))));
    says!(m, a.linear(&Tensor::zeros([3]), None));
    says!(m, a.reshape([5, 3]));
    says!(m, a.reshape([5, -1]));
    says!(m, a.reshape((-1, 3, -1)));
    says!(m, a.expand([4, 4]));
    says!(m, a.repeat([2]));
    says!(m, a.flatten(1, 0));
    says!(m, a.pad([(0, 1)], 0.0));
    says!(m, Tensor::zeros([2, 4, 3]).t());
    says!(m, Tensor::zeros([3]).tril(0));
    says!(m, a.mse_loss(&b));
    says!(m, a.maximum(&b));
    says!(m, a.eq(&b));
    says!(m, a.ge_scalar(0.0).where_(&a, &b));
    says!(m, a.masked_fill(&b.ge_scalar(0.0), 1.0));
    says!(m, cat(&[&a, &b], 0));
    says!(m, cat(&[&Tensor::zeros([2]), &Tensor::zeros([2, 2])], 0));
    says!(m, cat(&[] as &[&Tensor], 0));
    says!(m, stack(&[&a, &b], 0));
    says!(m, stack(&[] as &[&Tensor], 0));
    says!(m, a.item());
    says!(m, a.split(0, 0));
    says!(m, a.chunk(0, 0));
    says!(m, nn::MseLoss::default().forward(&Tensor::zeros([4]), &Tensor::zeros([4, 1])));
    says!(m, nn::L1Loss::default().forward(&a, &b));
    says!(m, nn::CrossEntropyLoss::default().forward(&a, &LongTensor::from([0, 1])));
    says!(m, nn::CrossEntropyLoss::default().forward(&s, &LongTensor::from(0)));
    says!(m, nn::CrossEntropyLoss::default().forward(&a, &b));
    says!(m, nn::CrossEntropyLoss::default().weight(Tensor::ones([2])).forward(&a, &LongTensor::zeros([4])));
    says!(m, nn::BceLoss::default().weight(Tensor::ones([2, 4, 3])).forward(&a, &a));
    says!(m, a.binary_cross_entropy(&b));
    says!(m, a.cross_entropy(&LongTensor::zeros([3]), -100));
    says!(m, a.cross_entropy(&LongTensor::from([0, 1, 2, 3]), -100));
    says!(m, a.layer_norm(3, None, None, 1e-5));
    says!(m, a.layer_norm(1, Some(&Tensor::ones([4])), None, 1e-5));
    says!(m, Tensor::zeros([4]).batch_norm(None, None, 1e-5));
    insta::assert_snapshot!(m.0);
}

#[test]
fn axes_and_indices() {
    let mut m = Messages::default();
    let a = Tensor::zeros([4, 3]);
    says!(m, a.sum_dim(2, false));
    says!(m, Tensor::from(1.).select(0, 0));
    says!(m, a.sum_dim([0, -2], false));
    says!(m, a.softmax(-3));
    says!(m, a.transpose(0, 2));
    says!(m, a.permute([0, 0]));
    says!(m, a.unsqueeze(4));
    says!(m, stack(&[&a, &a], 3));
    says!(m, a.size(2));
    says!(m, a.narrow(0, 3, 2));
    says!(m, a.select(1, 3));
    says!(m, a.slice((0..2, 0..2, 0..2)));
    says!(m, a.slice((0, 3)));
    says!(m, a.slice(step(0..4, 0)));
    says!(m, a.at([4, 0]));
    says!(m, a.at([1]));
    says!(m, a.index_select(0, &LongTensor::from([0, 4])));
    says!(m, nn::Embedding::new(10, 2).forward(&LongTensor::from([3, 10])));
    says!(m, Tensor::zeros([0, 3]).index_select(0, &LongTensor::from([0])));
    says!(m, a.index_select(0, &LongTensor::from([[0], [1]])));
    says!(m, Tensor::from(1.).index_select(0, &LongTensor::from([0, 0])));
    says!(m, a.gather(1, &LongTensor::from([[0, -1]])));
    says!(m, a.gather(1, &LongTensor::zeros([5, 1])));
    says!(m, a.topk(4, 1, true));
    says!(m, nn::CrossEntropyLoss::default().forward(&a, &LongTensor::from([0, 1, 2, 3])));
    insta::assert_snapshot!(m.0);
}

#[test]
fn empty_reductions_and_bad_numbers() {
    let mut m = Messages::default();
    let empty = Tensor::zeros([0, 3]);
    says!(m, empty.max());
    says!(m, empty.amax(0, false));
    says!(m, empty.argmax(0));
    says!(m, empty.min_dim(0, false));
    says!(m, Tensor::arange(0.0, 1.0, 0.0));
    says!(m, LongTensor::arange(3, 0, 1));
    says!(m, LongTensor::randint(3, 3, [2]));
    says!(m, Tensor::zeros([usize::MAX, 4]));
    says!(m, nn::Linear::new(1 << 40, 1 << 40));
    says!(m, Tensor::zeros([1]).expand([1 << 58]) + 1.0);
    says!(m, nn::BatchNorm1d::new(1 << 60));
    says!(m, nn::LayerNorm::new([1 << 40, 1 << 40]));
    says!(m, nn::Embedding::new(1 << 60, 4));
    says!(m, Tensor::zeros([1]).expand([1 << 50]).split(1, 0));
    says!(m, Tensor::zeros([1; 65]));
    says!(m, Tensor::uniform([2], 1.0, 0.0));
    says!(m, Tensor::normal([2], 0.0, -1.0));
    says!(m, Tensor::bernoulli([2], 1.5));
    says!(m, empty.allclose(&empty, -1.0, 0.0));
    says!(m, with_default(|_| Tensor::rand([1])));
    says!(m, with_default(|_| manual_seed(0)));
    says!(m, nn::BceLoss::default().forward(&Tensor::from([2.]), &Tensor::from([1.])));
    insta::assert_snapshot!(m.0);
}

#[test]
fn writes_orders_and_draws() {
    let mut m = Messages::default();
    let (a, v, s) = (Tensor::zeros([4, 3]), Tensor::zeros([3]), Tensor::zeros([]));
    let (one, first) = (LongTensor::from([1]), LongTensor::from([[0]]));
    says!(m, a.scatter(1, &LongTensor::zeros([5, 1]), &Tensor::zeros([5, 1])));
    says!(m, a.scatter_add(1, &LongTensor::from([[3]]), &Tensor::zeros([1, 1])));
    says!(m, a.index_add(0, &first, &Tensor::zeros([1, 3])));
    says!(m, a.index_copy(0, &one, &v));
    says!(m, a.slice_scatter(&v, (.., 0)));
    says!(m, a.select_scatter(&v, 0, 4));
    says!(m, a.diagonal(0, 1, -1));
    says!(m, s.diag(0));
    says!(m, v.diag(isize::MAX));
    says!(m, v.trace());
    says!(m, v.outer(&a));
    says!(m, a.split([1, 2], 0));
    says!(m, a.roll([1, 2], 0));
    says!(m, a.rot90(1, [0, -2]));
    says!(m, deltarule::tensor::meshgrid(&[&a], deltarule::tensor::Indexing::Ij));
    says!(m, deltarule::tensor::meshgrid(&[] as &[&Tensor], deltarule::tensor::Indexing::Ij));
    says!(m, a.quantile(1.5));
    says!(m, Tensor::zeros([0]).quantile(0.5));
    says!(m, first.bincount(0));
    says!(m, LongTensor::from([2, -1]).bincount(0));
    says!(m, one.bincount_weighted(&v, 0));
    says!(m, one.one_hot(1));
    says!(m, LongTensor::zeros([0]).one_hot(-1));
    says!(m, one.remainder(&LongTensor::from(0)));
    says!(m, s.multinomial(1, true));
    says!(m, v.multinomial(4, false));
    says!(m, Tensor::from([1., -1.]).multinomial(1, true));
    says!(m, a.multinomial(1, true));
    insta::assert_snapshot!(m.0);
}

#[test]
fn backward() {
    let mut m = Messages::default();
    let x = Tensor::from([1., 2.]).requires_grad_();
    says!(m, (&x * &x).backward());
    says!(m, Tensor::from([1.]).backward());
    says!(m, no_grad(|| x.sum()).backward());
    let loss = x.square().sum();
    loss.backward();
    says!(m, loss.backward());
    let mut hidden = Tensor::zeros([2]).requires_grad_();
    hidden = (&hidden + &x).tanh();
    (&hidden * &x).sum().backward();
    says!(m, (&hidden * &x).sum().backward());
    says!(m, x.square().sum().requires_grad_());
    let mut w = Tensor::from([1., 2.]).requires_grad_();
    says!(m, w -= 0.5);
    says!(m, no_grad(|| w -= Tensor::zeros([3, 2])));
    let w = &w - 0.5;
    says!(m, w.grad());
    says!(m, x.detach().retain_grad());
    says!(m, x.square().backward_with(Some(&Tensor::from([1.])), deltarule::Options::new()));
    says!(m, deltarule::grad(&x.sum(), &[&x.detach()], deltarule::Options::new()));
    says!(m, deltarule::grad(&x.square(), &[&x], deltarule::Options::new()));
    let slope = deltarule::grad(&x.square().sum(), &[&x], deltarule::Options::new()).remove(0).unwrap();
    says!(m, deltarule::grad(&slope.sum(), &[&x], deltarule::Options::new()));
    says!(m, deltarule::draw(&x.detach()));
    says!(m, x.node().unwrap().with_grad(|_| x.grad()));
    says!(m, x.square().update(|values| values[0] = 0.0));
    says!(m, deltarule::detect_anomaly(|| (&x * 0.0).ln()));
    rule_says!(m, deltarule::detect_anomaly(|| (&x * 0.0).sqrt().sum().backward()));
    insta::assert_snapshot!(m.0);
}

#[test]
fn operations_of_your_own() {
    let mut m = Messages::default();
    let x = Tensor::from([1., 2.]).requires_grad_();
    let wrong_place =
        deltarule::record("double", x.detach() * 2.0, [x.node()], |_| move |g: Tensor, to| to.input(1, || g * 2.0));
    rule_says!(m, wrong_place.sum().backward());
    let wrong_shape = deltarule::record("double", x.detach() * 2.0, [x.node()], |_| {
        move |_: Tensor, to| to.input(0, || Tensor::zeros([3]))
    });
    rule_says!(m, wrong_shape.sum().backward());
    let repeated = deltarule::record("double", x.detach() * 2.0, [x.node()], |_| {
        move |g: Tensor, to| to.input(0, || g.expand([3, 2]) * 2.0)
    });
    rule_says!(m, repeated.sum().backward());
    let hooked = &x * 2.0;
    hooked.register_hook(|g| Some(g.expand([3, 2]) * 1.0));
    says!(m, hooked.sum().backward());
    insta::assert_snapshot!(m.0);
}

#[test]
fn inside_of_containers() {
    let mut m = Messages::default();
    let encoder = nn::sequential![nn::Linear::new(3, 4), nn::Relu];
    let model = nn::sequential![encoder, nn::Sigmoid, nn::Linear::new(5, 1)];
    says!(m, model.forward(&Tensor::zeros([2, 3])));
    says!(m, model.forward(&Tensor::zeros([2, 2])));
    let boxed: Box<dyn Forward> = Box::new(model);
    says!(m, boxed.forward(&Tensor::zeros([2, 3])));
    says!(m, detect_anomaly(|| boxed.forward(&Tensor::full([2, 3], f32::INFINITY))));
    insta::assert_snapshot!(m.0);
}

/// A model of a user's own, whose second layer doesn't fit the first.
#[derive(Module)]
struct Net {
    first: nn::Linear,
    second: Box<dyn Forward>,
}

impl Net {
    const LINE: u32 = line!() + 5;
}

impl Forward for Net {
    fn forward(&self, input: &Tensor) -> Tensor {
        let hidden = self.first.forward(input).relu();
        self.second.forward(&hidden)
    }
}

/// The line is that of the layer in `forward`, however the model is called.
#[test]
fn inside_of_a_users_forward() {
    let mut m = Messages::default();
    let net = || Net { first: nn::Linear::new(3, 4), second: Box::new(nn::Linear::new(5, 1)) };
    let x = Tensor::zeros([2, 3]);
    let seen = Net::LINE + 1;
    m.add("net.forward(&x)", seen, &panic_of(|| net().forward(&x)));
    let boxed: Box<dyn Forward> = Box::new(net());
    m.add("boxed.forward(&x)", seen, &panic_of(|| boxed.forward(&x)));
    let model = nn::sequential![nn::Identity, nn::sequential![net()]];
    m.add("sequential![Identity, sequential![net]].forward(&x)", seen, &panic_of(|| model.forward(&x)));
    m.add("nn::summary(&net, [2, 3])", seen, &panic_of(|| nn::summary(&net(), [2, 3])));

    // What is recorded has that line too, and so have the messages of a backward pass.
    let sound = nn::sequential![Net { first: nn::Linear::new(3, 4), second: Box::new(nn::Linear::new(4, 1)) }];
    let y = sound.forward(&x);
    assert_eq!((y.node().unwrap().line().file(), y.node().unwrap().line().line()), (file!(), seen));
    let infinite = Tensor::full([2, 3], f32::INFINITY);
    let panic = panic_of(|| detect_anomaly(|| sound.forward(&infinite)));
    m.add("detect_anomaly(|| sequential![net].forward(&infinite))", Net::LINE, &panic);
    insta::assert_snapshot!(m.0);
}

#[test]
fn layers() {
    let mut m = Messages::default();
    let a = Tensor::zeros([4, 3]);
    says!(m, nn::LayerNorm::new([]));
    says!(m, nn::LayerNorm::new([2]).forward(&a));
    says!(m, nn::BatchNorm1d::new(2).forward(&a));
    says!(m, nn::BatchNorm1d::new(3).forward(&Tensor::zeros([1, 3])));
    says!(m, nn::Dropout::new(1.5));
    says!(m, nn::Embedding::new(10, 4).padding_idx(10));
    says!(m, nn::init::xavier_uniform_(&nn::Parameter::new(Tensor::zeros([3])), 1.0));
    says!(m, nn::Buffer::new(Tensor::zeros([3])).set(Tensor::zeros([2])));
    says!(m, nn::HuberLoss::default().delta(0.0));
    says!(m, nn::SmoothL1Loss::default().beta(-1.0));
    says!(m, nn::CrossEntropyLoss::default().ignore_index(0).forward(&a, &a));
    insta::assert_snapshot!(m.0);
}

#[test]
fn optimizers_and_parameters() {
    let mut m = Messages::default();
    let layer = nn::Linear::new(2, 1);
    says!(m, optim::Sgd::new(layer.parameters(), -0.1));
    says!(m, optim::Sgd::new(layer.parameters(), f64::NAN));
    says!(m, optim::Sgd::new(layer.parameters(), f64::INFINITY));
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).set_lr(f64::NAN));
    says!(m, optim::Adam::new(nn::Relu.parameters(), 1e-3));
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).options_mut(3).lr = 0.5);
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).momentum(-1.0));
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).dampening(f64::NAN));
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).nesterov(true).step());
    says!(m, layer.weight.set(Tensor::zeros([3])));
    says!(m, layer.weight.set_grad(Some(Tensor::zeros([3]))));
    says!(m, nn::LinearOf::<f64>::new(2, 1).parameters());
    let held = layer.weight.read();
    layer.weight.set_grad(Some(Tensor::zeros([1, 2])));
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).step());
    // Another thread waits until nobody reads, and a new reader would wait for that one.
    let weight = layer.weight.clone();
    let writer = std::thread::spawn(move || weight.update(|_| {}));
    while std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(layer.weight.read()))).is_ok() {}
    says!(m, drop(layer.weight.read()));
    drop(held);
    assert!(writer.join().is_ok());
    says!(m, layer.weight.update(|_| drop(layer.weight.tensor())));
    says!(m, layer.weight.step(|_, _| layer.weight.set(Tensor::zeros([1, 2]))).then_some(()));
    layer.weight.zero_grad();
    says!(m, nn::functional_call(&layer, [("w", Tensor::zeros([1]))], || ()));
    says!(m, nn::functional_call(&layer, [("weight", Tensor::zeros([1]))], || ()));
    says!(m, nn::CrossEntropyLoss::default().label_smoothing(2.0));
    says!(m, optim::Sgd::new(layer.parameters(), 0.1).add_group(layer.parameters(), |group| group.lr = 0.01));
    let mut sgd = optim::Sgd::new(layer.parameters(), 0.1);
    says!(m, Schedule::new(&mut sgd, StepLr::new(0)));
    let mut cycle = Schedule::new(&mut sgd, OneCycleLr::new(0.1, 1).cycle_momentum(false));
    cycle.step(&mut sgd);
    says!(m, cycle.step(&mut sgd));
    let mut adagrad = optim::Adagrad::new(layer.parameters(), 0.1);
    says!(m, Schedule::new(&mut adagrad, OneCycleLr::new(0.1, 10)));
    says!(m, Schedule::new(&mut sgd, OneCycleLr::new(0.1, 10).max_lrs([])));
    let mut schedule = Schedule::new(&mut sgd, StepLr::new(10));
    let other = nn::Linear::new(2, 1);
    let mut sgd = sgd.add_group(other.parameters(), |group| group.lr = 0.01);
    says!(m, schedule.step(&mut sgd));
    insta::assert_snapshot!(m.0);
}

#[test]
fn data_from_outside() {
    let mut m = Messages::default();
    m.text(
        "Tensor::from_vec(vec![1., 2., 3.], [2, 2])",
        &format!("{:?}", Tensor::from_vec(vec![1., 2., 3.], [2, 2]).unwrap_err()),
    );
    m.text("Tensor::from_vec(vec![1.], [1; 65])", &format!("{:?}", Tensor::from_vec(vec![1.], [1; 65]).unwrap_err()));
    let model = nn::sequential![nn::Linear::new(2, 3), nn::Relu, nn::Linear::new(3, 1)];
    let other = nn::sequential![nn::Linear::new(2, 4), nn::Linear::new(4, 1)];
    let error = model.load_state_dict(&other.state_dict()).unwrap_err();
    m.text("model.load_state_dict(&other.state_dict())", &format!("{error:?}"));
    let mut refused = |code: &str, dict: &nn::StateDict| {
        m.text(code, &format!("{:?}", model.load_state_dict(dict).unwrap_err()));
    };
    refused(
        r#"model.load_state_dict(&dict), whose names begin with "module.""#,
        &model.state_dict().with_prefix("module."),
    );
    refused("model.load_state_dict(&dict), of its second layer alone", &model.state_dict().strip_prefix("0."));
    let mut fewer = model.state_dict();
    fewer.remove("2.bias");
    refused("model.load_state_dict(&dict), without a bias", &fewer);
    refused("model.load_state_dict(&dict), with a name twice", &fewer.rename(|name| name.replace("weight", "bias")));
    let layer = nn::Linear::without_bias(1, 1);
    let (tied, untied) = ((layer.clone(), layer), (nn::Linear::without_bias(1, 1), nn::Linear::without_bias(1, 1)));
    let error = tied.load_state_dict(&untied.state_dict()).unwrap_err();
    m.text("tied.load_state_dict(&untied.state_dict())", &format!("{error:?}"));
    let mut diverged = nn::StateDict::new();
    diverged.insert("w", Tensor::from([f32::NAN]));
    m.text("serde_json::to_string(&diverged)", &serde_json::to_string(&diverged).unwrap_err().to_string());
    let mut sgd = optim::Sgd::new(model.parameters(), 0.1);
    let mut cycle = |steps| Schedule::new(&mut sgd, OneCycleLr::new(0.1, steps).cycle_momentum(false));
    let mut saved = cycle(10).state_dict();
    saved.values.insert("last_epoch", LongTensor::from(11));
    m.text("cycle.load_state_dict(&saved)", &format!("{:?}", cycle(10).load_state_dict(&saved).unwrap_err()));
    let adam = optim::Adam::new([model.parameters().remove(0)], 0.1);
    let error = optim::Adam::new(model.parameters(), 0.1).load_state_dict(&adam.state_dict()).unwrap_err();
    m.text("adam.load_state_dict(&saved)", &format!("{error:?}"));
    insta::assert_snapshot!(m.0);
}

/// What an error of a file says; the folder of the tests is cut out. `Debug` says the same: `unwrap` prints it.
fn of_file(error: &nn::FileError) -> String {
    assert_eq!(format!("{error:?}"), error.to_string());
    error.to_string().replace(&format!("{}/", env!("CARGO_TARGET_TMPDIR")), "")
}

#[test]
fn damaged_files() {
    let mut m = Messages::default();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (weights, checkpoint) = (folder.join("whole.safetensors"), folder.join("whole.checkpoint"));
    let (broken_weights, broken_checkpoint) = (folder.join("net.safetensors"), folder.join("run.checkpoint"));
    let model = nn::Linear::new(2, 1);
    let sgd = optim::Sgd::new(model.parameters(), 0.1);
    model.state_dict().save_safetensors(&weights).unwrap();
    let whole = nn::Checkpoint::new(3, &model, &[&sgd], ());
    whole.save(&checkpoint).unwrap();

    let mut damaged = |code: &str, path: &std::path::Path, damage: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = std::fs::read(path).unwrap();
        damage(&mut bytes);
        let error = if code.starts_with("StateDict") {
            std::fs::write(&broken_weights, bytes).unwrap();
            nn::StateDict::load_safetensors(&broken_weights).unwrap_err()
        } else {
            std::fs::write(&broken_checkpoint, bytes).unwrap();
            nn::Checkpoint::<()>::load(&broken_checkpoint).unwrap_err()
        };
        m.text(code, &of_file(&error));
    };
    damaged("StateDict::load_safetensors, the last byte is missing", &weights, &|bytes| {
        bytes.truncate(bytes.len() - 1)
    });
    let replace = |bytes: &mut Vec<u8>, old: &str, new: &str| {
        let place = String::from_utf8_lossy(bytes).find(old).unwrap();
        bytes[place..place + old.len()].copy_from_slice(new.as_bytes());
    };
    damaged("StateDict::load_safetensors, of complex weights", &weights, &|bytes| replace(bytes, "F32", "C64"));
    damaged("StateDict::load_safetensors, of a file with a name twice", &weights, &|bytes| {
        replace(bytes, r#""weight":"#, r#""bias":  "#)
    });
    damaged("StateDict::load_safetensors, of a tensor with 65 axes", &weights, &|bytes| {
        let header = format!(r#"{{"w":{{"dtype":"F32","shape":{:?},"data_offsets":[0,4]}}}}"#, [1; 65]);
        *bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat();
    });
    damaged("Checkpoint::load, of another kind of file", &checkpoint, &|bytes| *bytes = b"epoch,loss".to_vec());
    damaged("Checkpoint::load, of a later version", &checkpoint, &|bytes| bytes[49] = b'9');
    damaged("Checkpoint::load, of the first five bytes", &checkpoint, &|bytes| bytes.truncate(5));
    damaged("Checkpoint::load, one byte is another", &checkpoint, &|bytes| *bytes.last_mut().unwrap() ^= 1);
    damaged("StateDict::load_safetensors, of a checkpoint", &checkpoint, &|_| {});
    damaged("StateDict::load_safetensors, of a file of torch.save", &weights, &|bytes| {
        *bytes = b"PK\x03\x04\0\0\0\0\0".to_vec()
    });
    damaged("Checkpoint::load, of a file of weights", &weights, &|_| {});
    m.text(
        "Checkpoint::<f64>::load, of one without a value",
        &of_file(&nn::Checkpoint::<f64>::load(&checkpoint).unwrap_err()),
    );
    std::fs::remove_file(&broken_weights).unwrap();
    m.text(
        "StateDict::load_safetensors, of a file that isn't there",
        &of_file(&nn::StateDict::load_safetensors(&broken_weights).unwrap_err()),
    );
    let nowhere = folder.join("nowhere").join("net.safetensors");
    m.text(
        "model.state_dict().save_safetensors, in a folder that isn't there",
        &of_file(&model.state_dict().save_safetensors(nowhere).unwrap_err()),
    );
    m.text(
        "Checkpoint::new(3, &model, &[&sgd], u128::MAX).save(path)",
        &of_file(&nn::Checkpoint::new(3, &model, &[&sgd], u128::MAX).save(&checkpoint).unwrap_err()),
    );
    let twice = model.state_dict().rename(|_| "w".to_owned());
    m.text("twice.save_safetensors(path)", &of_file(&twice.save_safetensors(&weights).unwrap_err()));
    m.text("checkpoint.restore(&model, &mut [])", &format!("{:?}", whole.restore(&model, &mut []).unwrap_err()));
    insta::assert_snapshot!(m.0);
}
