"""Makes tiny random mixtures of experts with transformers, and writes down their logits.

Each takes branches that an ordinary model would leave untested: layers with and without experts,
renormalised weights or not, more than one expert per token, a list of layers that fits no interval,
norms and biases away from their start, values that the limit of OLMoE cuts, and, for Llama 4, texts
longer than its chunks and than the floor of its temperature, layers without rotation, both ways of
normalising queries and keys, scaled rotation with an empty middle band, and the language model
within a multimodal directory, in shards. Weights are drawn until no router's
choice is close to a tie.

What we write is checked by `decoders.py --check`; see ExpertsTests/MixtureHubTests.swift.
"""

import json
import pathlib

import torch
import transformers

from fixtures import shortest

HERE = pathlib.Path(__file__).parent / "Fixtures" / "mixtures"
COMMON = dict(
    vocab_size=41,
    hidden_size=24,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    bos_token_id=1,
    eos_token_id=[2, 3],
    pad_token_id=None,
    attention_dropout=0.0,
)
CLASSES = dict(
    mixtral=transformers.MixtralForCausalLM,
    qwen2_moe=transformers.Qwen2MoeForCausalLM,
    olmoe=transformers.OlmoeForCausalLM,
    llama4_text=transformers.Llama4ForCausalLM,
    llama4=transformers.Llama4ForConditionalGeneration,
)
LLAMA4 = dict(
    **COMMON,
    intermediate_size=10,
    intermediate_size_mlp=20,
    num_local_experts=4,
    head_dim=8,
    rope_theta=100.0,
    attention_chunk_size=16,
    floor_scale=8,
    attn_scale=0.3,
)


def models():
    yield "mixtral", transformers.MixtralConfig(
        **COMMON,
        intermediate_size=10,
        num_hidden_layers=2,
        num_local_experts=5,
        num_experts_per_tok=2,
        head_dim=8,
    ), {}
    qwen = dict(
        **COMMON,
        intermediate_size=20,
        moe_intermediate_size=10,
        shared_expert_intermediate_size=14,
        num_experts=5,
        num_experts_per_tok=3,
    )
    yield "qwen2-moe", transformers.Qwen2MoeConfig(
        **qwen, num_hidden_layers=3, mlp_only_layers=[1], norm_topk_prob=False
    ), {}
    yield "qwen2-moe-renormalised", transformers.Qwen2MoeConfig(
        **qwen,
        num_hidden_layers=2,
        decoder_sparse_step=2,
        norm_topk_prob=True,
        qkv_bias=False,
        tie_word_embeddings=True,
    ), {}
    olmoe = dict(
        **COMMON, intermediate_size=10, num_hidden_layers=2, num_experts=6, num_experts_per_tok=3
    )
    yield "olmoe", transformers.OlmoeConfig(**olmoe, norm_topk_prob=False), {}
    yield "olmoe-limited", transformers.OlmoeConfig(
        **olmoe, norm_topk_prob=True, clip_qkv=0.8
    ), {}
    # The only expert of a token has weight 1, so the router would learn nothing; it reads all the same.
    yield "olmoe-single", transformers.OlmoeConfig(
        **(olmoe | dict(num_experts_per_tok=1, num_hidden_layers=1)), norm_topk_prob=True
    ), {}
    # Both ways as published: every layer a mixture, or every second one.
    yield "llama4-normed", transformers.Llama4TextConfig(
        **LLAMA4,
        num_hidden_layers=4,
        num_experts_per_tok=1,
        interleave_moe_layer_step=1,
        use_qk_norm=True,
        rope_scaling=dict(
            rope_type="llama3",
            factor=16.0,
            low_freq_factor=1.0,
            high_freq_factor=1.0,
            original_max_position_embeddings=32,
        ),
    ), {}
    yield "llama4-listed", transformers.Llama4TextConfig(
        **LLAMA4,
        num_hidden_layers=3,
        num_experts_per_tok=2,
        moe_layers=[0, 2],
        no_rope_layers=[0, 1, 1],
        use_qk_norm=False,
        attn_temperature_tuning=False,
    ), {}
    text = transformers.Llama4TextConfig(
        **LLAMA4,
        num_hidden_layers=2,
        num_experts_per_tok=1,
        interleave_moe_layer_step=2,
        no_rope_layers=[1, 0],
        use_qk_norm=True,
    )
    vision = transformers.Llama4VisionConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        vision_output_dim=8,
        image_size=28,
        patch_size=14,
        projector_input_dim=8,
        projector_output_dim=8,
    )
    yield "llama4-multimodal", transformers.Llama4Config(
        text_config=text.to_dict(), vision_config=vision.to_dict()
    ), dict(max_shard_size="24KB")


def old_keys(folder):
    """Rewrites config.json with the keys of transformers 4."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for part in (config, config.get("text_config", {})):
        rope = part.pop("rope_parameters", None) or {}
        part["rope_theta"] = rope.pop("rope_theta", 10000.0)
        kind = rope.get("rope_type", "default")
        part["rope_scaling"] = None if kind == "default" else rope
        part["torch_dtype"] = part.pop("dtype", "float32")
        # As Llama 4 was published; transformers 5 has become stricter and reads true and false only.
        if part.get("attn_temperature_tuning"):
            part["attn_temperature_tuning"] = 4
        part.pop("layer_types", None)
    path.write_text(json.dumps(config, indent=2))


def logits(model, tokens):
    with torch.no_grad():
        return model(input_ids=torch.tensor([tokens])).logits[0]


def round_angles_late(model):
    """Has Llama 4 take its angles in 64 bits, as we do: rounded to 32 before their cosine is taken,
    they put the logits of llama4-multimodal off by 1.5e-5 at position 72, and all other rounding by
    5e-6 at most (measured against the whole model in 64 bits)."""

    def angles(x, positions):
        turns = positions[..., None].double() * rotary.inv_freq.double()
        return torch.polar(torch.ones_like(turns), turns).to(torch.complex64)

    for module in model.modules():
        if type(module).__name__ == "Llama4TextRotaryEmbedding":
            rotary = module
            module.forward = angles


def watch_choices(model, gaps):
    """Notes for each router how far the last expert that is taken lies before the first that is not."""
    k = model.config.get_text_config().num_experts_per_tok

    def note(router, inputs, output):
        count = router.weight.shape[0]
        rows = torch.nn.functional.linear(inputs[0], router.weight).reshape(-1, count)
        best = rows.topk(k + 1, dim=-1).values
        gaps.append(float((best[:, k - 1] - best[:, k]).min()))

    for module in model.modules():
        if type(module).__name__.endswith("Router"):
            module.register_forward_hook(note)


def main():
    torch.manual_seed(5)
    tokens = torch.randint(41, (100,)).tolist()
    for name, config, options in models():
        config._attn_implementation = config._experts_implementation = "eager"
        if hasattr(config, "text_config"):
            config.text_config._attn_implementation = "eager"
        model = CLASSES[config.model_type](config).eval()
        round_angles_late(model)
        starts = {p: (p == 1).float() for p in model.parameters()}
        gaps, closest = [], 0
        watch_choices(model, gaps)
        while closest < 1e-3:
            with torch.no_grad():
                for p in model.parameters():
                    p.copy_(starts[p] + 0.3 * torch.randn_like(p))
            gaps.clear()
            rows = logits(model, tokens)
            closest = min(gaps)
        folder = HERE / name
        folder.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(folder, **options)
        if name in ("mixtral", "olmoe", "llama4-multimodal"):
            old_keys(folder)
        answer = {"tokens": tokens, "logits": [[shortest(x) for x in r] for r in rows[::9].tolist()]}
        (folder / "logits.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")
        size = sum(f.stat().st_size for f in folder.iterdir())
        print(f"{name}: {size} bytes, logits spread {rows.std():.2f}, {len(gaps)} routers,", end=" ")
        print(f"closest choice {closest:.1e}")


main()
