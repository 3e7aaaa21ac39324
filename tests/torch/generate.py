"""Writes what PyTorch gives, for the tests to compare with: fixtures/, which is committed.

usage: generate.py [--check] [THEME...]

Each theme is a module in cases/, whose `write(out)` puts files named after it into the folder `out`. Without a THEME
all are written, and files that no theme writes any more are removed. With --check nothing is written: the exit status
says whether the committed files are what PyTorch gives.

Needs Python 3.11 and `pip install -r requirements.txt`, on a CPU. The same versions on the same kind of processor give
the same bytes. `cargo test` needs none of this: it reads the files alone.
"""
import argparse
import filecmp
import importlib
import os
import pathlib
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
LIMIT = 8_000_000

# A sum may depend on how it is split among threads.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"


def require_versions():
    """Stops unless the pinned versions are installed: another version's numbers must not slip in."""
    from importlib.metadata import version

    for line in (HERE / "requirements.txt").read_text().split():
        name, pinned = line.split("==")
        if (found := version(name)) != pinned:
            sys.exit(f"{name} {pinned} is wanted (requirements.txt), and {found} is installed")


def themes():
    return sorted(path.stem for path in (HERE / "cases").glob("*.py") if not path.stem.startswith("_"))


def belongs(path, theme, others):
    """Whether a fixture is a theme's: the longest theme that its name starts with."""
    fits = [name for name in others if path.name.startswith(name)]
    return bool(fits) and max(fits, key=len) == theme


def write(theme, out):
    import torch

    # Variances of one element are among the cases.
    warnings.filterwarnings("ignore", message=".*degrees of freedom")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(0)
    importlib.import_module(f"cases.{theme}").write(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("themes", nargs="*", metavar="THEME")
    parser.add_argument("--check", action="store_true", help="compare with the committed files")
    arguments = parser.parse_args()
    require_versions()
    known = themes()
    chosen = arguments.themes or known
    if unknown := set(chosen) - set(known):
        parser.error(f"there is no theme {', '.join(sorted(unknown))}; there are {', '.join(known)}")

    sys.path.insert(0, str(HERE))
    FIXTURES.mkdir(exist_ok=True)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        for theme in chosen:
            write(theme, out)
        written = sorted(path.name for path in out.iterdir())
        if strays := [name for name in written if not any(name.startswith(theme) for theme in chosen)]:
            sys.exit(f"a fixture is named after its theme: {', '.join(strays)}")
        old = [path for path in sorted(FIXTURES.iterdir()) if any(belongs(path, theme, known) for theme in chosen)]
        if not arguments.themes:
            old = sorted(FIXTURES.iterdir())
        gone = [path for path in old if path.name not in written]
        wrong += [f"{path.name}: no theme writes it" for path in gone]
        for name in written:
            committed = FIXTURES / name
            if not committed.exists() or not filecmp.cmp(out / name, committed, shallow=False):
                wrong.append(f"{name}: not what PyTorch gives")
            if not arguments.check:
                committed.write_bytes((out / name).read_bytes())
        if not arguments.check:
            for path in gone:
                path.unlink()

    size = sum(path.stat().st_size for path in FIXTURES.iterdir())
    print(f"{len(written)} files, {size / 1e6:.2f} MB in all fixtures")
    if size > LIMIT:
        sys.exit(f"the fixtures may take {LIMIT / 1e6} MB")
    if arguments.check and wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
