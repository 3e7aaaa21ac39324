"""XOR, learnt by a net with two hidden neurons. The same program in Rust: tests/parity/programs/xor.rs.

python tests/torch/programs/xor.py prints every hundredth loss.
"""
import torch
from torch import nn


def run():
    """The net's initial weights, and the loss of each epoch."""
    # ANCHOR: program
    torch.manual_seed(0)
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])

    model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid())
    # ANCHOR_END: program
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    # ANCHOR: program
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=2.0)

    losses = []
    for epoch in range(5000):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    # ANCHOR_END: program
    return initial, losses


if __name__ == "__main__":
    for epoch, loss in enumerate(run()[1]):
        if epoch % 100 == 99:
            print(epoch + 1, loss)
