"""What has no gradient: comparisons, places of extrema, orders, logic, conversions, rows of numbers.

`discrete.json` is deltarule's list of them, in the form of operations.json. The kinds of case are those of ops.py.
CODES stands for small integers made of a. discrete.json here lists the cases; discrete.safetensors holds inputs as there, and every output as doubles: a number, a
truth value or an index fits one exactly.
"""
import json
import pathlib

import torch

from ._save import save_json, save_tensors
from .ops import DTYPES, cases, evaluate


CODES = "(a * 2).clamp(-9, 9).nan_to_num(0).long()"


def write(out):
    rows = json.loads((pathlib.Path(__file__).parents[1] / "discrete.json").read_text())
    listed, tensors = {}, {}
    for name, samples in rows.items():
        listed[name] = []
        for number, sample in enumerate(samples):
            found, kept = [], {}
            sample = {**sample, "torch": sample["torch"].replace("CODES", CODES)}
            for kind, inputs in cases(name, number, sample):
                case = {"kind": kind, "inputs": [list(x.shape) for x in inputs["32"]]}
                for bits, dtype in DTYPES.items():
                    values = [x.to(dtype) for x in inputs[bits]]
                    y = evaluate(sample["torch"], values)
                    y = [torch.as_tensor(part) for part in (y if isinstance(y, tuple) else (y,))]
                    case[f"outputs{bits}"] = [list(part.shape) for part in y]
                    for letter, x in zip("abc", values):
                        kept.setdefault(f"{name}/{number}/{letter}{bits}", []).append(x.flatten())
                    kept.setdefault(f"{name}/{number}/y{bits}", []).extend(part.double().flatten() for part in y)
                found.append(case)
            listed[name].append(found)
            tensors |= {key: torch.cat(parts) for key, parts in kept.items()}
    save_json(out, "discrete", listed)
    save_tensors(out, "discrete", tensors)
