//! Products against a plain loop in f64, for every layout and path.

use super::*;

/// A matrix whose elements lie `gap` apart, in rows or, if `turned`, in columns.
struct Stored<E> {
    data: Vec<E>,
    rows: usize,
    columns: usize,
    strides: [usize; 2],
}

/// How a matrix lies in memory.
const LAYOUTS: [(bool, usize); 4] = [(false, 1), (true, 1), (false, 3), (true, 2)];

impl<E: Float> Stored<E> {
    /// Numbers of −1 to 1, and NaN between them, where nobody may read.
    fn new(rows: usize, columns: usize, (turned, gap): (bool, usize), seed: u32) -> Self {
        let strides = if turned { [gap, (rows + 1) * gap] } else { [(columns + 2) * gap, gap] };
        let len = if rows * columns == 0 { 0 } else { (rows - 1) * strides[0] + (columns - 1) * strides[1] + 1 };
        let mut matrix = Stored { data: vec![E::from_f64(f64::NAN); len], rows, columns, strides };
        let mut state = seed;
        for i in 0..rows {
            for j in 0..columns {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *matrix.at(i, j) = E::from_f64(f64::from(state >> 8) / f64::from(1 << 23) - 1.0);
            }
        }
        matrix
    }

    fn at(&mut self, i: usize, j: usize) -> &mut E {
        &mut self.data[i * self.strides[0] + j * self.strides[1]]
    }

    fn matrix(&self) -> Matrix<'_, E> {
        Matrix {
            data: &self.data,
            rows: self.rows,
            columns: self.columns,
            row_stride: self.strides[0],
            column_stride: self.strides[1],
        }
    }
}

/// The element (i, j) of a·b and the sum of its terms' sizes, in f64.
fn exact<E: Float>(a: Matrix<'_, E>, b: Matrix<'_, E>, i: usize, j: usize) -> [f64; 2] {
    let term = |k| a.data[a.position(i, k)].to_f64() * b.data[b.position(k, j)].to_f64();
    (0..a.columns).map(term).fold([0.0; 2], |[sum, size], term| [sum + term, size + term.abs()])
}

/// Checks a·b, with a bias of 0.5 and without. A sum of k terms takes at most k roundings after each of its products, and
/// one more is the bias's: so (k + 1)·u·Σ|aᵢₖ·bₖⱼ|, to first order, with u = ε/2; ε leaves room for the
/// products' own roundings where there is no fused multiply-add, and for the reference's.
fn check<E: Float>(epsilon: f64, [m, k, n]: [usize; 3], a: (bool, usize), b: (bool, usize)) {
    let (a, b) = (Stored::<E>::new(m, k, a, 1), Stored::<E>::new(k, n, b, 2));
    let (a, b) = (a.matrix(), b.matrix());
    let half = E::from_f64(0.5);
    let row = vec![half; n];
    for (bias, offset) in [(None, 0.0), (Some(&row[..]), 0.5)] {
        let mut out = vec![E::from_f64(f64::NAN); m * n];
        matmul(a, b, bias, &mut out);
        for (place, value) in out.iter().enumerate() {
            let [sum, size] = exact(a, b, place / n, place % n);
            let bound = (k + 1) as f64 * epsilon * (size + offset);
            let error = (value.to_f64() - sum - offset).abs();
            assert!(
                error <= bound,
                "{m}x{k}x{n} bias {offset} at {place}: {value} is {error:e} off, {bound:e} allowed"
            );
        }
    }
}

#[test]
fn every_layout_and_every_odd_size() {
    let sizes = [
        [1, 1, 1],
        [4, 2, 2],
        [3, 5, 7],
        [1, 300, 150],
        [150, 300, 1],
        [1, 5000, 1],
        [17, 1, 33],
        [40, 3, 40],
        [13, 40, 16],
        [31, 257, 10],
        [15, 64, 63],
        [65, 30, 65],
        [67, 513, 47],
        [15, 270, 290],
        [300, 20, 600],
        [100, 20, 1100],
    ];
    for size in sizes {
        for a in LAYOUTS {
            for b in LAYOUTS {
                check::<f32>(f32::EPSILON.into(), size, a, b);
                check::<f64>(f64::EPSILON, size, a, b);
            }
        }
    }
}

/// All heights and widths up to more than a register tile, so that every remainder is met.
#[test]
fn every_small_size() {
    for m in 0..=19 {
        for n in 0..=35 {
            for k in [0, 1, 2, 3, 4, 5, 17] {
                check::<f32>(f32::EPSILON.into(), [m, k, n], LAYOUTS[(m + n) % 4], LAYOUTS[(m + k) % 4]);
            }
            check::<f64>(f64::EPSILON, [m, 19, n], LAYOUTS[n % 4], LAYOUTS[m % 4]);
        }
    }
}

/// Each element is the sum that the module promises, to the last bit: on every path, and for every cut.
#[test]
fn the_order_of_the_terms_is_one() {
    let small = [[2, 100, 2], [13, 40, 23], [7, 3, 5], [31, 30, 31]];
    let large = [[20, 256, 20], [20, 1000, 40], [70, 700, 130], [15, 300, 300]];
    let vectors = [[1, 300, 3], [1, 300, 13], [1, 300, 256], [1, 300, 150]];
    for [m, k, n] in [&small[..], &large, &vectors].concat() {
        for layout in LAYOUTS {
            let b_layout = if m == 1 { (false, 1) } else { layout };
            let (a, b) = (Stored::<f32>::new(m, k, layout, 3), Stored::<f32>::new(k, n, b_layout, 4));
            let (a, b) = (a.matrix(), b.matrix());
            let mut out = vec![0.0; m * n];
            matmul(a, b, None, &mut out);
            for (place, &value) in out.iter().enumerate() {
                let block = |from: usize| {
                    (from..k.min(from + KC)).fold(0.0f32, |sum, t| {
                        let (x, y) = (a.data[a.position(place / n, t)], b.data[b.position(t, place % n)]);
                        if has_fma() { x.mul_add(y, sum) } else { x * y + sum }
                    })
                };
                let sum = (KC..k).step_by(KC).map(block).fold(block(0), |sum, block| sum + block);
                assert_eq!(value.to_bits(), sum.to_bits(), "{m}x{k}x{n} at {place}");
            }
        }
    }
}

fn has_fma() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("avx2")
        && std::env::var("DELTARULE_LEVEL").as_deref() != Ok("portable");
    #[cfg(not(target_arch = "x86_64"))]
    cfg!(target_arch = "aarch64")
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let sizes = [
        [64, 784, 128],
        [1, 3000, 700],
        [700, 3000, 1],
        [300, 300, 301],
        [2000, 70, 20],
        [20, 500, 700],
        [128, 512, 10],
    ];
    for [m, k, n] in sizes {
        for (a, b) in [(LAYOUTS[0], LAYOUTS[0]), (LAYOUTS[0], LAYOUTS[1]), (LAYOUTS[1], LAYOUTS[0])] {
            let (a, b) = (Stored::<f32>::new(m, k, a, 5), Stored::<f32>::new(k, n, b, 6));
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    let mut out = vec![0.0; m * n];
                    matmul(a.matrix(), b.matrix(), None, &mut out);
                    out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
                })
            };
            let one = on(1);
            for threads in [2, 3, 8, 16] {
                assert_eq!(on(threads), one, "{m}x{k}x{n} on {threads} threads");
            }
        }
    }
}

/// An element is NaN or infinite where its own row and column make it so, and nowhere else.
#[test]
fn nan_and_infinity_go_where_they_belong() {
    for [m, k, n] in [[3, 4, 5], [1, 300, 200], [40, 300, 50]] {
        let mut a = Stored::<f32>::new(m, k, LAYOUTS[0], 7);
        let mut b = Stored::<f32>::new(k, n, LAYOUTS[1], 8);
        *b.at(k - 1, n - 1) = f32::NAN;
        *b.at(0, 1) = f32::INFINITY;
        *a.at(m - 1, 0) = 0.0;
        let mut out = vec![0.0; m * n];
        matmul(a.matrix(), b.matrix(), None, &mut out);
        for (place, value) in out.iter().enumerate() {
            match (place / n, place % n) {
                // 0·∞ is NaN.
                (i, j) if j == n - 1 || (i == m - 1 && j == 1) => assert!(value.is_nan(), "{place}"),
                (_, 1) => assert!(value.is_infinite(), "{place}"),
                _ => assert!(value.is_finite(), "{place}"),
            }
        }
    }
}

#[test]
fn no_terms_give_the_bias() {
    let (a, b) = (Stored::<f32>::new(2, 0, LAYOUTS[0], 0), Stored::<f32>::new(0, 3, LAYOUTS[0], 0));
    let mut out = vec![7.0; 6];
    matmul(a.matrix(), b.matrix(), Some(&[1.0, 2.0, 3.0]), &mut out);
    assert_eq!(out, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    matmul(a.matrix(), b.matrix(), None, &mut out);
    assert_eq!(out, [0.0; 6]);
}

#[test]
#[should_panic(expected = "the sizes of a product")]
fn a_matrix_that_reaches_beyond_its_data_is_refused() {
    let data = [0.0f32; 5];
    let a = Matrix { data: &data, rows: 2, columns: 3, row_stride: 3, column_stride: 1 };
    matmul(a, a.transposed(), None, &mut [0.0; 4]);
}
