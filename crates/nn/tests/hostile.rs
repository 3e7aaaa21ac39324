//! Files that claim to hold far more than they do: they are refused, and next to nothing is allocated for them. The
//! allocator counts, so these tests have a process of their own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deltarule_nn::optim::schedule::{Schedule, StepLr};
use deltarule_nn::optim::{Adam, Optimizer};
use deltarule_nn::{Checkpoint, FileError, FileProblem, Forward, Linear, Module, StateDict};
use deltarule_tensor::Tensor;
use deltarule_tensor::random::Generator;
use serde::de::DeserializeOwned;

/// The system's allocator, which counts.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes in use, and the most that were.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to `System` as it came; the counters don't allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The counters are the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static COUNTERS: Mutex<()> = Mutex::new(());
    COUNTERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most that `f` has in use besides what was before.
fn peak<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = f();
    (result, PEAK.load(Relaxed) - before)
}

fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("deltarule-{name}-{}.hostile", std::process::id()))
}

/// A checkpoint of a layer of `inputs`×16 weights, with Adam's averages, a schedule and a text of `text` bytes.
fn good(inputs: usize, text: usize) -> Vec<u8> {
    let model = Linear::new(inputs, 16);
    let mut adam = Adam::new(model.parameters(), 0.1);
    let schedule = Schedule::new(&mut adam, StepLr::new(2));
    model.forward(&Tensor::ones([1, inputs])).sum().backward();
    adam.step();
    let path = path("good");
    Checkpoint::new(1, &model, &[&adam, &schedule], "x".repeat(text)).save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    bytes
}

/// Puts a right checksum at the end.
fn seal(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() - 8);
    // CRC-64/XZ, written out.
    let table: Vec<u64> = (0..256_u64)
        .map(|byte| (0..8).fold(byte, |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xc96c_5795_d787_0f42 } else { 0 }))
        .collect();
    let crc = bytes.iter().fold(!0_u64, |crc, &byte| (crc >> 8) ^ table[((crc ^ u64::from(byte)) & 255) as usize]);
    bytes.extend((!crc).to_le_bytes());
}

/// Loads a checkpoint of these bytes, sealed anew. It may take four times the file's size.
fn load<T: DeserializeOwned + Debug>(mut bytes: Vec<u8>) -> Result<Checkpoint<T>, FileError> {
    let path = path("contents");
    seal(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let (result, peak) = peak(|| Checkpoint::load(&path));
    assert!(peak <= 4 * bytes.len() + SLACK, "{peak} bytes for a file of {}: {result:?}", bytes.len());
    fs::remove_file(path).unwrap();
    result
}

/// What errors and small things take, however small the file.
const SLACK: usize = 4096;

/// The length of the header, with the 8 bytes before it.
fn header(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

/// Whether a place in the header is well within the generator's 624 words: one is like another.
fn repeats(good: &[u8], place: usize) -> bool {
    let text = str::from_utf8(&good[8..header(good)]).unwrap();
    let start = 8 + text.find("words").unwrap();
    (start + 40..start + 6000).contains(&place)
}

/// The files in which one number of the header is another.
fn with_numbers(good: &[u8], number: &str) -> Vec<Vec<u8>> {
    let text = str::from_utf8(&good[8..header(good)]).unwrap();
    let digit = |byte: u8| byte.is_ascii_digit();
    let starts = (1..text.len()).filter(|&i| digit(text.as_bytes()[i]) && !digit(text.as_bytes()[i - 1]));
    let replaced = |start: usize| {
        let end = text[start..].find(|c: char| !c.is_ascii_digit()).unwrap() + start;
        let text = format!("{}{number}{}", &text[..start], &text[end..]);
        [&(text.len() as u64).to_le_bytes(), text.as_bytes(), &good[header(good)..]].concat()
    };
    starts.filter(|&start| !repeats(good, start + 8)).map(replaced).collect()
}

#[test]
fn a_checkpoint_that_claims_much_is_refused_and_takes_little() {
    let _alone = alone();
    let good = good(3, 40);
    load::<String>(good.clone()).unwrap();
    let mut refused = 0;
    let mut try_it = |bytes: Vec<u8>, place: usize| {
        // Numbers may become other numbers.
        if let Err(error) = load::<String>(bytes) {
            let right = matches!(
                error.problem,
                FileProblem::Malformed(_)
                    | FileProblem::Extra { .. }
                    | FileProblem::Foreign { .. }
                    | FileProblem::Version(_)
                    | FileProblem::Unsupported { .. }
                    | FileProblem::Checksum
                    | FileProblem::Length { .. }
            );
            assert!(right, "{place}: {error}");
            refused += 1;
        }
    };
    // 2⁶⁰ in the place of each eight bytes, and texts, lists and maps of 2³⁹ and of 2⁶⁰ elements.
    for place in (0..good.len() - 17).filter(|&place| !repeats(&good, place)) {
        for head in [0x7b_u8, 0x5b, 0x9b, 0xbb] {
            for claimed in [1_u64 << 60, 1 << 39] {
                let mut bytes = good.clone();
                if head == 0x7b {
                    bytes[place..place + 8].copy_from_slice(&claimed.to_le_bytes());
                    try_it(bytes.clone(), place);
                }
                if place >= good.len() - 64 {
                    bytes[place] = head;
                    bytes[place + 1..place + 9].copy_from_slice(&claimed.to_be_bytes());
                    try_it(bytes, place);
                }
            }
        }
    }
    for number in ["1152921504606846976", "18446744073709551615", "18446744073709551616", "4294967295"] {
        for (place, bytes) in with_numbers(&good, number).into_iter().enumerate() {
            try_it(bytes, place);
        }
    }
    assert!(refused > 1000, "{refused}");

    // Noise with a right checksum, after nothing, after what a checkpoint begins with, and after a right header.
    let mut generator = Generator::new(6);
    for start in [0, 60, header(&good)] {
        for length in 8..200 {
            let noise = (0..length).map(|_| generator.next_u32() as u8);
            let bytes: Vec<u8> = good[..start].iter().copied().chain(noise).collect();
            load::<String>(bytes).unwrap_err();
        }
    }
}

/// Of a file that is itself large.
#[test]
fn nor_does_a_large_one_take_more_than_a_few_times_its_size() {
    let _alone = alone();
    let good = good(20_000, 1000);
    load::<String>(good.clone()).unwrap();
    for bytes in with_numbers(&good, "1152921504606846976").into_iter().step_by(11) {
        drop(load::<String>(bytes));
    }
}

/// The caller's value, whose type decides what is made of it.
#[test]
fn a_callers_value_that_claims_much_is_refused_and_takes_little() {
    let _alone = alone();
    let with = |value: &[u8]| {
        // A text of so many bytes has two more in front.
        let mut bytes = good(1, value.len() - 2);
        let end = bytes.len() - 8;
        bytes[end - value.len()..end].copy_from_slice(value);
        bytes
    };
    let claims = |head: u8, number: u64, rest: u8| [&[head][..], &number.to_be_bytes(), &[rest; 50]].concat();
    for number in [1 << 60, u64::MAX, 1 << 39, 1 << 32] {
        // Elements without bytes, such as `()`, would be made for ever.
        load::<Vec<()>>(with(&claims(0x9b, number, 0xf6))).unwrap_err();
        load::<Vec<u64>>(with(&claims(0x9b, number, 0))).unwrap_err();
        load::<BTreeMap<u8, ()>>(with(&claims(0xbb, number, 0))).unwrap_err();
        load::<String>(with(&claims(0x7b, number, b'x'))).unwrap_err();
        load::<serde_json::Value>(with(&claims(0x5b, number, 0))).unwrap_err();
        load::<()>(with(&claims(0x7b, number, 0))).unwrap_err();
    }
    // Lists within lists, without an end: the stack is not to overflow.
    for byte in [0x9f, 0xbf, 0xc6] {
        for error in [
            load::<serde_json::Value>(with(&[byte; 200])).unwrap_err(),
            load::<()>(with(&[byte; 200])).unwrap_err(),
            load::<Nested>(with(&[byte; 200])).unwrap_err(),
        ] {
            assert!(matches!(error.problem, FileProblem::Extra { .. }), "{error}");
        }
    }
    // Each `()` takes a byte of the file.
    let units = [&[0x9f][..], &[0xf6; 198], &[0xff]].concat();
    assert_eq!(load::<Vec<()>>(with(&units)).unwrap().extra.len(), 198);
}

/// A type that holds itself.
#[derive(Debug, serde::Deserialize)]
struct Nested {
    #[allow(dead_code)]
    inner: Option<Box<Nested>>,
}

/// The entries of so many tensors without elements.
fn tensors(count: usize) -> String {
    let entry = |index| format!(r#""{index}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},"#);
    (0..count).map(entry).collect()
}

#[test]
fn weights_that_claim_much_are_refused_and_take_little() {
    let _alone = alone();
    let path = path("weights");
    let headers = [
        (1 << 60, r#"{}"#.to_owned()),
        (u64::MAX, r#"{}"#.to_owned()),
        (0, r#"{"w":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}}"#.to_owned()),
        (0, r#"{"w":{"dtype":"F32","shape":[1099511627776,1048576],"data_offsets":[0,4]}}"#.to_owned()),
        (
            0,
            r#"{"w":{"dtype":"F32","shape":[0,1152921504606846976,1152921504606846976],"data_offsets":[0,0]}}"#
                .to_owned(),
        ),
        (0, format!(r#"{{"w":{{"dtype":"F32","shape":{}"#, "[".repeat(100_000))),
        // Much that is no tensor's: a tree of it would take a hundred times the file.
        (0, format!(r#"{{"w":[{}0]}}"#, r#"{"":0},"#.repeat(200_000))),
        (0, format!(r#"{{"w":{{"dtype":"F32","shape":[0{}],"data_offsets":[0,0]}}}}"#, ",0".repeat(500_000))),
        (
            0,
            format!(
                r#"{{"w":{{"x":[{}0],"dtype":"F32","shape":[9],"data_offsets":[0,4]}}}}"#,
                r#"{"":0},"#.repeat(200_000)
            ),
        ),
        (0, format!(r#"{{"__metadata__":{{{}"x":""}}}}"#, r#""":"","#.repeat(200_000))),
        (0, format!(r#"{{{}"x":0}}"#, tensors(20_000))),
    ];
    for (claimed, header) in headers {
        let length = if claimed == 0 { header.len() as u64 } else { claimed };
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([0; 4]);
        fs::write(&path, &bytes).unwrap();
        let (result, peak) = peak(|| StateDict::load_safetensors(&path));
        let start = &header[..header.len().min(100)];
        let error = result.unwrap_err();
        assert!(matches!(error.problem, FileProblem::Malformed(_)), "{start}: {error}");
        // A tensor without elements takes six times what the header says of it.
        assert!(peak <= 6 * bytes.len() + SLACK, "{peak} bytes for a file of {}: {start}", bytes.len());
    }
    // That many are a file like any other; here it is the tensors themselves that take more than what names them.
    let header = format!(r#"{{{}}}"#, tensors(20_000).trim_end_matches(','));
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    fs::write(&path, &bytes).unwrap();
    let (result, peak) = peak(|| StateDict::load_safetensors(&path));
    assert_eq!(result.unwrap().len(), 20_000);
    assert!(peak <= 12 * bytes.len(), "{peak} bytes for a file of {}", bytes.len());
    fs::remove_file(path).unwrap();
}
