"""A classifier with BatchNorm and Dropout. The same program in Rust: tests/parity/programs/classifier.rs.

python tests/torch/programs/classifier.py prints the loss of each batch, then loss and share of right answers in evaluation.
"""
import pathlib

import torch
from torch import nn

DATA = pathlib.Path(__file__).resolve().parents[3] / "examples/data/digits.csv"


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        # A bias before a BatchNorm has a gradient of rounding noise, which Adam makes steps of: it would end anywhere.
        self.hidden = nn.Linear(64, 48, bias=False)
        self.norm = nn.BatchNorm1d(48)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(48, 10)

    def forward(self, x):
        x = torch.relu(self.norm(self.hidden(x)))
        return self.output(self.dropout(x))


def run():
    torch.manual_seed(0)
    rows = [[int(number) for number in line.split(",")] for line in DATA.read_text().split()]
    images = torch.tensor([row[:64] for row in rows], dtype=torch.float32) / 16
    labels = torch.tensor([row[64] for row in rows])

    model = Classifier()
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)

    losses = []
    model.train()
    for batch in torch.randperm(len(images)).split(64):
        loss = criterion(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())

    model.eval()
    with torch.no_grad():
        scores = model(images)
        losses.append(criterion(scores, labels).item())
        losses.append((scores.argmax(1) == labels).float().mean().item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
