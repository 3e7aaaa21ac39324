//! Elements with mean 0 and variance 1: the core of batch and layer norm.

use super::apply::apply;
use super::fold::fold;
use super::moments::moments;
use super::numbers::Numbers;
use super::source::{GivenPairFunction, GivenPairs, Pairs, Product};
use super::sum::{Sum, sum};
use super::turned::{self, are_short, lines_per_task, map_columns};
use crate::element::Float;
use crate::kernels::parallel;

/// (x − mean)·scale. The second operand, x again, isn't used.
#[derive(Clone, Copy)]
struct Standard;

impl<E: Float> GivenPairFunction<E, 2> for Standard {
    #[inline(always)]
    fn call<const FMA: bool>(self, x: E, _: E, [mean, scale]: [E; 2]) -> E {
        (x - mean) * scale
    }
}

/// What [`standardized`] finds out of each output's elements.
pub(crate) struct Moments<'a, E> {
    pub(crate) means: &'a mut [E],
    /// Divided by n.
    pub(crate) variances: &'a mut [E],
    /// 1/√(variance + eps).
    pub(crate) scales: &'a mut [E],
}

/// `out` = (x − mean)/√(variance + eps).
pub(crate) fn standardized<E: Float>(x: &[E], sizes: [usize; 3], eps: f64, found: Moments<'_, E>, out: &mut [E]) {
    if !are_short(sizes) {
        return in_passes(x, sizes, eps, found, out);
    }
    let n = sizes[1];
    let run = |start: usize, found: &mut Moments<'_, E>, out: &mut [E]| {
        map_columns(&x[start * n..][..out.len()], n, out, |first, x, out| {
            let lines = first..first + x.len() / n;
            let found = Moments {
                means: &mut found.means[lines.clone()],
                variances: &mut found.variances[lines.clone()],
                scales: &mut found.scales[lines.clone()],
            };
            in_passes(x, [1, n, lines.len()], eps, found, out);
        });
    };
    let chunk = if turned::pays(x.len(), false) { lines_per_task(n) } else { sizes[0] };
    let Moments { means, variances, scales } = found;
    let found = means.chunks_mut(chunk).zip(variances.chunks_mut(chunk)).zip(scales.chunks_mut(chunk));
    let found = found.map(|((means, variances), scales)| Moments { means, variances, scales });
    parallel::for_each_piece(found.zip(out.chunks_mut(chunk * n)), |task, (found, out)| run(task * chunk, found, out));
}

fn in_passes<E: Float>(x: &[E], sizes: [usize; 3], eps: f64, found: Moments<'_, E>, out: &mut [E]) {
    let Moments { means, variances, scales } = found;
    let (n, eps) = (E::from_f64(sizes[1] as f64), E::from_f64(eps));
    let means = Numbers::new(sizes, |out| {
        moments(x, sizes, means, variances);
        out.copy_from_slice(means);
    });
    for (variance, scale) in variances.iter_mut().zip(scales.iter_mut()) {
        *variance = *variance / n;
        *scale = E::ONE / (*variance + eps).sqrt();
    }
    let scales = Numbers::new(sizes, |out| out.copy_from_slice(scales));
    apply(GivenPairs { f: Standard, a: x, b: x, given: [means.table(), scales.table()] }, sizes, out);
}

/// scale·(g − mean g − y·mean(g·y)).
#[derive(Clone, Copy)]
struct Gradient;

impl<E: Float> GivenPairFunction<E, 3> for Gradient {
    #[inline(always)]
    fn call<const FMA: bool>(self, g: E, y: E, [scale, of_g, of_product]: [E; 3]) -> E {
        scale * (g - of_g - y * of_product)
    }
}

/// The gradient of x, for the gradient `g` of what [`standardized`] gave, `y`, with the `scales` that it found.
pub(crate) fn standardized_backward<E: Float>(g: &[E], y: &[E], scales: &[E], sizes: [usize; 3], out: &mut [E]) {
    let n = E::from_f64(sizes[1] as f64);
    let divide = |sums: &mut [E]| sums.iter_mut().for_each(|sum| *sum = *sum / n);
    let of_g = Numbers::new(sizes, |out| {
        sum(g, sizes, out);
        divide(out);
    });
    let of_product = Numbers::new(sizes, |out| {
        fold(Sum, Pairs { f: Product, a: g, b: y }, sizes, out);
        divide(out);
    });
    let scales = Numbers::new(sizes, |out| out.copy_from_slice(scales));
    let given = [scales.table(), of_g.table(), of_product.table()];
    apply(GivenPairs { f: Gradient, a: g, b: y, given }, sizes, out);
}
