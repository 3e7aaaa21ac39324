//! Drawing classes by their probabilities.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::element::Float;
use crate::kernels::math;
use crate::random::{exponential, uniform, with_default};
use crate::tensor::{LongTensor, TensorOf};

impl<E: Float> TensorOf<E> {
    /// `num_samples` classes drawn by their weights in this vector, or in each row of this matrix: any numbers from 0 on, in
    /// proportion to the probabilities. No class comes twice unless `replacement`. PyTorch: `torch.multinomial`, with the same
    /// classes after the same [`manual_seed`](crate::manual_seed).
    ///
    /// ```
    /// # use deltarule_tensor::{Tensor, manual_seed};
    /// manual_seed(0);
    /// let weights = Tensor::from([1., 0., 2., 1.]);
    /// assert_eq!(weights.multinomial(3, false).to_vec(), [2, 3, 0]);
    /// ```
    ///
    /// # Panics
    /// If it is neither a vector nor a matrix, if a weight is negative, NaN or infinite, if no weight of a row is above 0, if
    /// `num_samples` is 0, or, without replacement, if there are fewer classes.
    #[track_caller]
    pub fn multinomial(&self, num_samples: usize, replacement: bool) -> LongTensor {
        let (rows, classes) = match *self.shape() {
            [classes] => (1, classes),
            [rows, classes] => (rows, classes),
            _ => fail(
                "multinomial",
                format_args!("weights are a vector or a matrix of rows, and their shape is {:?}", self.shape()),
            ),
        };
        if num_samples == 0 || !replacement && num_samples > classes {
            fail("multinomial", format_args!("{num_samples} of {classes} classes can't be drawn"));
        }
        let weights = self.detach().reshape([rows, classes]);
        check(&weights);
        let drawn = if replacement && num_samples > 1 {
            with_replacement(&weights, num_samples)
        } else {
            // The first arrivals of a race in which each class comes after an exponential time, by its weight as the rate.
            // PyTorch draws the times in the order of memory.
            let (down, right) = (weights.strides()[0], weights.strides()[1]);
            let turned = 0 < down && down < right && !weights.is_contiguous();
            let race = if turned { weights.t().contiguous() } else { weights.contiguous() };
            let times =
                Array::build(race.shape(), |out: &mut [E]| with_default(|generator| exponential(generator, out)));
            let race = TensorOf::new(race.array().zip_to(math::Div, &times));
            let race = if turned { race.t() } else { race };
            if num_samples == 1 { race.argmax_dim(1, true) } else { race.topk(num_samples, 1, true).1 }
        };
        if self.ndim() == 1 { drawn.squeeze_dim(0) } else { drawn }
    }
}

#[track_caller]
fn check<E: Float>(weights: &TensorOf<E>) {
    let values = weights.array().elements();
    if let Some(wrong) = values.iter().find(|&&weight| !(weight >= E::default() && weight.is_finite())) {
        fail("multinomial", format_args!("a weight is a finite number from 0 on, and one is {wrong}"));
    }
    let classes = weights.shape()[1].max(1);
    if let Some(row) = values.chunks_exact(classes).position(|row| row.iter().all(|&weight| weight == E::default())) {
        fail("multinomial", format_args!("no weight of row {row} is above 0"));
    }
}

/// By a search in the running sums, as PyTorch.
fn with_replacement<E: Float>(weights: &TensorOf<E>, num_samples: usize) -> LongTensor {
    let (values, classes) = (weights.array().elements(), weights.shape()[1]);
    let mut drawn = Vec::with_capacity(weights.shape()[0] * num_samples);
    with_default(|generator| {
        for row in values.chunks_exact(classes.max(1)) {
            let mut sum = E::default();
            let mut sums = Vec::with_capacity(classes);
            for &weight in row {
                sum = sum + weight;
                sums.push(sum);
            }
            sums.iter_mut().for_each(|each| *each = *each / sum);
            let mut places = vec![0.0; num_samples];
            uniform(generator, &mut places, 0.0, 1.0);
            // The last sum is 1, whatever it was rounded to.
            let class = |place: &f64| sums[..classes - 1].partition_point(|each| each.to_f64() < *place) as i64;
            drawn.extend(places.iter().map(class));
        }
    });
    LongTensor::from(drawn).reshape([weights.shape()[0], num_samples])
}

#[cfg(test)]
mod tests {
    use crate::tensor::Tensor;

    #[test]
    fn as_often_as_the_weights_say() {
        let weights = Tensor::from([1., 0., 3.]);
        let drawn = weights.multinomial(8000, true).bincount(3).to_vec();
        assert_eq!(drawn[1], 0);
        // Five standard deviations of √(8000·¼·¾).
        assert!((drawn[0] - 2000).abs() < 200, "{drawn:?}");
        let rows = weights.expand([8000, 3]).multinomial(1, false);
        assert_eq!(rows.shape(), [8000, 1]);
        let drawn = rows.squeeze_dim(1).bincount(3).to_vec();
        assert!(drawn[1] == 0 && (drawn[0] - 2000).abs() < 200, "{drawn:?}");
    }
}
