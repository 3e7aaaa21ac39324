//! deltarule's single operations, in the order and with the names of PyTorch's side: a line is printed for each that the
//! words on the command line leave.

use std::hint::black_box;
use std::time::Duration;

use deltarule::prelude::*;
use harness::time;

fn main() {
    no_grad(|| {
        elementwise();
        broadcast();
        reduce();
        matmul();
    });
}

/// Whether each word on the command line, or one of its alternatives between commas, is a word of the case's name.
fn wanted(family: &str, case: &str) -> bool {
    let has = |word: &str| word == family || case.split(' ').any(|part| part == word);
    std::env::args().skip(2).all(|words| words.split(',').any(has))
}

fn case<T>(family: &str, case: &str, f: impl Fn() -> T) {
    if !wanted(family, case) {
        return;
    }
    let (best, _) = time(Duration::from_millis(20), Duration::from_millis(50), &mut || {
        black_box(f());
    });
    println!("{{\"family\": \"{family}\", \"case\": \"{case}\", \"best\": {best:e}}}");
}

fn elementwise() {
    for size in [1_000, 10_000, 100_000, 300_000, 1_000_000, 10_000_000] {
        let (a, b) = (Tensor::randn([size]), Tensor::randn([size]));
        let positive = Tensor::rand([size]) + 0.1;
        let one = |name: &str, f: &dyn Fn() -> Tensor| case("elementwise", &format!("{name} {size}"), f);
        one("add", &|| &a + &b);
        one("mul", &|| &a * &b);
        one("div", &|| &a / &b);
        one("maximum", &|| a.maximum(&b));
        one("add_scalar", &|| &a + 1.5);
        one("neg", &|| -&a);
        one("abs", &|| a.abs());
        one("square", &|| a.square());
        one("clamp", &|| a.clamp(-0.5, 0.5));
        one("relu", &|| a.relu());
        one("leaky_relu", &|| a.leaky_relu(0.01));
        one("sqrt", &|| positive.sqrt());
        one("rsqrt", &|| positive.rsqrt());
        one("exp", &|| a.exp());
        one("expm1", &|| a.expm1());
        one("log", &|| positive.ln());
        one("log1p", &|| positive.log1p());
        one("pow", &|| positive.powf(2.5));
        one("sin", &|| a.sin());
        one("cos", &|| a.cos());
        one("erf", &|| a.erf());
        one("tanh", &|| a.tanh());
        one("sigmoid", &|| a.sigmoid());
        one("softplus", &|| a.softplus(1.0, 20.0));
        one("elu", &|| a.elu(1.0));
        one("gelu", &|| a.gelu());
        one("gelu_tanh", &|| a.gelu_tanh());
        one("silu", &|| a.silu());
        let mask = a.gt_scalar(0.0);
        case("elementwise", &format!("gt {size}"), || a.gt(&b));
        one("where", &|| mask.where_(&a, &b));
    }
}

fn broadcast() {
    let (a, b) = (Tensor::randn([1024, 1000]), Tensor::randn([1000, 1024]));
    let (row, column) = (Tensor::randn([1000]), Tensor::randn([1024, 1]));
    case("broadcast", "add row 1024x1000", || &a + &row);
    case("broadcast", "add column 1024x1000", || &a + &column);
    case("broadcast", "add transposed 1024x1000", || &a + b.t());
    case("broadcast", "exp transposed 1024x1000", || b.t().exp());
    case("broadcast", "exp slice 1024x1000", || a.narrow(1, 100, 800).exp());
}

fn reduce() {
    for size in [1_000, 100_000, 1_000_000, 10_000_000] {
        let a = Tensor::rand([size]);
        case("reduce", &format!("sum {size}"), || a.sum());
        case("reduce", &format!("mean {size}"), || a.mean());
        case("reduce", &format!("max {size}"), || a.max());
        case("reduce", &format!("var {size}"), || a.var());
    }
    for (rows, columns) in [(64, 10), (1024, 1000), (32_768, 8), (1, 100_000)] {
        let a = Tensor::rand([rows, columns]);
        let labels: Vec<i64> = (0..rows).map(|i| (i * 7 % columns) as i64).collect();
        let labels = LongTensor::from_vec(labels, [rows]).expect("a label for each row");
        for axis in if rows == 1 { 1..2 } else { 0..2 } {
            let at = format!("{rows}x{columns} axis {axis}");
            case("reduce", &format!("sum {at}"), || a.sum_dim(axis, false));
            case("reduce", &format!("mean {at}"), || a.mean_dim(axis, false));
            case("reduce", &format!("amax {at}"), || a.amax(axis, false));
            case("reduce", &format!("max_with_index {at}"), || a.max_dim(axis, false));
            case("reduce", &format!("argmax {at}"), || a.argmax(axis));
            case("reduce", &format!("var {at}"), || a.var_dim(axis, 1.0, false));
            case("reduce", &format!("logsumexp {at}"), || a.logsumexp_dim(axis, false));
            case("reduce", &format!("softmax {at}"), || a.softmax(axis));
            case("reduce", &format!("log_softmax {at}"), || a.log_softmax(axis));
        }
        let criterion = nn::CrossEntropyLoss::default();
        case("reduce", &format!("cross_entropy {rows}x{columns}"), || criterion.forward(&a, &labels));
        case("reduce", &format!("layer_norm {rows}x{columns}"), || a.layer_norm(1, None, None, 1e-5));
        if rows > 1 {
            case("reduce", &format!("batch_norm {rows}x{columns}"), || a.batch_norm(None, None, 1e-5));
        }
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
