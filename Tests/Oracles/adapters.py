"""Makes LoRA adapters with peft for the tiny models of Fixtures/decoders, and writes down the logits
of the adapted models.

With --check ADAPTER --base FOLDER it loads an adapter and a checkpoint that we wrote, and prints
the logits after --tokens, once with the adapter at work and once merged; see
TuningTests/AdapterHubTests.swift.
"""

import argparse
import json
import pathlib

import peft
import torch
import transformers

from fixtures import shortest

FIXTURES = pathlib.Path(__file__).parent / "Fixtures"
HERE = FIXTURES / "adapters"
ADAPTERS = {
    # What peft chooses by itself for these families.
    "llama-tied": dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"]),
    # Everything, the head included, and exceptions.
    "qwen2-sharded": dict(
        r=3,
        lora_alpha=6.5,
        use_rslora=True,
        lora_dropout=0.1,
        target_modules=[
            *("q_proj", "k_proj", "v_proj", "o_proj"),
            *("gate_proj", "up_proj", "down_proj", "lm_head"),
        ],
        exclude_modules=["layers.1.mlp.up_proj"],
        rank_pattern={"down_proj": 2, "layers.1.self_attn.q_proj": 6},
        alpha_pattern={"o_proj": 3.25},
    ),
}


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def logits(model, tokens):
    with torch.no_grad():
        return model.eval()(torch.tensor([tokens])).logits[0]


def make(name, options):
    torch.manual_seed(len(name))
    config = peft.LoraConfig(task_type="CAUSAL_LM", **options)
    model = peft.get_peft_model(load(FIXTURES / "decoders" / name), config)
    for key, parameter in model.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(parameter, std=0.3)
    folder = HERE / name
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    # Sets have another order in each run, and the path is of this machine.
    path = folder / "adapter_config.json"
    written = json.loads(path.read_text())
    written["base_model_name_or_path"] = name
    for key in "target_modules", "exclude_modules":
        if written[key]:
            written[key].sort()
    path.write_text(json.dumps(written, indent=2, sort_keys=True))
    tokens = torch.randint(0, 41, (40,), generator=torch.Generator().manual_seed(1)).tolist()
    rows = logits(model, tokens)[::9]
    answer = dict(tokens=tokens, logits=[[shortest(x) for x in row.tolist()] for row in rows])
    (folder / "logits.json").write_text(json.dumps(answer))


def check(base, adapter, tokens):
    model = peft.PeftModel.from_pretrained(load(base), adapter)
    rows = logits(model, tokens)
    merged = logits(model.merge_and_unload(), tokens)
    print(json.dumps(dict(logits=rows.tolist(), merged=merged.tolist())))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--check")
    parser.add_argument("--base")
    parser.add_argument("--tokens")
    arguments = parser.parse_args()
    if arguments.check:
        check(arguments.base, arguments.check, json.loads(arguments.tokens))
    else:
        HERE.mkdir(parents=True, exist_ok=True)
        for name, options in ADAPTERS.items():
            make(name, options)
