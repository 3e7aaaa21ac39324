"""PyTorch's side of the comparison: the same nets, and the same single operations.

python pytorch.py WORK train|eval     prints {"best": s, "median": s, "rss": bytes}
python pytorch.py WORK check          prints {"losses": […]}, of the first three steps
python pytorch.py operations WORDS…   prints a line {"family": …, "case": …, "best": s} for each operation whose name
                                      has each of the words, or one of those that stand between commas
THREADS sets the number of threads.
"""

import json
import math
import os
import resource
import statistics
import sys
import time

import numpy as np
import torch

WORKS = {
    "xor": ([2, 2, 1], 4, torch.nn.Sigmoid, True, "mse", 0.0),
    "784-128-10": ([784, 128, 10], 64, torch.nn.ReLU, False, "cross_entropy", 0.0),
    "784-512-512-10": ([784, 512, 512, 10], 128, torch.nn.Tanh, False, "mse", 0.9),
    "4x1024": ([1024] * 5, 256, torch.nn.ReLU, False, "mse", 0.0),
}


def timed(step, warm_up=0.3, budget=1.5):
    """The fastest and the median time of one call; short calls are timed in groups of a millisecond."""
    start, calls = time.perf_counter(), 0
    while calls < 2 or time.perf_counter() - start < warm_up:
        step()
        calls += 1
    group = max(1, math.ceil(1e-3 / ((time.perf_counter() - start) / calls)))
    start, times = time.perf_counter(), []
    while len(times) < 5 or time.perf_counter() - start < budget:
        begin = time.perf_counter()
        for _ in range(group):
            step()
        times.append((time.perf_counter() - begin) / group)
    return min(times), statistics.median(times)


def values(count, seed):
    """The numbers without a pattern of harness/src/lib.rs: a linear congruential generator."""
    multiplier, increment, mask = 6364136223846793005, 1442695040888963407, 2**64 - 1
    states = np.array([((2 * seed + 1) * multiplier + increment) & mask], dtype=np.uint64)
    while len(states) < count:
        # What is there, as many steps later; `multiplier` and `increment` are those of so many steps.
        later = states * np.uint64(multiplier) + np.uint64(increment)
        states = np.concatenate([states, later])
        increment = (multiplier * increment + increment) & mask
        multiplier = multiplier * multiplier & mask
    numbers = (states[:count] >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)
    return torch.from_numpy(numbers)


def net(name, mode):
    sizes, batch, activation, activate_last, loss, momentum = WORKS[name]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        linear, bound = torch.nn.Linear(inputs, outputs), 1 / math.sqrt(inputs)
        with torch.no_grad():
            linear.weight.copy_(values(outputs * inputs, 10 * i + 10).view(outputs, inputs) * bound)
            linear.bias.copy_(values(outputs, 10 * i + 11) * bound)
        layers.append(linear)
        if i + 2 < len(sizes) or activate_last:
            layers.append(activation())
    model = torch.nn.Sequential(*layers)
    if name == "xor":
        x, y = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([[0.0], [1], [1], [0]])
    else:
        x, y = values(batch * sizes[0], 1).view(batch, -1), values(batch * sizes[-1], 2).view(batch, -1)
    if loss == "mse":
        criterion = torch.nn.MSELoss()
    else:
        criterion, y = torch.nn.CrossEntropyLoss(), torch.arange(batch) * 7 % sizes[-1]
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=momentum)

    def step():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    if mode == "check":
        return {"losses": [step().item() for _ in range(3)]}
    if mode == "train":
        best, median = timed(step)
    else:
        with torch.no_grad():
            best, median = timed(lambda: model(x))
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"best": best, "median": median, "rss": rss, "version": torch.__version__}


def operations():
    """The single operations: (family, case, function of no arguments), in the order of deltarule's side."""
    functional = torch.nn.functional
    for size in (1_000, 10_000, 100_000, 300_000, 1_000_000, 10_000_000):
        a, b = torch.randn(size), torch.randn(size)
        positive = torch.rand(size) + 0.1
        mask = a > 0
        for name, f in {
            "add": lambda a=a, b=b: a + b,
            "mul": lambda a=a, b=b: a * b,
            "div": lambda a=a, b=b: a / b,
            "maximum": lambda a=a, b=b: torch.maximum(a, b),
            "add_scalar": lambda a=a: a + 1.5,
            "neg": lambda a=a: -a,
            "abs": lambda a=a: a.abs(),
            "square": lambda a=a: a.square(),
            "clamp": lambda a=a: a.clamp(-0.5, 0.5),
            "relu": lambda a=a: a.relu(),
            "leaky_relu": lambda a=a: functional.leaky_relu(a, 0.01),
            "sqrt": lambda a=positive: a.sqrt(),
            "rsqrt": lambda a=positive: a.rsqrt(),
            "exp": lambda a=a: a.exp(),
            "expm1": lambda a=a: a.expm1(),
            "log": lambda a=positive: a.log(),
            "log1p": lambda a=positive: a.log1p(),
            "pow": lambda a=positive: a.pow(2.5),
            "sin": lambda a=a: a.sin(),
            "cos": lambda a=a: a.cos(),
            "erf": lambda a=a: a.erf(),
            "tanh": lambda a=a: a.tanh(),
            "sigmoid": lambda a=a: a.sigmoid(),
            "softplus": lambda a=a: functional.softplus(a),
            "elu": lambda a=a: functional.elu(a),
            "gelu": lambda a=a: functional.gelu(a),
            "gelu_tanh": lambda a=a: functional.gelu(a, approximate="tanh"),
            "silu": lambda a=a: functional.silu(a),
            "gt": lambda a=a, b=b: a > b,
            "where": lambda a=a, b=b, mask=mask: torch.where(mask, a, b),
        }.items():
            yield "elementwise", f"{name} {size}", f
    a, b = torch.randn(1024, 1000), torch.randn(1000, 1024)
    row, column = torch.randn(1000), torch.randn(1024, 1)
    yield "broadcast", "add row 1024x1000", lambda: a + row
    yield "broadcast", "add column 1024x1000", lambda: a + column
    yield "broadcast", "add transposed 1024x1000", lambda: a + b.T
    yield "broadcast", "exp transposed 1024x1000", lambda: b.T.exp()
    yield "broadcast", "exp slice 1024x1000", lambda: a.narrow(1, 100, 800).exp()
    for size in (1_000, 100_000, 1_000_000, 10_000_000):
        a = torch.rand(size)
        yield "reduce", f"sum {size}", lambda a=a: a.sum()
        yield "reduce", f"mean {size}", lambda a=a: a.mean()
        yield "reduce", f"max {size}", lambda a=a: a.max()
        yield "reduce", f"var {size}", lambda a=a: a.var()
    for rows, columns in ((64, 10), (1024, 1000), (32_768, 8), (1, 100_000)):
        a = torch.rand(rows, columns)
        labels = torch.arange(rows) * 7 % columns
        for axis in (1,) if rows == 1 else (0, 1):
            at = f"{rows}x{columns} axis {axis}"
            yield "reduce", f"sum {at}", lambda a=a, axis=axis: a.sum(axis)
            yield "reduce", f"mean {at}", lambda a=a, axis=axis: a.mean(axis)
            yield "reduce", f"amax {at}", lambda a=a, axis=axis: a.amax(axis)
            yield "reduce", f"max_with_index {at}", lambda a=a, axis=axis: a.max(axis)
            yield "reduce", f"argmax {at}", lambda a=a, axis=axis: a.argmax(axis)
            yield "reduce", f"var {at}", lambda a=a, axis=axis: a.var(axis)
            yield "reduce", f"logsumexp {at}", lambda a=a, axis=axis: a.logsumexp(axis)
            yield "reduce", f"softmax {at}", lambda a=a, axis=axis: a.softmax(axis)
            yield "reduce", f"log_softmax {at}", lambda a=a, axis=axis: a.log_softmax(axis)
        yield "reduce", f"cross_entropy {rows}x{columns}", lambda a=a, y=labels: functional.cross_entropy(a, y)
        yield "reduce", f"layer_norm {rows}x{columns}", lambda a=a, n=columns: functional.layer_norm(a, (n,))
        if rows > 1:
            yield "reduce", f"batch_norm {rows}x{columns}", lambda a=a: functional.batch_norm(a, None, None, training=True)
    for m, k, n in ((4, 2, 2), (64, 784, 128), (64, 128, 10), (1, 784, 128), (128, 512, 512), (256, 1024, 1024),
                    (1024, 1024, 1024), (2048, 2048, 2048)):
        a, b = torch.rand(m, k), torch.rand(k, n)
        at, bt = torch.rand(k, m), torch.rand(n, k)
        yield "matmul", f"{m}x{k}x{n}", lambda a=a, b=b: a @ b
        yield "matmul", f"{m}x{k}x{n} x·Wᵀ", lambda a=a, b=bt: a @ b.T
        yield "matmul", f"{m}x{k}x{n} gᵀ·x", lambda a=at, b=b: a.T @ b


def main():
    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
    if sys.argv[1] == "operations":
        for family, case, step in operations():
            names = {family, *case.split(" ")}
            if any(names.isdisjoint(words.split(",")) for words in sys.argv[2:]):
                continue
            with torch.no_grad():
                best, _ = timed(step, warm_up=0.02, budget=0.05)
            print(json.dumps({"family": family, "case": case, "best": best}), flush=True)
        return
    print(json.dumps(net(sys.argv[1], sys.argv[2])))


main()
