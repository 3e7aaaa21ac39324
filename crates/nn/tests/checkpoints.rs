//! Training that stops and goes on, and files that are not what they should be. One test at a time: the generator of
//! random numbers is the process's. Files that claim more than they hold: `hostile.rs`.

// long: what a checkpoint must survive stands together, for each case is a few lines beside the others' helpers.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use deltarule_nn::optim::schedule::{CosineAnnealingLr, Schedule, StepLr};
use deltarule_nn::optim::{Adam, Optimizer, Sgd};
use deltarule_nn::{
    AnyTensor, Checkpoint, Dropout, FileError, FileProblem, Forward, Linear, Module, MseLoss, Parameter, RestoreError,
    Sequential, StateDict, Stateful, Tanh, sequential,
};
use deltarule_tensor::random::{self, with_default};
use deltarule_tensor::{LongTensor, Tensor, manual_seed};
use serde::de::DeserializeOwned;
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

    // Every length at the start and at the end, and a spread of those between.
    let near_the_end = good.len() - 64;
    let lengths = (0..good.len()).filter(|&length| length < 200 || length > near_the_end || length % 13 == 0);
    for length in lengths {
        let error = load(&good[..length]).unwrap_err();
        let right =
            matches!(error, FileProblem::Length { expected, found } if found == length as u64 && expected > found);
        assert!(right, "cut to {length} of {}: {error}", good.len());
    }
    let mut longer = good.clone();
    longer.push(0);
    let whole = good.len() as u64;
    let error = load(&longer).unwrap_err();
    assert!(
        matches!(error, FileProblem::Length { expected, found } if (expected, found) == (whole, whole + 1)),
        "{error}"
    );

    let mut generator = random::Generator::new(5);
    let first_bits = 0..64 * 8;
    let others = (0..600).map(|_| generator.next_u64() as usize % (good.len() * 8));
    for bit in first_bits.chain(others) {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = load(&flipped).unwrap_err();
        // The length of the header, its fixed start, the version, and the rest, which has lengths too.
        let right = match bit / 8 {
            0..8 => matches!(error, FileProblem::Foreign { .. } | FileProblem::Length { .. } | FileProblem::Checksum),
            8..49 => matches!(error, FileProblem::Foreign { .. }),
            49 => matches!(error, FileProblem::Version(_) | FileProblem::Checksum),
            _ => matches!(error, FileProblem::Checksum | FileProblem::Length { .. }),
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
        FileProblem::Length { expected: 49, found: 0 }
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
        "part 2: the state dict doesn't fit Sgd, which is unchanged\n  it is the state of Adam: load it into one of these"
    );
    let mut another = Schedule::new(&mut Sgd::new(model.1.parameters(), 0.5), CosineAnnealingLr::new(3));
    let error = early.restore(model, &mut [sgd, &mut another, adam, cosine]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "part 1: the state dict doesn't fit CosineAnnealingLr, which is unchanged\n  it is the state of StepLr: load it into one of these"
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

/// What a caller may want to keep, and what is not to be read by its place alone: it comes back.
#[test]
fn a_callers_value_of_any_kind_comes_back() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Progress {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        best: Option<f64>,
        step: u32,
        #[serde(flatten)]
        rest: BTreeMap<String, Setting>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Setting {
        Rate(f64),
        Name(String),
    }

    #[track_caller]
    fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug + Clone>(extra: T) {
        let path = path("any");
        let model = Linear::new(1, 1);
        Checkpoint::new(1, &model, &[], extra.clone()).save(&path).unwrap();
        assert_eq!(Checkpoint::<T>::load(&path).unwrap().extra, extra);
        // Who doesn't know the type reads the rest.
        let rest = Checkpoint::<()>::load(&path).unwrap();
        assert_eq!((rest.epoch, rest.model()), (1, &model.state_dict()));
        let other = Linear::new(1, 1);
        other.load_state_dict(rest.model()).unwrap();
        assert_eq!(other.state_dict(), model.state_dict());
        fs::remove_file(path).unwrap();
    }

    let _alone = alone();
    comes_back(Progress { best: None, step: 7, rest: BTreeMap::new() });
    let settings = [("lr", Setting::Rate(f64::INFINITY)), ("name", Setting::Name("a".to_owned()))];
    let rest = settings.map(|(name, setting)| (name.to_owned(), setting)).into();
    comes_back(Progress { best: Some(f64::INFINITY), step: 7, rest });
    comes_back(serde_json::json!({"best": 0.25, "notes": [1, null, "x", {"a": -1}]}));
    comes_back(vec![Some(Setting::Rate(f64::NEG_INFINITY)), None]);
    comes_back((f32::INFINITY, f64::MIN_POSITIVE, vec![(); 3], [None, Some(None), Some(Some(1))]));
    // The averages of the weights, NaN and infinity among them.
    let mut averages = Linear::new(2, 2).state_dict();
    averages.insert("inf", Tensor::from([f32::INFINITY]));
    comes_back(averages.clone());
    averages.insert("nan", Tensor::from([f32::NAN]));
    let path = path("nan");
    Checkpoint::new(1, &Linear::new(1, 1), &[], averages).save(&path).unwrap();
    let read = Checkpoint::<StateDict>::load(&path).unwrap().extra;
    assert!(matches!(read.get("nan"), Some(AnyTensor::F32(nan)) if nan.item().is_nan()));
    fs::remove_file(path).unwrap();
}

/// Nothing is written that can't be read, and the file that was there stays.
#[test]
fn what_could_not_be_read_is_not_written() {
    /// It is written as a text and read as a number.
    #[derive(Debug, Clone)]
    struct Lopsided;

    impl Serialize for Lopsided {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str("seven")
        }
    }

    impl<'de> Deserialize<'de> for Lopsided {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u8::deserialize(deserializer).map(|_| Lopsided)
        }
    }

    let _alone = alone();
    let path = path("refused");
    let model = Linear::new(1, 1);
    Checkpoint::new(1, &model, &[], 0.5).save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = |error: FileError, words: &str| {
        assert!(matches!(error.problem, FileProblem::Unwritable(_)) && error.to_string().contains(words), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    };
    refused(Checkpoint::new(2, &model, &[], Lopsided).save(&path).unwrap_err(), "Lopsided, couldn't be read again");
    refused(Checkpoint::new(2, &model, &[], u128::MAX).save(&path).unwrap_err(), "more than 64 bits");
    // Two paths that meet in one name.
    let net = names_that_meet();
    refused(Checkpoint::new(2, &net, &[], ()).save(&path).unwrap_err(), "the name `model.x.a.l.b.l.c`");
    refused(net.state_dict().save_safetensors(&path).unwrap_err(), "the name `x.a.l.b.l.c`");
    assert!(serde_json::to_string(&net.state_dict()).unwrap_err().to_string().contains("the name `x.a.l.b.l.c`"));
    let before = values(&net);
    let error = net.load_state_dict(&net.state_dict()).unwrap_err();
    assert!(error.to_string().contains("two parts of the model have the name `x.a.l.b.l.c`"), "{error}");
    assert_eq!(values(&net), before);
    net.load_state_dict_partial(&net.state_dict()).unwrap_err();
    assert_eq!(values(&net), before);
    fs::remove_file(path).unwrap();
}

#[derive(Module)]
struct Block {
    l: BTreeMap<String, Parameter>,
}

#[derive(Module)]
struct Net {
    x: BTreeMap<String, Block>,
}

fn names_that_meet() -> Net {
    let block = |name: &str, value: f32| Block {
        l: BTreeMap::from([(name.to_owned(), Parameter::new(Tensor::from([value])))]),
    };
    Net { x: BTreeMap::from([("a".to_owned(), block("b.l.c", 1.0)), ("a.l.b".to_owned(), block("c", 3.0))]) }
}

fn values(net: &Net) -> Vec<f32> {
    net.parameters().iter().map(|parameter| parameter.value().item()).collect()
}

/// Other programs read the weights in it, and the names say whose they are.
#[test]
fn a_checkpoint_is_a_safetensors_file() {
    let _alone = alone();
    let path = path("public");
    let mut run = Run::new(2);
    run.epoch();
    run.save(1, notes()).save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    for (name, value) in run.model.state_dict().iter() {
        let entry = &header[format!("model.{name}")];
        assert_eq!(entry["shape"], serde_json::json!(value.shape()), "{name}");
        let start = 8 + length + entry["data_offsets"][0].as_u64().unwrap() as usize;
        let AnyTensor::F32(value) = value else { panic!("{value:?}") };
        let first = f32::from_le_bytes(bytes[start..start + 4].try_into().unwrap());
        assert_eq!(first, value.to_vec()[0], "{name}");
    }
    let names = ["parts.0.state.0.momentum_buffer", "parts.2.state.1.exp_avg_sq", "parts.3.t_max", "extra", "checksum"];
    for name in names {
        assert!(header.get(name).is_some(), "{name}");
    }
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
