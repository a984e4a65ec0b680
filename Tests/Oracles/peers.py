"""The yardstick of `make peers`: the same model, training step and generation, in torch.

Run by hand it prints one JSON object a line for each of its own measurements:

    python peers.py train --size M --mode eager --seconds 10
    python peers.py generate --size M --batch 64 --seconds 10
    python peers.py train --size M --experts sorted --seconds 10

With --experts, each feed-forward layer is eight experts of half the width, of which each token
visits two, computed in one of the ways that torch code does it:

    loop      for each expert, find its tokens, and add what it makes of them
    sorted    sort the tokens by expert once, and give each expert its run of them
    grouped   the same, with torch's grouped product for all experts at once

`make peers` (peers_compare.py) alternates it, and peers_reinforce.py, which reinforces the same
model, with our own `bench` in one run and prints ratios.
"""

import argparse
import json
import resource
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SIZES = {
    #        width, layers, heads, inner, context, batch, vocabulary
    "S": (128, 4, 4, 344, 128, 32, 256),
    "M": (256, 6, 8, 688, 256, 16, 512),
    "L": (512, 8, 8, 1368, 256, 8, 4096),
}


def rotary(width, positions, base=10000.0):
    frequencies = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(positions, dtype=torch.float64)[:, None] * frequencies
    angles = torch.cat([angles, angles], -1)
    return angles.cos().float(), angles.sin().float()


def rotate(x, cosine, sine):
    half = x.shape[-1] // 2
    return x * cosine + torch.cat([-x[..., half:], x[..., :half]], -1) * sine


class FeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate, self.up = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Experts(nn.Module):
    """Eight experts, two to a token, weighed by the softmax of their two logits."""

    count, chosen = 8, 2

    def __init__(self, width, inner, way):
        super().__init__()
        self.router = nn.Linear(width, self.count, bias=False)
        self.way = way
        if way == "grouped":
            self.gate, self.up, self.down = (
                nn.Parameter(torch.empty(self.count, *shape))
                for shape in [(width, inner), (width, inner), (inner, width)]
            )
        else:
            self.experts = nn.ModuleList(FeedForward(width, inner) for _ in range(self.count))

    def forward(self, x):
        shape = x.shape
        x = x.reshape(-1, shape[-1])
        logits, choices = self.router(x).topk(self.chosen, -1)
        weights = logits.softmax(-1)
        y = torch.zeros_like(x)
        if self.way == "loop":
            for index, expert in enumerate(self.experts):
                tokens, slots = (choices == index).nonzero(as_tuple=True)
                if len(tokens):
                    y = y.index_add(0, tokens, expert(x[tokens]) * weights[tokens, slots, None])
            return y.view(shape)
        order = choices.flatten().argsort(stable=True)
        tokens = order // self.chosen
        counts = torch.bincount(choices.flatten(), minlength=self.count)
        rows = x[tokens]
        if self.way == "sorted":
            runs = rows.split(counts.tolist())
            made = torch.cat([e(run) for e, run in zip(self.experts, runs) if len(run)])
        else:
            ends = counts.cumsum(0).to(torch.int32)
            product = lambda a, b: F.grouped_mm(a, b, offs=ends)
            made = product(F.silu(product(rows, self.gate)) * product(rows, self.up), self.down)
        return y.index_add(0, tokens, made * weights.flatten()[order, None]).view(shape)


class Block(nn.Module):
    def __init__(self, width, heads, inner, experts):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.RMSNorm(width, 1e-5), nn.RMSNorm(width, 1e-5)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.think = Experts(width, inner // 2, experts) if experts else FeedForward(width, inner)

    def forward(self, x, cosine, sine, past=None, at=0):
        batch, length, width = x.shape
        h = self.norm1(x)
        split = lambda y: y.view(batch, length, self.heads, -1).transpose(1, 2)
        q, k, v = split(self.q(h)), split(self.k(h)), split(self.v(h))
        q, k = rotate(q, cosine, sine), rotate(k, cosine, sine)
        if past is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            keys, values = past
            keys[:, :, at : at + length] = k
            values[:, :, at : at + length] = v
            y = F.scaled_dot_product_attention(
                q, keys[:, :, : at + length], values[:, :, : at + length], is_causal=length > 1
            )
        x = x + self.o(y.transpose(1, 2).reshape(batch, length, width))
        return x + self.think(self.norm2(x))


class Decoder(nn.Module):
    def __init__(self, width, layers, heads, inner, context, vocabulary, experts=None):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width, heads, inner, experts) for _ in range(layers))
        self.norm = nn.RMSNorm(width, 1e-5)
        cosine, sine = rotary(width // heads, context)
        self.register_buffer("cosine", cosine)
        self.register_buffer("sine", sine)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, tokens, past=None, at=0, first=0):
        """The logits from place `first` on, or with a cache those of the last place."""
        length = tokens.shape[1]
        cosine, sine = self.cosine[at : at + length], self.sine[at : at + length]
        x = self.embedding(tokens)
        for index, block in enumerate(self.blocks):
            x = block(x, cosine, sine, past[index] if past else None, at)
        x = x[:, first:] if past is None else x[:, -1:]
        return F.linear(self.norm(x), self.embedding.weight)


def train(arguments):
    width, layers, heads, inner, context, batch, vocabulary = SIZES[arguments.size]
    model = Decoder(width, layers, heads, inner, context, vocabulary, arguments.experts)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), fused=True)
    run = torch.compile(model) if arguments.mode == "compile" else model
    tokens = torch.randint(vocabulary, (batch, context + 1))

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = run(tokens[:, :-1])
        F.cross_entropy(logits.reshape(-1, vocabulary), tokens[:, 1:].reshape(-1)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step, batch * context


@torch.inference_mode()
def generation(arguments):
    width, layers, heads, inner, _, _, vocabulary = SIZES[arguments.size]
    prompt, new = 32, 128
    model = Decoder(width, layers, heads, inner, prompt + new, vocabulary, arguments.experts)
    tokens = torch.randint(vocabulary, (arguments.batch, prompt))

    @torch.inference_mode()
    def write():
        shape = (arguments.batch, heads, prompt + new, width // heads)
        past = [(torch.empty(shape), torch.empty(shape)) for _ in range(layers)]
        step, at = tokens, 0
        for _ in range(new):
            logits = model(step, past, at)[:, -1]
            at += step.shape[1]
            step = torch.multinomial(F.softmax(logits, -1), 1)

    return write, arguments.batch * new


def measure(name, body, arguments):
    """Prints how many tokens a second `body` gets done, which returns how many it has done."""
    body()
    rates = []
    end = time.perf_counter() + arguments.seconds
    while time.perf_counter() < end or len(rates) < 3:
        start = time.perf_counter()
        tokens = body()
        rates.append(tokens / (time.perf_counter() - start))
    rates.sort()
    print(
        json.dumps(
            {
                "name": f"torch.{name}",
                "value": round(rates[len(rates) // 2], 1),
                "unit": "tokens/s",
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "threads": arguments.threads,
                "torch": torch.__version__,
            }
        )
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["train", "generate"])
    parser.add_argument("--size", choices=SIZES, default="M")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--experts", choices=["loop", "sorted", "grouped"])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    body, tokens = (train if arguments.what == "train" else generation)(arguments)

    def counted():
        body()
        return tokens

    name = (
        f"{arguments.what}-{arguments.size}"
        + (f"-{arguments.experts}" if arguments.experts else "")
        + (f"-{arguments.mode}" if arguments.what == "train" else f"-{arguments.batch}")
    )
    measure(name, counted, arguments)


if __name__ == "__main__":
    main()
