//! Training that stops and goes on, and files that are not what they should be. One test at a time: the generator of
//! random numbers is the process's. Files that claim more than they hold: `hostile.rs`.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use deltarule_nn::optim::schedule::{CosineAnnealingLr, Schedule, StepLr};
use deltarule_nn::optim::{Adam, Optimizer, Sgd};
use deltarule_nn::{
    Checkpoint, Dropout, FileProblem, Forward, Linear, Module, MseLoss, RestoreError, Sequential, Stateful, Tanh,
    sequential,
};
use deltarule_tensor::random::{self, with_default};
use deltarule_tensor::{LongTensor, Tensor, manual_seed};
use serde::{Deserialize, Serialize};

fn alone() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("deltarule-{name}-{}.checkpoint", std::process::id()))
}

/// What the caller wants to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Notes {
    best: f32,
    name: String,
    losses: Vec<f32>,
}

/// A run with all that can go wrong: momentum, averages, two schedules, shuffles, and noise as a dropout's.
struct Run {
    model: (Sequential, Sequential),
    sgd: Sgd,
    adam: Adam,
    steps: Schedule<StepLr>,
    cosine: Schedule<CosineAnnealingLr>,
}

impl Run {
    fn new(hidden: usize) -> Self {
        let body = sequential![Linear::new(3, hidden), Tanh];
        let head = sequential![Linear::new(hidden, 1)];
        let mut sgd = Sgd::new(body.parameters(), 0.1).momentum(0.9).nesterov(true);
        let mut adam = Adam::new(head.parameters(), 0.01).amsgrad(true);
        let steps = Schedule::new(&mut sgd, StepLr::new(2).gamma(0.5));
        let cosine = Schedule::new(&mut adam, CosineAnnealingLr::new(10));
        Run { model: (body, head), sgd, adam, steps, cosine }
    }

    fn epoch(&mut self) -> f32 {
        let (x, y) = (Tensor::linspace(-1.0, 1.0, 24).reshape([8, 3]), Tensor::linspace(0.0, 1.0, 8).reshape([8, 1]));
        let mut last = 0.0;
        for batch in LongTensor::randperm(8).chunk(4, 0) {
            let (x, y) = (x.index_select(0, &batch), y.index_select(0, &batch));
            let hidden = self.model.0.forward(&x);
            let mask = Tensor::rand(hidden.shape());
            let output = self.model.1.forward(&(hidden * mask + Tensor::randn([1])));
            let loss = MseLoss::default().forward(&output, &y);
            self.sgd.zero_grad();
            self.adam.zero_grad();
            loss.backward();
            self.sgd.step();
            self.adam.step();
            last = loss.item();
        }
        self.steps.step(&mut self.sgd);
        self.cosine.step(&mut self.adam);
        last
    }

    fn save<T: Clone>(&self, epoch: u64, extra: T) -> Checkpoint<T> {
        Checkpoint::new(epoch, &self.model, &[&self.sgd, &self.steps, &self.adam, &self.cosine], extra)
    }

    fn restore<T>(&mut self, checkpoint: &Checkpoint<T>) -> Result<(), RestoreError> {
        let Run { model, sgd, adam, steps, cosine } = self;
        checkpoint.restore(model, &mut [sgd, steps, adam, cosine])
    }

    /// Everything that a failed restore must leave alone.
    fn everything(&self) -> Checkpoint<()> {
        self.save(0, ())
    }
}

fn notes() -> Notes {
    Notes { best: 0.125, name: "first".to_owned(), losses: vec![1.0, 0.5] }
}

#[test]
fn a_run_that_goes_on_gives_the_same_bits_as_one_that_never_stopped() {
    let _alone = alone();
    let path = path("resume");
    manual_seed(3);
    let mut whole = Run::new(4);
    for _ in 0..3 {
        whole.epoch();
    }
    // An odd number of normal draws leaves one waiting: it is part of the state too.
    Tensor::randn([3]);
    whole.save(3, notes()).save(&path).unwrap();
    let expected: Vec<f32> = (0..4).map(|_| whole.epoch()).collect();

    manual_seed(99);
    let mut resumed = Run::new(4);
    let checkpoint = Checkpoint::<Notes>::load(&path).unwrap();
    resumed.restore(&checkpoint).unwrap();
    assert_eq!((checkpoint.epoch, checkpoint.extra), (3, notes()));
    let found: Vec<f32> = (0..4).map(|_| resumed.epoch()).collect();
    assert_eq!(found, expected);
    assert_eq!(resumed.everything(), whole.everything());
    fs::remove_file(path).unwrap();
}

/// Dropout's masks go on where they were.
#[test]
fn dropout_goes_on_as_if_it_had_never_stopped() {
    let _alone = alone();
    let path = path("dropout");
    let new = || {
        let model = sequential![Linear::new(3, 16), Tanh, Dropout::new(0.5), Linear::new(16, 1), Dropout::new(0.25)];
        let adam = Adam::new(model.parameters(), 0.01);
        (model, adam)
    };
    let epochs = |(model, adam): &mut (Sequential, Adam), count: usize| -> Vec<u32> {
        let step = |_| {
            let loss = model.forward(&Tensor::linspace(-1.0, 1.0, 24).reshape([8, 3])).square().mean();
            adam.zero_grad();
            loss.backward();
            adam.step();
            loss.item().to_bits()
        };
        (0..count).map(step).collect()
    };
    manual_seed(12);
    let mut whole = new();
    epochs(&mut whole, 5);
    Checkpoint::new(5, &whole.0, &[&whole.1], ()).save(&path).unwrap();
    let expected = epochs(&mut whole, 20);

    manual_seed(99);
    let mut resumed = new();
    let checkpoint = Checkpoint::<()>::load(&path).unwrap();
    checkpoint.restore(&resumed.0, &mut [&mut resumed.1]).unwrap();
    assert_eq!(epochs(&mut resumed, 20), expected);
    assert_eq!(resumed.0.state_dict(), whole.0.state_dict());

    // It hangs on the random numbers: without theirs, the same weights go another way.
    checkpoint.restore(&resumed.0, &mut [&mut resumed.1]).unwrap();
    manual_seed(12);
    assert_ne!(epochs(&mut resumed, 20), expected);
    fs::remove_file(path).unwrap();
}

/// Cut anywhere, or with any bit changed, a file is refused and nothing in memory is touched.
#[test]
fn no_cut_and_no_changed_bit_gets_through() {
    let _alone = alone();
    let path = path("damaged");
    manual_seed(4);
    let mut run = Run::new(2);
    run.epoch();
    run.save(1, notes()).save(&path).unwrap();
    let good = fs::read(&path).unwrap();
    let before = run.everything();
    let load = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Checkpoint::<Notes>::load(&path).map_err(|error| error.problem)
    };

    // Every length in the header and at the end, and a spread of those between.
    let near_the_end = good.len() - 64;
    let lengths = (0..good.len()).filter(|&length| length < 64 || length > near_the_end || length % 13 == 0);
    for length in lengths {
        let error = load(&good[..length]).unwrap_err();
        let right = matches!(error, FileProblem::Length { found, .. } if found == length as u64);
        assert!(right, "cut to {length} of {}: {error}", good.len());
    }
    let mut longer = good.clone();
    longer.push(0);
    assert!(matches!(load(&longer), Err(FileProblem::Length { .. })));

    let mut generator = random::Generator::new(5);
    let header_bits = 0..32 * 8;
    let others = (0..600).map(|_| generator.next_u64() as usize % (good.len() * 8));
    for bit in header_bits.chain(others) {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = load(&flipped).unwrap_err();
        let right = match bit / 8 {
            0..8 => matches!(error, FileProblem::Foreign { .. }),
            8..12 => matches!(error, FileProblem::Version(_)),
            12..20 => matches!(error, FileProblem::Length { .. }),
            _ => matches!(error, FileProblem::Checksum),
        };
        assert!(right, "bit {bit}: {error}");
    }
    assert_eq!(run.everything(), before);
    fs::remove_file(path).unwrap();
}

#[test]
fn foreign_files_are_named_as_such() {
    let path = path("foreign");
    for bytes in [&b"PK\x03\x04 a zip archive"[..], &[0; 4096], b"{\"weights\": []}", &[0xff; 7]] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(Checkpoint::<()>::load(&path).unwrap_err().problem, FileProblem::Foreign { .. }));
    }
    fs::write(&path, b"").unwrap();
    assert!(matches!(
        Checkpoint::<()>::load(&path).unwrap_err().problem,
        FileProblem::Length { expected: 28, found: 0 }
    ));
    fs::remove_file(&path).unwrap();
    assert!(matches!(Checkpoint::<()>::load(&path).unwrap_err().problem, FileProblem::Io(_)));
}

/// What doesn't fit is named, and nothing is changed: not the model, nor any optimizer, nor the random numbers.
#[test]
fn a_checkpoint_of_another_run_changes_nothing() {
    let _alone = alone();
    manual_seed(7);
    let mut wide = Run::new(5);
    wide.epoch();
    let saved = wide.save(1, ());

    let mut narrow = Run::new(4);
    narrow.epoch();
    let before = narrow.everything();
    let RestoreError::Model(error) = narrow.restore(&saved).unwrap_err() else { panic!("another error") };
    let names: Vec<_> = error.mismatched.iter().map(|mismatch| &mismatch.name[..]).collect();
    assert_eq!(names, ["0.0.weight", "0.0.bias", "1.0.weight"]);
    assert_eq!(narrow.everything(), before);

    // A right model, and each part in turn a wrong one: the parts before it must not have been loaded.
    let before = wide.everything();
    let Run { model, sgd, adam, steps, cosine } = &mut wide;
    let mut other = Adam::new(model.1.parameters(), 0.5);
    let (mut few, mut plain) = (Adam::new([model.1.parameters().remove(0)], 0.5), Sgd::new(model.1.parameters(), 0.5));
    let mut early = saved.clone();
    early.epoch = 9;
    let error = early.restore(model, &mut [sgd, steps, &mut few, cosine]).unwrap_err();
    let RestoreError::Part(2, error) = error else { panic!("{error}") };
    assert!(error.unexpected.contains(&"state.1.exp_avg".to_owned()), "{error}");
    let error = early.restore(model, &mut [sgd, steps, &mut plain, cosine]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "part 2: the state dict doesn't fit Sgd, which is unchanged\n  it is the state of Adam"
    );
    let mut another = Schedule::new(&mut Sgd::new(model.1.parameters(), 0.5), CosineAnnealingLr::new(3));
    let error = early.restore(model, &mut [sgd, &mut another, adam, cosine]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "part 1: the state dict doesn't fit CosineAnnealingLr, which is unchanged\n  it is the state of StepLr"
    );
    assert_eq!(another.epoch(), 0);
    // Swapped: the last part is wrong too, and the first is what is named.
    let error = early.restore(model, &mut [sgd, cosine, adam, steps]).unwrap_err();
    assert!(matches!(error, RestoreError::Part(1, _)), "{error}");
    let error = early.restore(model, &mut [sgd, steps, adam]).unwrap_err();
    assert!(matches!(error, RestoreError::Parts { expected: 3, found: 4 }), "{error}");
    let error = early.restore(&model.0, &mut [sgd, steps, &mut other, cosine]).unwrap_err();
    assert!(matches!(error, RestoreError::Model(_)), "{error}");
    assert_eq!(wide.everything(), before);
    let untouched = Adam::new(wide.model.1.parameters(), 0.5);
    assert_eq!(other.state_dict(), untouched.state_dict());
}

#[test]
fn a_callers_value_of_another_type_is_named() {
    let _alone = alone();
    let path = path("extra");
    let run = Run::new(2);
    run.save(1, 7_u8).save(&path).unwrap();
    let error = Checkpoint::<Notes>::load(&path).unwrap_err();
    assert!(matches!(error.problem, FileProblem::Extra { expected, .. } if expected.ends_with("Notes")), "{error}");
    run.save(1, notes()).save(&path).unwrap();
    let error = Checkpoint::<u8>::load(&path).unwrap_err();
    assert!(matches!(error.problem, FileProblem::Extra { expected: "u8", .. }), "{error}");
    fs::remove_file(path).unwrap();
}

/// The words of the generator are part of what is checked when a file is read.
#[test]
fn the_random_numbers_of_a_checkpoint_are_the_generators() {
    let _alone = alone();
    manual_seed(11);
    let mut run = Run::new(2);
    let saved = run.everything();
    let expected = Tensor::rand([4]).to_vec();
    with_default(|generator| generator.manual_seed(0));
    run.restore(&saved).unwrap();
    assert_eq!(Tensor::rand([4]).to_vec(), expected);
}
