//! Variances of long lines whose first elements tell little of the others.

use super::super::sum_of_squares;
use super::*;

/// The relative error that a sum of squares may have: 256 additions in a lane, the lanes, the blocks, four roundings.
const BOUND: f64 = (256.0 + 6.0 + 10.0 + 4.0) * f32::EPSILON as f64;

/// Numbers without a pattern, from −1 to 1.
fn noise(i: usize) -> f32 {
    ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / (1 << 23) as f32 - 1.0
}

fn of(x: &[f32], lines: usize) -> Vec<f32> {
    let mut out = vec![0.0; lines];
    var(x, [lines, x.len() / lines, 1], 1.0, &mut out);
    out
}

fn check(name: &str, x: &[f32], lines: usize) {
    for (line, (x, y)) in x.chunks_exact(x.len() / lines).zip(of(x, lines)).enumerate() {
        let n = x.len() as f64;
        let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let exact = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (f64::from(y) - exact).abs();
        assert!(error <= BOUND * exact, "{name}, {lines} of {n}, line {line}: {y} for {exact}");
    }
}

#[test]
fn long_lines() {
    let many = (MANY + 2) * BLOCK + 5;
    for n in [BLOCK + 1, BLOCK + WIDTH - 1, BLOCK + WIDTH, BLOCK + WIDTH + 1, 3 * BLOCK + 777, many, many + 30] {
        let whole: Vec<f32> = (0..2 * n).map(noise).collect();
        let with =
            |f: &dyn Fn(usize, f32) -> f32| whole.iter().enumerate().map(|(i, &x)| f(i % n, x)).collect::<Vec<_>>();
        check("noise", &whole, 2);
        check("far from zero", &with(&|_, x| x + 10_000.0), 2);
        check("an odd start", &with(&|i, x| if i < 200 { x + 1e6 } else { x }), 2);
        check("a start in the middle", &with(&|i, x| if i < LANES { 0.5 } else { x }), 2);
        check("a slope", &with(&|i, x| x + 1000.0 * i as f32 / n as f32), 2);
        check("steps", &with(&|i, x| x + (i / BLOCK % 3) as f32 * 64.0), 2);
        assert_eq!(of(&vec![0.5; n], 1), [0.0], "{n} alike");
        for odd in [f32::NAN, f32::INFINITY] {
            for at in [0, LANES, n / 2, n - 1] {
                let mut x = whole.clone();
                x[at] = odd;
                let y = of(&x, 2);
                assert!(y[0].is_nan() && y[1].is_finite(), "{n}: {odd} at {at} gave {y:?}");
            }
        }
    }
}

/// (x − c)² is too large for a number, and the block has a variance all the same.
#[test]
fn a_start_at_the_other_end() {
    let x: Vec<f32> = (0..2 * BLOCK).map(|i| if i < BLOCK { 3e19 } else { noise(i) }).collect();
    let mut out = [(0.0, 0.0)];
    dispatch(OfBlocks { x: &x, n: 2 * BLOCK, blocks: 2, first: 1, out: &mut out });
    let mut alone = [0.0];
    sum_of_squares(&x[BLOCK..], [1, BLOCK, 1], &mut alone);
    assert!((out[0].1 - alone[0]).abs() <= 1e-3 * alone[0], "{out:?} for {alone:?}");
}
