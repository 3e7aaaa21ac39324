//! Files that claim to hold far more than they do: they are refused, and next to nothing is allocated for them. The
//! allocator counts, so these tests have a process of their own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deltarule_nn::optim::schedule::{Schedule, StepLr};
use deltarule_nn::optim::{Adam, Optimizer};
use deltarule_nn::{Checkpoint, FileError, FileProblem, Forward, Linear, Module, StateDict};
use deltarule_tensor::Tensor;
use deltarule_tensor::random::Generator;

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

/// The contents of a checkpoint of a layer of `inputs`×16 weights, with Adam's averages and a schedule.
fn contents(inputs: usize) -> Vec<u8> {
    let model = Linear::new(inputs, 16);
    let mut adam = Adam::new(model.parameters(), 0.1);
    let schedule = Schedule::new(&mut adam, StepLr::new(2));
    model.forward(&Tensor::ones([1, inputs])).sum().backward();
    adam.step();
    let path = path("good");
    Checkpoint::new(1, &model, &[&adam, &schedule], "a note".to_owned()).save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    bytes[20..bytes.len() - 8].to_vec()
}

/// The contents between a right header and a right checksum.
fn sealed(contents: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89drck\r\n\x1a\x01\0\0\0".to_vec();
    bytes.extend((contents.len() as u64).to_le_bytes());
    bytes.extend(contents);
    // CRC-64/XZ, written out bit by bit.
    let mut crc = !0_u64;
    for &byte in &bytes {
        crc ^= u64::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xc96c_5795_d787_0f42 } else { 0 };
        }
    }
    bytes.extend((!crc).to_le_bytes());
    bytes
}

/// Loads a checkpoint with these contents. It may take four times the file's size, and `slack`.
fn load(contents: &[u8], slack: usize) -> Result<Checkpoint<String>, FileError> {
    let (path, bytes) = (path("contents"), sealed(contents));
    fs::write(&path, &bytes).unwrap();
    let (result, peak) = peak(|| Checkpoint::load(&path));
    assert!(peak <= 4 * bytes.len() + slack, "{peak} bytes for a file of {}: {result:?}", bytes.len());
    fs::remove_file(path).unwrap();
    result
}

/// What serde and bincode reserve ahead for a list or a text, however small the file.
const AHEAD: usize = 2 << 20;

#[test]
fn a_checkpoint_that_claims_much_is_refused_and_takes_little() {
    let _alone = alone();
    let good = contents(3);
    load(&good, AHEAD).unwrap();
    let mut refused = 0;
    // 2⁶⁰ in the place of each eight bytes: lengths of lists, of texts and of shapes are among them.
    for place in 0..good.len() - 8 {
        let mut contents = good.clone();
        contents[place..place + 8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
        // Numbers may become other numbers.
        if let Err(error) = load(&contents, AHEAD) {
            assert!(matches!(error.problem, FileProblem::Malformed(_) | FileProblem::Extra { .. }), "{place}: {error}");
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused}");

    // Noise with a right checksum.
    let mut generator = Generator::new(6);
    for length in 0..400 {
        let noise: Vec<u8> = (0..length).map(|_| generator.next_u32() as u8).collect();
        let error = load(&noise, AHEAD).unwrap_err();
        assert!(matches!(error.problem, FileProblem::Malformed(_) | FileProblem::Extra { .. }), "{error}");
    }
}

/// Of a file that is itself larger than what is reserved ahead.
#[test]
fn nor_does_a_large_one_take_more_than_a_few_times_its_size() {
    let _alone = alone();
    let good = contents(20_000);
    assert!(good.len() > AHEAD);
    load(&good, 0).unwrap();
    for place in (8..200).step_by(8) {
        let mut contents = good.clone();
        contents[place..place + 8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
        drop(load(&contents, 0));
    }
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
        assert!(peak <= 4 * bytes.len() + 4096, "{peak} bytes for a file of {}: {start}", bytes.len());
    }
    fs::remove_file(path).unwrap();
}
