"""Weights that `safetensors.torch.save_file` wrote, with what the model makes of an input; a tensor of each type, with what
PyTorch makes of it in the types that we have; and a model whose weights are tied, as `save_model` writes it."""
import torch
from safetensors.torch import save_file, save_model
from torch import nn

from cases._save import save_tensors


def model():
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Sequential(nn.Linear(7, 3), nn.Sigmoid()))


def write(out):
    torch.manual_seed(1)
    net = model()
    x = torch.randn(4, 5)
    save_file(net.state_dict(), out / "weights.safetensors", metadata={"format": "pt"})
    save_tensors(out, "weights_run", dict(x=x, y=net(x)))
    save_tensors(out, "weights_dtypes", (stored := dtypes()))
    wide = {name: x.float() if x.is_floating_point() and x.itemsize < 4 else x for name, x in stored.items()}
    save_tensors(out, "weights_dtypes_wide", {n: x if x.is_floating_point() else x.long() for n, x in wide.items()})
    save_model(Tied(), out / "weights_tied.safetensors")


class Tied(nn.Module):
    """A decoder that shares the encoder's weight."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(3, 3, bias=False)
        self.middle = nn.Linear(3, 3)
        self.decoder = nn.Linear(3, 3, bias=False)
        self.decoder.weight = self.encoder.weight


def dtypes():
    """Every kind of 16-bit number, and the ends of each integer type."""
    # Each exponent, with both signs and a few fractions; a multiple of a prime reaches many more.
    bits = sorted({sign | exponent << 10 | fraction for sign in (0, 0x8000) for exponent in range(32) for fraction in (0, 1, 0x155, 0x3ff)}
                  | {37 * k % 0x10000 for k in range(200)})
    bits = torch.tensor([b - 0x10000 if b >= 0x8000 else b for b in bits], dtype=torch.int16)
    whole = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32]
    integers = {}
    for dtype in whole:
        ends = torch.iinfo(dtype)
        integers[str(dtype).removeprefix("torch.")] = torch.tensor([[ends.min, 0, 1], [7, ends.max - 1, ends.max]], dtype=dtype)
    return dict(
        integers,
        float16=bits.view(torch.float16),
        bfloat16=bits.view(torch.bfloat16),
        float32=torch.tensor([0.1, -0.0, float("inf")]),
        float64=torch.tensor(0.1, dtype=torch.float64),
        uint64=torch.tensor([0, 1, 2**63 - 1], dtype=torch.uint64),
        bool=torch.tensor([[True, False], [False, True]]),
        none=torch.zeros(0, 3, dtype=torch.bfloat16),
    )
