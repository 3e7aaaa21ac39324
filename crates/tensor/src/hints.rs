//! What people write who know PyTorch, and what isn't there: it doesn't compile, and the compiler says what to write.
//!
//! No such method can be called: its bound holds for no type, and rustc prints the bound's own message. Without one, it
//! says that there is no such method, or offers one whose name looks alike and that does something else: `zero_grad` for
//! `zero_`, `div` for `dim`. Two things keep hints out of the way. Nobody sees them in the documentation; and a method
//! takes `&mut self`, which method resolution tries last, so a method of that name in a trait of the user's goes first.
//!
//! Names that mean the same in both stand in `aliases.rs`, and work. A method that takes other arguments than PyTorch's
//! can't have a hint, for rustc counts arguments before it looks at bounds. But it shows the line of the method: so there
//! stands a comment between the parentheses, as in `sum(&self /* along an axis: sum_dim(0, false) */)`. Operators that
//! compare have none either: without an implementation rustc asks nobody. `tests/hints` compiles what is wrong, and
//! keeps what is said.

use std::ops::{Add, Div, Index, Mul, Sub};

use crate::element::{Element, Number};
use crate::tensor::TensorOf;

fn never() -> ! {
    unreachable!("the bound of a hint holds for no type")
}

#[diagnostic::on_unimplemented(
    message = "there are no devices: deltarule runs on the CPU",
    label = "leave it out",
    note = "a cast is `.float()`, `.double()`, `.long()` or `.bool()`"
)]
pub trait RunsOnTheCpu {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn cuda(&mut self) -> Self where E: RunsOnTheCpu { never() }
    pub fn cpu(&mut self) -> Self where E: RunsOnTheCpu { never() }
    pub fn to<A>(&mut self, _: A) -> Self where E: RunsOnTheCpu { never() }
    pub fn device(&mut self) -> Self where E: RunsOnTheCpu { never() }
    pub fn is_cuda(&mut self) -> Self where E: RunsOnTheCpu { never() }
    pub fn pin_memory(&mut self) -> Self where E: RunsOnTheCpu { never() }
}

#[diagnostic::on_unimplemented(
    message = "there is no `numpy()`",
    label = "write `.to_vec()` for the numbers in a row, `.item()` for a single one",
    note = "`x.shape()` has the sizes; `StateDict::save_safetensors` writes a file that Python reads"
)]
pub trait StaysInRust {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn numpy(&mut self) -> Self where E: StaysInRust { never() }
}

#[diagnostic::on_unimplemented(
    message = "no method changes a tensor in place: who shares it keeps the old numbers",
    label = "write `x = …` or `x += …`",
    note = "`x.add_(&y)` is `x += &y`, `x.clamp_(0., 1.)` is `x = x.clamp(0., 1.)`, `x.zero_()` is `x = x.zeros_like()`",
    note = "`w.grad.zero_()` is `w.zero_grad()`; a layer's weight is set by `weight.set(…)` or the functions of `nn::init`",
    note = "numbers are written by `x.update(|numbers| numbers[0] = 1.0)`"
)]
pub trait NeverChangesInPlace {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn zero_(&mut self) -> Self where E: NeverChangesInPlace { never() }
    pub fn fill_<A>(&mut self, _: A) -> Self where E: NeverChangesInPlace { never() }
    pub fn copy_<A>(&mut self, _: A) -> Self where E: NeverChangesInPlace { never() }
    pub fn add_<A>(&mut self, _: A) -> Self where E: NeverChangesInPlace { never() }
    pub fn sub_<A>(&mut self, _: A) -> Self where E: NeverChangesInPlace { never() }
    pub fn mul_<A>(&mut self, _: A) -> Self where E: NeverChangesInPlace { never() }
    pub fn div_<A>(&mut self, _: A) -> Self where E: NeverChangesInPlace { never() }
    pub fn clamp_<A, B>(&mut self, _: A, _: B) -> Self where E: NeverChangesInPlace { never() }
    pub fn exp_(&mut self) -> Self where E: NeverChangesInPlace { never() }
    pub fn sqrt_(&mut self) -> Self where E: NeverChangesInPlace { never() }
    pub fn normal_<A, B>(&mut self, _: A, _: B) -> Self where E: NeverChangesInPlace { never() }
    pub fn uniform_<A, B>(&mut self, _: A, _: B) -> Self where E: NeverChangesInPlace { never() }
}

#[diagnostic::on_unimplemented(
    message = "there is no `data`: the numbers of a tensor never change under a graph",
    label = "write `.detach()` to read them outside of the graph",
    note = "a weight is changed by `no_grad(|| w -= …)`, and a layer's by `weight.set(…)` or `weight.update(…)`"
)]
pub trait HasNoData {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn data(&mut self) -> Self where E: HasNoData { never() }
}

#[diagnostic::on_unimplemented(
    message = "a tensor has no `len`",
    label = "write `.size(0)` for PyTorch's `len(x)`, `.numel()` for all elements"
)]
pub trait HasNoLength {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn len(&mut self) -> Self where E: HasNoLength { never() }
}

#[diagnostic::on_unimplemented(
    message = "a tensor is no iterator",
    label = "write `for i in 0..n`, with `x.select(0, i)` for a row",
    note = "the numbers in a row are `x.to_vec()`; batches are `x.split(size, 0)`"
)]
pub trait IsNoIterator {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn iter(&mut self) -> Self where E: IsNoIterator { never() }
    pub fn map<A>(&mut self, _: A) -> Self where E: IsNoIterator { never() }
    pub fn apply<A>(&mut self, _: A) -> Self where E: IsNoIterator { never() }
}

#[diagnostic::on_unimplemented(
    message = "there are tensors of `f32`, `f64`, `i64` and `bool`, and no others",
    label = "write `.long()` for whole numbers, `.float()` or `.double()` for the rest"
)]
pub trait HasFourTypes {}

#[doc(hidden)]
#[rustfmt::skip] // a line a method, for the compiler shows it
impl<E: Element> TensorOf<E> {
    pub fn int(&mut self) -> Self where E: HasFourTypes { never() }
    pub fn short(&mut self) -> Self where E: HasFourTypes { never() }
    pub fn half(&mut self) -> Self where E: HasFourTypes { never() }
    pub fn bfloat16(&mut self) -> Self where E: HasFourTypes { never() }
}

#[diagnostic::on_unimplemented(
    message = "a tensor isn't made by `tensor(…)`",
    label = "write `Tensor::from([[1., 2.], [3., 4.]])`",
    note = "of a vector and a shape: `Tensor::from_vec(numbers, [2, 3])`; of whole numbers: `LongTensor::from([0, 1])`"
)]
pub trait IsMadeByFrom {}

#[doc(hidden)]
#[rustfmt::skip]
impl<E: Element> TensorOf<E> {
    pub fn tensor<A>(_: A) -> Self where E: IsMadeByFrom { never() }
}

#[diagnostic::on_unimplemented(
    message = "a tensor can't be indexed with `[…]`",
    label = "write `x.slice(…)` for a part of it, `x.at([i, j])` for a number",
    note = "`x[0]` is `x.slice(0)`, `x[1:3]` is `x.slice(1..3)`, `x[:, 1]` is `x.slice((.., 1))`",
    note = "`x[indices]` is `x.index_select(0, &indices)`, `x[mask]` is `x.masked_select(&mask)`",
    note = "`x[i, j] = y` is `x.update(|numbers| numbers[i * columns + j] = y)`"
)]
pub trait IsSliced {}

#[doc(hidden)]
impl<E: Element, I: IsSliced> Index<I> for TensorOf<E> {
    type Output = E;

    fn index(&self, _: I) -> &E {
        never()
    }
}

#[diagnostic::on_unimplemented(
    message = "a tensor of floats and a whole number have no common type",
    label = "write the number with a point: `2.0`, or `n as f32`",
    note = "`x * 2` is `x * 2.0`, and `1 - x` is `1.0 - x`"
)]
pub trait TakesWholeNumbers {}

/// `x * 2` and `2 * x`, which a `LongTensor` has and a `Tensor` hasn't.
macro_rules! whole_numbers {
    ($($trait:ident::$method:ident)+) => {$(
        whole_numbers!(@pair $trait::$method, TensorOf<E>, i32);
        whole_numbers!(@pair $trait::$method, &TensorOf<E>, i32);
        whole_numbers!(@pair $trait::$method, i32, TensorOf<E>);
        whole_numbers!(@pair $trait::$method, i32, &TensorOf<E>);
    )+};
    (@pair $trait:ident::$method:ident, $left:ty, $right:ty) => {
        #[doc(hidden)]
        impl<E: Number + TakesWholeNumbers> $trait<$right> for $left {
            type Output = TensorOf<E>;

            fn $method(self, _: $right) -> TensorOf<E> {
                never()
            }
        }
    };
}

whole_numbers! { Add::add Sub::sub Mul::mul Div::div }

#[diagnostic::on_unimplemented(
    message = "a tensor isn't made of a vector of vectors, whose lengths may differ",
    label = "write `Tensor::from_vec(rows.concat(), [rows.len(), columns])?`",
    note = "arrays are fine: `Tensor::from([[1., 2.], [3., 4.]])`"
)]
pub trait IsMadeOfOneVector {}

#[doc(hidden)]
impl<E: Element + IsMadeOfOneVector> From<Vec<Vec<E>>> for TensorOf<E> {
    fn from(_: Vec<Vec<E>>) -> Self {
        never()
    }
}
