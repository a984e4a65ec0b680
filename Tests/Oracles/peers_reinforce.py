"""The yardstick of `make peers` for reinforcement: a step of GRPO on the book's base model, in torch.

    python peers_reinforce.py --base FOLDER --part step --mode eager --seconds 10
    python peers_reinforce.py --base FOLDER --part rollouts --mode compile --seconds 10

A step is 8 texts of at most 320 tokens to each of 16 prompts, written side by side at temperature 1
with a cache of keys and values; rewards; advantages within the groups; the mean over all tokens of
the clipped loss; and AdamW on all weights. It is what `bench reinforce` does, with the same weights
and prompts, so that the texts have the same lengths on average; and what counts are written tokens.

Where torch gains by it, this takes the trouble: texts that have ended leave the batch as soon as a
quarter of it has ended, and texts of similar lengths are learned from together, so that little of
the work is padding. The rewards are drawn, not judged, and no metrics are kept.
"""

import argparse
import json
import pathlib

import safetensors.torch
import tokenizers
import torch
import torch.nn as nn
import torch.nn.functional as F

from peers import Decoder, measure

GROUP, LIMIT = 8, 320
# Those of our bench, by the same rule.
PROBLEMS = [f"make {a * b + 3} from {a} {b} 3\n" for a in range(2, 6) for b in range(6, 10)]
NAMES = [
    ("model.", ""),
    ("embed_tokens", "embedding"),
    ("layers", "blocks"),
    ("input_layernorm", "norm1"),
    ("post_attention_layernorm", "norm2"),
    ("self_attn.", ""),
    ("mlp", "think"),
    ("_proj", ""),
]


def load(folder):
    config = json.loads((folder / "config.json").read_text())
    model = Decoder(
        config["hidden_size"],
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["intermediate_size"],
        config["max_position_embeddings"],
        config["vocab_size"],
    )
    weights = {}
    for name, value in safetensors.torch.load_file(folder / "model.safetensors").items():
        for theirs, ours in NAMES:
            name = name.replace(theirs, ours)
        weights[name] = value
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and set(missing) == {"cosine", "sine"}, (missing, unexpected)
    return model, config


def reinforcement(arguments):
    """A step, and the writing of its texts alone; each returns how many tokens were written."""
    model, config = load(arguments.base)
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    vocabulary, end = config["vocab_size"], config["eos_token_id"]
    tokenizer = tokenizers.Tokenizer.from_file(str(arguments.base / "tokenizer.json"))
    given = torch.tensor([tokenizer.encode(problem).ids for problem in PROBLEMS])
    given = given.repeat_interleave(GROUP, 0)
    batch, prompt = given.shape
    shape = (batch, heads, prompt + LIMIT, config["hidden_size"] // heads)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-7, betas=(0.9, 0.95), weight_decay=0, fused=True
    )
    run = torch.compile(model, dynamic=True) if arguments.mode == "compile" else model

    @torch.inference_mode()
    def write():
        past = [(torch.empty(shape), torch.empty(shape)) for _ in range(layers)]
        texts = torch.cat([given, torch.full((batch, LIMIT), end)], 1)
        old = torch.zeros(batch, LIMIT)
        lengths = torch.full((batch,), LIMIT)
        rows, ended = torch.arange(batch), torch.zeros(batch, dtype=torch.bool)
        token, at = given, 0
        for place in range(LIMIT):
            log_probabilities = F.log_softmax(run(token, past, at)[:, -1], -1)
            at += token.shape[1]
            token = torch.multinomial(log_probabilities.exp(), 1)
            texts[rows, at] = token[:, 0]
            old[rows, place] = log_probabilities.gather(1, token)[:, 0]
            ends = (token[:, 0] == end) & ~ended
            lengths[rows[ends]] = place + 1
            ended |= ends
            count = len(rows) - int(ended.sum())
            if count == 0:
                break
            if count <= 0.75 * len(rows):
                stay = (~ended).nonzero()[:, 0]
                for keys, values in past:
                    keys[:count, :, :at] = keys[stay, :, :at]
                    values[:count, :, :at] = values[stay, :, :at]
                past = [(keys[:count], values[:count]) for keys, values in past]
                rows, ended, token = rows[stay], ended[stay], token[stay]
        return texts, old, lengths

    def step():
        # Copied, because a tape takes no tensor of inference mode.
        texts, old, lengths = (tensor.clone() for tensor in write())
        rewards = torch.rand(len(PROBLEMS), GROUP)
        advantages = rewards - rewards.mean(1, keepdim=True)
        advantages = (advantages / (rewards.std(1, keepdim=True) + 1e-4)).view(batch, 1)
        total = int(lengths.sum())
        optimizer.zero_grad(set_to_none=True)
        for piece in lengths.argsort().split(arguments.piece):
            longest = int(lengths[piece].max())
            logits = run(texts[piece, : prompt + longest - 1], first=prompt - 1)
            targets = texts[piece, prompt : prompt + longest].reshape(-1)
            surprisals = F.cross_entropy(logits.reshape(-1, vocabulary), targets, reduction="none")
            ratio = (-surprisals.view(-1, longest) - old[piece, :longest]).exp()
            clipped = ratio.clamp(0.8, 1.2)
            gain = torch.min(ratio * advantages[piece], clipped * advantages[piece])
            counts = torch.arange(longest) < lengths[piece, None]
            (-gain[counts].sum() / total).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return total

    return step, lambda: int(write()[2].sum())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", type=pathlib.Path, required=True)
    parser.add_argument("--part", choices=["step", "rollouts"], default="step")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--piece", type=int, default=16, help="texts to learn from at once")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    step, rollouts = reinforcement(arguments)
    name = f"reinforce-{arguments.part}-{arguments.mode}"
    measure(name, step if arguments.part == "step" else rollouts, arguments)


if __name__ == "__main__":
    main()
