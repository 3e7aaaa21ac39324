"""Loads weights that deltarule saved into PyTorch, and compares what both make of an input.

usage: state_dict.py SAVED RUN

SAVED is a file of `StateDict::save_safetensors` with the weights of `model()` in cases/weights.py; RUN has an input x and the
output y that deltarule gave. `cargo test -p deltarule-tests --test parity weights` writes both, into target/tmp, and reads what PyTorch wrote.
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases.weights import model  # noqa: E402

net, run = model(), load_file(sys.argv[2])
net.load_state_dict(load_file(sys.argv[1]))
error = (net(run["x"]) - run["y"]).abs().max().item()
print(f"largest difference of outputs: {error}")
sys.exit(error > 1e-6)
