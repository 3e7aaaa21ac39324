"""Values and gradients of every operation in deltarule's table, in float and double.

`operations.json` is the table: for each operation its samples, each an expression in PyTorch on inputs a, b, c, …, the
domains of the inputs and their shapes. Each sample is evaluated
- at random inputs in its domain, at each of its shapes,
- at ties: whole numbers and both zeros, so that equal elements and bounds are met,
- over a wide range of magnitudes, and some at magnitudes whose products overflow,
- at special values: infinities, NaN, subnormals, zeros,
- if it works element by element, at a list of corners; two inputs meet in all pairs.

The gradients are those of the weights v[i] = ±(1 + 7·i mod 11)/8, with a plus where i is even: exact in any precision,
without a pattern that a wrong rule could hide in. They are 1024 times as large for large inputs.

ops.json lists the cases of each sample, in order. ops.safetensors holds, for each sample, the inputs, outputs and
gradients of all cases one after the other: "<operation>/<sample>/a32", "y32", "ga32" for float and "a64", … for double.
"""
import json
import math
import pathlib
import zlib

import torch

from ._save import save_json, save_tensors

inf, nan = math.inf, math.nan
DTYPES = {"32": torch.float32, "64": torch.float64}

# Around the places where some function changes its branch, and where the types end.
SIZES = [1e-20, 1e-4, 0.3, 0.5, 1.0, 1.5, 2.0, 2.5, 4.0, 6.5, 9.1, 10.0, 17.0, 20.0, 20.5, 88.0, 104.0, 1e3, 1e10]
EDGES = {
    "32": [2.0**-149, 2.0**-126 - 2.0**-149, 2.0**-126, 1 - 2.0**-24, 1 + 2.0**-23, 1e-30, 88.75, 1e30, 3.4028234663852886e38],
    "64": [5e-324, 2.2250738585072009e-308, 2.2250738585072014e-308, 1 - 2.0**-53, 1 + 2.0**-52, 709.0, 746.0, 1e300,
           1.7976931348623157e308],
}
PAIRED = {
    "32": [0.0, -0.0, 1e-40, -1e-30, 0.5, 1.0, -1.0, -2.0, 2.5, 3.0, 101.0, -1e9, 3e38, inf, -inf, nan],
    "64": [0.0, -0.0, 1e-310, -1e-300, 0.5, 1.0, -1.0, -2.0, 2.5, 3.0, 101.0, -1e9, 1e308, inf, -inf, nan],
}
# For the second gradients of activations. Where a product overflows on the way is each formula's own.
MODERATE = [0.0, -0.0, -1e-30, 1e-4, 0.5, 1.0, -1.0, -2.0, 2.5, 3.0, -7.0, 10.0, 15.0, -19.0, 30.0, -60.0]
SPECIAL = {
    "32": [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, inf, -inf, nan, 2.0**-149, -1e-40, 1e-30, 1e18],
    "64": [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, inf, -inf, nan, 5e-324, -1e-310, 1e-300, 1e150],
}
# Shapes that only a comparison wants: values that aren't finite, and rows longer than a vector register.
MORE_SHAPES = {
    "torch.sum(a)": [[[33, 40]]], "torch.sum(a, dim=1, keepdim=True)": [[[5, 300]], [[2, 131, 3]]],
    "torch.sum(a, dim=(0, -1))": [[[9, 3, 17]]],
    "torch.mean(a)": [[[0]], [[700]]], "torch.mean(a, dim=1, keepdim=True)": [[[2, 0]], [[4, 97]]],
    "torch.var(a)": [[[1]], [[0]], [[500]]], "torch.std(a)": [[[1]], [[0]], [[500]]],
    "torch.var(a, dim=1, keepdim=True)": [[[3, 1]], [[2, 0]], [[3, 131]]],
    "torch.std(a, dim=1, keepdim=True)": [[[3, 1]], [[2, 0]], [[3, 131]]],
    "torch.prod(a)": [[[40]]], "torch.cumsum(a, -1)": [[[2, 150]]], "torch.cumsum(a, 0)": [[[40, 3]]],
    "torch.linalg.vector_norm(a)": [[[500]]], "torch.linalg.vector_norm(a, 3, dim=-1)": [[[2, 70]]],
    "torch.softmax(a, dim=-1)": [[[3, 70]]], "torch.softmax(a, dim=0)": [[[40, 3]]],
    "torch.log_softmax(a, dim=-1)": [[[3, 70]]], "torch.log_softmax(a, dim=0)": [[[40, 3]]],
    "torch.logsumexp(a.flatten(), dim=0)": [[[0]], [[300]]], "torch.logsumexp(a, dim=1, keepdim=True)": [[[2, 70]]],
    "torch.matmul(a, b)": [[[17, 65], [65, 19]], [[1, 70], [70, 1]], [[2, 9, 33], [2, 33, 5]]],
    "torch.matmul(a, b.mT)": [[[17, 65], [19, 65]]], "torch.dot(a, b)": [[[300], [300]]],
    "torch.nn.functional.linear(a, b, c)": [[[20, 35], [17, 35], [17]]],
    "torch.nn.functional.mse_loss(a, b)": [[[0], [0]], [[300], [300]]],
    "torch.max(a)": [[[200]]], "torch.amax(a, 1, keepdim=True)": [[[3, 70]]], "torch.min(a, 1).values": [[[3, 70]]],
    "torch.amin(a, (0, -1))": [[[7, 3, 9]]], "torch.max(a, 0, keepdim=True).values": [[[40, 3]]],
}
# With an infinite scale, ∞ times 0 or ∞ less ∞ comes up in the middle, and which of them is the formula's choice.
# A running product of zeros and infinities is such; and a mean beside a variance is NaN for PyTorch where it is infinite.
FINITE = {
    "torch.nn.functional.batch_norm(a, None, None, b, c, training=True)", "torch.cumprod(a, 0)", "torch.cumprod(a, -1)",
    "torch.cumprod(a * torch.tensor([1, 0, 1, 1, 0]), -1)", "torch.std_mean(a)[1]", "torch.var_mean(a)[1]",
    "torch.std_mean(a, dim=0, correction=0, keepdim=True)[1]", "torch.var_mean(a, dim=1)[1]",
}
# Where several places have one value, PyTorch names any of them, and sends the gradient there.
UNTIED = {
    "torch.median(a, 1).values", "torch.median(a, 0, keepdim=True).values", "torch.quantile(a, 0.3)",
    "torch.quantile(a, 0.75, dim=1)", "torch.quantile(a, 1.0, dim=0, keepdim=True)",
}
# Of probabilities alone: both ends, next to them, what is too small to be a normal number.
PROBABILITIES = {
    "32": [0.0, -0.0, 2.0**-149, 1e-40, 1e-30, 1e-12, 1e-3, 0.25, 0.5, 0.5, 0.75, 1 - 2.0**-10, 1 - 2.0**-24, 1.0, 1.0],
    "64": [0.0, -0.0, 5e-324, 1e-310, 1e-300, 1e-12, 1e-3, 0.25, 0.5, 0.5, 0.75, 1 - 2.0**-10, 1 - 2.0**-53, 1.0, 1.0],
}
OF_PROBABILITIES = {"binary_cross_entropy"}
# Products and quotients of these overflow on the way unless they are taken in the right order.
LARGE = {
    "32": [2.0**127, -(2.0**126), 2.0**100, 1.0, -0.5, 1.5, 2.0**-30, -(2.0**-100)],
    "64": [2.0**1023, -(2.0**1022), 2.0**900, 1.0, -0.5, 1.5, 2.0**-300, -(2.0**-900)],
}
MULTIPLYING = {"prod", "norm", "div"}
# Whether a sum of them is infinite, or what is left of ∞ − ∞, depends on the order of the terms.
ADDING = {"sum", "mean", "var", "std", "matmul", "linear", "linear_tanh", "linear_sigmoid", "linear_relu", "standardized"}
TIES = [-2.0, -1.0, -1.0, -0.0, 0.0, 1.0, 1.0, 1.0, 2.0]


def corners(bits):
    # NaN last, where PyTorch's code for single numbers takes it: its vectors have another gradient of ELU there.
    return [inf, -inf, 0.0, -0.0] + [sign * size for size in SIZES + EDGES[bits] for sign in (1, -1)] + [nan]


def numel(shape):
    return math.prod(shape)


def in_domain(domain, shape, generator):
    kind, low, high = domain
    n = numel(shape)
    uniform = torch.rand(n, generator=generator, dtype=torch.float64)
    if kind == "within":
        values = low + (high - low) * uniform
    elif kind == "magnitude":
        sign = torch.randint(0, 2, (n,), generator=generator) * 2 - 1
        values = sign * (low + (high - low) * uniform)
    elif kind == "distinct":
        values = low + (high - low) * (torch.randperm(n, generator=generator) + 0.25 + 0.5 * uniform) / max(n, 1)
    else:
        raise ValueError(kind)
    return values.reshape(shape)


def chosen(values, shape, generator):
    places = torch.randint(0, len(values), (numel(shape),), generator=generator)
    return torch.tensor(values, dtype=torch.float64)[places].reshape(shape)


def wide(shape, generator):
    normal = torch.randn(numel(shape), generator=generator, dtype=torch.float64)
    return (normal * 10.0 ** torch.randint(-3, 4, (numel(shape),), generator=generator)).reshape(shape)


def is_elementwise(sample):
    """Whether the output's elements depend on those of the inputs in the same place alone."""
    shapes = sample["shapes"]
    count = len(shapes[0])
    scalar, matrix = [[]] * count, [[3, 4]] * count
    if scalar not in shapes or matrix not in shapes:
        return False
    same = lambda inputs: evaluate(sample["torch"], [torch.ones(shape) for shape in inputs]).shape
    return list(same(scalar)) == [] and list(same(matrix)) == [3, 4]


def evaluate(expression, inputs):
    names = dict(zip("abcdefgh", inputs))
    return eval(expression, {"torch": torch, "math": math, **names})


def weights(shape):
    i = torch.arange(numel(shape))
    return ((1 + 7 * i % 11) / 8 * (1 - 2 * (i % 2))).reshape(shape)


def cases(operation, number, sample):
    """The kinds of case of one sample, and the inputs of each: for float and for double."""
    elementwise = is_elementwise(sample)

    def draw(kind, place, make):
        # A generator of its own for each case, so that a new one changes no other.
        inputs = {}
        for bits in DTYPES:
            generator = torch.Generator().manual_seed(zlib.crc32(f"{operation} {number} {kind} {place}".encode()))
            inputs[bits] = make(bits, generator)
        return kind, inputs

    largest = max(sample["shapes"], key=lambda shapes: sum(map(numel, shapes)))
    for place, shapes in enumerate(sample["shapes"] + MORE_SHAPES.get(sample["torch"], [])):
        each = lambda make: lambda bits, generator: [make(bits, shape, generator) for shape in shapes]
        yield draw("random", place, lambda bits, generator: [
            in_domain(domain, shape, generator) for domain, shape in zip(sample["domains"], shapes)])
        if max(map(numel, shapes)) < 2 or elementwise and len(shapes) == 1:
            continue
        if operation in OF_PROBABILITIES:
            for again in "ab":
                yield draw("probabilities", f"{place}{again}", each(
                    lambda bits, shape, generator: chosen(PROBABILITIES[bits], shape, generator)))
            continue
        large = max(map(numel, shapes)) >= 50
        if sample["torch"] in UNTIED:
            continue
        yield draw("ties", place, each(lambda bits, shape, generator: chosen(TIES, shape, generator)))
        if operation.endswith("_backward"):
            continue
        if operation in MULTIPLYING or shapes == largest and operation not in ADDING:
            yield draw("large", place, each(lambda bits, shape, generator: chosen(LARGE[bits], shape, generator)))
        yield draw("wide", place, each(lambda bits, shape, generator: wide(shape, generator)))
        for again in "" if large or sample["torch"] in FINITE else "ab":
            yield draw("special", f"{place}{again}", each(
                lambda bits, shape, generator: chosen(SPECIAL[bits], shape, generator)))
    if elementwise:
        double = lambda values: torch.tensor(values, dtype=torch.float64)
        if len(sample["domains"]) == 1:
            yield "corners", {bits: [double(corners(bits))] for bits in DTYPES}
        else:
            paired = PROBABILITIES if operation in OF_PROBABILITIES else PAIRED
            if operation.endswith("_backward"):
                paired = {bits: MODERATE for bits in DTYPES}
            pairs = {bits: double([(a, b) for a in paired[bits] for b in paired[bits]]) for bits in DTYPES}
            yield "corners", {bits: [pairs[bits][:, 0], pairs[bits][:, 1]] for bits in DTYPES}


def gradients(expression, inputs, factor=1):
    """The value, and the gradients of all inputs for the weights times `factor`; zero where there is none."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = evaluate(expression, leaves)
    if not y.requires_grad:
        return y, [torch.zeros_like(x) for x in leaves]
    grads = torch.autograd.grad(y, leaves, weights(y.shape).to(y) * factor, allow_unused=True)
    return y, [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, grads)]


def write(out):
    operations = json.loads((pathlib.Path(__file__).parents[1] / "operations.json").read_text())
    listed, tensors = {}, {}
    for operation, samples in operations.items():
        listed[operation] = []
        for number, sample in enumerate(samples):
            found, kept = [], {}
            for kind, inputs in cases(operation, number, sample):
                shapes = None
                for bits, dtype in DTYPES.items():
                    values = [x.to(dtype) for x in inputs[bits]]
                    y, grads = gradients(sample["torch"], values, 1024 if kind == "large" else 1)
                    assert y.dtype == dtype, (operation, sample["torch"], y.dtype)
                    names = "abcdefgh"[: len(values)]
                    parts = {**dict(zip(names, values)), "y": y, **{f"g{n}": g for n, g in zip(names, grads)}}
                    for name, part in parts.items():
                        kept.setdefault(f"{operation}/{number}/{name}{bits}", []).append(part.detach().flatten())
                    found_shapes = [list(x.shape) for x in values], list(y.shape)
                    assert shapes in (None, found_shapes), (operation, sample["torch"])
                    shapes = found_shapes
                found.append({"kind": kind, "inputs": shapes[0], "output": shapes[1]})
            listed[operation].append(found)
            tensors |= {name: torch.cat(parts) for name, parts in kept.items()}
    save_json(out, "ops", listed)
    save_tensors(out, "ops", tensors)
