//! Files that are there whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::crc::crc64;

/// How many links may lead to a file, and how many names are tried for a temporary one.
const ATTEMPTS: usize = 40;
/// A temporary file whose last write is longer ago, and that no process has locked, is no living process's.
const ABANDONED: Duration = Duration::from_secs(600);

/// Writes a file by `write`, so that whatever happens meanwhile, its old content or its new one is there whole.
///
/// It is written under another name in the same folder, brought to the disk, and renamed, which is one step for the file
/// system; then the folder is brought to the disk, so that the new name outlives a crash of the machine. A link is followed,
/// and a file that is there keeps its mode and, where that is allowed, its owner; one that may not be written is left alone.
/// What is no file, such as a pipe, is written directly.
///
/// What a killed process has begun stays as `.NAME.RANDOM.tmp`; a later save of the same file removes it.
pub(super) fn write_atomic(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let path = &target(path)?;
    let old = match OpenOptions::new().write(true).open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let old = match old {
        Some(file) => {
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return write_all(file, write).map(drop);
            }
            Some(metadata)
        }
        None => None,
    };
    remove_abandoned(path);
    let (temporary, file) = create(path, old.as_ref()).map_err(|error| without_folder(path, error))?;
    let written = keep_access(&file, old.as_ref())
        .and_then(|()| write_all(file, write))
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It is ours, and nobody needs it; the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(path)
}

fn write_all(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// What `path` leads to, be it there or not.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..ATTEMPTS {
        match fs::read_link(&path) {
            // From the link's own folder, if it isn't absolute.
            Ok(next) => path = folder(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead from one to the next"))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The error, or that there is no such folder: the file itself need not be there.
fn without_folder(path: &Path, error: io::Error) -> io::Error {
    let folder = folder(path);
    if error.kind() == io::ErrorKind::NotFound && !folder.exists() {
        let text = format!("there is no folder {}; std::fs::create_dir_all makes it", folder.display());
        return io::Error::new(error.kind(), text);
    }
    error
}

/// A new file in the same folder, locked, whose name nobody can foresee.
fn create(path: &Path, old: Option<&Metadata>) -> io::Result<(PathBuf, File)> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    narrow(&mut options, old);
    let start = temporary_start(name);
    for attempt in 0..ATTEMPTS {
        // The standard library draws the keys of its hashes from the system's random numbers.
        let random = RandomState::new().hash_one((attempt, SystemTime::now()));
        let mut hidden = start.clone();
        hidden.push(format!("{random:016x}.tmp"));
        let temporary = folder(path).join(hidden);
        match options.open(&temporary) {
            Ok(file) => {
                // Where there are no locks, its age alone protects it.
                let _ = file.try_lock();
                return Ok((temporary, file));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "no free name was found for a temporary file"))
}

/// How the names of the temporary files of `name` begin. A long name is stood for by its checksum: there is a limit.
fn temporary_start(name: &OsStr) -> OsString {
    let mut start = OsString::from(".");
    if name.len() <= 200 {
        start.push(name);
    } else {
        start.push(format!("{:016x}", crc64(name.as_encoded_bytes())));
    }
    start.push(".");
    start
}

/// Removes what killed processes have left of saves of this file. It is no error if that fails.
fn remove_abandoned(path: &Path) {
    let (Some(name), Ok(entries)) = (path.file_name(), fs::read_dir(folder(path))) else {
        return;
    };
    let start = temporary_start(name);
    for entry in entries.flatten() {
        let found = entry.file_name();
        let random = found.as_encoded_bytes().strip_prefix(start.as_encoded_bytes());
        let random = random.and_then(|rest| rest.strip_suffix(b".tmp"));
        let ours = random.is_some_and(|random| random.len() == 16 && random.iter().all(u8::is_ascii_hexdigit));
        if ours && is_abandoned(&entry.path()).unwrap_or(false) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_abandoned(temporary: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(temporary)?;
    let old = metadata.modified()?.elapsed().is_ok_and(|age| age > ABANDONED);
    // A killed process's lock is gone with it.
    Ok(metadata.is_file() && old && File::open(temporary)?.try_lock().is_ok())
}

/// A file that takes the place of one that few may read must not be readable to more, not even while it is written.
#[cfg(unix)]
fn narrow(options: &mut OpenOptions, old: Option<&Metadata>) {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    if let Some(old) = old {
        options.mode(old.mode() & 0o700);
    }
}

/// Gives the new file the old one's owner, if it may, and its mode.
#[cfg(unix)]
fn keep_access(file: &File, old: Option<&Metadata>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let Some(old) = old else {
        return Ok(());
    };
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) && fchown(file, Some(old.uid()), Some(old.gid())).is_err() {
        // The group alone is often allowed.
        let _ = fchown(file, None, Some(old.gid()));
    }
    file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))
}

/// Elsewhere than on Unix the folder decides who may read a file.
#[cfg(not(unix))]
fn narrow(_: &mut OpenOptions, _: Option<&Metadata>) {}

#[cfg(not(unix))]
fn keep_access(_: &File, _: Option<&Metadata>) -> io::Result<()> {
    Ok(())
}

/// The file is in its place: a folder that can't be read, or that its file system can't sync, is no error.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    let Ok(folder) = File::open(folder(path)) else {
        return Ok(());
    };
    match folder.sync_all() {
        Err(error) if !matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Err(error),
        _ => Ok(()),
    }
}

/// Elsewhere than on Unix a folder can't be opened so, and the rename alone has to do.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own.
    fn fresh(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("deltarule-atomic-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn save(path: &Path, text: &str) -> io::Result<()> {
        write_atomic(path, |out| out.write_all(text.as_bytes()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = fresh("failed");
        let path = folder.join("file");
        save(&path, "old").unwrap();
        let failed = write_atomic(&path, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("in the middle"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "in the middle");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        save(&path, "new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(&folder), ["file"]);
        fs::remove_dir_all(&folder).unwrap();
        let failed = save(&path, "").unwrap_err().to_string();
        assert_eq!(failed, format!("there is no folder {}; std::fs::create_dir_all makes it", folder.display()));
        assert!(save(Path::new("/"), "").is_err());
        assert!(save(&std::env::temp_dir(), "").is_err());
    }

    /// The random numbers of the names come from the system: what a process begins, no other with its number meets.
    #[test]
    fn names_do_not_repeat() {
        let folder = fresh("names");
        let path = folder.join("file");
        let made: Vec<_> = (0..500).map(|_| create(&path, None).unwrap()).collect();
        assert_eq!(names(&folder).len(), made.len());
        // Of 64 random bits: none is almost always 0 or 1.
        let digits: Vec<String> = names(&folder).iter().map(|name| name[".file.".len()..][..16].to_owned()).collect();
        for place in 0..16 {
            let seen: std::collections::HashSet<_> = digits.iter().map(|digits| digits.as_bytes()[place]).collect();
            assert_eq!(seen.len(), 16, "digit {place}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_killed_saves_left_is_removed_and_nothing_else() {
        let folder = fresh("abandoned");
        let path = folder.join("file");
        let old = SystemTime::now() - 2 * ABANDONED;
        let aged = |name: &str| {
            let file = File::create(folder.join(name)).unwrap();
            file.set_modified(old).unwrap();
            file
        };
        drop(aged(".file.0123456789abcdef.tmp"));
        // Somebody writes it; it is young; it is another file's, or no save's at all.
        let living = aged(".file.1123456789abcdef.tmp");
        living.lock().unwrap();
        drop(File::create(folder.join(".file.2123456789abcdef.tmp")).unwrap());
        let others = [".file.0123.tmp", ".file.x.0123456789abcdef.tmp", "file.0123456789abcdef.tmp", ".file.tmp"];
        others.into_iter().for_each(|name| drop(aged(name)));
        fs::create_dir(folder.join(".file.3123456789abcdef.tmp")).unwrap();
        let before = names(&folder);
        save(&path, "new").unwrap();
        let mut after = before;
        after.retain(|name| name != ".file.0123456789abcdef.tmp");
        after.push("file".to_owned());
        after.sort();
        assert_eq!(names(&folder), after);
        drop(living);
        save(&path, "newer").unwrap();
        assert!(!folder.join(".file.1123456789abcdef.tmp").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_name_may_be_as_long_as_the_file_system_allows() {
        let folder = fresh("long");
        let path = folder.join("n".repeat(255));
        save(&path, "new").unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(&folder).len()), (b"new".to_vec(), 1));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        use std::os::unix::fs::symlink;
        let folder = fresh("links");
        fs::create_dir(folder.join("real")).unwrap();
        symlink("real", folder.join("to_folder")).unwrap();
        symlink("real/file", folder.join("relative")).unwrap();
        symlink(folder.join("relative"), folder.join("absolute")).unwrap();
        // The first save makes the file that both lead to.
        save(&folder.join("absolute"), "1").unwrap();
        assert_eq!(fs::read(folder.join("real/file")).unwrap(), b"1");
        save(&folder.join("relative"), "2").unwrap();
        save(&folder.join("to_folder/other"), "3").unwrap();
        assert_eq!(fs::read(folder.join("real/file")).unwrap(), b"2");
        assert_eq!(names(&folder.join("real")), ["file", "other"]);
        for link in ["absolute", "relative", "to_folder"] {
            assert!(fs::symlink_metadata(folder.join(link)).unwrap().is_symlink(), "{link}");
        }
        symlink("b", folder.join("a")).unwrap();
        symlink("a", folder.join("b")).unwrap();
        assert!(save(&folder.join("a"), "").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_mode() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = fresh("mode");
        let path = folder.join("file");
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        // A new one has what any new file has.
        save(&path, "new").unwrap();
        fs::write(folder.join("plain"), "").unwrap();
        assert_eq!(mode(&path), mode(&folder.join("plain")));
        for set in [0o600, 0o640, 0o666, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(set)).unwrap();
            write_atomic(&path, |out| {
                // While it is written, nobody else may see more of it.
                for name in names(&folder).iter().filter(|name| name.ends_with(".tmp")) {
                    assert_eq!(mode(&folder.join(name)), set);
                }
                out.write_all(b"newer")
            })
            .unwrap();
            assert_eq!(mode(&path), set);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_as_it_is() {
        use std::os::unix::fs::FileTypeExt;
        save(Path::new("/dev/null"), "new").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
