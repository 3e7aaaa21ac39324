"""Prices of houses from a CSV file. The same program in Rust: tests/parity/programs/regression.rs.

python tests/torch/programs/regression.py prints the loss of each epoch on the houses that it doesn't learn from.
"""
import csv
import pathlib

import torch
from torch import nn

DATA = pathlib.Path(__file__).with_name("houses.csv")


def run():
    torch.manual_seed(0)
    with DATA.open() as file:
        rows = [[float(row[name]) for name in ("area", "rooms", "age", "price")] for row in csv.DictReader(file)]
    data = torch.tensor(rows)
    data = (data - data.mean(0)) / data.std(0)
    order = torch.randperm(len(data))
    train, test = data[order[:96]], data[order[96:]]

    model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)

    losses = []
    for epoch in range(20):
        for batch in torch.randperm(len(train)).split(16):
            x, y = train[batch, :3], train[batch, 3:]
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        with torch.no_grad():
            losses.append(criterion(model(test[:, :3]), test[:, 3:]).item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
