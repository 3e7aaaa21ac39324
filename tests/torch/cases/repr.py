"""How modules print: repr.json, with the text of each expression."""
import torch
from torch import nn

from cases._save import save_json

# As tests/parity/repr.rs has them.
MODULES = [
    "nn.Linear(2, 3)",
    "nn.Linear(2, 3, bias=False)",
    "nn.Embedding(5, 3)",
    "nn.Embedding(5, 3, padding_idx=0)",
    "nn.LayerNorm(4)",
    "nn.LayerNorm((2, 3), eps=1e-3)",
    "nn.LayerNorm(4, eps=1e-12, bias=False)",
    "nn.LayerNorm(4, elementwise_affine=False)",
    "nn.BatchNorm1d(3)",
    "nn.BatchNorm1d(3, eps=1e-3, momentum=None)",
    "nn.BatchNorm1d(3, momentum=0.25, affine=False)",
    "nn.BatchNorm1d(3, track_running_stats=False)",
    "nn.Dropout()",
    "nn.Dropout(0.1)",
    "nn.Dropout(1.0)",
    "nn.Sigmoid()",
    "nn.Tanh()",
    "nn.ReLU()",
    "nn.LeakyReLU()",
    "nn.LeakyReLU(1e-5)",
    "nn.ELU()",
    "nn.ELU(2.5)",
    "nn.Softplus()",
    "nn.Softplus(0.5, 1e16)",
    "nn.GELU()",
    "nn.GELU(approximate='tanh')",
    "nn.SiLU()",
    "nn.Softmax(-1)",
    "nn.LogSoftmax(1)",
    "nn.Identity()",
    "nn.Flatten()",
    "nn.Sequential()",
    "nn.Sequential(nn.Linear(2, 2), nn.Sigmoid())",
    "nn.Sequential(nn.ReLU(), nn.ReLU(), nn.Sequential(nn.Sequential(), nn.Sequential(nn.Linear(2, 1))))",
    "nn.ModuleList([nn.ReLU()])",
    "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 3), nn.Linear(2, 2)])",
    "nn.ModuleList([nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Linear(2, 2))])",
    "nn.ModuleList()",
    "nn.ModuleDict({'a': nn.ReLU(), 'b': nn.ModuleList([nn.Tanh(), nn.Tanh()])})",
    "Attention(4, 2)",
]


class Head(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.query = nn.Linear(dim, dim, bias=False)
        self.scale = nn.Parameter(torch.ones(1))


class Attention(nn.Module):
    """Options, parameters, buffers, plain values, a module in two places and one that isn't there."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = nn.ModuleList(Head(dim) for _ in range(heads))
        self.norm = nn.LayerNorm(dim)
        self.last = self.norm
        self.bias = nn.Parameter(torch.zeros(dim))
        self.register_buffer("mask", torch.ones(dim))
        self.dropout = None
        self.sizes = [dim, heads]

    def extra_repr(self):
        return f"{len(self.heads)} heads\nof {self.bias.numel()}"


def write(out):
    save_json(out, "repr", {module: repr(eval(module)) for module in MODULES})
