//! The arguments that every example takes.

use std::path::PathBuf;

use crate::Outcome;

/// Arguments of every example: `#[command(flatten)] common: Common` among its own.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// Seed of the random numbers
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write the pictures into this folder, as SVG
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Do no more than a check of the example needs
    #[arg(long)]
    pub quick: bool,
}

impl Common {
    /// Writes a picture as `NAME.svg` into the folder that `--out` names; does nothing without one.
    ///
    /// # Errors
    /// If the folder or the file can't be written.
    pub fn save(&self, name: &str, svg: &str) -> Outcome {
        let Some(folder) = &self.out else { return Ok(()) };
        let path = folder.join(name).with_extension("svg");
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, svg))
            .map_err(|error| format!("can't write {}: {error}", path.display()))?;
        eprintln!("wrote {}", path.display());
        Ok(())
    }
}
