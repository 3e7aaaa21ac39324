"""Weights that `safetensors.torch.save_file` wrote, with what the model makes of an input."""
import torch
from safetensors.torch import save_file
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
