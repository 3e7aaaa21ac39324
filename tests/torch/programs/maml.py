"""Model-agnostic meta-learning of sines: the gradient goes through an inner step. The same program in Rust:
tests/parity/programs/maml.rs.

python tests/torch/programs/maml.py prints the outer loss of each step.
"""
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call


def run():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    losses = []
    for step in range(30):
        total = 0.0
        for task in range(4):
            amplitude, phase = torch.rand(1) * 4 + 1, torch.rand(1) * torch.pi
            x = torch.rand(20, 1) * 10 - 5
            y = amplitude * torch.sin(x + phase)
            weights = dict(model.named_parameters())
            inner = F.mse_loss(functional_call(model, weights, x[:10]), y[:10])
            gradients = torch.autograd.grad(inner, weights.values(), create_graph=True)
            adapted = {name: w - 0.02 * g for (name, w), g in zip(weights.items(), gradients)}
            total = total + F.mse_loss(functional_call(model, adapted, x[10:]), y[10:])
        loss = total / 4
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
