//! The softmax of logits and the cross-entropy with classes, in one pass; and its gradient.

use super::fold::TASK;
use super::softmax::{exponentials, softmax_with};
use super::turned::{self, are_short, lines_per_task, map_columns};
use crate::element::Float;
use crate::kernels::isa::{Kernel, dispatch};
use crate::kernels::map::map_in_place;
use crate::kernels::math::Ln;
use crate::kernels::parallel;

/// For each line of `classes` logits, `losses` = ln Σeˣ − x\[y\], or 0 for the target `ignored`; and `probabilities` = the
/// softmax. The other targets are below `classes`.
pub(crate) fn cross_entropy<E: Float>(
    x: &[E],
    targets: &[i64],
    ignored: i64,
    probabilities: &mut [E],
    losses: &mut [E],
) {
    let classes = x.len() / targets.len().max(1);
    let short = are_short([targets.len(), classes, 1]);
    let run = |start: usize, probabilities: &mut [E], losses: &mut [E]| {
        let targets = &targets[start..][..losses.len()];
        let x = &x[start * classes..][..probabilities.len()];
        if short {
            return map_columns(x, classes, probabilities, |first, x, y| {
                let lines = first..first + x.len() / classes;
                of_columns(x, &targets[lines.clone()], ignored, y, &mut losses[lines]);
            });
        }
        dispatch(Forward { x, targets, ignored, probabilities, losses });
    };
    if !(if short { turned::pays(x.len(), true) } else { parallel::pays(x.len(), true) }) {
        return run(0, probabilities, losses);
    }
    let chunk = if short { lines_per_task(classes) } else { (TASK / classes).max(1) };
    let pieces = probabilities.chunks_mut(chunk * classes).zip(losses.chunks_mut(chunk));
    parallel::for_each_piece(pieces, |task, (probabilities, losses)| run(task * chunk, probabilities, losses));
}

/// [`cross_entropy`] of logits that lie as `[classes, lines]`.
fn of_columns<E: Float>(x: &[E], targets: &[i64], ignored: i64, probabilities: &mut [E], losses: &mut [E]) {
    let lines = targets.len();
    softmax_with(x, [1, x.len() / lines.max(1), lines], probabilities, |maxima, sums| {
        losses.copy_from_slice(sums);
        map_in_place(Ln, losses);
        for (i, ((&target, &max), loss)) in targets.iter().zip(maxima).zip(losses.iter_mut()).enumerate() {
            *loss = if target == ignored { E::default() } else { *loss - (x[target as usize * lines + i] - max) };
        }
    });
}

struct Forward<'a, E> {
    x: &'a [E],
    targets: &'a [i64],
    ignored: i64,
    probabilities: &'a mut [E],
    losses: &'a mut [E],
}

impl<E: Float> Kernel for Forward<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Forward { x, targets, ignored, probabilities, losses } = self;
        let Some(classes) = probabilities.len().checked_div(targets.len()) else { return };
        for (line, (&target, loss)) in targets.iter().zip(losses).enumerate() {
            let y = &mut probabilities[line * classes..][..classes];
            let (max, sum) = exponentials::<FMA, E>(x, line * classes, y);
            let factor = E::ONE / sum;
            y.iter_mut().for_each(|y| *y = *y * factor);
            *loss = if target == ignored {
                E::default()
            } else {
                sum.ln::<FMA>() - (x[line * classes + target as usize] - max)
            };
        }
    }
}

/// The gradient of the logits, for the gradients `g` of the losses: (probabilities − 1 at the target)·g, where `g`
/// counts as 0 for the target `ignored`.
pub(crate) fn cross_entropy_backward<E: Float>(
    probabilities: &[E],
    targets: &[i64],
    ignored: i64,
    g: &[E],
    out: &mut [E],
) {
    let Some(classes) = out.len().checked_div(targets.len()) else { return };
    let run = |start: usize, out: &mut [E]| {
        let first = start / classes.max(1);
        let lines = out.chunks_exact_mut(classes.max(1)).zip(probabilities[start..].chunks_exact(classes.max(1)));
        for ((out, y), (&target, &g)) in lines.zip(targets[first..].iter().zip(&g[first..])) {
            // NaN of a mean of nothing stops here; NaN among the logits goes on, as in PyTorch.
            let g = if target == ignored { E::default() } else { g };
            for (out, &y) in out.iter_mut().zip(y) {
                *out = y * g;
            }
            if target != ignored {
                out[target as usize] = out[target as usize] - g;
            }
        }
    };
    let chunk = (TASK / classes.max(1)).max(1) * classes;
    parallel::in_pieces(out, parallel::pays(out.len(), false), chunk, run);
}
