//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file by `write`, so that whatever happens meanwhile, its old content or its new one is there whole.
///
/// It is written under another name in the same folder, brought to the disk, and renamed, which is one step for the file
/// system; then the folder is brought to the disk, so that the new name outlives a crash of the machine. What a killed
/// process has begun stays as `.NAME.PID-N.tmp`.
pub(crate) fn write_atomic(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = write_new(&temporary, write)
        .map_err(|error| without_folder(path, error))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Nobody needs it; the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(path)
}

fn write_new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    write(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// The error, or that there is no such folder: the file itself need not be there.
fn without_folder(path: &Path, error: io::Error) -> io::Error {
    match path.parent() {
        Some(folder) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => {
            io::Error::new(error.kind(), format!("there is no folder {}", folder.display()))
        }
        _ => error,
    }
}

/// A name in the same folder that no other save uses, of this process or another.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
    };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(hidden))
}

/// Elsewhere than on Unix a folder can't be opened so, and the rename alone has to do.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = std::env::temp_dir().join(format!("deltarule-atomic-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("file");
        write_atomic(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_atomic(&path, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("in the middle"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "in the middle");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_atomic(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
        let failed = write_atomic(&path, |_| Ok(())).unwrap_err();
        assert_eq!(failed.to_string(), format!("there is no folder {}", folder.display()));
        assert_eq!(write_atomic(Path::new("/"), |_| Ok(())).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
