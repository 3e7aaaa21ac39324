//! The handwritten digits under `examples/data`, read with care: a file comes from outside.

use std::fmt;
use std::path::{Path, PathBuf};

use deltarule_tensor::{LongTensor, Tensor};

/// Images of 8 × 8 pixels and the digits that they show.
#[derive(Debug, Clone)]
pub struct Digits {
    /// The pixels, of shape `[N, 64]`: 0 is paper, 1 is ink.
    pub images: Tensor,
    /// The digits, of shape `[N]`.
    pub labels: LongTensor,
}

/// Why a file of digits can't be read.
pub enum DigitsError {
    /// The file can't be opened or read.
    Io {
        /// The file.
        path: PathBuf,
        /// The file system's error.
        error: std::io::Error,
    },
    /// A line isn't 64 pixels from 0 to 16 and a digit. Lines are counted from 1.
    Line {
        /// The line's number.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl Digits {
    /// Pixels of an image.
    pub const PIXELS: usize = 64;

    /// The 1,797 images that come with the examples.
    ///
    /// # Errors
    /// If the file is not there any more, or was changed.
    pub fn load() -> Result<Self, DigitsError> {
        Digits::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.csv"))
    }

    /// The images of a file of the same kind: each line is 64 pixels from 0 to 16, then the digit.
    ///
    /// # Errors
    /// If the file can't be read, or a line is not of that kind.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DigitsError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path);
        Digits::parse(&text.map_err(|error| DigitsError::Io { path: path.to_owned(), error })?)
    }

    fn parse(text: &str) -> Result<Self, DigitsError> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            let (image, label) = parse_line(line).map_err(|problem| DigitsError::Line { line: index + 1, problem })?;
            pixels.extend(image.map(|ink| f32::from(ink) / 16.0));
            labels.push(label.into());
        }
        let count = labels.len();
        // Each line gave 64 pixels and one label, so the shapes fit.
        Ok(Digits { images: Tensor::from(pixels).reshape([count, Digits::PIXELS]), labels: LongTensor::from(labels) })
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.numel()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The images at `indices`, in that order.
    #[must_use]
    pub fn select(&self, indices: &LongTensor) -> Self {
        Digits { images: self.images.index_select(0, indices), labels: self.labels.index_select(0, indices) }
    }

    /// Two parts in an order by chance: all but `held_out` images to learn from, and the others to be tested on.
    #[must_use]
    pub fn split(&self, held_out: usize) -> (Self, Self) {
        let order = LongTensor::randperm(self.len());
        let learnt = self.len().saturating_sub(held_out);
        (self.select(&order.narrow(0, 0, learnt)), self.select(&order.narrow(0, learnt, self.len() - learnt)))
    }

    /// The same images in batches of `size`, in an order by chance; the last batch may be smaller. PyTorch: a
    /// `DataLoader` with `shuffle=True`.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = Self> {
        let order = LongTensor::randperm(self.len());
        order.split(size, 0).into_iter().map(|indices| self.select(&indices))
    }
}

fn parse_line(line: &str) -> Result<([u8; Digits::PIXELS], u8), String> {
    let values: Vec<u8> = line
        .split(',')
        .map(|field| field.trim().parse().map_err(|_| format!("{field:?} is no whole number from 0 to 255")))
        .collect::<Result<_, _>>()?;
    let (label, pixels) = values.split_last().ok_or("it is empty")?;
    let pixels: [u8; Digits::PIXELS] = pixels
        .try_into()
        .map_err(|_| format!("it has {} fields, and must have 64 pixels and a digit", values.len()))?;
    if let Some(ink) = pixels.iter().find(|&&ink| ink > 16) {
        return Err(format!("{ink} is no pixel: they go from 0 to 16"));
    }
    if *label > 9 {
        return Err(format!("{label} is no digit"));
    }
    Ok((pixels, *label))
}

impl fmt::Display for DigitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DigitsError::Io { path, error } => write!(f, "{}: {error}", path.display()),
            DigitsError::Line { line, problem } => write!(f, "digits, line {line}: {problem}"),
        }
    }
}

// `unwrap` and `main` print errors by `Debug`.
impl fmt::Debug for DigitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for DigitsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DigitsError::Io { error, .. } => Some(error),
            DigitsError::Line { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn the_data_is_whole() {
        let digits = Digits::load().unwrap();
        assert_eq!(digits.images.shape(), [1797, 64]);
        assert_eq!(digits.labels.narrow(0, 0, 5).to_vec(), [0, 1, 2, 3, 4]);
        // From scikit-learn: load_digits().data.sum() and .target.sum().
        assert_eq!(digits.images.double().sum().item() * 16.0, 561_718.0);
        assert_eq!(digits.labels.to_vec().iter().sum::<i64>(), 8070);
    }

    #[test]
    fn batches_are_the_images_in_another_order() {
        let (learnt, held_out) = Digits::load().unwrap().split(300);
        assert_eq!((learnt.len(), held_out.len()), (1497, 300));
        let sizes: Vec<_> = learnt.batches(500).map(|batch| batch.len()).collect();
        assert_eq!(sizes, [500, 500, 497]);
        let sum = |digits: &Digits| digits.images.double().sum().item();
        assert_eq!(learnt.batches(500).map(|batch| sum(&batch)).sum::<f64>(), sum(&learnt));
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = format!("{}7", "0,".repeat(64));
        let problem = |line: &str| Digits::parse(&format!("{good}\n{line}\n")).unwrap_err().to_string();
        assert_eq!(problem("1,2,3"), "digits, line 2: it has 3 fields, and must have 64 pixels and a digit");
        assert_eq!(problem(&good.replace('7', "12")), "digits, line 2: 12 is no digit");
        assert_eq!(problem(&good.replacen('0', "17", 1)), "digits, line 2: 17 is no pixel: they go from 0 to 16");
        assert_eq!(problem("x"), "digits, line 2: \"x\" is no whole number from 0 to 255");
        let missing = Digits::read("no such file").unwrap_err().to_string();
        assert!(missing.starts_with("no such file: "), "{missing}");
    }
}
