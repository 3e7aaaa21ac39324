"""PyTorch's side of the comparison: the same nets, and the same single operations.

python pytorch.py WORK train|eval     prints {"best": s, "median": s, "rss": bytes}
python pytorch.py WORK check          prints {"losses": […]}, of the first three steps
python pytorch.py operations          prints a line {"family": …, "case": …, "best": s} for each operation
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
    unary = {
        "exp": torch.exp, "ln": torch.log, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu,
        "softplus": functional.softplus, "elu": functional.elu, "gelu": functional.gelu, "sqrt": torch.sqrt,
    }
    for size in (1_000, 100_000, 300_000, 1_000_000, 10_000_000):
        a, b = torch.rand(size) + 0.1, torch.rand(size) + 0.1
        yield "elementwise", f"add {size}", lambda a=a, b=b: a + b
        yield "elementwise", f"mul {size}", lambda a=a, b=b: a * b
        for name, f in unary.items():
            yield "elementwise", f"{name} {size}", lambda a=a, f=f: f(a)
    for size in (1_000, 100_000, 10_000_000):
        a = torch.rand(size)
        yield "reduce", f"sum {size}", lambda a=a: a.sum()
        yield "reduce", f"mean {size}", lambda a=a: a.mean()
        yield "reduce", f"max {size}", lambda a=a: a.max()
        yield "reduce", f"var {size}", lambda a=a: a.var()
    for rows, columns in ((64, 10), (1024, 1000), (32_768, 8)):
        a = torch.rand(rows, columns)
        labels = torch.arange(rows) * 7 % columns
        for axis in (0, 1):
            at = f"{rows}x{columns} axis {axis}"
            yield "reduce", f"sum {at}", lambda a=a, axis=axis: a.sum(axis)
            yield "reduce", f"mean {at}", lambda a=a, axis=axis: a.mean(axis)
            yield "reduce", f"amax {at}", lambda a=a, axis=axis: a.amax(axis)
            yield "reduce", f"max with index {at}", lambda a=a, axis=axis: a.max(axis)
            yield "reduce", f"argmax {at}", lambda a=a, axis=axis: a.argmax(axis)
            yield "reduce", f"var {at}", lambda a=a, axis=axis: a.var(axis)
            yield "reduce", f"softmax {at}", lambda a=a, axis=axis: a.softmax(axis)
            yield "reduce", f"log_softmax {at}", lambda a=a, axis=axis: a.log_softmax(axis)
        yield "reduce", f"cross_entropy {rows}x{columns}", lambda a=a, y=labels: functional.cross_entropy(a, y)
        yield "reduce", f"layer_norm {rows}x{columns}", lambda a=a, n=columns: functional.layer_norm(a, (n,))
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
            with torch.no_grad():
                best, _ = timed(step, warm_up=0.02, budget=0.15)
            print(json.dumps({"family": family, "case": case, "best": best}), flush=True)
        return
    print(json.dumps(net(sys.argv[1], sys.argv[2])))


main()
