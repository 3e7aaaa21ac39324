//! Integers: PyTorch's wrap around, in every build.

use deltarule_tensor::{LongTensor, Tensor};

#[test]
fn integers_wrap_around() {
    let (least, most) = (LongTensor::from([i64::MIN]), LongTensor::from([i64::MAX]));
    assert_eq!((&most + 1).item(), i64::MIN);
    assert_eq!((&most + &most).item(), -2);
    assert_eq!((&least - 1).item(), i64::MAX);
    assert_eq!((0 - &least).item(), i64::MIN);
    assert_eq!((&most * 2).item(), -2);
    assert_eq!((-&least).item(), i64::MIN);
    assert_eq!(LongTensor::from([i64::MAX, 1]).sum().item(), i64::MIN);
    assert_eq!(LongTensor::from([[i64::MAX], [2]]).sum_dim(0, false).item(), i64::MIN + 1);
    assert_eq!(LongTensor::from([i64::MAX, 1]).cumsum(0).to_vec(), [i64::MAX, i64::MIN]);
}

#[test]
fn the_least_integer_is_printed_and_read_as_an_axis_or_a_place() {
    assert_eq!(LongTensor::from([i64::MIN]).to_string(), "tensor([-9223372036854775808], shape=[1], dtype=i64)");
    assert_eq!(Tensor::from([1., 2., 3.]).slice(isize::MIN..isize::MAX).to_vec(), [1., 2., 3.]);
}

#[test]
#[should_panic(expected = "there is no axis -9223372036854775808")]
fn an_axis_far_off_is_refused() {
    Tensor::zeros([2]).unsqueeze(0).sum_dim(isize::MIN, false);
}
