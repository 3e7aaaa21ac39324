//! Every kernel against plain loops in `f64`, at sizes around the cuts: vectors, lanes, rows, blocks, tasks.

// long: all reductions go through the same sizes, helpers and fingerprint.

use super::fold::{BLOCK, LANES, MANY, ROWS, WIDTH};
use super::*;
use crate::element::{Float, Number};

/// Sizes `[outer, n, inner]` on both sides of every cut.
fn all_sizes() -> Vec<[usize; 3]> {
    let mut all = Vec::new();
    for n in [0, 1, 2, 3, WIDTH - 1, WIDTH, WIDTH + 1, 31, LANES - 1, LANES, LANES + 1, 2 * LANES + 17, 1000] {
        all.extend([[1, n, 1], [3, n, 1], [37, n, 1]]);
        for inner in [2, 3, 8, 15, 16, 17, 63, 64, 65, 100] {
            all.extend([[1, n, inner], [2, n, inner]]);
        }
    }
    for n in [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5] {
        all.extend([[1, n, 1], [2, n, 1]]);
    }
    for n in [ROWS - 1, ROWS, ROWS + 1, 3 * ROWS + 9] {
        all.extend([[1, n, 2], [2, n, 17], [1, n, 70]]);
    }
    // Enough for several tasks.
    all.extend([
        [1, 300_001, 1],
        [300, 1001, 1],
        [1, 1001, 300],
        [40_000, 7, 1],
        [1, 40_000, 7],
        [1, 10, 40_000],
        [3, 0, 5],
    ]);
    all
}

/// Numbers without a pattern, from −1 to 1.
fn noise(len: usize) -> Vec<f64> {
    let mut state = 20_261_124_u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

fn len([outer, n, inner]: [usize; 3]) -> usize {
    outer * n * inner
}

/// The elements that become output `i`.
fn line<T: Copy>(x: &[T], [_, n, inner]: [usize; 3], i: usize) -> Vec<T> {
    (0..n).map(|k| x[(i / inner * n + k) * inner + i % inner]).collect()
}

/// Runs a kernel on `f32` noise at all sizes, and `check` on each line and its result.
fn each_line(kernel: impl Fn(&[f32], [usize; 3], &mut [f32]), check: impl Fn(&str, &[f32], f32)) {
    for sizes in all_sizes() {
        let x = narrow(&noise(len(sizes)));
        let mut out = vec![f32::NAN; sizes[0] * sizes[2]];
        kernel(&x, sizes, &mut out);
        for (i, &out) in out.iter().enumerate() {
            check(&format!("{sizes:?} at {i}"), &line(&x, sizes, i), out);
        }
    }
}

/// The unit roundoff of `f32`.
const U: f64 = f32::EPSILON as f64 / 2.0;

/// How many additions an element goes through at the most: those of its lane in a block, or of its row in steps of 8;
/// the lanes; the blocks.
fn depth(n: usize) -> f64 {
    let blocks = (n / ROWS.min(BLOCK) + 1) as f64;
    n.min(ROWS / 8) as f64 + 8.0 + 8.0 + blocks.log2().ceil() + 1.0
}

#[test]
fn sums_are_as_near_as_their_depth_allows() {
    each_line(sum, |name, x, y| {
        let exact: f64 = x.iter().map(|&x| f64::from(x)).sum();
        let size: f64 = x.iter().map(|&x| f64::from(x).abs()).sum();
        let error = (f64::from(y) - exact).abs();
        assert!(error <= depth(x.len()) * U * size, "{name}: {y} for {exact}");
    });
}

#[test]
fn sums_of_whole_numbers_are_exact() {
    for sizes in all_sizes() {
        let x: Vec<i64> = (0..len(sizes) as i64).map(|i| i * i % 1009 - 500).collect();
        let floats: Vec<f64> = x.iter().map(|&x| x as f64).collect();
        // Above 2⁵³, where f64 would round.
        let large: Vec<i64> = x.iter().map(|x| x << 40 | 1).collect();
        let (mut out, mut float_out) = (vec![0; sizes[0] * sizes[2]], vec![0.0; sizes[0] * sizes[2]]);
        sum(&large, sizes, &mut out);
        sum(&floats, sizes, &mut float_out);
        for i in 0..out.len() {
            assert_eq!(out[i], line(&large, sizes, i).iter().sum::<i64>(), "{sizes:?} at {i}");
            assert_eq!(float_out[i], line(&floats, sizes, i).iter().sum::<f64>(), "{sizes:?} at {i}");
        }
    }
}

#[test]
fn products() {
    each_line(
        |x, sizes, out| {
            let near_one: Vec<f32> = x.iter().map(|x| 1.0 + x / 256.0).collect();
            prod(&near_one, sizes, out);
        },
        |name, x, y| {
            let exact: f64 = x.iter().map(|x| f64::from(1.0 + x / 256.0)).product();
            // Each of the n − 1 products rounds once.
            let bound = ((x.len() as f64) * U).exp_m1() + U;
            assert!((f64::from(y) / exact - 1.0).abs() <= bound, "{name}: {y} for {exact}");
        },
    );
    let mut out = [0];
    prod(&[3_i64, -5, 7], [1, 3, 1], &mut out);
    assert_eq!(out, [-105]);
}

#[test]
fn dots_and_distances() {
    for n in [0, 1, 3, 15, 16, 17, 64, 1000, BLOCK, BLOCK + 1, 300_000] {
        let whole = |modulus: usize| (0..n).map(|i| (i % modulus) as f64).collect::<Vec<_>>();
        // Small whole numbers are summed without rounding.
        let (a, b) = (whole(7), whole(3));
        assert_eq!(dot(&a, &b), a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>());
        assert_eq!(squared_distance(&a, &b), a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>());
        let mut out = [0.0];
        sum_of_squares(&a, [1, n, 1], &mut out);
        assert_eq!(out[0], dot(&a, &a));
    }
}

fn places<E: Number>(x: &[E], beats: impl Fn(E, E) -> bool) -> usize {
    let nan = |x: E| x.partial_cmp(&x).is_none();
    let mut best = 0;
    for i in 1..x.len() {
        if !nan(x[best]) && (nan(x[i]) || beats(x[i], x[best])) {
            best = i;
        }
    }
    best
}

fn check_extrema<E: Number>(x: &[E], sizes: [usize; 3]) {
    let outputs = sizes[0] * sizes[2];
    let same = |a: E, b: E| a == b || (a.partial_cmp(&a).is_none() && b.partial_cmp(&b).is_none());
    let (mut plain, mut out, mut index) = (vec![E::ONE; outputs], vec![E::ONE; outputs], vec![-1; outputs]);
    for largest in [true, false] {
        if largest {
            max(x, sizes, &mut plain);
            max_with_index(x, sizes, &mut out, &mut index);
        } else {
            min(x, sizes, &mut plain);
            min_with_index(x, sizes, &mut out, &mut index);
        }
        for i in 0..outputs {
            let line = line(x, sizes, i);
            let expected = places(&line, |a, b| if largest { a > b } else { a < b });
            assert_eq!(index[i], expected as i64, "{sizes:?} at {i}");
            let value = line[expected];
            assert!(same(plain[i], value) && same(out[i], value), "{sizes:?} at {i}: {:?}, {:?}", plain[i], out[i]);
        }
    }
}

#[test]
fn extrema_with_ties_infinities_and_nan() {
    for sizes in all_sizes().into_iter().filter(|sizes| sizes[1] > 0) {
        let x = noise(len(sizes));
        check_extrema(&x, sizes);
        // Few values: many ties.
        check_extrema(&x.iter().map(|x| (x * 3.0) as i64).collect::<Vec<_>>(), sizes);
        let mut floats = narrow(&x);
        for value in floats.iter_mut() {
            *value = (*value * 50.0).round() / 50.0;
        }
        check_extrema(&floats, sizes);
        for (special, step) in [(f32::INFINITY, 5), (f32::NEG_INFINITY, 7), (f32::NAN, 97)] {
            floats.iter_mut().step_by(step).for_each(|value| *value = special);
            check_extrema(&floats, sizes);
        }
        check_extrema(&vec![f32::NEG_INFINITY; x.len()], sizes);
        check_extrema(&vec![i64::MIN; x.len()], sizes);
    }
}

/// Lines so long that some machines read several of their blocks in turns: as if each block were a line of its own.
#[test]
fn very_long_lines() {
    let n = (MANY + 2) * BLOCK + 5;
    let mut x = narrow(&noise(2 * n));
    x[n + 3 * BLOCK] = 2.0;
    let (mut sums, mut largest) = ([0.0; 2], [0.0; 2]);
    sum(&x, [2, n, 1], &mut sums);
    max(&x, [2, n, 1], &mut largest);
    for (i, x) in x.chunks(n).enumerate() {
        let mut partial: Vec<f32> = x
            .chunks(BLOCK)
            .map(|block| {
                let mut out = [0.0];
                sum(block, [1, block.len(), 1], &mut out);
                out[0]
            })
            .collect();
        while partial.len() > 1 {
            partial = partial.chunks(2).map(|pair| pair.iter().copied().reduce(|a, b| a + b).unwrap()).collect();
        }
        assert_eq!(sums[i].to_bits(), partial[0].to_bits(), "line {i}");
        assert_eq!(largest[i], x.iter().copied().fold(f32::MIN, f32::max), "line {i}");
    }
    // One NaN, in a block that is read in turns with others.
    x[6 * BLOCK + 77] = f32::NAN;
    max(&x, [2, n, 1], &mut largest);
    assert!(largest[0].is_nan() && largest[1] == 2.0);
    // Whole numbers, which have no NaN that a sum could tell of.
    let x: Vec<i64> = (0..n as i64).map(|i| i64::MAX - (i - 70_000).abs()).collect();
    let mut largest = [0];
    max(&x, [1, n, 1], &mut largest);
    assert_eq!(largest, [i64::MAX]);
}

#[test]
fn truth_values() {
    for sizes in all_sizes() {
        for modulus in [2, 1000, usize::MAX] {
            let x: Vec<bool> = (0..len(sizes)).map(|i| (i + 1) % modulus == 0).collect();
            let not: Vec<bool> = x.iter().map(|x| !x).collect();
            let (mut some, mut every) = (vec![true; sizes[0] * sizes[2]], vec![true; sizes[0] * sizes[2]]);
            any(&x, sizes, &mut some);
            all(&not, sizes, &mut every);
            for i in 0..some.len() {
                let expected = line(&x, sizes, i).contains(&true);
                assert_eq!((some[i], every[i]), (expected, !expected), "{sizes:?} at {i}");
            }
        }
    }
}

#[test]
fn variances() {
    for shift in [0.0, 100.0] {
        for correction in [0.0, 1.0] {
            each_line(
                |x, sizes, out| {
                    let x: Vec<f32> = x.iter().map(|x| x + shift).collect();
                    var(&x, sizes, correction, out);
                },
                |name, x, y| {
                    let x: Vec<f64> = x.iter().map(|x| f64::from(x + shift)).collect();
                    let (n, divisor) = (x.len() as f64, (x.len() as f64 - correction).max(0.0));
                    let mean = x.iter().sum::<f64>() / n;
                    let squares: f64 = x.iter().map(|x| (x - mean) * (x - mean)).sum();
                    if divisor == 0.0 || x.is_empty() {
                        assert!(y.is_nan(), "{name}: {y}");
                        return;
                    }
                    // The sum's rounding, three more roundings of each square, and the rounding of the mean, squared.
                    let depth = depth(x.len());
                    let largest = x.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
                    let of_mean = (depth + 1.0) * U * largest;
                    // What is left of one deviation, when the mean is off.
                    let bound = (depth + 4.0) * 2.0 * U * squares + 2.0 * n * of_mean * of_mean;
                    let error = (f64::from(y) - squares / divisor).abs();
                    assert!(
                        error <= bound / divisor + f64::from(f32::MIN_POSITIVE),
                        "{name}: {y} for {}",
                        squares / divisor
                    );
                },
            );
        }
    }
    let mut out = [0.0];
    var(&[1.0, 3.0], [1, 2, 1], 2.0, &mut out);
    assert_eq!(out, [f64::INFINITY]);
}

#[test]
fn log_sum_exp() {
    each_line(logsumexp, |name, x, y| {
        let exact = x.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
        // Sums of positive numbers keep their relative error, e^x has one of 2 units; ln makes it absolute.
        let bound = (depth(x.len()) + 6.0) * U + 3.0 * U * exact.abs();
        let right = f64::from(y) == exact || (f64::from(y) - exact).abs() <= bound;
        assert!(right, "{name}: {y} for {exact}");
    });
    let of = |x: &[f32]| {
        let mut out = [0.0];
        logsumexp(x, [1, x.len(), 1], &mut out);
        out[0]
    };
    assert_eq!(of(&[1000.0, 1000.0]), 1000.0 + 2f32.ln());
    assert_eq!(of(&[f32::NEG_INFINITY; 3]), f32::NEG_INFINITY);
    assert_eq!(of(&[f32::INFINITY, 1.0]), f32::INFINITY);
    assert!(of(&[1.0, f32::NAN]).is_nan());
}

/// Runs a kernel that keeps the shape at all sizes, and `check` on each line before and after.
fn each_line_kept<E: Number>(
    x: impl Fn(usize) -> Vec<E>,
    kernel: impl Fn(&[E], [usize; 3], &mut [E]),
    check: impl Fn(&str, &[E], &[E]),
) {
    for sizes in all_sizes() {
        let x = x(len(sizes));
        let mut out = vec![E::ONE; x.len()];
        kernel(&x, sizes, &mut out);
        for i in 0..sizes[0] * sizes[2] {
            check(&format!("{sizes:?} at {i}"), &line(&x, sizes, i), &line(&out, sizes, i));
        }
    }
}

fn logits(len: usize) -> Vec<f32> {
    noise(len).iter().map(|x| (x * 20.0) as f32).collect()
}

#[test]
fn softmax_and_its_logarithm() {
    let exact = |x: &[f32]| {
        let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f64> = x.iter().map(|&x| (f64::from(x) - f64::from(max)).exp()).collect();
        let sum: f64 = exponentials.iter().sum();
        (f64::from(max), exponentials, sum)
    };
    each_line_kept(logits, softmax, |name, x, y| {
        let (_, exponentials, sum) = exact(x);
        for (e, &y) in exponentials.iter().zip(y) {
            // e^(x − m), where x − m ≤ 40 is rounded once; the sum, of positive numbers; its inverse and a product.
            let bound = (40.0 + 2.0 + depth(x.len()).max(1030.0) + 40.0 + 2.0 + 3.0) * U * e / sum;
            assert!((f64::from(y) - e / sum).abs() <= bound + 1e-44, "{name}: {y} for {}", e / sum);
        }
    });
    each_line_kept(logits, log_softmax, |name, x, y| {
        let (max, _, sum) = exact(x);
        for (&x_, &y) in x.iter().zip(y) {
            let expected = f64::from(x_) - max - sum.ln();
            let bound = (depth(x.len()).max(1030.0) + 40.0 + 6.0) * U + 2.0 * U * (40.0 + sum.ln() + expected.abs());
            assert!((f64::from(y) - expected).abs() <= bound, "{name}: {y} for {expected}");
        }
    });
}

#[test]
fn softmax_of_infinities_and_nan() {
    for n in [3, 17, 100] {
        for inner in [1, 5, 70] {
            let sizes = [1, n, inner];
            let mut x = vec![0.5_f32; n * inner];
            let mut out = vec![0.0; n * inner];
            // One −∞ is a probability of 0; the others share.
            x[inner] = f32::NEG_INFINITY;
            softmax(&x, sizes, &mut out);
            let y = line(&out, sizes, 0);
            assert!(y[1] == 0.0 && (y[0] * (n - 1) as f32 - 1.0).abs() < 1e-6, "{y:?}");
            log_softmax(&x, sizes, &mut out);
            assert_eq!(line(&out, sizes, 0)[1], f32::NEG_INFINITY);
            for special in [f32::NAN, f32::INFINITY] {
                x[inner] = special;
                softmax(&x, sizes, &mut out);
                assert!(line(&out, sizes, 0)[1].is_nan());
                log_softmax(&x, sizes, &mut out);
                assert!(line(&out, sizes, 0).iter().any(|y| y.is_nan()));
            }
            x.fill(f32::NEG_INFINITY);
            for kernel in [softmax, log_softmax] {
                kernel(&x, sizes, &mut out);
                assert!(out.iter().all(|y| y.is_nan()));
            }
        }
    }
}

/// Parts of a long line have maxima of their own: nothing but −∞, tiny shares, and numbers that decide alone.
#[test]
fn softmax_of_long_lines() {
    let n = 2 * BLOCK + 9;
    let mut x = logits(n);
    x[..BLOCK].fill(f32::NEG_INFINITY);
    x[2 * BLOCK..].fill(f32::NEG_INFINITY);
    x[BLOCK..][..BLOCK / 2].iter_mut().for_each(|x| *x -= 95.0);
    let sum: f64 = x.iter().map(|&x| (f64::from(x) - 20.0).exp()).sum();
    let mut out = vec![9.0; n];
    softmax(&x, [1, n, 1], &mut out);
    for (&x, &y) in x.iter().zip(&out) {
        // As above, and x − m ≤ 135 in two parts; below the smallest normal numbers the unit is 2⁻¹⁴⁹.
        let exact = (f64::from(x) - 20.0).exp() / sum;
        assert!((f64::from(y) - exact).abs() <= 1300.0 * U * exact + 2e-45, "{y} for {exact}");
    }
    log_softmax(&x, [1, n, 1], &mut out);
    for (&x, &y) in x.iter().zip(&out) {
        let exact = f64::from(x) - 20.0 - sum.ln();
        assert!(f64::from(y) == exact || (f64::from(y) - exact).abs() <= 1400.0 * U, "{y} for {exact}");
    }
    for special in [f32::NAN, f32::INFINITY] {
        for at in [3, n - 1] {
            let mut x = x.clone();
            x[at] = special;
            softmax(&x, [1, n, 1], &mut out);
            assert!(out.iter().all(|y| y.is_nan()));
            log_softmax(&x, [1, n, 1], &mut out);
            assert!(out.iter().all(|y| y.is_nan()));
        }
    }
    x.fill(f32::NEG_INFINITY);
    for kernel in [softmax, log_softmax] {
        kernel(&x, [1, n, 1], &mut out);
        assert!(out.iter().all(|y| y.is_nan()));
    }
}

#[test]
fn softmax_gradients() {
    for sizes in all_sizes() {
        let g = narrow(&noise(len(sizes)));
        // y doesn't have to be a softmax for its formula.
        let y: Vec<f32> = g.iter().map(|g| -(g * 7.0).abs()).collect();
        let (mut of_softmax, mut of_log) = (vec![0.0; g.len()], vec![0.0; g.len()]);
        softmax_backward(&g, &y, sizes, &mut of_softmax);
        log_softmax_backward(&g, &y, sizes, &mut of_log);
        for i in 0..sizes[0] * sizes[2] {
            let [g, y, z, w] = [&g, &y, &of_softmax, &of_log].map(|x| line(x, sizes, i));
            let pairs = || g.iter().zip(&y).map(|(&g, &y)| (f64::from(g), f64::from(y)));
            let (dot, sum): (f64, f64) = (pairs().map(|(g, y)| g * y).sum(), pairs().map(|(g, _)| g).sum());
            let (dots, sums): (f64, f64) =
                (pairs().map(|(g, y)| (g * y).abs()).sum(), pairs().map(|(g, _)| g.abs()).sum());
            let depth = depth(g.len()) + 8.0;
            for ((g, y), (z, w)) in pairs().zip(z.iter().zip(&w)) {
                let bound = |sum: f64, y: f64| (depth * sum * y.abs() + 4.0 * y.abs()) * U + 4.0 * U * g.abs();
                assert!((f64::from(*z) - y * (g - dot)).abs() <= bound(dots, y), "softmax {sizes:?} at {i}");
                assert!((f64::from(*w) - (g - y.exp() * sum)).abs() <= bound(sums, y.exp()), "log {sizes:?} at {i}");
            }
        }
    }
}

#[test]
fn cross_entropies() {
    for [examples, classes] in [[0, 3], [1, 1], [3, 10], [5, 16], [4, 17], [3, 1000], [500, 300]] {
        let x = logits(examples * classes);
        let targets: Vec<i64> =
            (0..examples).map(|i| if i % 3 == 2 { -100 } else { (i * 7 % classes) as i64 }).collect();
        let g = narrow(&noise(examples));
        let (mut y, mut losses, mut gradient) = (vec![9.0; x.len()], vec![9.0; examples], vec![9.0; x.len()]);
        super::cross_entropy(&x, &targets, -100, &mut y, &mut losses);
        cross_entropy_backward(&y, &targets, -100, &g, &mut gradient);
        for (i, (x, &target)) in x.chunks_exact(classes).zip(&targets).enumerate() {
            let gradient = &gradient[i * classes..][..classes];
            if target == -100 {
                assert!(losses[i] == 0.0 && gradient.iter().all(|&g| g == 0.0));
                continue;
            }
            let max = f64::from(x.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            let sum: f64 = x.iter().map(|&x| (f64::from(x) - max).exp()).sum();
            let expected = sum.ln() - (f64::from(x[target as usize]) - max);
            // As for the softmax and its logarithm.
            let of_sum = depth(classes) + 48.0;
            let bound = of_sum * U + 2.0 * U * (80.0 + sum.ln());
            assert!((f64::from(losses[i]) - expected).abs() <= bound, "{} for {expected}", losses[i]);
            for (class, (&x, &out)) in x.iter().zip(gradient).enumerate() {
                let hot = if class == target as usize { 1.0 } else { 0.0 };
                let share = (f64::from(x) - max).exp() / sum;
                let (g, expected) = (f64::from(g[i]), (share - hot) * f64::from(g[i]));
                let bound = ((of_sum + 48.0) * share + 4.0) * U * g.abs();
                assert!((f64::from(out) - expected).abs() <= bound, "{out} for {expected}");
            }
        }
    }
}

#[test]
fn standardized_elements_and_their_gradient() {
    for sizes in all_sizes().into_iter().filter(|sizes| sizes[1] > 1 && len(*sizes) < 200_000) {
        let (x, outputs) = (noise(len(sizes)), sizes[0] * sizes[2]);
        let g: Vec<f64> = x.iter().map(|x| (x * 37.0).sin()).collect();
        let [mut y, mut gradient] = [x.clone(), x.clone()];
        let [mut means, mut variances, mut scales] = [(); 3].map(|()| vec![0.0; outputs]);
        let moments = Moments { means: &mut means, variances: &mut variances, scales: &mut scales };
        standardized(&x, sizes, 1e-5, moments, &mut y);
        standardized_backward(&g, &y, &scales, sizes, &mut gradient);
        for i in 0..outputs {
            let [x, y, g, gradient] = [&x, &y, &g, &gradient].map(|x| line(x, sizes, i));
            let mean_of = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
            let mean = mean_of(&x);
            let variance = mean_of(&x.iter().map(|x| (x - mean) * (x - mean)).collect::<Vec<_>>());
            let scale = 1.0 / (variance + 1e-5).sqrt();
            let mean_g = mean_of(&g);
            let product = mean_of(&g.iter().zip(&y).map(|(g, y)| g * y).collect::<Vec<_>>());
            // Both are in f64: what differs is the order of additions, and 1/√(variance + eps) ≤ 317 enlarges it.
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9;
            assert!(near(means[i], mean) && near(variances[i], variance), "{sizes:?} at {i}");
            for k in 0..x.len() {
                assert!(near(y[k], (x[k] - mean) * scale), "{sizes:?} at {i}, {k}");
                assert!(near(gradient[k], scale * (g[k] - mean_g - y[k] * product)), "{sizes:?} at {i}, {k}");
            }
        }
    }
}

#[test]
fn running_sums() {
    for reverse in [false, true] {
        each_line_kept(
            |len| narrow(&noise(len)),
            |x, sizes, out| cumsum(x, sizes, reverse, out),
            |name, x, y| {
                let mut sum = 0.0;
                let order = 0..x.len();
                let order: Vec<_> = if reverse { order.rev().collect() } else { order.collect() };
                for i in order {
                    sum += f64::from(x[i]);
                    assert_eq!(y[i], sum as f32, "{name}");
                }
            },
        );
    }
    let mut out = [0; 3];
    cumsum(&[i64::MAX - 3, 1, 2], [1, 3, 1], false, &mut out);
    assert_eq!(out, [i64::MAX - 3, i64::MAX - 2, i64::MAX]);
}

/// All results as bits.
fn fingerprint() -> Vec<u64> {
    fn each<E: Float>(x: impl Fn(usize) -> Vec<E>, bits: &mut Vec<u64>) {
        for sizes in [[1, 300_001, 1], [300, 1001, 1], [1, 1001, 300], [40_000, 7, 1], [1, 40_000, 7], [3, 5000, 23]] {
            let x = x(len(sizes));
            let (mut out, mut index) = (vec![E::ONE; sizes[0] * sizes[2]], vec![0; sizes[0] * sizes[2]]);
            let mut push = |out: &[E]| bits.extend(out.iter().map(|out| out.to_f64().to_bits()));
            for kernel in [sum, prod, max, min, logsumexp, mean, sum_of_squares] {
                kernel(&x, sizes, &mut out);
                push(&out);
            }
            var(&x, sizes, 1.0, &mut out);
            push(&out);
            max_with_index(&x, sizes, &mut out, &mut index);
            push(&out);
            push(&index.iter().map(|&i| E::from_f64(i as f64)).collect::<Vec<_>>());
            push(&[dot(&x, &x[..]), squared_distance(&x, &x[..])]);
            let mut out = x.clone();
            for kernel in [softmax, log_softmax] {
                kernel(&x, sizes, &mut out);
                push(&out);
            }
            let y = out.clone();
            for kernel in [softmax_backward, log_softmax_backward] {
                kernel(&x, &y, sizes, &mut out);
                push(&out);
            }
            let [mut means, mut variances, mut scales] = [(); 3].map(|()| vec![E::ONE; sizes[0] * sizes[2]]);
            let moments = Moments { means: &mut means, variances: &mut variances, scales: &mut scales };
            standardized(&x, sizes, 1e-5, moments, &mut out);
            push(&out);
            standardized_backward(&x, &y, &scales, sizes, &mut out);
            push(&out);
        }
    }
    let mut bits = Vec::new();
    each(|len| narrow(&noise(len)), &mut bits);
    each(noise, &mut bits);
    bits
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(fingerprint);
    let one = on(1);
    for threads in [2, 3, 8, 16] {
        assert!(on(threads) == one, "{threads} threads");
    }
}
