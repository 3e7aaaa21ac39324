"""Draws fresh random programs, and compares what deltarule and PyTorch make of them.

usage: fuzz.py [--count 10000] [--seed SEED]

The committed programs (cases/fuzz.py) are the first few hundred seeds; this takes others, a thousand at a time. Without
--seed they are other ones each day. A program that differs is printed with its seed: `--seed N --count 1` draws it again.
Needs what generate.py needs, and cargo.
"""
import argparse
import datetime
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TEST = ["cargo", "test", "--quiet", "-p", "deltarule-tests", "--test", "parity", "fuzz::"]
AT_ONCE = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=datetime.date.today().toordinal() * 1_000_000)
    arguments = parser.parse_args()

    sys.path.insert(0, str(HERE))
    import torch
    from cases import fuzz

    torch.set_num_threads(1)
    seed, left, failed = arguments.seed, arguments.count, 0
    while left > 0:
        found = fuzz.programs(seed, min(left, AT_ONCE))
        with tempfile.TemporaryDirectory() as folder:
            fuzz.write_programs(pathlib.Path(folder), found)
            result = subprocess.run(TEST, cwd=HERE.parents[1], env={**os.environ, "FUZZ_FIXTURES": folder})
        failed += result.returncode != 0
        print(f"seeds {seed} to {found[-1][0]['seed']}: {len(found)} programs compared", flush=True)
        seed, left = found[-1][0]["seed"] + 1, left - len(found)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
