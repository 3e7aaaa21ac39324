"""Second derivatives: Hessian-vector products of every operation, and a gradient penalty.

For each sample of deltarule's table, in double: the inputs x, v·∇x of the weighted output with the weights v of ops.py,
and the gradients of Σ w·∇x for weights w of the same kind, v's too. The kinds of case are
- "random", at the largest of its shapes, inside its domain,
- "ties", at the same shape: whole numbers, halves and both zeros, so that kinks and equal elements are met,
- "nan", where it works element by element on one input: NaN among numbers,
- "empty", at each shape without elements.
They are stored as "<operation>/<sample>/<kind>/a", "ga", "ha" and "hv". Then a net's gradient penalty, (‖∇x f‖ − 1)²
averaged over a batch, and its gradients ("penalty/…").
"""
import json
import pathlib
import zlib

import torch

from ._save import save_tensors
from .ops import MORE_SHAPES, OF_PROBABILITIES, UNTIED, chosen, evaluate, in_domain, is_elementwise, numel, weights

# Differences of two of them are at ±0.5 and ±5, the bounds of the table's Huber losses.
TIES = [-2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 3.0]
PROBABLE_TIES = [0.25, 0.5, 0.5, 0.75]
NAN = [float("nan"), 0.5, 1.0, -1.5]


def place(sample):
    """The shapes with the most elements: the first such."""
    return max(sample["shapes"], key=lambda shapes: sum(map(numel, shapes)))


def second(expression, inputs):
    """The first gradients of the inputs, the second ones, and that of the weights."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = evaluate(expression, leaves)
    v = weights(y.shape).to(y).requires_grad_()
    zeros = lambda grads: [torch.zeros_like(x) if g is None else g for x, g in zip([*leaves, v], grads)]
    nothing = [None] * (len(leaves) + 1)
    if not y.requires_grad:
        return zeros(nothing), zeros(nothing)
    first = torch.autograd.grad(y, leaves, v, create_graph=True, allow_unused=True)
    total = sum((g * weights(g.shape).to(g)).sum() for g in first if g is not None)
    if not torch.is_tensor(total) or not total.requires_grad:
        return zeros(first), zeros(nothing)
    return zeros(first), zeros(torch.autograd.grad(total, [*leaves, v], allow_unused=True))


def cases(operation, number, sample):
    """The kinds of case of one sample, with the inputs of each."""
    draw = lambda kind: torch.Generator().manual_seed(zlib.crc32(f"{operation} {number}{kind}".encode()))
    generator = draw("")
    yield "random", [in_domain(*each, generator) for each in zip(sample["domains"], place(sample))]
    # The second gradient of a gradient at a kink is a matter of taste, which PyTorch has none of.
    if not operation.endswith("_backward") and sample["torch"] not in UNTIED:
        generator, values = draw(" ties"), PROBABLE_TIES if operation in OF_PROBABILITIES else TIES
        yield "ties", [chosen(values, shape, generator) for shape in place(sample)]
    if len(sample["domains"]) == 1 and is_elementwise(sample):
        generator = draw(" nan")
        yield "nan", [chosen(NAN, shape, generator) for shape in place(sample)]
    for count, shapes in enumerate(sample["shapes"] + MORE_SHAPES.get(sample["torch"], [])):
        if min(map(numel, shapes)) == 0:
            generator = draw(f" empty {count}")
            yield f"empty {count}", [in_domain(*each, generator) for each in zip(sample["domains"], shapes)]


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
            for kind, inputs in cases(operation, number, sample):
                first, both = second(sample["torch"], inputs)
                name = f"{operation}/{number}/{kind}"
                for letter, x, g, h in zip("abc", inputs, first, both):
                    tensors |= {f"{name}/{part}{letter}": each for part, each in (("", x), ("g", g), ("h", h))}
                tensors[f"{name}/hv"] = both[-1]
    penalty(tensors)
    save_tensors(out, "higher_order", tensors)
