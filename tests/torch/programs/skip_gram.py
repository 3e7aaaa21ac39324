"""Word vectors by skip-gram with negative sampling. The same program in Rust: tests/parity/programs/skip_gram.rs.

python tests/torch/programs/skip_gram.py prints the loss of each batch.
"""
import torch
from torch import nn

TEXT = """the quick brown fox jumps over the lazy dog and the dog sleeps while the fox runs over the hill to the river where
the old dog drinks and the quick fox hides from the dog behind the brown hill"""


def run():
    torch.manual_seed(0)
    words = TEXT.split()
    vocabulary = sorted(set(words))
    ids = [vocabulary.index(word) for word in words]
    pairs = [(ids[i], ids[j]) for i in range(len(ids)) for j in range(max(0, i - 2), min(len(ids), i + 3)) if i != j]
    centers, contexts = torch.tensor(pairs).T

    center, context = nn.Embedding(len(vocabulary), 8), nn.Embedding(len(vocabulary), 8)
    initial = {"center.weight": center.weight.detach().clone(), "context.weight": context.weight.detach().clone()}
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD([*center.parameters(), *context.parameters()], lr=1.0, momentum=0.9)

    losses = []
    for epoch in range(4):
        for batch in torch.randperm(len(pairs)).split(32):
            noise = torch.randint(0, len(vocabulary), (len(batch), 4))
            targets = torch.cat([contexts[batch].unsqueeze(1), noise], dim=1)
            labels = torch.zeros(targets.shape)
            labels[:, 0] = 1.0
            scores = (center(centers[batch]).unsqueeze(1) * context(targets)).sum(-1)
            loss = criterion(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return initial, losses


if __name__ == "__main__":
    print(*run()[1], sep="\n")
