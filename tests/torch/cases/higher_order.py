"""Second derivatives: Hessian-vector products of every operation, and a gradient penalty.

For each sample of deltarule's table, at one of its shapes and in double: the inputs x, v·∇x of the weighted output with
the weights v of ops.py, and the gradients of Σ w·∇x for weights w of the same kind ("<operation>/<sample>/a", "ga" and
"ha"). Then a net's gradient penalty, (‖∇x f‖ − 1)² averaged over a batch, and its gradients ("penalty/…").
"""
import json
import pathlib
import zlib

import torch

from ._save import save_tensors
from .ops import evaluate, in_domain, numel, weights


def place(sample):
    """The shapes with the most elements: the first such."""
    return max(sample["shapes"], key=lambda shapes: sum(map(numel, shapes)))


def second(expression, inputs):
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = evaluate(expression, leaves)
    zeros = lambda grads: [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, grads)]
    if not y.requires_grad:
        return zeros([None] * len(leaves)), zeros([None] * len(leaves))
    first = torch.autograd.grad(y, leaves, weights(y.shape).to(y), create_graph=True, allow_unused=True)
    total = sum((g * weights(g.shape).to(g)).sum() for g in first if g is not None)
    if not torch.is_tensor(total) or not total.requires_grad:
        return zeros(first), zeros([None] * len(leaves))
    return zeros(first), zeros(torch.autograd.grad(total, leaves, allow_unused=True))


def penalty(tensors):
    torch.manual_seed(0)
    double = dict(dtype=torch.float64)
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 5, **double), torch.nn.Tanh(), torch.nn.Linear(5, 4, **double), torch.nn.Softplus(),
        torch.nn.Linear(4, 1, **double))
    x = torch.randn(6, 3, **double, requires_grad=True)
    (slope,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
    loss = ((torch.linalg.vector_norm(slope, dim=1) - 1) ** 2).mean()
    loss.backward()
    tensors |= {"penalty/x": x, "penalty/loss": loss, "penalty/slope": slope, "penalty/x.grad": x.grad}
    # The last bias shifts the output alone, so the penalty doesn't depend on it.
    for name, parameter in net.named_parameters():
        tensors[f"penalty/{name}"] = parameter
        if parameter.grad is not None:
            tensors[f"penalty/{name}.grad"] = parameter.grad


def write(out):
    operations = json.loads((pathlib.Path(__file__).parents[1] / "operations.json").read_text())
    tensors = {}
    for operation, samples in operations.items():
        for number, sample in enumerate(samples):
            generator = torch.Generator().manual_seed(zlib.crc32(f"{operation} {number}".encode()))
            inputs = [in_domain(*each, generator) for each in zip(sample["domains"], place(sample))]
            for letter, x, g, h in zip("abc", inputs, *second(sample["torch"], inputs)):
                tensors |= {f"{operation}/{number}/{part}{letter}": each for part, each in (("", x), ("g", g), ("h", h))}
    penalty(tensors)
    save_tensors(out, "higher_order", tensors)
