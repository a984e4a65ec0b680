"""Asks torch for the result and the gradients of every operation of module Tensors.

Each case holds the inputs, the result, a random gradient with respect to the result, and the
gradients with respect to the inputs that follow from it.
"""

import torch
import torch.nn.functional as F

from fixtures import shortest, write

torch.manual_seed(20)


def tensor(value):
    return {"shape": list(value.shape), "values": [shortest(v) for v in value.flatten().tolist()]}


cases = []


def case(operation, function, *inputs, **options):
    inputs = [i.detach().requires_grad_() for i in inputs]
    result = function(*inputs)
    upstream = torch.randn_like(result)
    gradients = torch.autograd.grad(result, inputs, upstream)
    cases.append(
        {
            "operation": operation,
            "options": options,
            "inputs": [tensor(i) for i in inputs],
            "result": tensor(result),
            "upstream": tensor(upstream),
            "gradients": [tensor(g) for g in gradients],
        }
    )


def rotated(x, positions, base):
    """Half-split rotary embedding of x [tokens, heads, width], as transformers has it."""
    width = x.shape[-1]
    frequencies = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.tensor(positions, dtype=torch.float64)[:, None] * frequencies
    angles = torch.cat([angles, angles], -1)[:, None, :]
    cosine, sine = angles.cos().float(), angles.sin().float()
    half = torch.cat([-x[..., width // 2 :], x[..., : width // 2]], -1)
    return x * cosine + half * sine


def attended(query, key, value, sequences):
    """Causal grouped-query attention of [tokens, heads, width], sequences of equal length."""

    def split(x):
        return x.reshape(sequences, -1, x.shape[1], x.shape[2]).transpose(1, 2)

    groups = query.shape[1] // key.shape[1]
    key, value = (split(x).repeat_interleave(groups, 1) for x in (key, value))
    result = F.scaled_dot_product_attention(split(query), key, value, is_causal=True)
    return result.transpose(1, 2).reshape(query.shape)


for rows, width in [(1, 1), (3, 5), (4, 16), (7, 33)]:
    x, y = torch.randn(rows, width), torch.randn(rows, width)
    row, gain = torch.randn(width), torch.rand(width) + 0.5
    case("add", torch.add, x, y)
    case("subtract", torch.sub, x, y)
    case("multiply", torch.mul, x, y)
    case("scale", lambda x: x * 0.375, x, factor=0.375)
    case("addRow", torch.add, x, row)
    case("project", F.linear, x, torch.randn(9, width))
    case("product", torch.matmul, x, torch.randn(width, 9))
    case("relu", F.relu, x)
    case("silu", F.silu, x)
    case("tanh", torch.tanh, x)
    case("sigmoid", torch.sigmoid, x)
    case("gelu", lambda x: F.gelu(x, approximate="tanh"), x)
    case("swiglu", lambda gate, up: F.silu(gate) * up, x, y)
    case("softmax", lambda x: F.softmax(x, -1), 3 * x)
    case("sum", torch.sum, x)
    case("mean", torch.mean, x)
    case("normalize", lambda x, g: F.rms_norm(x, (width,), g, 1e-5), x, gain, epsilon=1e-5)
    tokens = torch.randint(0, 6, (rows,))
    case("gather", lambda t: F.embedding(tokens, t), torch.randn(6, width), tokens=tokens.tolist())
    targets = torch.randint(0, width, (rows,))
    if rows > 1:
        targets[1] = -1
    case(
        "crossEntropy",
        lambda x: F.cross_entropy(x, targets, ignore_index=-1),
        4 * x,
        targets=targets.tolist(),
    )

for heads, width in [(1, 2), (3, 8), (2, 16)]:
    positions = [0, 1, 5, 1000]
    x = torch.randn(len(positions), heads, width)
    case("rotate", lambda x: rotated(x, positions, 10000.0), x, positions=positions, base=10000.0)

for sequences, tokens, heads, shared, width in [(1, 1, 1, 1, 4), (2, 5, 2, 2, 8), (1, 21, 4, 2, 8)]:
    query = torch.randn(sequences * tokens, heads, width)
    key, value = (torch.randn(sequences * tokens, shared, width) for _ in range(2))
    case(
        "attend",
        lambda q, k, v: attended(q, k, v, sequences),
        query,
        key,
        value,
        sequences=sequences,
    )

for rows, width, picks in [(1, 4, 1), (5, 8, 3), (19, 20, 2)]:
    x = torch.randn(rows, width)
    indices = torch.stack([torch.randperm(width)[:picks] for _ in range(rows)])
    case(
        "pick",
        lambda x: x.gather(1, indices),
        x,
        tokens=indices.flatten().tolist(),
        slots=picks,
    )
    case("renormalize", lambda x: x / x.sum(-1, keepdim=True), torch.rand(rows, width) + 0.1)
    case("scaleRows", lambda x, c: x * c, x, torch.randn(rows, 1))
    case("logSumExp", lambda x: x.logsumexp(-1), 3 * x)

# Every token has two slots; the rows of three parts come in an order of their own, and the last
# pair of all has none.
for tokens, width in [(3, 5), (40, 33)]:
    pairs = torch.randperm(2 * tokens - 1)
    cuts = [0, tokens // 2, tokens, 2 * tokens - 1]
    lists = [pairs[a:b].tolist() for a, b in zip(cuts, cuts[1:])]

    def combined(weights, *parts):
        y = torch.zeros(tokens, width)
        for part, own in zip(parts, lists):
            own = torch.tensor(own)
            y = y.index_add(0, own // 2, part * weights[own // 2, own % 2, None])
        return y

    parts = [torch.randn(len(own), width) for own in lists]
    case("combine", combined, torch.randn(tokens, 2), *parts, lists=lists, slots=2)

for rows, width in [(1, 5), (7, 33)]:
    x = torch.randn(rows, width)
    case("clamp", lambda x: x.clamp(-0.75, 0.75), x, factor=0.75)

write("operations.json", cases)
