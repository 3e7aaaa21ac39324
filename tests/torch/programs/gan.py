"""A generator and a discriminator, one against the other. The same program in Rust: tests/parity/programs/gan.rs.

python tests/torch/programs/gan.py prints both losses of each step.
"""
import torch
from torch import nn


def run():
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
    discriminator = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    models = {"generator": generator, "discriminator": discriminator}
    initial = {f"{of}.{name}": value.clone() for of, model in models.items() for name, value in model.state_dict().items()}
    criterion = nn.BCEWithLogitsLoss()
    of_generator = torch.optim.Adam(generator.parameters(), lr=5e-3, betas=(0.5, 0.999))
    of_discriminator = torch.optim.Adam(discriminator.parameters(), lr=5e-3, betas=(0.5, 0.999))
    ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)

    losses = []
    for step in range(60):
        angle = torch.rand(32) * 2 * torch.pi
        real = torch.stack([angle.cos(), angle.sin()], dim=1)
        fake = generator(torch.randn(32, 4))

        loss = criterion(discriminator(real), ones) + criterion(discriminator(fake.detach()), zeros)
        of_discriminator.zero_grad()
        loss.backward()
        of_discriminator.step()
        losses.append(loss.item())

        loss = criterion(discriminator(fake), ones)
        of_generator.zero_grad()
        loss.backward()
        of_generator.step()
        losses.append(loss.item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
