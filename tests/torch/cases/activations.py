"""The activation layers with their options: values and gradients, at kinks, thresholds and infinities too."""
import math

import torch
from torch import nn

from cases._save import save_json, save_tensors

inf = math.inf
# Zeros, both sides of Softplus's thresholds 20 and (βx) 1, where a lower threshold than 20 would show, large values and the smallest.
POINTS = [-25.0, -1.5, -0.0, 0.0, 0.3, 0.5, 2.0, 10.5, 20.0, 20.000002, 25.0, -80.0, 80.0, 1e-30, -1e-42]
# GELU isn't asked: PyTorch's is NaN at ∞, and the gradient of its tanh form from 1e20 on.
EXTREMES = [1e30, -1e30, inf, -inf]
EACH = [
    ("Sigmoid", {}), ("Tanh", {}), ("ReLU", {}), ("SiLU", {}), ("Identity", {}),
    ("LeakyReLU", {}), ("LeakyReLU", dict(negative_slope=0.1)), ("LeakyReLU", dict(negative_slope=0.0)),
    ("ELU", {}), ("ELU", dict(alpha=1.5)), ("ELU", dict(alpha=0.25)),
    ("Softplus", {}), ("Softplus", dict(beta=2.0, threshold=1.0)), ("Softplus", dict(beta=0.5, threshold=20.0)),
    ("GELU", {}), ("GELU", dict(approximate="tanh")),
]
ALONG = [
    ("Softmax", dict(dim=0)), ("Softmax", dict(dim=1)), ("Softmax", dict(dim=-1)),
    ("LogSoftmax", dict(dim=0)), ("LogSoftmax", dict(dim=1)), ("LogSoftmax", dict(dim=-1)), ("Flatten", {}),
]


def write(out):
    torch.manual_seed(0)
    points, extremes = torch.tensor(POINTS), torch.tensor(EXTREMES)
    block = torch.randn(3, 2, 4) * 3
    impossible = torch.tensor([[0.0, -inf, 1.0], [1e4, -1e4, 0.0]])
    cases, tensors = [], {}
    inputs = [(layer, options, x) for layer, options in EACH for x in [points, block, torch.zeros(0, 2)]]
    inputs += [(layer, options, extremes) for layer, options in EACH if layer != "GELU"]
    inputs += [(layer, options, x) for layer, options in ALONG for x in [block, impossible, torch.zeros(2, 0)]]
    for layer, options, input in inputs:
        x = input.clone().requires_grad_()
        y = getattr(nn, layer)(**options)(x)
        g = torch.randn(y.shape)
        y.backward(g)
        kept = dict(input=x, output=y, output_grad=g, input_grad=x.grad)
        tensors |= {f"{len(cases)}.{key}": value for key, value in kept.items()}
        cases.append(dict(layer=layer, options=options))
    save_tensors(out, "activations", tensors)
    save_json(out, "activations", cases)
