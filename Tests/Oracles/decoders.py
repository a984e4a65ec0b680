"""Makes tiny random Llama and Qwen2 models with transformers, and writes down their logits.

Each takes a branch that an ordinary model would leave untested: all three bands of Llama 3's
rotary scaling, shared key heads, a head width that is not width / heads, biases and norms away
from their start, tied and separate heads, shards, half precision, and both generations of
configuration keys.

With --check FOLDER it loads a checkpoint that we wrote, and prints its logits and what it writes
greedily, after --tokens or, by the folder's own tokenizer, after --text, with --adapter FOLDER as
peft adapts it; see HubTests.swift in TransformerTests, PretrainingTests and CoursesTests.
"""

import argparse
import json
import pathlib

import peft
import torch
import transformers

from fixtures import shortest

HERE = pathlib.Path(__file__).parent / "Fixtures" / "decoders"
COMMON = dict(
    vocab_size=41,
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    bos_token_id=1,
    eos_token_id=[2, 3],
    attention_dropout=0.0,
)
SCALED = dict(
    rope_theta=100.0,
    rope_scaling=dict(
        rope_type="llama3",
        factor=8.0,
        low_freq_factor=1.0,
        high_freq_factor=4.0,
        original_max_position_embeddings=64,
    ),
)


def models():
    llama, qwen = transformers.LlamaConfig, transformers.Qwen2Config
    yield "llama-tied", llama(**COMMON, rms_norm_eps=1e-5, tie_word_embeddings=True), {}
    yield "llama3-scaled", llama(
        **COMMON, **SCALED, rms_norm_eps=1e-5, head_dim=8, tie_word_embeddings=False
    ), {}
    yield "qwen2-tied", qwen(**COMMON, rms_norm_eps=1e-6, tie_word_embeddings=True), {}
    yield "qwen2-sharded", qwen(
        **COMMON, rope_theta=1e6, rms_norm_eps=1e-6, tie_word_embeddings=False
    ), dict(max_shard_size="12KB")


def old_keys(folder):
    """Rewrites config.json with the keys of transformers 4."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters", None) or {}
    config["rope_theta"] = rope.pop("rope_theta", 10000.0)
    kind = rope.get("rope_type", "default")
    config["rope_scaling"] = None if kind == "default" else rope
    config["torch_dtype"] = config.pop("dtype", "float32")
    path.write_text(json.dumps(config, indent=2))


def logits(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0]


def main():
    torch.manual_seed(3)
    tokens = torch.randint(41, (100,)).tolist()
    for name, config, options in models():
        config._attn_implementation = "eager"
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(p + 0.3 * torch.randn_like(p))
        folder = HERE / name
        if name == "qwen2-tied":
            model.to(torch.bfloat16).save_pretrained(folder, **options)
            # Read again, because converting back would leave the rotary frequencies rounded.
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=torch.float32, attn_implementation="eager"
            ).eval()
        else:
            model.save_pretrained(folder, **options)
        if name in ("llama3-scaled", "qwen2-tied"):
            old_keys(folder)
        rows = logits(model, tokens)
        answer = {"tokens": tokens, "logits": [[shortest(x) for x in r] for r in rows[::9].tolist()]}
        (folder / "logits.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")
        size = sum(f.stat().st_size for f in folder.iterdir())
        print(name, size, "bytes,", f"logits spread {rows.std():.2f}")


def check(folder, adapter, tokens, text, new):
    tokenizer = text and transformers.AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer.encode(text) if text else tokens
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    if adapter:
        model = peft.PeftModel.from_pretrained(model, adapter).eval()
    rows = logits(model, tokens)
    written = list(tokens)
    for _ in range(new):
        written.append(int(logits(model, written)[-1].argmax()))
    written = written[len(tokens) :]
    print(
        json.dumps(
            {
                "tokens": tokens,
                "logits": rows.tolist(),
                "greedy": written,
                "text": tokenizer.decode(written) if text else None,
            }
        )
    )


parser = argparse.ArgumentParser()
parser.add_argument("--check")
parser.add_argument("--adapter")
parser.add_argument("--tokens", type=json.loads, default=[1])
parser.add_argument("--text")
parser.add_argument("--new", type=int, default=8)
arguments = parser.parse_args()
if arguments.check:
    check(arguments.check, arguments.adapter, arguments.tokens, arguments.text, arguments.new)
else:
    main()
