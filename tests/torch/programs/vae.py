"""A variational autoencoder of the digits. The same program in Rust: tests/parity/programs/vae.rs.

python tests/torch/programs/vae.py prints the loss of each batch.
"""
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

DATA = pathlib.Path(__file__).resolve().parents[3] / "examples/data/digits.csv"


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
        self.mean = nn.Linear(32, 2)
        self.log_variance = nn.Linear(32, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 64))

    def forward(self, x):
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(z), mean, log_variance


def run():
    torch.manual_seed(0)
    rows = [[int(number) for number in line.split(",")] for line in DATA.read_text().split()]
    images = torch.tensor([row[:64] for row in rows], dtype=torch.float32) / 16

    model = Vae()
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

    losses = []
    for batch in torch.randperm(len(images)).split(64):
        x = images[batch]
        logits, mean, log_variance = model(x)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum()
        loss = (reconstruction + divergence) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
