"""Records tensors with the text that PyTorch prints for them, for display.py.

The file is a list of cases. One of them:

    case f32 2,2 precision=2     element type, shape, the options that aren't the defaults
    at 0,1,2,3                   row-major positions of the given elements; absent: all of them
                                 (here and in the shape, - is an empty list)
    values 3f800000 ...          bits in hexadecimal (floats), decimal (integers), 0 or 1 (bool)
    suffix requires_grad=True    one line for each suffix
    |tensor([[1., 2.],           the text, line by line
    |        [3., 4.]], requires_grad=True)

A summarised tensor gives only the elements that are shown: the test must not ask for others.
"""

import struct

import torch
from torch import _tensor_str as printer

DEFAULTS = dict(precision=4, threshold=1000, edgeitems=3, linewidth=80, sci_mode=None)

NAMES = {
    torch.float32: "f32",
    torch.float64: "f64",
    torch.int64: "i64",
    torch.bool: "bool",
}


def join(numbers):
    return ",".join(map(str, numbers)) or "-"


def encode(dtype, value):
    if dtype == torch.float32:
        return struct.pack(">f", value).hex()
    if dtype == torch.float64:
        return struct.pack(">d", value).hex()
    return str(int(value))


def shown_positions(tensor):
    """The row-major positions that PyTorch's own summary takes."""
    positions = torch.arange(tensor.numel()).reshape(tensor.shape)
    if tensor.dim() > 0 and not printer.PRINT_OPTS.edgeitems:
        return []
    return printer.get_summarized_data(positions).reshape(-1).tolist()


def render(tensor, suffixes):
    """PyTorch's text, and its suffixes; `suffixes` in their place unless it is None."""
    used = []
    add_suffixes = printer._add_suffixes

    def record(text, own, indent, force_newline):
        used.extend(own if suffixes is None else suffixes)
        return add_suffixes(text, used, indent, force_newline)

    printer._add_suffixes = record
    try:
        return repr(tensor), used
    finally:
        printer._add_suffixes = add_suffixes


class Recorder:
    """Collects cases, and writes them."""

    def __init__(self):
        self.cases = []

    def case(self, tensor, suffixes=None, **options):
        torch.set_printoptions(**{**DEFAULTS, **options})
        text, used = render(tensor, suffixes)
        given = " ".join(f"{name}={str(value).lower()}" for name, value in options.items())
        lines = [f"case {NAMES[tensor.dtype]} {join(tensor.shape)} {given}".rstrip()]

        flat = tensor.detach().reshape(-1)
        if tensor.numel() > printer.PRINT_OPTS.threshold:
            positions = shown_positions(tensor)
            lines.append("at " + join(positions))
            flat = flat[positions]
        values = [encode(tensor.dtype, value) for value in flat.tolist()]
        lines.append(" ".join(["values", *values]))
        lines += [f"suffix {suffix}" for suffix in used]
        lines += [f"|{line}" for line in text.split("\n")]
        torch.set_printoptions(**DEFAULTS)
        self.cases.append("\n".join(lines))

    def write(self, path):
        version = torch.__version__.split("+")[0]
        path.write_text(f"# PyTorch {version}\n\n" + "\n\n".join(self.cases) + "\n")
