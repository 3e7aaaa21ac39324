//! The book's page of all comparisons: PyTorch's name, deltarule's, and the largest error that was seen.
//!
//! Each theme gives its rows. The committed page is stale if anything but an error differs, or if an error is larger
//! than it says: so a kernel that became more exact, or another processor, doesn't fail the test.

/// One line of the page.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// As it is called in PyTorch: `torch.nn.Linear`.
    pub(crate) torch: String,
    /// As it is called here: `nn::Linear`.
    pub(crate) deltarule: String,
    /// The options and cases that were compared; may be empty.
    pub(crate) options: String,
    /// The largest error in `f32` and in `f64`, where there is one, in units in the last place.
    pub(crate) errors: [Option<f64>; 2],
    /// What is allowed.
    pub(crate) limits: [f64; 2],
    /// Why a limit is wide, or where deltarule differs on purpose; may be empty.
    pub(crate) remark: String,
}
