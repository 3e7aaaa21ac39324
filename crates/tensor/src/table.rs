//! The table of all operations that have a gradient: what each is called, and samples of its use.
//!
//! An operation stands once in this table, by the samples that stand beneath its definition in `ops`. The tests iterate
//! it: gradients against finite differences, first and second order; values and gradients against PyTorch; the same
//! bits for any number of threads. A test reads the sources and fails if an operation is recorded that isn't here.

use crate::tensor::{DoubleTensor, Tensor};

/// One operation: the name that it is recorded under, and its samples.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The name in graphs and messages.
    pub name: &'static str,
    /// Ways to use it; at least one.
    pub samples: &'static [Sample],
}

/// One way to use an operation.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The same in PyTorch, on inputs `a`, `b`, `c`, ….
    pub torch: &'static str,
    /// Where each input's values may lie.
    pub domains: &'static [Domain],
    /// The shapes of the inputs; each entry is one set of inputs.
    pub shapes: &'static [&'static [&'static [usize]]],
    /// The expression, in `f32`.
    pub f32: fn(&[Tensor]) -> Tensor,
    /// The expression, in `f64`.
    pub f64: fn(&[DoubleTensor]) -> DoubleTensor,
}

/// Where the values of a sample's input lie. An operation's derivative exists everywhere inside, so that differences
/// tell the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Domain {
    /// Between the two bounds.
    Within(f64, f64),
    /// Between the two bounds in magnitude, of either sign: for functions with a kink or a pole at zero.
    Magnitude(f64, f64),
    /// Between the two bounds, and no two values nearer to each other than 1/50 of the range: for maxima and orders.
    Distinct(f64, f64),
}

impl Domain {
    /// Any value of moderate size.
    pub const ANY: Domain = Domain::Within(-2.0, 2.0);
    /// Positive, away from zero.
    pub const POSITIVE: Domain = Domain::Within(0.3, 2.5);
    /// Away from zero, of either sign.
    pub const NONZERO: Domain = Domain::Magnitude(0.3, 2.0);
    /// No ties.
    pub const DISTINCT: Domain = Domain::Distinct(-2.0, 2.0);
}

/// Shapes for functions of each element: a scalar, nothing, one, a matrix, more axes.
#[cfg(feature = "samples")]
pub(crate) const EACH: &[&[&[usize]]] = &[&[&[]], &[&[0]], &[&[1]], &[&[3, 4]], &[&[2, 1, 3]]];

/// Pairs of equal shapes.
#[cfg(feature = "samples")]
pub(crate) const EACH_PAIR: &[&[&[usize]]] = &[&[&[], &[]], &[&[0], &[0]], &[&[1], &[1]], &[&[3, 4], &[3, 4]]];

/// Pairs of shapes that broadcast.
#[cfg(feature = "samples")]
pub(crate) const PAIRS: &[&[&[usize]]] = &[
    &[&[], &[]],
    &[&[3, 4], &[3, 4]],
    &[&[3, 4], &[4]],
    &[&[3, 1], &[1, 4]],
    &[&[], &[2, 3]],
    &[&[2, 1, 3], &[4, 1]],
    &[&[0, 3], &[1]],
    &[&[1], &[1]],
];

/// Defines one row of the table: `operation! { EXP = "exp": samples… }`, each sample as
/// `"torch.exp(a)", |a| a.exp(), [ANY], SHAPES;`.
macro_rules! operation {
    ($constant:ident = $name:literal: $($torch:literal, |$($input:ident),+| $body:expr, [$($domain:expr),+], $shapes:expr;)+) => {
        #[cfg(feature = "samples")]
        pub(crate) const $constant: $crate::table::Operation = $crate::table::Operation {
            name: $name,
            samples: &[$({
                #[allow(unused_imports)]
                use $crate::table::{Domain, Domain::*, EACH, EACH_PAIR, PAIRS};
                #[allow(dead_code)]
                const ANY: Domain = Domain::ANY;
                #[allow(dead_code)]
                const POSITIVE: Domain = Domain::POSITIVE;
                #[allow(dead_code)]
                const NONZERO: Domain = Domain::NONZERO;
                #[allow(dead_code)]
                const DISTINCT: Domain = Domain::DISTINCT;
                $crate::table::Sample {
                    torch: $torch,
                    domains: &[$($domain),+],
                    shapes: $shapes,
                    f32: |inputs| {
                        let [$($input),+] = inputs else { panic!("{}: wrong number of inputs", $torch) };
                        $body
                    },
                    f64: |inputs| {
                        let [$($input),+] = inputs else { panic!("{}: wrong number of inputs", $torch) };
                        $body
                    },
                }
            }),+],
        };

        // The kernels of f32 are compiled here, once, and not in each crate that uses them: functions that are never
        // inlined are taken from where they are.
        #[cfg(not(feature = "samples"))]
        const _: () = {
            #[allow(dead_code)]
            static COMPILED: &[fn(&[$crate::tensor::Tensor]) -> $crate::tensor::Tensor] = &[$(|inputs| {
                let [$($input),+] = inputs else { panic!() };
                $body
            }),+];
        };
    };
}
pub(crate) use operation;
