//! Options and counters by name: what is saved of an optimizer or a schedule besides tensors.

use deltarule_tensor::{DType, DoubleTensor, LongTensor};

use crate::AnyTensor;

/// A number of an optimizer or a schedule that is saved with it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Field<'a> {
    /// A number.
    Number(&'a mut f64),
    /// A number that may not be there.
    Maybe(&'a mut Option<f64>),
    /// One number for each group.
    Numbers(&'a mut Vec<f64>),
    /// A switch.
    Flag(&'a mut bool),
    /// A count.
    Count(&'a mut u64),
    /// Several counts.
    Counts(&'a mut Vec<u64>),
}

impl Field<'_> {
    /// The value as a tensor: f64 or i64, without axes or of one.
    pub(crate) fn get(&self) -> AnyTensor {
        match self {
            Field::Number(number) => DoubleTensor::from(**number).into(),
            Field::Maybe(number) => DoubleTensor::from(number.as_slice()).into(),
            Field::Numbers(all) => DoubleTensor::from(all.as_slice()).into(),
            Field::Flag(flag) => LongTensor::from(i64::from(**flag)).into(),
            Field::Count(count) => LongTensor::from(saved(**count)).into(),
            Field::Counts(all) => LongTensor::from(all.iter().map(|&count| saved(count)).collect::<Vec<_>>()).into(),
        }
    }

    /// Whether a value of this type and shape can be put here.
    pub(crate) fn fits(&self, dtype: DType, shape: &[usize]) -> bool {
        let own = self.get();
        let maybe = matches!(self, Field::Maybe(_)) && matches!(shape, [0 | 1]);
        dtype == own.dtype() && (maybe || shape == own.shape())
    }

    /// Sets the value to one that fits.
    ///
    /// # Errors
    /// If it is no value of this field, such as a negative count.
    pub(crate) fn put(&mut self, value: &AnyTensor) -> Result<(), &'static str> {
        match (self, value) {
            (Field::Number(number), AnyTensor::F64(value)) => **number = value.item(),
            (Field::Maybe(number), AnyTensor::F64(value)) => **number = value.to_vec().first().copied(),
            (Field::Numbers(all), AnyTensor::F64(value)) => **all = value.to_vec(),
            (Field::Flag(flag), AnyTensor::I64(value)) => {
                **flag = match value.item() {
                    0 => false,
                    1 => true,
                    _ => return Err("a switch is 0 or 1"),
                }
            }
            (Field::Count(count), AnyTensor::I64(value)) => **count = count_of(value.item())?,
            (Field::Counts(all), AnyTensor::I64(value)) => {
                **all = value.to_vec().into_iter().map(count_of).collect::<Result<_, _>>()?;
            }
            _ => return Err("another element type"),
        }
        Ok(())
    }
}

/// No run comes to 2⁶³ steps: a larger count, such as `u64::MAX` for "never", means the same as that.
fn saved(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count_of(value: i64) -> Result<u64, &'static str> {
    u64::try_from(value).map_err(|_| "a count isn't negative")
}
