//! A process is killed while it saves, many times: the file is always one that was saved, whole.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use std::{env, fs, thread};

use deltarule_nn::optim::Sgd;
use deltarule_nn::{Checkpoint, Module, Parameter, StateDict};
use deltarule_tensor::Tensor;

/// Tells this test that it is the process to be killed, and where to save.
const FOLDER: &str = "DELTARULE_SAVES_UNTIL_KILLED";
/// How many elements: enough that a save takes a while, and most kills come in the middle of one.
const SIZE: usize = 300_000;

#[test]
fn whenever_a_save_is_killed_the_file_is_whole() {
    if let Some(folder) = env::var_os(FOLDER) {
        save_for_ever(Path::new(&folder));
    }
    let folder = env::temp_dir().join(format!("deltarule-killed-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut begun = 0;
    for round in 0..40 {
        // So that they are this child's when they are there.
        let (checkpoint, weights) = files(&folder);
        for file in [&checkpoint, &weights] {
            let _ = fs::remove_file(file);
        }
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "whenever_a_save_is_killed_the_file_is_whole"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not before it has saved once, then at another moment each time.
        while !weights.exists() || !checkpoint.exists() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(2_000 + round * 700));
        child.kill().unwrap();
        child.wait().unwrap();

        let loaded = Checkpoint::<u64>::load(&checkpoint).unwrap();
        assert_eq!(loaded.epoch, loaded.extra);
        let model = model(0.0);
        loaded.restore(&model, &mut [&mut Sgd::new(model.parameters(), 0.1)]).unwrap();
        assert_eq!(model.value().to_vec(), vec![loaded.epoch as f32; SIZE]);
        let loaded = StateDict::load_safetensors(&weights).unwrap();
        model.load_state_dict(&loaded).unwrap();
        let values = model.value().to_vec();
        assert!(values.iter().all(|value| *value == values[0]));

        // What the killed process had begun is no hindrance to the next.
        begun = temporaries(&folder).len();
    }
    assert!(begun > 0, "no save was killed in the middle: the test shows nothing");

    // Nor is it there for ever: a later save removes it.
    let (checkpoint, weights) = files(&folder);
    for path in temporaries(&folder) {
        fs::File::open(path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
    Checkpoint::new(0, &model(0.0), &[], ()).save(&checkpoint).unwrap();
    model(0.0).state_dict().save_safetensors(&weights).unwrap();
    assert_eq!(temporaries(&folder), Vec::<PathBuf>::new());
    fs::remove_dir_all(&folder).unwrap();
}

/// The files of saves that didn't end.
fn temporaries(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "tmp")).collect()
}

fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("run.checkpoint"), folder.join("weights.safetensors"))
}

fn model(value: f32) -> Parameter {
    Parameter::new(Tensor::full([SIZE], value))
}

fn save_for_ever(folder: &Path) -> ! {
    let (checkpoint, weights) = files(folder);
    for epoch in 1_u64.. {
        let model = model(epoch as f32);
        let sgd = Sgd::new(model.parameters(), 0.1);
        Checkpoint::new(epoch, &model, &[&sgd], epoch).save(&checkpoint).unwrap();
        model.state_dict().save_safetensors(&weights).unwrap();
    }
    unreachable!("the numbers don't end")
}
