"""Trains chapter 1's network in torch from the same start, and writes the loss of every step.

The start is a formula rather than a file: element i of parameter number p is
(hash(p, i) / 2^24 - 1/2) * scale, with a 32-bit integer hash that any language computes alike.
The same hash chooses the examples for training.
"""

import torch
import torch.nn.functional as F

from fixtures import shortest, write

MODULUS, WIDTH, HIDDEN, STEPS = 31, 32, 128, 200


def scrambled(number, i):
    mask = 0xFFFFFFFF
    h = (i * 0x9E3779B1 + number * 0x85EBCA6B) & mask
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & mask
    h = ((h ^ (h >> 12)) * 0x297A2D39) & mask
    return (h ^ (h >> 15)) >> 8


def start(number, rows, columns, scale):
    values = [(scrambled(number, i) / 2.0**24 - 0.5) * scale for i in range(rows * columns)]
    return torch.nn.Parameter(torch.tensor(values).reshape(rows, columns))


embedding = start(0, MODULUS, WIDTH, 1.0)
hidden = start(1, HIDDEN, 2 * WIDTH, 0.5)
output = start(2, MODULUS, HIDDEN, 0.25)
optimizer = torch.optim.AdamW(
    [embedding, hidden, output], lr=0.01, betas=(0.9, 0.98), eps=1e-8, weight_decay=1.0
)

pairs = [(a, b) for a in range(MODULUS) for b in range(MODULUS)]
train = torch.tensor([pair for i, pair in enumerate(pairs) if scrambled(3, i) % 5 != 0])
targets = train.sum(1) % MODULUS

losses = []
for _ in range(STEPS):
    x = F.embedding(train, embedding).reshape(-1, 2 * WIDTH)
    loss = F.cross_entropy(F.linear(F.silu(F.linear(x, hidden)), output), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(shortest(loss.item()))

write("modular-addition.json", {"torch": torch.__version__, "losses": losses})
