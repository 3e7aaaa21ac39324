"""Random programs: operations of the table composed at random, on every kind of layout, with gradients of two orders.

A program makes leaves, looks at them through views, and applies expressions of `operations.json` and `expressions.json`
to what there is so far. Which expressions fit which values is found by trying: what PyTorch refuses is left out. The
program's result is the sum of all values that no later step uses, each times `weights` of its shape.

Two kinds of program can be compared without guessing at tolerances:
- "exact": leaves are small whole numbers, so that ties, zeros and kinks are met, and all numbers come out the same in
  float and in double: nothing was rounded, and deltarule must give the very numbers (but for functions such as pow and
  norm, whose error is a few roundings).
- "smooth": random numbers. A program is left out where a relative change of 1e-10 in its leaves moves a result by more
  than 1e-7, or where PyTorch's own float is off by more than 1e-4: it is ill-conditioned, or sits on a kink.

fuzz.json lists the programs, with the shapes of their leaves and open values. fuzz.safetensors holds, one after the
other, the elements of all leaves ("leaf"), of all open values ("value"), and of the leaves' gradients of both orders
("first", "second").
"""
import json
import pathlib
import random
import warnings

import torch

from ._save import save_json, save_tensors
from .ops import evaluate, in_domain, weights

HERE = pathlib.Path(__file__).parents[1]
COUNT = 400

# PyTorch's second gradient of the binary cross-entropy adds 1e-12 to its denominator, which shows at the 9th digit.
ONE_ORDER = ["binary_cross_entropy(", "BCELoss("]
# These are used with the shapes of their samples alone. Parts of rules (as all that ends in "_backward") are called with
# shapes that fit, and don't look; the others refuse on purpose what PyTorch takes: a mask or an input that is to be
# broadcast, padding of some axes, an empty vector beside matrices, a vector for a weight.
RIGID = {"index_sum", "scatter_sum", "masked_put", "unslice", "standardized"}
# A layer or loss takes the shapes that it is for.
RIGID |= {name for name in json.loads((HERE / "expressions.json").read_text())}
RIGID |= {"masked_select", "masked_fill", "pad", "cat", "linear", "linear_tanh", "linear_sigmoid", "linear_relu"}
LARGEST = 1e4
# A number that is small beside the largest that came up is what is left of a sum: it is compared with this share of that.
SHARE = 1e-3


class Rejected(Exception):
    """What can't be compared: the program is drawn anew."""


def samples():
    tables = [json.loads((HERE / name).read_text()) for name in ("operations.json", "expressions.json")]
    return [dict(sample, name=name) for table in tables for name, group in table.items() for sample in group]


def apply(expression, inputs):
    """How inputs lie in memory must not matter; but PyTorch 2.15's backward of batch_norm reads a weight that is a slice with
    a step as if it were contiguous. So PyTorch gets contiguous inputs, and deltarule the views."""
    return evaluate(expression, [x.contiguous() for x in inputs])


def view(x, step):
    """Looks at x another way. tests/parity/fuzz.rs has the same."""
    kind, *by = step
    match kind:
        case "transpose":
            return x.transpose(*by)
        case "permute":
            return x.permute(by)
        case "expand":
            return x.expand(by)
        case "select":
            return x.select(*by)
        case "narrow":
            return x.narrow(*by)
        case "step":
            dim, start, step = by
            return x[(slice(None),) * dim + (slice(start, None, step),)]
        case "flip":
            return x.flip(by)
    raise ValueError(kind)


def behind_a_view(shape, draw):
    """A leaf's shape, and the views through which it has `shape`."""
    shape, n = list(shape), len(shape)
    kind = draw.choice(["plain", "plain", "transpose", "permute", "expand", "select", "narrow", "step", "flip"])
    if kind == "plain" or n == 0 and kind != "select":
        return shape, []
    if kind == "select":
        dim, size = draw.randrange(n + 1), draw.randint(1, 3)
        return shape[:dim] + [size] + shape[dim:], [["select", dim, draw.randrange(size)]]
    if kind == "transpose":
        i, j = draw.randrange(n), draw.randrange(n)
        base = shape[:]
        base[i], base[j] = base[j], base[i]
        return base, [["transpose", i, j]]
    if kind == "permute":
        order = draw.sample(range(n), n)
        base = [0] * n
        for place, axis in enumerate(order):
            base[axis] = shape[place]
        return base, [["permute", *order]]
    if kind == "expand":
        base = [1 if draw.random() < 0.5 else size for size in shape]
        return base[draw.randrange(n + 1):] if all(size == 1 for size in base) else base, [["expand", *shape]]
    dim = draw.randrange(n)
    if kind == "flip":
        return shape, [["flip", dim]]
    base = shape[:]
    if kind == "narrow":
        before, after = draw.randint(0, 2), draw.randint(0, 2)
        base[dim] += before + after
        return base, [["narrow", dim, before, shape[dim]]]
    step, start = draw.randint(2, 3), draw.randint(0, 1)
    base[dim] = start + (shape[dim] - 1) * step + 1 if shape[dim] else start
    return base, [["step", dim, start, step]]


def values_of_leaf(kind, domain, shape, generator):
    if kind == "exact":
        return torch.randint(-2, 3, shape, generator=generator).double()
    return in_domain(domain, shape, generator)


def draw_program(number, table):
    """Adds steps as long as PyTorch takes them. Returns the program and its leaves in double."""
    draw = random.Random(number)
    generator = torch.Generator().manual_seed(number)
    kind = draw.choice(["exact", "smooth", "smooth"])
    steps, leaves, made = [], [], []

    def add(step, value):
        steps.append(step)
        made.append(value)
        return len(made) - 1

    def leaf(domain, shape):
        base, views = behind_a_view(shape, draw)
        x = values_of_leaf(kind, domain, base, generator)
        leaves.append(x)
        place = add({"leaf": len(leaves) - 1}, x)
        for step in views:
            place = add({"view": step, "of": place}, view(made[place], step))
        return place

    wanted = draw.randint(3, 9)
    for _ in range(60):
        if wanted == 0:
            break
        number = draw.randrange(len(table))
        sample = table[number]
        shapes = draw.choice(sample["shapes"])
        bends = not sample["name"].endswith("_backward") and sample["name"] not in RIGID
        before = len(steps), len(leaves), len(made)
        arguments = []
        for domain, shape in zip(sample["domains"], shapes):
            # One that is there already, so that programs grow deep and values are used more than once.
            there = [place for place, x in enumerate(made) if list(x.shape) == shape or bends and draw.random() < 0.3]
            reuse = there and draw.random() < 0.8
            arguments.append(draw.choice(there) if reuse else leaf(domain, shape))
        try:
            # What PyTorch warns of, deltarule refuses.
            with warnings.catch_warnings(action="error"):
                value = apply(sample["torch"], [made[place] for place in arguments])
        except (RuntimeError, IndexError, ValueError, UserWarning):
            value = None
        if value is None or value.dtype != torch.float64 or not moderate(value):
            steps, leaves, made = steps[: before[0]], leaves[: before[1]], made[: before[2]]
            continue
        add({"torch": sample["torch"], "of": arguments}, value)
        wanted -= 1
    used = {place for step in steps for place in ([step["of"]] if isinstance(step.get("of"), int) else step.get("of", []))}
    program = {"kind": kind, "steps": steps, "open": [place for place in range(len(made)) if place not in used]}
    program["orders"] = 1 if any(name in step.get("torch", "") for step in steps for name in ONE_ORDER) else 2
    if not any("torch" in step for step in steps):
        raise Rejected
    return program, leaves


def moderate(x):
    return bool(torch.isfinite(x).all()) and largest(x) <= LARGEST


def run(program, leaves):
    """The open values, and the first and second gradients of the leaves."""
    leaves = [x.detach().clone().requires_grad_() for x in leaves]
    made = []
    for step in program["steps"]:
        if "leaf" in step:
            made.append(leaves[step["leaf"]])
        elif "view" in step:
            made.append(view(made[step["of"]], step["view"]))
        else:
            made.append(apply(step["torch"], [made[place] for place in step["of"]]))
    values = [made[place] for place in program["open"]]
    first = gradients(values, leaves, create_graph=program["orders"] == 2)
    second = gradients(first, leaves) if program["orders"] == 2 else []
    program["scale"] = max(1.0, *map(largest, made), *map(largest, first), *map(largest, second))
    return {"value": values, "first": first, "second": second}


def gradients(values, leaves, create_graph=False):
    """Those of the sum of all values times their weights; zero where there is none."""
    total = sum((x * weights(x.shape).to(x)).sum() for x in values)
    if not (torch.is_tensor(total) and total.requires_grad):
        return [torch.zeros_like(x) for x in leaves]
    found = torch.autograd.grad(total, leaves, create_graph=create_graph, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, found)]


def same(a, b):
    return all(torch.equal(x.double(), y.double()) for part in a for x, y in zip(a[part], b[part]))


def largest(x):
    return x.detach().abs().max().item() if x.numel() else 0.0


def checked(program, leaves):
    """What PyTorch gives in double, unless it can't be compared."""
    found = None
    for orders in range(program["orders"], 0, -1):
        try:
            program["orders"] = orders
            found = run(program, leaves)
            break
        except RuntimeError:
            # No derivative of the second order; or none at all, for shapes that PyTorch doesn't check.
            continue
    if found is None:
        raise Rejected
    parts = [x for part in found.values() for x in part]
    if not all(moderate(x) for x in parts):
        raise Rejected
    if program["kind"] == "exact":
        if not same(found, run(program, [x.float() for x in leaves])):
            raise Rejected
        return found
    noise = torch.Generator().manual_seed(1)
    moved = [x * (1 + 1e-10 * torch.rand(x.shape, generator=noise, dtype=torch.float64)) for x in leaves]
    scale = program["scale"]
    for others, allowed in [(run(program, moved), 1e-7), (run(program, [x.float() for x in leaves]), 1e-4)]:
        for part, found_part in found.items():
            if any(not largest(x - y) <= allowed * max(largest(x), SHARE * scale) for x, y in zip(found_part, others[part])):
                raise Rejected
    program["scale"] = scale
    return found


def programs(first, count):
    """`count` programs that can be compared, from seed `first` on."""
    table, number, found = samples(), first, []
    while len(found) < count:
        try:
            program, leaves = draw_program(number, table)
            parts = checked(program, leaves)
            found.append((dict(seed=number, **program), leaves, parts))
        except (Rejected, RuntimeError):
            # In float PyTorch 2.15 sometimes fails where it doesn't in double ("could not construct a memory descriptor").
            pass
        number += 1
    return found


def write_programs(out, found):
    tensors = {part: [torch.zeros(0, dtype=torch.float64)] for part in ("leaf", "value", "first", "second")}
    for program, leaves, parts in found:
        program["leaves"] = [list(x.shape) for x in leaves]
        program["values"] = [list(x.shape) for x in parts["value"]]
        for part, all in {"leaf": leaves, **parts}.items():
            tensors[part] += [x.detach().flatten() for x in all]
    save_tensors(out, "fuzz", {part: torch.cat(all) for part, all in tensors.items()})
    save_json(out, "fuzz", [program for program, _, _ in found])


def write(out):
    write_programs(out, programs(0, COUNT))
