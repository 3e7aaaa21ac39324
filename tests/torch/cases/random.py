"""What PyTorch's CPU generator yields: random.txt, for crates/tensor/tests/random.rs to compare with, bit for bit.

On x86-64 with AVX2 or AVX-512: without, PyTorch doesn't fuse multiply and add, and `randn` of float32 uses other
functions.

Each line is one step; the steps after a `seed` line run on one generator. Floats are the hex of their bits.
    seed S
    uniform TYPE N FROM TO = VALUES        (likewise: normal TYPE N MEAN STD, bernoulli TYPE N P)
    each TYPE N P = VALUES                 (torch.bernoulli of a tensor that holds P)
    randint N LOW HIGH = VALUES            randperm N = VALUES
    state POSITION NORMAL HASH             (of the generator's words)
VALUES are the first three, then, if there are more, `# HASH` over all: FNV-1a of the bytes, little end first.
"""

import contextlib
import io
import math
import struct

import torch

DTYPES = {"f32": torch.float32, "f64": torch.float64}
SIZES = [1, 2, 3, 15, 16, 17, 31, 100, 1000, 1003]
RANGES = [(0, 10), (-7, 2**28 - 8), (0, 2**28), (-3, 2**32), (-(2**63), 2**63 - 1)]


def fnv(data):
    result = 0xCBF29CE484222325
    for byte in data:
        result = ((result ^ byte) * 0x100000001B3) % 2**64
    return f"{result:016x}"


def bits(number):
    return struct.pack(">d", number).hex()


def values(tensor):
    data = tensor.numpy().tobytes()
    size = tensor.element_size()
    first = [data[i : i + size][::-1].hex() for i in range(0, min(len(data), 3 * size), size)]
    return " ".join(first + ["# " + fnv(data)] * (tensor.numel() > 3))


def state():
    # The layout of CPUGeneratorImplState: seed, left, seeded, next, 624 words of 64 bits, then the normal cache.
    raw = bytes(torch.get_rng_state().numpy().tobytes())
    left, _, following = struct.unpack_from("=iiQ", raw, 8)
    words = struct.unpack_from("=624Q", raw, 24)
    _, normal, _, valid = struct.unpack_from("=dddi", raw, 24 + 624 * 8)
    position = 624 if left == 1 else following
    cached = bits(normal) if valid else "-"
    print("state", position, cached, fnv(struct.pack("=624I", *words)))


def uniform(kind, n, low, high):
    print("uniform", kind, n, bits(low), bits(high), "=", values(torch.empty(n, dtype=DTYPES[kind]).uniform_(low, high)))


def normal(kind, n, mean, std):
    print("normal", kind, n, bits(mean), bits(std), "=", values(torch.empty(n, dtype=DTYPES[kind]).normal_(mean, std)))


def bernoulli(kind, n, p):
    print("bernoulli", kind, n, bits(p), "=", values(torch.empty(n, dtype=DTYPES[kind]).bernoulli_(p)))


def each(kind, n, p):
    print("each", kind, n, bits(p), "=", values(torch.bernoulli(torch.full((n,), p, dtype=DTYPES[kind]))))


def randint(n, low, high):
    print("randint", n, low, high, "=", values(torch.randint(low, high, (n,))))


def randperm(n):
    print("randperm", n, "=", values(torch.randperm(n)))


def seed(number):
    torch.manual_seed(number)
    print("seed", torch.initial_seed())


def layer():
    """A layer's initial weights and bias are plain uniform draws."""
    seed(0)
    bound = 1 / math.sqrt(2)
    linear = torch.nn.Linear(2, 2)
    print("uniform f32 4", bits(-bound), bits(bound), "=", values(linear.weight.detach()))
    print("uniform f32 2", bits(-bound), bits(bound), "=", values(linear.bias.detach()))
    state()


def kinds():
    """Every kind of draw, at sizes on both sides of the generator's blocks."""
    for number in [0, 1, 42, 2**32 + 5, -1]:
        for kind in DTYPES:
            seed(number)
            for n in SIZES:
                uniform(kind, n, 0.0, 1.0)
                uniform(kind, n, -1 / math.sqrt(3), 1 / math.sqrt(3))
            for n in SIZES:
                normal(kind, n, 0.0, 1.0)
                normal(kind, n, 0.3, 1.7)
            state()
        seed(number)
        for n in SIZES:
            bernoulli("f32", n, 0.3)
            bernoulli("f64", n, 1 - 0.1)
            each("f32", n, 0.3)
            each("f64", n, 0.3)
            randperm(n)
            for low, high in RANGES:
                randint(n, low, high)
        state()


def cached():
    """The cached half of a pair outlives other draws and long fills, and passes from f64 to f32 and back."""
    seed(7)
    for kind, other in [("f32", "f64"), ("f64", "f32")]:
        for n in [1, 16, 2, 3, 17, 15, 1]:
            normal(kind, n, 0.0, 1.0)
            state()
            uniform(other, 3, 0.0, 1.0)
            normal(other, n, -2.0, 0.5)
            randperm(5)
            bernoulli(kind, 3, 0.5)
            state()


def rounding():
    """Rounding lifts half of the draws to the upper end, which becomes the lower one."""
    seed(8)
    uniform("f32", 31, 1.0, 1.0 + 2.0**-23)
    uniform("f64", 31, 1.0, 1.0 + 2.0**-52)
    uniform("f32", 5, 2.5, 2.5)
    normal("f32", 16, 2.5, 0.0)
    bernoulli("f32", 5, 0.0)
    bernoulli("f32", 5, 1.0)
    state()


def long_fills():
    """Long fills: the polynomials' rare branches."""
    seed(9)
    normal("f32", 1_000_000, 0.0, 1.0)
    normal("f64", 100_000, 0.0, 1.0)
    uniform("f32", 1_000_000, -0.3, 0.4)
    uniform("f64", 100_000, -0.3, 0.4)
    randperm(100_000)
    state()


def write(out):
    # Each step prints its line.
    with contextlib.redirect_stdout(io.StringIO()) as lines:
        print("# PyTorch", torch.__version__, torch.backends.cpu.get_cpu_capability())
        for part in [layer, kinds, cached, rounding, long_fills]:
            part()
    (out / "random.txt").write_text(lines.getvalue())
