//! Normal draws by the Box–Muller transform: two uniform numbers u₁, u₂ give the pair r·cos θ, r·sin θ with
//! r = √(−2 ln u₁) and θ = 2π u₂. Every rounding step is PyTorch's.

use std::f64::consts::TAU;

use crate::kernels::isa::{self, Kernel};
use crate::random::distributions::{unit_f32, unit_f64};
use crate::random::generator::Generator;
use crate::random::mt19937::Mt19937;

/// Values to a block: eight pairs, the cosines first.
const BLOCK: usize = 16;
const PAIRS: usize = BLOCK / 2;

/// Fills `out` with draws from N(`mean`, `std`²).
pub(crate) fn fill<T: BoxMuller>(generator: &mut Generator, out: &mut [T], mean: f64, std: f64) {
    if out.len() < BLOCK {
        out.iter_mut().for_each(|slot| *slot = T::round(one(generator, mean, std)));
    } else {
        let (mean, std) = (T::round(mean), T::round(std));
        isa::dispatch(Blocks { engine: &mut generator.engine, out, mean, std });
    }
}

/// One value: the waiting half of the last pair, or the first half of a new one.
fn one(generator: &mut Generator, mean: f64, std: f64) -> f64 {
    let standard = generator.next_normal.take().unwrap_or_else(|| {
        let theta = TAU * unit_f64(generator.next_u64());
        let radius = (-2.0 * (-unit_f64(generator.next_u64())).ln_1p()).sqrt();
        generator.next_normal = Some(radius * theta.sin());
        radius * theta.cos()
    });
    standard.mul_add(std, mean)
}

/// An element type that comes in blocks. Methods and not closures, since they must be inlined into each instruction
/// set's copy of the loop.
pub(crate) trait BoxMuller: Copy {
    /// The nearest number of this type.
    fn round(value: f64) -> Self;

    /// Draws from U[0, 1).
    fn draw(engine: &mut Mt19937, out: &mut [Self]);

    /// Turns uniform numbers into normal ones.
    fn transform(block: &mut [Self; BLOCK], mean: Self, std: Self);
}

struct Blocks<'a, T> {
    engine: &'a mut Mt19937,
    out: &'a mut [T],
    mean: T,
    std: T,
}

impl<T: BoxMuller> Kernel for Blocks<'_, T> {
    type Output = ();

    /// Draws all uniform numbers, then transforms block by block. A last block that is short is taken from the end, so
    /// it overlaps the one before, and is drawn anew.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { engine, out, mean, std } = self;
        T::draw(engine, out);
        let (blocks, rest) = out.as_chunks_mut();
        for block in blocks {
            T::transform(block, mean, std);
        }
        if !rest.is_empty() {
            let last = out.last_chunk_mut().expect("there are at least 16 values");
            T::draw(engine, last);
            T::transform(last, mean, std);
        }
    }
}

impl BoxMuller for f64 {
    fn round(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn draw(engine: &mut Mt19937, out: &mut [f64]) {
        engine.fill_u64(out, unit_f64);
    }

    #[inline(always)]
    fn transform(block: &mut [f64; BLOCK], mean: f64, std: f64) {
        for j in 0..PAIRS {
            // 1 − u turns [0, 1) into (0, 1], where the logarithm is finite.
            let radius = (-2.0 * (1.0 - block[j]).ln()).sqrt();
            let theta = TAU * block[j + PAIRS];
            block[j] = (radius * theta.cos()).mul_add(std, mean);
            block[j + PAIRS] = (radius * theta.sin()).mul_add(std, mean);
        }
    }
}

impl BoxMuller for f32 {
    fn round(value: f64) -> f32 {
        value as f32
    }

    #[inline(always)]
    fn draw(engine: &mut Mt19937, out: &mut [f32]) {
        engine.fill_u32(out, unit_f32);
    }

    #[inline(always)]
    fn transform(block: &mut [f32; BLOCK], mean: f32, std: f32) {
        for j in 0..PAIRS {
            let radius = (-2.0 * ln(1.0 - block[j])).sqrt();
            let (sin, cos) = sin_cos(TAU as f32 * block[j + PAIRS]);
            block[j] = (radius * cos).mul_add(std, mean);
            block[j + PAIRS] = (radius * sin).mul_add(std, mean);
        }
    }
}

/// ln x for x in (0, 1], by the polynomial of Moshier's Cephes library (`logf`).
///
/// The fused steps are those that PyTorch's compiler makes of the same polynomial; other ones give other last bits.
#[inline(always)]
fn ln(x: f32) -> f32 {
    // x = m · 2ᵉ with m in [½, 1), and then in [√½, √2).
    let bits = x.to_bits();
    let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000);
    let exponent = ((bits >> 23) as i32 - 126) as f32;
    let low = mantissa < std::f32::consts::FRAC_1_SQRT_2;
    let m = (mantissa - 1.0) + if low { mantissa } else { 0.0 };
    let e = exponent - if low { 1.0 } else { 0.0 };

    let mut p = 7.037_683_6e-2_f32;
    for c in [
        -1.151_461e-1,
        1.167_699_84e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p.mul_add(m, c);
    }
    // ln 2 in two parts: the first has few digits, so that its product with e is exact.
    let square = m * m;
    let tail = (p * m).mul_add(square, e * -2.121_944_4e-4);
    let tail = square.mul_add(-0.5, tail);
    e.mul_add(0.693_359_4, m + tail)
}

/// (sin x, cos x) for x in [0, 2π], by the polynomials of Moshier's Cephes library (`sinf`, `cosf`), fused as in [`ln`].
#[inline(always)]
fn sin_cos(x: f32) -> (f32, f32) {
    // The nearest even multiple of π/4, and the remainder in three steps: π/4 in parts with few digits each.
    let octant = ((x * std::f32::consts::FRAC_2_PI * 2.0) as i32 + 1) & !1;
    let n = octant as f32;
    let x = n.mul_add(-0.785_156_25, x);
    let x = n.mul_add(-2.418_756_5e-4, x);
    let x = n.mul_add(-3.774_895e-8, x);

    let square = x * x;
    let cos = 2.443_315_7e-5_f32.mul_add(square, -1.388_731_6e-3).mul_add(square, 4.166_664_6e-2);
    let cos = (cos * square).mul_add(square, square * -0.5) + 1.0;
    let sin = (-1.951_529_6e-4_f32).mul_add(square, 8.332_161e-3).mul_add(square, -1.666_665_5e-1);
    let sin = (sin * square).mul_add(x, x);

    // A quarter turn swaps the two; the half-planes give the signs.
    let (sin, cos) = if octant & 2 == 0 { (sin, cos) } else { (cos, sin) };
    let sin_sign = ((octant & 4) as u32) << 29;
    let cos_sign = ((!(octant - 2) & 4) as u32) << 29;
    (f32::from_bits(sin.to_bits() ^ sin_sign), f32::from_bits(cos.to_bits() ^ cos_sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let mut dispatched = vec![0.0_f32; 10_007];
        fill(&mut Generator::new(3), &mut dispatched, 0.1, 2.0);
        let mut plain = vec![0.0_f32; 10_007];
        let mut generator = Generator::new(3);
        Blocks { engine: &mut generator.engine, out: &mut plain, mean: 0.1, std: 2.0 }.run::<false>();
        assert_eq!(plain, dispatched);
    }
}
