"""What PyTorch gives at the corners of every scalar function, as hexadecimal bits: corners.txt.

Each line is `<name> <kind> <bits>...`. The kind `f32` or `f64` is PyTorch's result in that type, and `truth` its `f64`
result on the `f32` inputs. The inputs themselves stand under the names `x` (functions of one number), `pairs` (of two)
and `gradients` (of g and a saved value), as their operands in turn.
"""
import struct

import torch
import torch.nn.functional as F

aten = torch.ops.aten

SIZES = [1e-20, 1e-4, 0.3, 0.5, 1.0, 1.0000001192092896, 0.99999994039535522, 1.5, 2.0, 2.5, 3.9, 4.1, 6.5, 9.1, 17.0,
         20.0, 20.5, 30.0, 88.0, 88.75, 95.0, 103.9, 104.5, 1e3, 99999.0, 100001.0, 1e10, 1e18, 1e30]
EDGES = {
    torch.float32: [1.401298464324817e-45, 1.1754942106924411e-38, 1.1754943508222875e-38, 3.4028234663852886e38],
    torch.float64: [5e-324, 2.2250738585072014e-308, 700.0, 709.9, 740.0, 746.0, 1e300, 1.7976931348623157e308],
}
inf, nan = float("inf"), float("nan")


def both_signs(sizes):
    return [nan, inf, -inf, 0.0, -0.0] + [s * size for size in sizes for s in (1, -1)]


def inputs(dtype):
    x = torch.tensor(both_signs(SIZES + EDGES[dtype]), dtype=dtype)
    few = both_signs([EDGES[dtype][0], 1e-30, 0.5, 1.0, 2.0, 2.5, 3.0, 101.0, 1e9, EDGES[dtype][-1]])
    pairs = torch.tensor([(a, b) for a in few for b in few], dtype=dtype)
    gradients = torch.tensor([(g, b) for g in (1.0, -2.0, inf, nan) for b in both_signs(SIZES)], dtype=dtype)
    return x, pairs, gradients


ONE = {
    "exp": torch.exp, "expm1": torch.expm1, "ln": torch.log, "log1p": torch.log1p, "sin": torch.sin, "cos": torch.cos,
    "tanh": torch.tanh, "sigmoid": torch.sigmoid, "erf": torch.erf, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt,
    "square": torch.square, "reciprocal": torch.reciprocal, "abs": torch.abs, "neg": torch.neg, "sign": torch.sign,
    "relu": torch.relu, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu,
    "leaky_relu_0.01": lambda x: F.leaky_relu(x, 0.01), "elu_1": F.elu, "elu_0.5": lambda x: F.elu(x, 0.5),
    "softplus_1_20": F.softplus, "softplus_2_5": lambda x: F.softplus(x, 2, 5), "clamp": lambda x: torch.clamp(x, -1, 2.5),
} | {name: getattr(torch, name) for name in (
    "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "exp2", "log2", "log10", "floor", "ceil",
    "round", "trunc", "frac")
} | {f"pow_{p}": (lambda p: lambda x: torch.pow(x, p))(p) for p in (0, 1, 2, 3, 0.5, -0.5, -1, -2, 2.5, -3, 5, 1.5)}
TWO = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "maximum": torch.maximum,
    "minimum": torch.minimum, "pow": torch.pow, "atan2": torch.atan2, "fmod": torch.fmod, "remainder": torch.remainder,
    "div_trunc": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "div_floor": lambda a, b: torch.div(a, b, rounding_mode="floor"),
}
GRADIENTS = {
    "tanh_backward": aten.tanh_backward, "sigmoid_backward": aten.sigmoid_backward,
    "relu_backward": lambda g, x: aten.threshold_backward(g, x, 0),
    "leaky_relu_backward_0.01": lambda g, x: aten.leaky_relu_backward(g, x, 0.01, False),
    # One by one: of NaN PyTorch's code for vectors makes something else.
    "elu_backward_1": lambda g, x: torch.stack([aten.elu_backward(g, 1, 1, 1, False, x) for g, x in zip(g, x)]),
    "elu_backward_0.5": lambda g, x: torch.stack([aten.elu_backward(g, 0.5, 1, 1, False, x) for g, x in zip(g, x)]),
    "softplus_backward_1_20": lambda g, x: aten.softplus_backward(g, x, 1, 20),
    "softplus_backward_2_5": lambda g, x: aten.softplus_backward(g, x, 2, 5),
    "gelu_backward": aten.gelu_backward,
    "gelu_tanh_backward": lambda g, x: aten.gelu_backward(g, x, approximate="tanh"),
    "silu_backward": aten.silu_backward,
}


def u(x):
    return 2 * (2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)


def gelu_tanh_slope(g, x):
    slope = 2 * (2 / torch.pi) ** 0.5 * (1 + 3 * 0.044715 * x**2)
    return g * (torch.sigmoid(u(x)) + x * torch.sigmoid(u(x)) * torch.sigmoid(-u(x)) * slope)


# Where PyTorch itself computes 1 + tiny, even in f64, the truth is computed without that sum.
TRUTH = {
    "gelu": lambda x: x * torch.erfc(-x / 2**0.5) / 2, "gelu_tanh": lambda x: x * torch.sigmoid(u(x)),
    "gelu_backward": lambda g, x: g * (
        torch.erfc(-x / 2**0.5) / 2 + x * torch.exp(-x * x / 2) / (2 * torch.pi) ** 0.5),
    "gelu_tanh_backward": gelu_tanh_slope,
}


def line(name, kind, values):
    code, bits = ("<f", "<I") if values.dtype == torch.float32 else ("<d", "<Q")
    width = 8 if values.dtype == torch.float32 else 16
    words = [f"{struct.unpack(bits, struct.pack(code, v))[0]:0{width}x}" for v in values.flatten().tolist()]
    return " ".join([name, kind, *words])


def write(out):
    lines = [f"# PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"]
    for kind, dtype in (("f32", torch.float32), ("f64", torch.float64)):
        x, pairs, gradients = inputs(dtype)
        lines += [line(name, kind, values) for name, values in (("x", x), ("pairs", pairs), ("gradients", gradients))]
        for group, operands in ((ONE, (x,)), (TWO, pairs.t().contiguous()), (GRADIENTS, gradients.t().contiguous())):
            for name, function in group.items():
                lines.append(line(name, kind, function(*operands)))
                if dtype == torch.float32:
                    truth = TRUTH.get(name, function)(*(operand.double() for operand in operands))
                    lines.append(line(name, "truth", truth))
    (out / "corners.txt").write_text("\n".join(lines) + "\n")
