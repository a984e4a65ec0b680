import Foundation
import Kernels
import Safetensors
import Scratch
import Tensors
import Testing
import TransformersOracle

@testable import Transformer

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../Oracles/Fixtures/decoders").standardized

/// Models that `Tests/Oracles/decoders.py` made with `transformers`, and their logits.
@Suite struct HubTests {
  private struct Answer: Decodable {
    let tokens: [Int32]
    let logits: [[Float]]
  }

  static let names = ["llama-tied", "llama3-scaled", "qwen2-tied", "qwen2-sharded"]

  @Test(arguments: names)
  func `logits are those of transformers`(_ name: String) throws {
    let folder = fixtures.appending(path: name)
    let checkpoint = try Checkpoint(contentsOf: folder)
    let answer = try JSONDecoder().decode(
      Answer.self, from: Data(contentsOf: folder.appending(path: "logits.json")))
    let logits = checkpoint.model(Passage(answer.tokens, lengths: [answer.tokens.count]))
    for (index, expected) in answer.logits.enumerated() {
      for (ours, theirs) in zip(logits.row(9 * index), expected) {
        #expect(abs(ours - theirs) < 1e-5, "row \(9 * index): \(ours), transformers has \(theirs)")
      }
    }
    #expect(checkpoint.beginning == 1 && checkpoint.ends == [2, 3])
    #expect(
      checkpoint.model.parameters.all.reduce(0) { $0 + $1.shape.count }
        == checkpoint.model.configuration.parameterCount)
  }

  @Test(arguments: names)
  func `what is written reads back as it was`(_ name: String) throws {
    let original = try Checkpoint(contentsOf: fixtures.appending(path: name))
    try inTemporaryFolder { folder in
      try original.write(to: folder)
      let copy = try Checkpoint(contentsOf: folder)
      #expect(copy.model.configuration == original.model.configuration)
      #expect(copy.beginning == original.beginning && copy.ends == original.ends)
      for (a, b) in zip(copy.model.parameters.all, original.model.parameters.all) {
        #expect(a.name == b.name && a.tensor.floats == b.tensor.floats)
      }
      let file = folder.appending(path: "model.safetensors")
      let first = try Data(contentsOf: file)
      try copy.write(to: folder)
      #expect(try Data(contentsOf: file) == first)
    }
  }

  @Test(.enabled(if: TransformersOracle.isAvailable), arguments: [Sample.llama, Sample.qwen])
  func `transformers reads what we write`(_ configuration: Configuration) throws {
    let model = Sample.model(configuration)
    let tokens = Sample.tokens(60)
    try inTemporaryFolder { folder in
      try Checkpoint(model, beginning: 1, ends: [2]).write(to: folder)
      let answer = try TransformersOracle.ask(about: folder, .tokens(tokens), new: 20)
      let logits = model(Passage(tokens, lengths: [60]))
      #expect(answer.difference(from: (0..<60).map(logits.row)) < 2e-5)
      let written = Writer(model, sampling: .greedy, limit: 20)([tokens])[0]
      #expect(written.tokens == answer.greedy)
    }
  }
}

@Suite struct HostileCheckpointTests {
  /// What `change` makes of a sound folder must be refused with a message that holds `words`.
  private func expectRefusal(
    of name: String = "llama-tied", _ words: String..., change: (URL) throws -> Void
  ) throws {
    try inTemporaryFolder { folder in
      for file in try FileManager.default.contentsOfDirectory(
        at: fixtures.appending(path: name), includingPropertiesForKeys: nil)
      {
        try FileManager.default.copyItem(
          at: file, to: folder.appending(path: file.lastPathComponent))
      }
      try change(folder)
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: folder) }
      let message = error?.description ?? ""
      #expect(!message.contains("\n"))
      for word in words { #expect(message.contains(word), "\(word) is not in: \(message)") }
    }
  }

  private func edit(_ folder: URL, _ old: String, _ new: String) throws {
    let file = folder.appending(path: "config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacingOccurrences(of: old, with: new).write(
      to: file, atomically: false, encoding: .utf8)
  }

  @Test func `configurations`() throws {
    try expectRefusal("config.json", "folder of a model") {
      try FileManager.default.removeItem(at: $0.appending(path: "config.json"))
    }
    try expectRefusal("config.json", "byte") {
      try edit($0, "\"vocab_size\": 41", "\"vocab_size\":")
    }
    try expectRefusal("model_type", "mamba", "llama, qwen2") {
      try edit($0, "\"llama\"", "\"mamba\"")
    }
    try expectRefusal("hidden_act", "gelu") { try edit($0, "\"silu\"", "\"gelu\"") }
    try expectRefusal("attention_bias") {
      try edit($0, "\"attention_bias\": false", "\"attention_bias\": true")
    }
    try expectRefusal("rope_parameters.rope_type", "yarn", "llama3") {
      try edit($0, "\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"")
    }
    try expectRefusal("num_key_value_heads", "share 3") {
      try edit($0, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3")
    }
    try expectRefusal("head_dim", "even") { try edit($0, "\"head_dim\": 6", "\"head_dim\": 5") }
    try expectRefusal("hidden_size", "whole number") {
      try edit($0, "\"hidden_size\": 24", "\"hidden_size\": 24.5")
    }
    try expectRefusal("hidden_size", "missing") {
      try edit($0, "\"hidden_size\"", "\"hiden_size\"")
    }
  }

  @Test func `a huge claim allocates nothing`() throws {
    try expectRefusal("describes", "hold") {
      try edit($0, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000")
    }
    try expectRefusal("describes", "hold") {
      try edit($0, "\"intermediate_size\": 40", "\"intermediate_size\": 16000000")
    }
  }

  @Test func `tensors`() throws {
    try expectRefusal("model.embed_tokens.weight", "[41, 24]") {
      try edit($0, "\"vocab_size\": 41", "\"vocab_size\": 40")
    }
    try expectRefusal("model.layers.1") {
      try edit($0, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1")
    }
    try expectRefusal("model.safetensors") {
      try FileManager.default.removeItem(at: $0.appending(path: "model.safetensors"))
    }
    try expectRefusal("model.safetensors") {
      let file = $0.appending(path: "model.safetensors")
      try Data(contentsOf: file).dropLast(1000).write(to: file)
    }
    try expectRefusal(of: "qwen2-sharded", "model-00002-of-00004.safetensors") {
      try FileManager.default.removeItem(
        at: $0.appending(path: "model-00002-of-00004.safetensors"))
    }
  }

  @Test func `a weight that is not a number`() throws {
    try expectRefusal("model.safetensors", "nan") {
      let file = $0.appending(path: "model.safetensors")
      var bytes = [UInt8](try Data(contentsOf: file))
      bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xc0, 0x7f])
      try Data(bytes).write(to: file)
    }
  }

  /// Configurations changed at random are refused or read; none may crash or take much memory.
  @Test func `mutated configurations`() throws {
    let source = fixtures.appending(path: "llama3-scaled")
    let sound = [UInt8](try Data(contentsOf: source.appending(path: "config.json")))
    try inTemporaryFolder { folder in
      try FileManager.default.copyItem(
        at: source.appending(path: "model.safetensors"),
        to: folder.appending(path: "model.safetensors"))
      var generator = Generator(seed: 1)
      var refused = 0
      for _ in 0..<3000 {
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
        try Data(bytes).write(to: folder.appending(path: "config.json"))
        do {
          _ = try Checkpoint(contentsOf: folder)
        } catch {
          refused += 1
          #expect(error is CheckpointError)
        }
      }
      #expect(refused > 1000)
    }
  }
}
