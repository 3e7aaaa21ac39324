//! Filling slices of floats: uniform, normal and Bernoulli draws, as PyTorch's `uniform_`, `normal_` and `bernoulli_`.

use crate::kernels::isa::{self, Kernel};
use crate::random::box_muller;
use crate::random::generator::Generator;
use crate::random::mt19937::Mt19937;

/// Fills `out` with draws from U[`from`, `to`): `Tensor.uniform_`.
///
/// Each is `from + u · (to − from)`, rounded once. u has as many random bits as the type has digits: f32 takes 24 bits
/// of one 32-bit draw, f64 takes 53 bits of a 64-bit one. A result that rounding lifts to `to` becomes `from`.
///
/// # Panics
/// If `from > to`, or if `to − from` is not a finite number in `T`.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut x = [0.0_f32; 3];
/// uniform(&mut Generator::new(0), &mut x, -1.0, 1.0);
/// assert_eq!(x, [-0.007486820, 0.53644359, -0.82304513]); // torch.manual_seed(0); torch.empty(3).uniform_(-1, 1)
/// ```
#[track_caller]
pub fn uniform<T: Sample>(generator: &mut Generator, out: &mut [T], from: f64, to: f64) {
    assert!(from <= to, "uniform: expected from <= to, got [{from}, {to})");
    assert!(T::spans(from, to), "uniform: the width of [{from}, {to}) is not a finite number of this type");
    T::fill_uniform(generator, out, from, to);
}

/// Fills `out` with draws from N(`mean`, `std`²): `Tensor.normal_`, by the Box–Muller transform.
///
/// Fewer than 16 values come one by one in f64, two to a transform; an unused half waits in the generator. 16 or more
/// come in blocks of 16, and the last block is drawn anew when the length is no multiple of 16. So the numbers depend on
/// the length: the first of 16 are not the first of 100.
///
/// f32 blocks use the polynomials that PyTorch uses where it has AVX2, and give those bits on every machine. f64 and short
/// fills call the platform's `ln`, `sin` and `cos`, as PyTorch does: they agree to the bit where both use the same C
/// library.
///
/// # Panics
/// If `std` is negative or not a number.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut x = [0.0_f32; 3];
/// normal(&mut Generator::new(0), &mut x, 0.0, 1.0);
/// assert_eq!(x, [1.5409961, -0.2934289, -2.1787894]); // torch.manual_seed(0); torch.randn(3)
/// ```
#[track_caller]
pub fn normal<T: Sample>(generator: &mut Generator, out: &mut [T], mean: f64, std: f64) {
    assert!(std >= 0.0, "normal: expected std >= 0, got {std}");
    T::fill_normal(generator, out, mean, std);
}

/// Fills `out` with ones (with probability `p`) and zeros: `Tensor.bernoulli_(p)`, the mask of `nn.Dropout(1 − p)`.
///
/// Each value takes a 64-bit draw, whatever its type, and is one where the uniform number made of it is below `p`.
///
/// # Panics
/// If `p` is not in [0, 1].
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut mask = [0.0_f32; 6];
/// bernoulli(&mut Generator::new(0), &mut mask, 0.5);
/// assert_eq!(mask, [0., 0., 1., 0., 0., 0.]); // torch.manual_seed(0); torch.empty(6).bernoulli_(0.5)
/// ```
#[track_caller]
pub fn bernoulli<T: From<bool>>(generator: &mut Generator, out: &mut [T], p: f64) {
    assert!((0.0..=1.0).contains(&p), "bernoulli: expected p in [0, 1], got {p}");
    generator.engine.fill_u64(out, |draw| T::from(unit_f64(draw) < p));
}

/// Fills `out` with ones and zeros, `out[i]` being one with probability `p[i]`: `torch.bernoulli(p)`.
///
/// Other draws than [`bernoulli`]'s: here an f32 takes one 32-bit draw.
///
/// # Panics
/// If the lengths differ, or some `p[i]` is not in [0, 1].
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut out = [0.0_f32; 4];
/// bernoulli_each(&mut Generator::new(0), &mut out, &[0.5, 0.5, 0.5, 0.1]);
/// assert_eq!(out, [1., 0., 1., 0.]); // torch.manual_seed(0); torch.bernoulli(torch.tensor([0.5, 0.5, 0.5, 0.1]))
/// ```
#[track_caller]
pub fn bernoulli_each<T: Sample>(generator: &mut Generator, out: &mut [T], p: &[T]) {
    assert_eq!(out.len(), p.len(), "bernoulli_each: the lengths of out and p differ");
    T::fill_bernoulli(generator, out, p);
}

/// Fills `out` with draws from the exponential distribution with rate 1: `Tensor.exponential_`.
///
/// Each is −ln(1 − u), of a 64-bit draw whatever its type, rounded once.
///
/// ```
/// # use deltarule_tensor::random::*;
/// let mut x = [0.0_f32; 3];
/// exponential(&mut Generator::new(0), &mut x);
/// assert_eq!(x, [3.5083263, 1.2303847, 0.6150441]); // torch.manual_seed(0); torch.empty(3).exponential_()
/// ```
pub fn exponential<T: Sample>(generator: &mut Generator, out: &mut [T]) {
    T::fill_exponential(generator, out);
}

/// The floats that can be drawn: f32 and f64.
///
/// The methods are what [`uniform`], [`normal`] and [`bernoulli_each`] call after their checks.
///
/// ```
/// # use deltarule_tensor::random::*;
/// fn noise<T: Sample + Default + Copy>(generator: &mut Generator) -> [T; 4] {
///     let mut x = [T::default(); 4];
///     normal(generator, &mut x, 0.0, 0.1);
///     x
/// }
/// let x: [f64; 4] = noise(&mut Generator::new(1));
/// # let _ = x;
/// ```
pub trait Sample: sealed::Sealed + Sized {
    /// Whether `to − from` is finite in this type.
    #[doc(hidden)]
    fn spans(from: f64, to: f64) -> bool;
    #[doc(hidden)]
    fn fill_uniform(generator: &mut Generator, out: &mut [Self], from: f64, to: f64);
    #[doc(hidden)]
    fn fill_normal(generator: &mut Generator, out: &mut [Self], mean: f64, std: f64);
    #[doc(hidden)]
    fn fill_exponential(generator: &mut Generator, out: &mut [Self]);
    #[doc(hidden)]
    #[track_caller]
    fn fill_bernoulli(generator: &mut Generator, out: &mut [Self], p: &[Self]);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Sample for f32 {
    fn spans(from: f64, to: f64) -> bool {
        (to as f32 - from as f32).is_finite()
    }

    fn fill_uniform(generator: &mut Generator, out: &mut [f32], from: f64, to: f64) {
        let (from, to) = (from as f32, to as f32);
        isa::dispatch(UniformF32 { engine: &mut generator.engine, out, from, to });
    }

    fn fill_normal(generator: &mut Generator, out: &mut [f32], mean: f64, std: f64) {
        box_muller::fill(generator, out, mean, std);
    }

    fn fill_exponential(generator: &mut Generator, out: &mut [f32]) {
        generator.engine.fill_u64(out, |draw| (-(-unit_f64(draw)).ln_1p()) as f32);
    }

    fn fill_bernoulli(generator: &mut Generator, out: &mut [f32], p: &[f32]) {
        for (slot, &p) in out.iter_mut().zip(p) {
            assert!((0.0..=1.0).contains(&p), "bernoulli_each: expected p in [0, 1], got {p}");
            *slot = f32::from(unit_f32(generator.next_u32()) < p);
        }
    }
}

impl Sample for f64 {
    fn spans(from: f64, to: f64) -> bool {
        (to - from).is_finite()
    }

    fn fill_uniform(generator: &mut Generator, out: &mut [f64], from: f64, to: f64) {
        isa::dispatch(UniformF64 { engine: &mut generator.engine, out, from, to });
    }

    fn fill_normal(generator: &mut Generator, out: &mut [f64], mean: f64, std: f64) {
        box_muller::fill(generator, out, mean, std);
    }

    fn fill_exponential(generator: &mut Generator, out: &mut [f64]) {
        generator.engine.fill_u64(out, |draw| -(-unit_f64(draw)).ln_1p());
    }

    fn fill_bernoulli(generator: &mut Generator, out: &mut [f64], p: &[f64]) {
        for (slot, &p) in out.iter_mut().zip(p) {
            assert!((0.0..=1.0).contains(&p), "bernoulli_each: expected p in [0, 1], got {p}");
            *slot = f64::from(unit_f64(generator.next_u64()) < p);
        }
    }
}

/// A number of [0, 1) from the low 24 bits.
#[inline(always)]
pub(crate) fn unit_f32(draw: u32) -> f32 {
    const ULP: f32 = 1.0 / (1 << 24) as f32;
    (draw & 0x00ff_ffff) as f32 * ULP
}

/// A number of [0, 1) from the low 53 bits.
#[inline(always)]
pub(crate) fn unit_f64(draw: u64) -> f64 {
    const ULP: f64 = 1.0 / (1_u64 << 53) as f64;
    // By way of i64, whose conversion is one instruction on every machine.
    (draw & ((1 << 53) - 1)) as i64 as f64 * ULP
}

struct UniformF32<'a> {
    engine: &'a mut Mt19937,
    out: &'a mut [f32],
    from: f32,
    to: f32,
}

impl Kernel for UniformF32<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { engine, out, from, to } = self;
        let span = to - from;
        engine.fill_u32(out, |draw| {
            let value = unit_f32(draw).mul_add(span, from);
            if value == to { from } else { value }
        });
    }
}

struct UniformF64<'a> {
    engine: &'a mut Mt19937,
    out: &'a mut [f64],
    from: f64,
    to: f64,
}

impl Kernel for UniformF64<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { engine, out, from, to } = self;
        let span = to - from;
        engine.fill_u64(out, |draw| {
            let value = unit_f64(draw).mul_add(span, from);
            if value == to { from } else { value }
        });
    }
}
