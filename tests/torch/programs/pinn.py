"""u'' = -pi**2 * sin(pi*x) with u(0) = u(1) = 0, by a net whose second derivative is trained, in double precision. The same
program in Rust: tests/parity/programs/pinn.rs.

python tests/torch/programs/pinn.py prints the loss of each step.
"""
import math

import torch
from torch import nn


def run():
    torch.manual_seed(0)
    double = dict(dtype=torch.float64)
    model = nn.Sequential(nn.Linear(1, 16, **double), nn.Tanh(), nn.Linear(16, 16, **double), nn.Tanh(), nn.Linear(16, 1, **double))
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    ends = torch.tensor([[0.0], [1.0]], **double)

    losses = []
    for step in range(50):
        x = torch.rand(32, 1, **double).requires_grad_()
        u = model(x)
        (du,) = torch.autograd.grad(u.sum(), x, create_graph=True)
        (d2u,) = torch.autograd.grad(du.sum(), x, create_graph=True)
        residual = d2u + math.pi**2 * torch.sin(math.pi * x)
        loss = residual.square().mean() + model(ends).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
