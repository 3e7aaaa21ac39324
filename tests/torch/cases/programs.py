"""What the programs in programs/ compute: initial weights, and losses."""
import importlib

import torch

from cases._save import save_tensors


def write(out):
    for name in ["xor", "digits", "regression", "classifier", "gan", "vae", "pinn", "maml", "skip_gram", "resume"]:
        initial, losses = importlib.import_module(f"programs.{name}").run()
        tensors = {f"initial.{key}": value for key, value in initial.items()}
        tensors["losses"] = torch.tensor(losses)
        save_tensors(out, f"programs_{name}", tensors)
