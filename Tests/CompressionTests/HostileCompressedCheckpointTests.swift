import Foundation
import Kernels
import Safetensors
import Scratch
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct HostileCompressedCheckpointTests {
  private func expectRefusal(
    of kind: Artefact, _ old: String, _ new: String, _ words: String
  ) throws {
    try inTemporaryFolder { folder in
      try kind.checkpoint().write(to: folder)
      let file = folder.appending(path: "config.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try #require(text.contains(old))
      try text.replacingOccurrences(of: old, with: new).write(
        to: file, atomically: false, encoding: .utf8)
      let refusal = message { _ = try CompressedCheckpoint(contentsOf: folder) }
      #expect(refusal.contains(words), "\(refusal)")
    }
  }

  @Test(
    arguments: [
      ("\"hidden_size\": 32", "\"hidden_size\": 1048576", "config.json describes a model of"),
      ("\"hidden_size\": 32", "\"hidden_size\": \"32\"", "hidden_size: expected a whole number"),
      ("\"hidden_size\": 32,", "", "hidden_size: missing"),
      ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "cannot share 3 evenly"),
      ("\"head_dim\": 8", "\"head_dim\": 9", "need an even one"),
      ("\"family\": \"llama\"", "\"family\": \"gpt\"", "compression.family"),
      ("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2", "3 numbers for 2 layers"),
      ("\"biased_layers\": []", "\"biased_layers\": [7]", "compression.biased_layers"),
      ("\"ranks\": {}", "\"ranks\": {\"model.norm\": 1}", "the model has no such layer"),
      (
        "\"ranks\": {}", "\"ranks\": {\"model.layers.0.mlp.up_proj\": 999}", "has no rank 999"
      ),
      ("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\"}", "not supported"),
      ("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": -1", "rms_norm_eps"),
      ("\"sparse\": [", "\"sparse\": [\"model.norm.weight\",", "is no dense matrix"),
    ])
  func `a configuration that lies is refused`(_ old: String, _ new: String, _ words: String) throws
  {
    try expectRefusal(of: .sparse, old, new, words)
  }

  @Test func `damaged files of either kind never crash`() throws {
    for kind in [Artefact.sparse, .factored] {
      try inTemporaryFolder { folder in
        try kind.checkpoint().write(to: folder)
        var generator = Generator(seed: 1)
        for name in ["config.json", "model.safetensors"] {
          let file = folder.appending(path: name)
          let sound = try Data(contentsOf: file)
          // Of the tensors the header, which says what the rest is, and the masks right after.
          let reach = min(sound.count, 12_000)
          for trial in 0..<90 {
            var bytes = [UInt8](sound)
            switch trial % 3 {
            case 0: bytes[generator.uniform(below: reach)] ^= 1 << generator.uniform(below: 8)
            case 1: bytes.removeSubrange(generator.uniform(below: reach)...)
            default: bytes[generator.uniform(below: reach)] = UInt8(generator.uniform(below: 256))
            }
            try Data(bytes).write(to: file)
            do {
              _ = try CompressedCheckpoint(contentsOf: folder)
            } catch {
              #expect(!"\(error)".contains("\n"))
            }
          }
          try sound.write(to: file)
        }
        _ = try CompressedCheckpoint(contentsOf: folder)
      }
    }
  }

  @Test func `surplus and missing tensors are named`() throws {
    try inTemporaryFolder { folder in
      let checkpoint = try Artefact.factored.checkpoint()
      try checkpoint.write(to: folder)
      let file = folder.appending(path: "model.safetensors")
      let live = checkpoint.model.liveParameters
      func views(_ parameters: [Tensors.Parameter]) -> [TensorView] {
        parameters.map { parameter in
          TensorView(parameter.name, parameter.shape.dimensions) { parameter.tensor.floats }
        }
      }
      try SafetensorsFile.write(
        views(live) + [TensorView("more", [1]) { [0] }], to: file)
      #expect(message { _ = try CompressedCheckpoint(contentsOf: folder) }.contains("more is not"))
      try SafetensorsFile.write(
        views(live.filter { $0.name != "model.norm.weight" }) + [
          TensorView("x", [64]) {
            Array(repeating: 0, count: 64)
          }
        ], to: file)
      #expect(
        message { _ = try CompressedCheckpoint(contentsOf: folder) }.contains("model.norm.weight"))
    }
  }
}
