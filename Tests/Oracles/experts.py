"""Asks torch for the result and the gradients of a mixture of experts, for every kind of router.

The layer is written down as its definition says, token by token and choice by choice, with
autograd; that the variants are those of the published families is checked against `transformers`
where checkpoints are read.
"""

import itertools

import torch
import torch.nn.functional as F

from fixtures import shortest, write

torch.manual_seed(33)
WIDTH, EXPERTS, INNER, TOKENS = 6, 4, 5, 7


def tensor(value):
    return {"shape": list(value.shape), "values": [shortest(v) for v in value.flatten().tolist()]}


def feed_forward(x, gate, up, down):
    return (F.silu(x @ gate.T) * (x @ up.T)) @ down.T


def mixture(o, x, p):
    score = (lambda l: l.softmax(-1)) if o["score"] == "softmax" else torch.sigmoid
    rows = []
    for token in x:
        logits = p["router"] @ token
        basis = score(logits) if o["order"] == "scoreThenSelect" else logits
        chosen = (basis + p["bias"] if o["biased"] else basis).topk(o["k"]).indices
        weights = basis[chosen] if o["order"] == "scoreThenSelect" else score(logits[chosen])
        if o["renormalizes"]:
            weights = weights / weights.sum()
        weights = weights * o["scale"]
        y = torch.zeros(WIDTH)
        for weight, expert in zip(weights, chosen.tolist()):
            matrices = (p["gate"][expert], p["up"][expert], p["down"][expert])
            if o["weighs"] == "input":
                y = y + feed_forward(weight * token, *matrices)
            else:
                y = y + weight * feed_forward(token, *matrices)
        if o["shared"] != "none":
            shared = feed_forward(token, p["sharedGateProjection"], p["sharedUp"], p["sharedDown"])
            y = y + (shared if o["shared"] == "plain" else torch.sigmoid(p["sharedGate"] @ token) * shared)
        rows.append(y)
    return torch.stack(rows)


cases = []
shares = itertools.cycle(["none", "plain", "gated"])
for score, order, renormalizes, weighs, k in itertools.product(
    ["softmax", "sigmoid"],
    ["scoreThenSelect", "selectThenScore"],
    [False, True],
    ["output", "input"],
    [1, 2, 3],
):
    if k == 1 and (renormalizes or (score == "softmax" and order == "selectThenScore")):
        continue  # the router would get no gradient
    o = {
        "score": score,
        "order": order,
        "renormalizes": renormalizes,
        "weighs": weighs,
        "k": k,
        "scale": 2.5 if renormalizes else 1.0,
        "biased": k == 2,
        "shared": next(shares),
    }
    p = {
        "router": torch.randn(EXPERTS, WIDTH),
        "gate": torch.randn(EXPERTS, INNER, WIDTH),
        "up": torch.randn(EXPERTS, INNER, WIDTH),
        "down": torch.randn(EXPERTS, WIDTH, INNER) / 2,
    }
    if o["shared"] != "none":
        p["sharedGateProjection"] = torch.randn(INNER, WIDTH)
        p["sharedUp"] = torch.randn(INNER, WIDTH)
        p["sharedDown"] = torch.randn(WIDTH, INNER) / 2
    if o["shared"] == "gated":
        p["sharedGate"] = torch.randn(1, WIDTH)
    bias = torch.randn(EXPERTS) / 2
    x = torch.randn(TOKENS, WIDTH, requires_grad=True)
    p = {name: value.requires_grad_() for name, value in p.items()}
    y = mixture(o, x, p | {"bias": bias})
    upstream = torch.randn_like(y)
    gradients = torch.autograd.grad(y, [x, *p.values()], upstream)
    cases.append(
        {
            "options": o,
            "bias": tensor(bias),
            "x": tensor(x),
            "parameters": {name: tensor(value) for name, value in p.items()},
            "result": tensor(y),
            "upstream": tensor(upstream),
            "inputGradient": tensor(gradients[0]),
            "gradients": {name: tensor(value) for name, value in zip(p, gradients[1:])},
        }
    )

write("experts.json", cases)
