"""One epoch on the handwritten digits, in shuffled batches. The same program in Rust: tests/parity/programs/digits.rs.

python tests/torch/programs/digits.py prints the loss of each batch.
"""
import pathlib

import torch
from torch import nn

DATA = pathlib.Path(__file__).resolve().parents[3] / "examples/data/digits.csv"


def run():
    """The net's initial weights, and the loss of each batch of the first epoch."""
    torch.manual_seed(0)
    rows = [[int(number) for number in line.split(",")] for line in DATA.read_text().split()]
    images = torch.tensor([row[:64] for row in rows], dtype=torch.float32) / 16
    labels = torch.tensor([row[64] for row in rows])

    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    losses = []
    for batch in torch.randperm(len(images)).split(64):
        loss = criterion(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return initial, losses


if __name__ == "__main__":
    for number, loss in enumerate(run()[1], 1):
        print(number, loss)
