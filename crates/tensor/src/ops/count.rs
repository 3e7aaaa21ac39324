//! Counting: what differs from zero, and each class.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::dim::Dims;
use crate::element::{Element, Number};
use crate::tensor::{LongTensor, TensorOf};

impl<E: Element> TensorOf<E> {
    /// How many elements differ from zero, or are true, a scalar. PyTorch: `torch.count_nonzero`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([0., 2., -1.]).count_nonzero().item(), 2);
    /// ```
    pub fn count_nonzero(&self) -> LongTensor {
        self.ne_scalar(E::default()).sum()
    }

    /// How many elements differ from zero, or are true, over the axes `dims`. PyTorch: `torch.count_nonzero(dim)`.
    ///
    /// ```
    /// # use deltarule_tensor::Tensor;
    /// assert_eq!(Tensor::from([[0., 2.], [3., 4.]]).count_nonzero_dim(1).to_vec(), [1, 2]);
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, or if one is named twice.
    #[track_caller]
    pub fn count_nonzero_dim(&self, dims: impl Into<Dims>) -> LongTensor {
        let axes = dims.into().axes("count_nonzero_dim", self.shape());
        self.ne_scalar(E::default()).sum_dim(&axes[..], false)
    }
}

impl LongTensor {
    /// How often each number from 0 on comes in this vector, up to its largest, and for `minlength` numbers at least.
    /// PyTorch: `torch.bincount(minlength)`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([1, 3, 1]).bincount(0).to_vec(), [0, 2, 0, 1]);
    /// assert_eq!(LongTensor::from([1]).bincount(3).to_vec(), [0, 1, 0]);
    /// ```
    ///
    /// # Panics
    /// If it is no vector, or if a number is negative.
    #[track_caller]
    pub fn bincount(&self, minlength: usize) -> LongTensor {
        counts(self, minlength, |_| 1)
    }

    /// As [`bincount`](LongTensor::bincount), where each element counts as much as its number in `weights` says.
    /// PyTorch: `torch.bincount(weights, minlength)`.
    ///
    /// ```
    /// # use deltarule_tensor::{LongTensor, Tensor};
    /// let (x, weights) = (LongTensor::from([1, 0, 1]), Tensor::from([0.5, 2., 0.25]));
    /// assert_eq!(x.bincount_weighted(&weights, 0).to_vec(), [2., 0.75]);
    /// ```
    ///
    /// # Panics
    /// If it is no vector, if a number is negative, or if there aren't as many weights.
    #[track_caller]
    pub fn bincount_weighted<E: Number>(&self, weights: &TensorOf<E>, minlength: usize) -> TensorOf<E> {
        if weights.shape() != self.shape() {
            fail(
                "bincount",
                format_args!("numbers of shape {:?} have no weights of shape {:?}", self.shape(), weights.shape()),
            );
        }
        let weights = weights.array().elements();
        counts(self, minlength, |i| weights[i])
    }

    /// For each element a vector of `num_classes` zeros with a 1 at its place, along a new last axis; −1 stands for one class
    /// more than the largest element. PyTorch: `torch.nn.functional.one_hot`.
    ///
    /// ```
    /// # use deltarule_tensor::LongTensor;
    /// assert_eq!(LongTensor::from([2, 0]).one_hot(3).to_vec(), [0, 0, 1, 1, 0, 0]);
    /// assert_eq!(LongTensor::from([[2], [0]]).one_hot(-1).shape(), [2, 1, 3]);
    /// ```
    ///
    /// # Panics
    /// If an element is negative or no class, or if there are no classes.
    #[track_caller]
    pub fn one_hot(&self, num_classes: isize) -> LongTensor {
        let x = self.array().elements();
        let inferred = || x.iter().max().map_or(0, |&largest| largest.saturating_add(1).max(0) as usize);
        let classes = usize::try_from(num_classes).unwrap_or_else(|_| inferred());
        if num_classes < -1 || classes == 0 {
            fail("one_hot", format_args!("there are {num_classes} classes for a tensor of shape {:?}", self.shape()));
        }
        if let Some(wrong) = x.iter().find(|&&class| !usize::try_from(class).is_ok_and(|class| class < classes)) {
            fail("one_hot", format_args!("{wrong} is no class: there are {classes}, from 0 on"));
        }
        let mut shape = self.shape().to_vec();
        shape.push(classes);
        let mut y = LongTensor::zeros(shape);
        let out = y.array_mut().make_mut();
        for (row, &class) in x.iter().enumerate() {
            out[row * classes + class as usize] = 1;
        }
        y
    }
}

/// The sums of the weights of each number.
#[track_caller]
fn counts<E: Number>(x: &LongTensor, minlength: usize, weight: impl Fn(usize) -> E) -> TensorOf<E> {
    if x.ndim() != 1 {
        fail("bincount", format_args!("the numbers are a vector, and their shape is {:?}", x.shape()));
    }
    let numbers = x.array().elements();
    if let Some(negative) = numbers.iter().find(|&&number| number < 0) {
        fail("bincount", format_args!("numbers from 0 on are counted, and one is {negative}"));
    }
    let len = numbers.iter().max().map_or(0, |&largest| largest as usize + 1).max(minlength);
    let mut sums: TensorOf<E> = TensorOf::zeros([len]);
    let out: &mut [E] = Array::make_mut(sums.array_mut());
    for (i, &number) in numbers.iter().enumerate() {
        out[number as usize] = out[number as usize].plus(weight(i));
    }
    sums
}
