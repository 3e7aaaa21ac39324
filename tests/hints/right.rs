//! Lines that a hint could spoil, and doesn't.

pub(crate) const PROGRAMS: &[&str] = &[
    // PyTorch's names for what has another name here.
    "x.log() + x.view((-1, 2)).mm(&x.T()) + x.dim() as f32",
    "x.pow(2) + x.pow(0.5) + x.pow(x) + x.double().pow(2).float() + x.double().pow(0.5).float()",
    // A trait of the user's with a method of a hint's name goes first.
    "trait Device { fn cuda(&self) -> i32; fn to(self, device: &str) -> i32; } \
     impl Device for Tensor { fn cuda(&self) -> i32 { 1 } fn to(self, _: &str) -> i32 { 2 } } \
     let n: i32 = x.cuda() + x.clone().to(\"cuda\") + x.clone().cuda()",
    "trait Length { fn len(&self) -> usize; } impl Length for &Tensor { fn len(&self) -> usize { 3 } } let n: usize = x.len()",
    // Operators of the user's, on either side.
    "struct Money(f32); impl std::ops::Mul<Money> for &Tensor { type Output = Tensor; fn mul(self, m: Money) -> Tensor \
     { self * m.0 } } impl std::ops::Mul<&Tensor> for Money { type Output = Tensor; fn mul(self, x: &Tensor) -> Tensor \
     { x * self.0 } } let y: Tensor = x * Money(2.0) + Money(3.0) * x",
    "struct Row(usize); impl std::ops::Index<Row> for Row { type Output = usize; fn index(&self, _: Row) -> &usize \
     { &self.0 } } let n: usize = Row(1)[Row(2)]",
    // PyTorch's paths.
    "optim::lr_scheduler::StepLr::new(1); nn::utils::clip_grad_norm_(model.parameters(), 1.0, 2.0)",
    // Numbers without a suffix get the type of the elements.
    "let y = 1.0 - x * 2.0 / 3.0; let n = 2 * labels + 1 - labels; let d = x.double() * 2.0",
    "let mut y = x.clone(); y += 1.0; y -= x; y *= &y.clone(); let mut n = labels.clone(); n += 1; n *= labels",
    "let y = Tensor::from(vec![1.0, 2.0]); let empty = Tensor::from(vec![]); let n = LongTensor::from(vec![1, 2])",
    "let scale = 2.0; let y: Tensor = x * scale; let rate: f32 = scale",
    "fn half<E: deltarule::tensor::Float>(x: &deltarule::TensorOf<E>) -> deltarule::TensorOf<E> \
     { x * E::from_f64(0.5) + E::ONE } half(x); half(&x.double())",
    "let total: f32 = [1.0, 2.0].iter().sum(); let y = x + total; let z = x * x.to_vec().iter().sum::<f32>()",
    "x.to_vec().iter().map(|v| v + 1.0).collect::<Vec<f32>>().len(); vec![x.clone()].iter().map(|x| x.sum()).count()",
    "x.eq(x).sum(); x.eq(1.0); labels.ge(3); labels.eq(3).float().mean(); x.double().lt(0.5); x.gt_scalar(0.0).any(); x.to_vec() == x.to_vec(); vec![x][0].sum()",
];
