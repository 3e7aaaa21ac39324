//! What is too large: every operation says so at the user's line, under its name, and before it has computed anything. Views
//! may be larger than any memory, so a tensor of one number is enough to ask for it.

#[allow(dead_code, reason = "the tape's tests use more of it")]
#[path = "../../autograd/tests/common/panic.rs"]
mod panic;

use std::panic::{AssertUnwindSafe, catch_unwind};

use deltarule_tensor::{
    BoolTensor, DoubleTensor, LongTensor, MAX_AXES, OPERATIONS, Sample, ShapeError, Slice, Tensor, cat, stack, step,
};
use panic::panic_of;

/// Operations whose samples name places, masks, weights or shapes of small inputs, and so don't take larger ones.
const FIXED: &[&str] = &["cross_entropy", "masked_fill", "masked_select", "expand", "unslice"];

/// Operations that only look at the same elements in another way, and so have no result that is too large.
const VIEWS: &[&str] =
    &["chunk", "reshape", "transpose", "permute", "unsqueeze", "squeeze", "flatten", "narrow", "select", "slice"];

/// Views of one number, with the axes of the sample's largest inputs and 2⁴⁸ to 2⁶⁰ elements.
fn huge_inputs(sample: &Sample) -> Vec<Tensor> {
    let largest = |shapes: &&&[&[usize]]| shapes.iter().map(|shape| shape.iter().product()).max().unwrap_or(0_usize);
    let shapes = sample.shapes.iter().rev().max_by_key(largest).unwrap();
    let axes = |shape: &[usize]| shape.iter().filter(|&&size| size > 1).count() as u32;
    let most = shapes.iter().map(|shape| axes(shape)).max().unwrap_or(0).max(1);
    let factor = 1_usize << 48_u32.div_ceil(most);
    let grow = |shape: &&[usize]| -> Vec<usize> {
        shape.iter().map(|&size| if size > 1 { size * factor } else { size }).collect()
    };
    shapes.iter().map(|shape| Tensor::from(0.5).expand(grow(shape))).collect()
}

#[test]
fn every_operation_refuses_what_there_is_no_memory_for_under_a_name_and_at_the_users_line() {
    let (mut fixed, mut views) = (Vec::new(), Vec::new());
    // What makes a list of parts would make one of 2²⁵ views.
    for operation in OPERATIONS.iter().filter(|operation| operation.name != "split") {
        let (mut refused, mut is_view) = (false, false);
        for sample in operation.samples {
            let inputs = huge_inputs(sample);
            if inputs.iter().all(|x| x.numel() < 1 << 40) {
                continue;
            }
            let Ok(panic) = catch_unwind(AssertUnwindSafe(|| panic_of(|| (sample.f32)(&inputs)))) else {
                is_view = true;
                continue;
            };
            if !panic.message.contains("there is no memory for a tensor of shape [") {
                continue;
            }
            refused = true;
            assert!(panic.file.contains("/src/ops/"), "{} is refused at {panic:?}", sample.torch);
            assert!(!panic.message.starts_with("memory:"), "{} is refused without a name: {panic:?}", sample.torch);
        }
        match (refused, is_view) {
            (true, _) => {}
            (false, true) => views.push(operation.name),
            (false, false) => fixed.push(operation.name),
        }
    }
    assert_eq!((&views[..], &fixed[..]), (VIEWS, FIXED), "views, and operations whose samples fit no large inputs");
}

/// `refuses!("name", "part of the message", code, code, …)`: each panics here, and its message begins with the name.
macro_rules! refuses {
    ($name:literal, $part:literal, $($code:expr),+ $(,)?) => {$({
        let panic = panic_of(|| $code);
        assert_eq!(panic.file, file!(), "{panic:?}");
        assert!(panic.message.starts_with(concat!($name, ": ")), "{} says {panic:?}", stringify!($code));
        panic.says(&[$part]);
    })+};
}

const NO_MEMORY: usize = 1 << 50;

#[test]
fn results_without_memory() {
    let one = Tensor::from([1.0]);
    let huge = one.expand([NO_MEMORY]);
    let (tall, wide) = (one.expand([1 << 25, 1]), one.expand([1 << 25]));
    let index = LongTensor::from([0]).expand([NO_MEMORY]);
    let mask = BoolTensor::from([true]).expand([NO_MEMORY]);

    refuses!("zeros", "shape [1125899906842624]: 4503599627370496 bytes", Tensor::zeros([NO_MEMORY]));
    refuses!("ones", "there is no memory", Tensor::ones([NO_MEMORY]), huge.ones_like());
    refuses!("full", "there is no memory", DoubleTensor::full([NO_MEMORY], 1.0));
    refuses!("eye", "there is no memory", Tensor::eye(1 << 25));
    refuses!("arange", "there is no memory", DoubleTensor::arange(0.0, 1e15, 1.0));
    refuses!("linspace", "there is no memory", Tensor::linspace(0.0, 1.0, NO_MEMORY));
    refuses!("rand", "there is no memory", Tensor::rand([NO_MEMORY]));
    refuses!("randn", "there is no memory", Tensor::randn([NO_MEMORY]));
    refuses!("randint", "there is no memory", LongTensor::randint(0, 2, [NO_MEMORY]));
    refuses!("randperm", "there is no memory", LongTensor::randperm(NO_MEMORY));
    refuses!("bernoulli", "there is no memory", Tensor::bernoulli([NO_MEMORY], 0.5));

    refuses!("add", "shape [33554432, 33554432]", &tall + &wide);
    refuses!("add", "there is no memory", &huge + &huge, &huge + 1.0, huge.clone() + 1.0);
    refuses!("mul", "there is no memory", &tall * &wide, huge.clone() * &huge);
    refuses!("eq", "there is no memory", tall.eq(&wide), huge.eq_scalar(1.0));
    refuses!("where", "there is no memory", mask.where_(&huge, &huge));
    refuses!("masked_fill", "there is no memory", huge.masked_fill(&mask, 1.0));
    refuses!("masked_select", "there is no memory", huge.masked_select(&mask));
    refuses!("logical_not", "there is no memory", !&mask);
    refuses!("any", "there is no memory", mask.any());
    refuses!("exp", "there is no memory", huge.exp());
    refuses!("tanh", "there is no memory", huge.clone().tanh_());
    refuses!("cast", "there is no memory", huge.double());
    refuses!("long", "there is no memory", huge.long());

    refuses!("repeat", "shape [1125899906842624]", one.repeat([NO_MEMORY]));
    refuses!("contiguous", "there is no memory", huge.contiguous());
    refuses!("reshape", "there is no memory", Tensor::from([1., 2.]).expand([NO_MEMORY, 2]).t().reshape(-1));
    refuses!("flip", "there is no memory", huge.flip(0));
    refuses!("pad", "there is no memory", one.pad([(NO_MEMORY, 0)], 0.0));
    refuses!("cat", "there is no memory", cat(&[&huge, &one], 0));
    refuses!("stack", "there is no memory", stack(&[&huge, &huge], 0));
    refuses!("tril", "there is no memory", tall.expand([1 << 25, 1 << 25]).tril(0));
    refuses!("split", "there is no memory for 1125899906842624 numbers", huge.split(1, 0));

    refuses!("matmul", "shape [33554432, 33554432]", tall.matmul(&wide.unsqueeze(0)));
    refuses!("matmul", "there is no memory", huge.matmul(&huge.unsqueeze(1).expand([NO_MEMORY, 8])));
    refuses!("matmul", "there is no memory", huge.unsqueeze(0).matmul(&huge.unsqueeze(1).expand([NO_MEMORY, 8])));
    refuses!("linear", "there is no memory", tall.linear(&tall, None));
    refuses!("dot", "there is no memory", huge.dot(&huge));
    refuses!(
        "index_select",
        "there is no memory",
        one.index_select(0, &index),
        Tensor::ones([3, 2]).index_select(0, &index)
    );
    refuses!("gather", "there is no memory", one.gather(0, &index));
    refuses!("cross_entropy", "there is no memory", {
        huge.unsqueeze(1).expand([NO_MEMORY, 2]).cross_entropy(&index, -100)
    });
    refuses!("sort", "there is no memory", huge.sort(0, false));
    refuses!("argmax", "there is no memory", huge.argmax(0));
    refuses!("to_vec", "there is no memory", huge.to_vec());
    refuses!("update", "there is no memory", huge.clone().update(|_| {}));
}

#[test]
fn shapes_that_no_tensor_has() {
    let one = Tensor::from([1.0]);
    let most = isize::MAX as usize;
    refuses!(
        "zeros",
        "more elements than can be counted",
        Tensor::zeros([usize::MAX]),
        Tensor::zeros([1 << 32, 1 << 32])
    );
    // A 0 doesn't make the other sizes right.
    refuses!("zeros", "more elements than can be counted", Tensor::zeros([1 << 32, 1 << 32, 0]));
    refuses!("expand", "more elements than can be counted", one.expand([usize::MAX]), one.expand([1 << 40, 1 << 40]));
    refuses!("add", "more elements than can be counted", one.expand([1 << 40, 1]) + one.expand([1 << 40]));
    refuses!(
        "repeat",
        "more elements than can be counted",
        one.repeat([usize::MAX, 2]),
        one.expand([4]).repeat([1 << 63])
    );
    refuses!("matmul", "more elements than can be counted", {
        Tensor::zeros([1 << 40, 0]).matmul(&Tensor::zeros([0, 1 << 40]))
    });
    refuses!("pad", "more elements than can be counted", one.pad([(usize::MAX, 1)], 0.0), one.pad([(most, most)], 0.0));
    refuses!("cat", "more elements than can be counted", {
        let empty = Tensor::zeros([1, 0]).expand([most, 0]);
        cat(&[&empty, &empty, &empty], 0)
    });
    refuses!("reshape", "more than can be counted", Tensor::zeros([0]).reshape([1_usize << 40, 1 << 40, 0]));
    assert_eq!(one.expand([most]).numel(), most);
    // A batch longer than any list, of matrices without elements.
    let (none, some) = (Tensor::zeros([1 << 40, 0, 3]), Tensor::zeros([1, 3, 2]).expand([1 << 40, 3, 2]));
    assert_eq!(none.matmul(&some).shape(), [1 << 40, 0, 2]);
}

#[test]
fn a_usize_is_never_negative() {
    let x = Tensor::from([1., 2., 3., 4.]);
    assert_eq!(x.slice(0..usize::MAX).to_vec(), [1., 2., 3., 4.]);
    assert_eq!(x.slice(usize::MAX..).to_vec(), [0.0; 0]);
    assert_eq!(x.slice(1..=usize::MAX - 1).to_vec(), [2., 3., 4.]);
    assert_eq!(x.slice(..=isize::MAX).to_vec(), [1., 2., 3., 4.]);
    assert_eq!(x.slice(step(1.., usize::MAX)).to_vec(), [2.]);
    assert_eq!(Slice::from(usize::MAX), Slice::Index(isize::MAX));
    refuses!("slice", "there is no index", x.slice(usize::MAX), x.slice(isize::MIN));
    refuses!("sum_dim", "there is no axis", x.sum_dim(usize::MAX, false), x.sum_dim([0, usize::MAX - 1], false));
    refuses!("amax", "there is no axis", x.amax(&[usize::MAX][..], false));
    refuses!("permute", "there is no axis", x.permute([usize::MAX]));
    refuses!("select", "there is no index", x.select(0, isize::MAX), x.select(0, isize::MIN));
    refuses!("unsqueeze", "there is no place", x.unsqueeze(isize::MAX), x.unsqueeze(isize::MIN));
    refuses!("narrow", "go over the end", x.narrow(0, usize::MAX, 2), x.narrow(0, 2, usize::MAX));
    assert_eq!(x.split(usize::MAX, 0).len(), 1);
    assert_eq!(x.chunk(usize::MAX, 0).len(), 4);

    let square = Tensor::ones([2, 2]);
    for (far, lower, upper) in [(isize::MAX, 1.0, 0.0), (isize::MIN, 0.0, 1.0)] {
        assert_eq!((square.tril(far).to_vec(), square.triu(far).to_vec()), (vec![lower; 4], vec![upper; 4]), "{far}");
    }
}

/// More axes than a tensor may have.
const TOO_MANY: usize = MAX_AXES + 1;

#[test]
fn axes_up_to_64() {
    let most = Tensor::ones([1; MAX_AXES]);
    refuses!("zeros", "up to 64 axes, and the shape has 65", Tensor::zeros([1; TOO_MANY]));
    refuses!("rand", "up to 64 axes, and the shape has 1000", Tensor::rand(vec![1; 1000]));
    refuses!("reshape", "up to 64 axes", most.reshape([1_usize; TOO_MANY]), most.reshape([1_i32; TOO_MANY]));
    refuses!("unsqueeze", "up to 64 axes", most.unsqueeze(0));
    refuses!("expand", "up to 64 axes", most.expand([1; TOO_MANY]));
    refuses!("repeat", "up to 64 axes", most.repeat([1; TOO_MANY]));
    refuses!("stack", "up to 64 axes", stack(&[&most, &most], 0));
    let wrong = ShapeError { shape: vec![1; 100_000], len: 1 };
    assert_eq!(Tensor::from_vec(vec![1.0], vec![1; 100_000]).unwrap_err(), wrong);
    assert_eq!(wrong.to_string(), "a tensor has up to 64 axes, and the shape has 100000");

    // What 64 axes can do.
    assert!(most.to_string().starts_with(&format!("tensor({}1.{},", "[".repeat(64), "]".repeat(64))));
    let x = Tensor::from([1., 2.]).reshape([[2].as_slice(), &[1; MAX_AXES - 1]].concat()).requires_grad_();
    let times = [[2; 3].as_slice(), &[1; MAX_AXES - 4], &[2]].concat();
    let y = x.repeat(times);
    assert_eq!((y.ndim(), y.numel(), &y.shape()[..4]), (64, 32, &[4, 2, 2, 1][..]));
    (&y * &y).sum().backward();
    assert_eq!(x.grad().unwrap().to_vec(), [32., 64.]);
    assert_eq!(x.sum_dim(MAX_AXES - 1, false).ndim(), 63);
    assert_eq!((&x + &most).transpose(0, -1).permute(&Vec::from_iter((0..64_usize).rev())[..]).to_vec(), [2., 3.]);
}
