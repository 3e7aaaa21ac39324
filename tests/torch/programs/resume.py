"""A run that stops half-way, saves itself, and goes on in new objects. The same program in Rust:
tests/parity/programs/resume.rs.

python tests/torch/programs/resume.py prints the loss of each step.
"""
import io

import torch
from torch import nn


def new():
    model = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    return model, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)


def train(steps, model, optimizer, scheduler):
    losses = []
    for step in range(steps):
        x = torch.randn(16, 5)
        loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True).tanh())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def run():
    torch.manual_seed(0)
    model, optimizer, scheduler = new()
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    losses = train(20, model, optimizer, scheduler)

    file = io.BytesIO()
    torch.save(dict(model=model.state_dict(), optimizer=optimizer.state_dict(), scheduler=scheduler.state_dict(),
                    random=torch.get_rng_state()), file)
    file.seek(0)
    model, optimizer, scheduler = new()
    saved = torch.load(file)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    torch.set_rng_state(saved["random"])

    return initial, losses + train(20, model, optimizer, scheduler)


if __name__ == "__main__":
    print(*run()[1], sep="\n")
