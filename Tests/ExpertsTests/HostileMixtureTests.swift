import Foundation
import Kernels
import Scratch
import Testing
import Transformer

@testable import Experts

@Suite struct HostileMixtureTests {
  /// What `change` makes of a sound folder must be refused with a message that holds `words`.
  private func expectRefusal(
    of name: String, _ words: String..., change: (URL) throws -> Void
  ) throws {
    try inTemporaryFolder { folder in
      try copy(name, to: folder)
      try change(folder)
      let error = #expect(throws: CheckpointError.self) {
        try Checkpoint(contentsOf: folder, among: .all)
      }
      let message = error?.description ?? ""
      #expect(!message.contains("\n"))
      for word in words { #expect(message.contains(word), "\(word) is not in: \(message)") }
    }
  }

  @Test func `configurations`() throws {
    try expectRefusal(of: "mixtral", "sliding_window", "4096") {
      try edit($0, "\"sliding_window\": null", "\"sliding_window\": 4096")
    }
    try expectRefusal(of: "mixtral", "num_experts_per_tok", "1...5") {
      try edit($0, "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 6")
    }
    try expectRefusal(of: "mixtral", "quantization_config") {
      try edit($0, "\"use_cache\": true", "\"quantization_config\": {\"quant_method\": \"fp8\"}")
    }
    try expectRefusal(of: "qwen2-moe", "use_sliding_window") {
      try edit($0, "\"use_sliding_window\": false", "\"use_sliding_window\": true")
    }
    try expectRefusal(of: "qwen2-moe", "layer_types", "layer 0") {
      try edit($0, "\"full_attention\"", "\"sliding_attention\"")
    }
    try expectRefusal(of: "qwen2-moe", "mlp_only_layers", "no layer is a mixture") {
      try edit($0, "\"decoder_sparse_step\": 1", "\"decoder_sparse_step\": 9")
    }
    try expectRefusal(of: "olmoe", "attention_bias") {
      try edit($0, "\"attention_bias\": false", "\"attention_bias\": true")
    }
    try expectRefusal(of: "olmoe-limited", "clip_qkv", "expected a number") {
      try edit($0, "\"clip_qkv\": 0.8", "\"clip_qkv\": -1")
    }
    try expectRefusal(of: "llama4-normed", "rope_parameters.rope_type", "yarn") {
      try edit($0, "\"llama3\"", "\"yarn\"")
    }
    try expectRefusal(of: "llama4-normed", "attention_chunk_size", "whole number") {
      try edit($0, "\"attention_chunk_size\": 16", "\"attention_chunk_size\": 0")
    }
    try expectRefusal(of: "llama4-normed", "layer_types", "layer 0", "chunked_attention") {
      try edit($0, "\"chunked_attention\"", "\"full_attention\"")
    }
    try expectRefusal(of: "llama4-multimodal", "text_config.hidden_act", "gelu") {
      try edit($0, "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"")
    }
    try expectRefusal(of: "llama4-multimodal", "text_config.no_rope_layers", "1 numbers for 2") {
      try edit($0, "\"no_rope_layers\": [\n      1,\n      0\n    ]", "\"no_rope_layers\": [1]")
    }
    try expectRefusal(of: "llama4-multimodal", "text_config.moe_layers", "0...1") {
      try edit($0, "\"moe_layers\": [\n      1\n    ]", "\"moe_layers\": [2]")
    }
  }

  @Test func `dense callers refuse mixtures by name`() throws {
    try inTemporaryFolder { folder in
      try copy("mixtral", to: folder)
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: folder) }
      #expect(error?.description.contains("\"mixtral\" is not supported") == true)
    }
  }

  @Test func `a huge claim allocates nothing`() throws {
    try expectRefusal(of: "mixtral", "describes", "hold") {
      try edit($0, "\"num_local_experts\": 5", "\"num_local_experts\": 65536")
    }
    try expectRefusal(of: "mixtral", "num_local_experts", "too many") {
      try edit($0, "\"num_local_experts\": 5", "\"num_local_experts\": 65536")
      try edit($0, "\"intermediate_size\": 10", "\"intermediate_size\": 16777216")
    }
    try expectRefusal(of: "llama4-normed", "head_dim", "more than any model has") {
      try edit($0, "\"head_dim\": 8", "\"head_dim\": 65536")
      try edit($0, "\"num_attention_heads\": 4", "\"num_attention_heads\": 65536")
    }
    try expectRefusal(of: "qwen2-moe", "describes", "hold") {
      for (key, old, new) in [
        ("num_hidden_layers", 3, 4096), ("num_experts", 5, 4), ("hidden_size", 24, 1 << 20),
        ("moe_intermediate_size", 10, 1 << 24), ("intermediate_size", 20, 1 << 24),
        ("shared_expert_intermediate_size", 14, 1 << 24), ("vocab_size", 41, 1 << 24),
      ] { try edit($0, "\"\(key)\": \(old)", "\"\(key)\": \(new)") }
      try edit($0, "\"layer_types\"", "\"types\"")
    }
  }

  @Test func `tensors`() throws {
    try expectRefusal(of: "mixtral", "block_sparse_moe.gate.weight", "[5, 24]", "[4, 24]") {
      try edit($0, "\"num_local_experts\": 5", "\"num_local_experts\": 4")
    }
    try expectRefusal(of: "llama4-normed", "gate_up_proj", "[4, 24, 20]", "[4, 24, 18]") {
      try edit($0, "\"intermediate_size\": 10", "\"intermediate_size\": 9")
    }
    try expectRefusal(of: "llama4-multimodal", "model-00003-of-00003.safetensors") {
      try FileManager.default.removeItem(
        at: $0.appending(path: "model-00003-of-00003.safetensors"))
    }
    // A mixture under another family's name.
    try expectRefusal(of: "olmoe", "q_proj.bias") {
      try edit($0, "\"olmoe\"", "\"qwen2_moe\"")
      try edit(
        $0, "\"intermediate_size\": 10",
        """
        "intermediate_size": 10, "moe_intermediate_size": 10, "shared_expert_intermediate_size": 1
        """)
      try edit($0, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1")
    }
  }

  /// Configurations changed at random are refused or read; none may crash or take much memory.
  @Test(arguments: ["qwen2-moe", "llama4-normed", "llama4-multimodal"])
  func `mutated configurations`(_ name: String) throws {
    try inTemporaryFolder { folder in
      try copy(name, to: folder)
      let file = folder.appending(path: "config.json")
      let sound = [UInt8](try Data(contentsOf: file))
      var generator = Generator(seed: 1)
      var refused = 0
      for _ in 0..<1500 {
        var bytes = sound
        for _ in 0...generator.uniform(below: 3) {
          let place = generator.uniform(below: bytes.count)
          switch generator.uniform(below: 4) {
          case 0: bytes[place] = UInt8(generator.uniform(below: 256))
          case 1: bytes.remove(at: place)
          case 2: bytes.insert(UInt8(ascii: "9"), at: place)
          default: bytes.replaceSubrange(place..<min(bytes.count, place + 9), with: "null".utf8)
          }
        }
        try Data(bytes).write(to: file)
        do {
          _ = try Checkpoint(contentsOf: folder, among: .all)
        } catch {
          refused += 1
          #expect(error is CheckpointError)
        }
      }
      #expect(refused > 400)
    }
  }
}
