"""Where deltarule differs from PyTorch on purpose: what PyTorch gives. tests/parity/differences.rs says why."""
import math

import torch
from torch.nn import functional as F

from cases._save import save_tensors

inf = math.inf


def gradient(function, x):
    x = x.clone().requires_grad_()
    function(x).sum().backward()
    return x.grad


def second_gradient(x):
    """Of the binary cross-entropy with labels 1: 1/x²."""
    x = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(F.binary_cross_entropy(x, torch.ones_like(x)), x, create_graph=True)
    return torch.autograd.grad(first.sum(), x)[0]


def norm_second_gradient(x):
    """Of the 2.5-norm: the gradients of the sum of its gradients."""
    x = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(torch.linalg.vector_norm(x, 2.5), x, create_graph=True)
    return torch.autograd.grad(first.sum(), x)[0]


def write(out):
    functions = {
        "gelu_tanh gradient": ([1e30, -1e30], lambda x: gradient(lambda x: F.gelu(x, approximate="tanh"), x)),
        "gelu": ([inf] * 32, F.gelu),
        "elu gradient": ([math.nan] * 32, lambda x: gradient(F.elu, x)),
        "elu gradient of one": ([math.nan], lambda x: gradient(F.elu, x)),
        "std of equal numbers": ([0.1] * 10, torch.std),
        "norm second gradient": ([0.0, 1.0], norm_second_gradient),
        "sigmoid": ([-90.0, -100.0], torch.sigmoid),
        "silu": ([-90.0, -100.0], F.silu),
        "std": ([2e19, -2e19, 2e19, -2e19], lambda x: torch.std(x, correction=0)),
        "var": ([2e19, 0.0, 0.0, -2e19], lambda x: torch.var(x, correction=0)),
        "clamp gradient": ([-1.0, 0.0, 1.0], lambda x: gradient(lambda x: x.clamp(-1, 1), x)),
    }
    tensors = {}
    for name, (values, function) in functions.items():
        x = torch.tensor(values)
        tensors |= {f"{name}.x": x, f"{name}.y": function(x)}
    # That 1e-12 doesn't show in float.
    x = torch.tensor([0.25], dtype=torch.float64)
    tensors |= {"binary_cross_entropy second gradient.x": x, "binary_cross_entropy second gradient.y": second_gradient(x)}
    save_tensors(out, "differences", tensors)
