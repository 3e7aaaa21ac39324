//! Elements chosen by truth values: `where`, `masked_select`, `masked_fill`, and triangles.

use deltarule_autograd::call_site::fail;

use crate::array::Array;
use crate::element::Element;
use crate::layout::broadcast;
use crate::ops::given::{check_broadcast, check_result};
use crate::record::{record_any, record_linear};
use crate::room::check_new;
use crate::table::operation;
use crate::tensor::{BoolTensor, TensorOf};

impl BoolTensor {
    /// Element by element, `a` where this is true, else `b`; all three are broadcast. PyTorch: `torch.where`.
    ///
    /// dy/da = 1 where true, dy/db = 1 where false
    ///
    /// ```
    /// # use deltarule_tensor::{BoolTensor, Tensor};
    /// let y = BoolTensor::from([true, false]).where_(&Tensor::from([1., 2.]), &Tensor::from(9.0));
    /// assert_eq!(y.to_vec(), [1., 9.]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't broadcast.
    #[track_caller]
    pub fn where_<E: Element>(&self, a: &TensorOf<E>, b: &TensorOf<E>) -> TensorOf<E> {
        check_broadcast("where", a.shape(), b.shape());
        let shape = broadcast(a.shape(), b.shape()).unwrap_or_default();
        check_result::<E>("where", self.shape(), &shape);
        let shape = broadcast(self.shape(), &shape).unwrap_or_default();
        let chosen = Array::select(self.array(), a.array(), b.array(), &shape);
        record_any("where", chosen, &[a.node(), b.node()], |_| {
            let mask = self.clone();
            move |g: TensorOf<E>, to| {
                let zero = TensorOf::from_scalar(E::default());
                to.input(0, || mask.where_(&g, &zero));
                to.input(1, || mask.where_(&zero, &g));
            }
        })
    }
}

impl<E: Element> TensorOf<E> {
    /// A scalar outside of the graph.
    pub(crate) fn from_scalar(value: E) -> Self {
        Self::new(Array::scalar(value))
    }

    /// This tensor with `value` where `mask` is true. PyTorch: `Tensor.masked_fill`.
    ///
    /// # Panics
    /// If the mask doesn't broadcast to this tensor's shape.
    #[track_caller]
    pub fn masked_fill(&self, mask: &BoolTensor, value: E) -> Self {
        check_mask("masked_fill", mask, self);
        self.check_room::<E>("masked_fill");
        mask.where_(&Self::from_scalar(value), self)
    }

    /// The elements where `mask` is true, as a vector. PyTorch: `torch.masked_select`, and `x[mask]`.
    ///
    /// ```
    /// # use deltarule_tensor::{BoolTensor, Tensor};
    /// let x = Tensor::from([[1., 2.], [3., 4.]]);
    /// assert_eq!(x.masked_select(&BoolTensor::from([[true, false], [false, true]])).to_vec(), [1., 4.]);
    /// ```
    ///
    /// # Panics
    /// If the mask doesn't broadcast to this tensor's shape.
    #[track_caller]
    pub fn masked_select(&self, mask: &BoolTensor) -> Self {
        check_mask("masked_select", mask, self);
        let mask = mask.expand(self.shape());
        self.check_copy("masked_select");
        mask.check_copy("masked_select");
        let (x, keep) = (self.array().contiguous(), mask.array().contiguous());
        let (x, keep) = (x.as_slice().unwrap_or_default(), keep.as_slice().unwrap_or_default());
        let count = keep.iter().filter(|&&keep| keep).count();
        check_new::<E>("masked_select", &[count]);
        let y = Array::build(&[count], |out| {
            let chosen = x.iter().zip(keep).filter_map(|(&x, &keep)| keep.then_some(x));
            out.iter_mut().zip(chosen).for_each(|(out, x)| *out = x);
        });
        record_linear("masked_select", y, self.node(), move |g| masked_put(&g, &mask))
    }

    /// The lower triangle of the matrices in the last two axes, zero above diagonal `diagonal` (0 is the main one, 1
    /// the one above it). PyTorch: `torch.tril`.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    #[track_caller]
    pub fn tril(&self, diagonal: isize) -> Self {
        triangle("tril", self, move |row, column| column <= row.saturating_add(diagonal))
    }

    /// The upper triangle of the matrices in the last two axes, zero below diagonal `diagonal`. PyTorch: `torch.triu`.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    #[track_caller]
    pub fn triu(&self, diagonal: isize) -> Self {
        triangle("triu", self, move |row, column| column >= row.saturating_add(diagonal))
    }
}

#[track_caller]
fn check_mask<E: Element>(operation: &str, mask: &BoolTensor, x: &TensorOf<E>) {
    if broadcast(mask.shape(), x.shape()).is_none_or(|shape| shape[..] != *x.shape()) {
        fail(operation, format_args!("a mask of shape {:?} doesn't fit shape {:?}", mask.shape(), x.shape()));
    }
}

/// Zeros of the mask's shape, with the elements of the vector `g` where it is true: the opposite of `masked_select`.
#[track_caller]
fn masked_put<E: Element>(g: &TensorOf<E>, mask: &BoolTensor) -> TensorOf<E> {
    check_new::<E>("masked_put", mask.shape());
    let mut values = g.to_vec().into_iter();
    let chosen = mask.to_vec();
    let y = Array::build(mask.shape(), |out| {
        for (out, keep) in out.iter_mut().zip(chosen) {
            *out = if keep { values.next().unwrap_or_default() } else { E::default() };
        }
    });
    let mask = mask.clone();
    record_linear("masked_put", y, g.node(), move |h| h.masked_select(&mask))
}

#[track_caller]
fn triangle<E: Element>(
    name: &'static str,
    x: &TensorOf<E>,
    keeps: impl Fn(isize, isize) -> bool + Clone + Send + Sync + 'static,
) -> TensorOf<E> {
    let &[.., rows, columns] = x.shape() else {
        fail(name, format_args!("a triangle is part of a matrix, and the shape is {:?}", x.shape()))
    };
    x.check_room::<E>(name);
    let mut y = x.array().copied();
    if rows * columns > 0 {
        for matrix in y.make_mut().chunks_exact_mut(rows * columns) {
            for (row, values) in matrix.chunks_exact_mut(columns).enumerate() {
                for (column, value) in values.iter_mut().enumerate() {
                    if !keeps(row as isize, column as isize) {
                        *value = E::default();
                    }
                }
            }
        }
    }
    record_linear(name, y, x.node(), move |g| triangle(name, &g, keeps))
}

operation! { WHERE = "where":
    "torch.where(torch.tensor([True, False, True]), a, b)",
        |a, b| BoolTensor::from([true, false, true]).where_(a, b), [ANY, ANY],
        &[&[&[3], &[3]], &[&[2, 3], &[]], &[&[1], &[2, 1]], &[&[0, 3], &[3]]];
}

operation! { MASKED_FILL = "masked_fill":
    "a.masked_fill(torch.tensor([True, False, True]), 2.5)",
        |a| a.masked_fill(&BoolTensor::from([true, false, true]), 2.5), [ANY], &[&[&[3]], &[&[2, 3]], &[&[0, 3]]];
}

operation! { MASKED_SELECT = "masked_select":
    "torch.masked_select(a, torch.tensor([True, False, True]))",
        |a| a.masked_select(&BoolTensor::from([true, false, true])), [ANY], &[&[&[3]], &[&[2, 3]], &[&[0, 3]]];
}

operation! { MASKED_PUT = "masked_put":
    "torch.zeros(3).to(a).masked_scatter(torch.tensor([True, False, True]), a)",
        |a| masked_put(a, &BoolTensor::from([true, false, true])), [ANY], &[&[&[2]]];
}

operation! { TRIL = "tril":
    "torch.tril(a)", |a| a.tril(0), [ANY], &[&[&[3, 3]], &[&[2, 3, 2]], &[&[0, 3]]];
    "torch.tril(a, -1)", |a| a.tril(-1), [ANY], &[&[&[3, 4]]];
}

operation! { TRIU = "triu":
    "torch.triu(a)", |a| a.triu(0), [ANY], &[&[&[3, 3]], &[&[2, 3, 2]], &[&[0, 3]]];
    "torch.triu(a, 1)", |a| a.triu(1), [ANY], &[&[&[3, 4]]];
}
