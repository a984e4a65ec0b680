import Foundation
import Kernels
import Scratch
import Tensors
import Testing
import Transformer
import TransformersOracle

@testable import Experts

/// Mixtures that `Tests/Oracles/mixtures.py` made with `transformers`, and their logits.
@Suite struct MixtureHubTests {
  private struct Answer: Decodable {
    let tokens: [Int32]
    let logits: [[Float]]
  }

  static let names = [
    "mixtral", "qwen2-moe", "qwen2-moe-renormalised", "olmoe", "olmoe-limited", "olmoe-single",
    "llama4-normed", "llama4-listed", "llama4-multimodal",
  ]

  private func folder(_ name: String) -> URL { fixtures.appending(path: "mixtures/\(name)") }

  @Test(arguments: names)
  func `logits are those of transformers`(_ name: String) throws {
    let checkpoint = try Checkpoint(contentsOf: folder(name), among: .all)
    let answer = try JSONDecoder().decode(
      Answer.self, from: Data(contentsOf: folder(name).appending(path: "logits.json")))
    let logits = checkpoint.model(Passage(answer.tokens, lengths: [answer.tokens.count]))
    for (index, expected) in answer.logits.enumerated() {
      for (ours, theirs) in zip(logits.row(9 * index), expected) {
        #expect(abs(ours - theirs) < 1e-5, "row \(9 * index): \(ours), transformers has \(theirs)")
      }
    }
    #expect(checkpoint.beginning == 1 && checkpoint.ends == [2, 3])
  }

  /// Whether the fixtures would show it if a key were read wrongly, or not at all.
  @Test(arguments: [
    ("mixtral", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 3"),
    ("mixtral", "\"rope_theta\": 1000000.0", "\"rope_theta\": 10000.0"),
    ("qwen2-moe", "\"norm_topk_prob\": false", "\"norm_topk_prob\": true"),
    ("qwen2-moe-renormalised", "\"norm_topk_prob\": true", "\"norm_topk_prob\": false"),
    ("olmoe", "\"norm_topk_prob\": false", "\"norm_topk_prob\": true"),
    ("olmoe-limited", "\"clip_qkv\": 0.8", "\"clip_qkv\": null"),
    ("llama4-normed", "\"attention_chunk_size\": 16", "\"attention_chunk_size\": 128"),
    ("llama4-normed", "\"attn_temperature_tuning\": true", "\"attn_temperature_tuning\": 0"),
    ("llama4-normed", "\"floor_scale\": 8", "\"floor_scale\": 9"),
    ("llama4-normed", "\"attn_scale\": 0.3", "\"attn_scale\": 0.1"),
    ("llama4-normed", "\"use_qk_norm\": true", "\"use_qk_norm\": false"),
    ("llama4-normed", "\"factor\": 16.0", "\"factor\": 8.0"),
    ("llama4-listed", "\"use_qk_norm\": false", "\"use_qk_norm\": true"),
    ("llama4-multimodal", "1,\n      0", "1,\n      1"),
  ])
  func `every choice shows in the logits`(_ name: String, _ old: String, _ new: String) throws {
    let answer = try JSONDecoder().decode(
      Answer.self, from: Data(contentsOf: folder(name).appending(path: "logits.json")))
    try inTemporaryFolder { changed in
      try copy(name, to: changed)
      try edit(changed, old, new)
      let model = try Checkpoint(contentsOf: changed, among: .all).model
      let logits = model(Passage(answer.tokens, lengths: [answer.tokens.count]))
      let apart = answer.logits.enumerated().flatMap { index, expected in
        zip(logits.row(9 * index), expected).map { abs($0 - $1) }
      }
      #expect(apart.max()! > 1e-2)
    }
  }

  @Test(arguments: names)
  func `decoding token by token has the bits of one pass`(_ name: String) throws {
    let model = try Checkpoint(contentsOf: folder(name), among: .all).model
    let tokens = Sample.tokens(70)
    let whole = model(Passage(tokens, lengths: [70]))
    let packed = model.packed()
    let cache = KeyValueCache(model.configuration, slots: 1, capacity: 70)
    let prompt = packed(cache.passage([(0, Array(tokens[..<40]))]), cache: cache)
    for row in 0..<40 { #expect(prompt.row(row) == whole.row(row)) }
    for position in 40..<70 {
      let logits = packed(cache.passage([(0, [tokens[position]])]), cache: cache)
      #expect(logits.row(0) == whole.row(position), "position \(position)")
    }
  }

  @Test(arguments: names)
  func `what is written reads back as it was`(_ name: String) throws {
    let original = try Checkpoint(contentsOf: folder(name), among: .all)
    try inTemporaryFolder { folder in
      try original.write(to: folder, among: .all)
      let copy = try Checkpoint(contentsOf: folder, among: .all)
      #expect(copy.model.configuration == original.model.configuration)
      #expect(
        copy.model.mixtures.map(\.configuration) == original.model.mixtures.map(\.configuration))
      #expect(copy.beginning == original.beginning && copy.ends == original.ends)
      for (a, b) in zip(copy.model.parameters.all, original.model.parameters.all) {
        #expect(a.name == b.name && a.tensor.floats == b.tensor.floats)
      }
      let files = ["model.safetensors", "config.json"].map { folder.appending(path: $0) }
      let first = try files.map { try Data(contentsOf: $0) }
      try copy.write(to: folder, among: .all)
      #expect(try files.map { try Data(contentsOf: $0) } == first)
    }
  }

  @Test func `the layers of a list that fits no interval`() throws {
    let listed = try Checkpoint(contentsOf: folder("llama4-listed"), among: .mixtures).model
    #expect(listed.blocks.map { $0.feedForward is MixtureOfExperts } == [true, false, true])
    #expect(listed.configuration.attention.unrotatedLayers == [0])
    #expect(listed.configuration.attention.temperature == nil)
    let interval = try Checkpoint(contentsOf: folder("llama4-multimodal"), among: .mixtures).model
    #expect(interval.mixtures[0].configuration.interval == 2)
    #expect(interval.mixtures[0].configuration.denseLayers == [])
    #expect(interval.configuration.attention.temperature == .init(strength: 0.3, floor: 8))
  }

  @Test func `dense models are read by the same call`() throws {
    let folder = fixtures.appending(path: "decoders/qwen2-tied")
    let (one, other) = (
      try Checkpoint(contentsOf: folder), try Checkpoint(contentsOf: folder, among: .all)
    )
    #expect(one.model.configuration == other.model.configuration)
    for (a, b) in zip(one.model.parameters.all, other.model.parameters.all) {
      #expect(a.name == b.name && a.tensor.floats == b.tensor.floats)
    }
  }

  @Test func `a mixture that fits no family is not written, and is told why`() throws {
    func objections(
      _ mixture: MixtureConfiguration, names: MixtureNames = .qwen2
    ) throws -> String {
      var message = ""
      try inTemporaryFolder { folder in
        let checkpoint = Checkpoint(Sample.model(mixture, names: names))
        let error = #expect(throws: CheckpointError.self) {
          try checkpoint.write(to: folder, among: .all)
        }
        message = error?.description ?? ""
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.isEmpty)
      }
      #expect(!message.contains("\n"))
      return message
    }
    let biased = try objections(Sample.deepSeek)
    #expect(biased.contains("olmoe: its selection has no bias"))
    let named = try objections(Sample.mixtral)
    #expect(named.contains("mixtral: it has a model.layers.0.block_sparse_moe.gate.weight"))
    #expect(named.contains("olmoe: its attention normalises"))
    #expect(try objections(Sample.random).contains("mixtral: each token selects"))
    #expect(try objections(Sample.llama4).contains("llama4_text: its rotation turns neighbours"))
    #expect(throws: CheckpointError.self) {
      try inTemporaryFolder { try Checkpoint(Sample.model(Sample.mixtral)).write(to: $0) }
    }
  }

  @Test(.enabled(if: TransformersOracle.isAvailable), arguments: Sample.published.indices)
  func `transformers reads what we write`(_ index: Int) throws {
    let (name, configuration, mixture, names) = Sample.published[index]
    let model = Sample.model(mixture, in: configuration, names: names)
    let tokens = Sample.tokens(60)
    try inTemporaryFolder { folder in
      try Checkpoint(model, beginning: 1, ends: [2]).write(to: folder, among: .all)
      let config = try String(contentsOf: folder.appending(path: "config.json"), encoding: .utf8)
      #expect(config.contains("\"model_type\": \"\(name)\""))
      let answer = try TransformersOracle.ask(about: folder, .tokens(tokens), new: 20)
      let logits = model(Passage(tokens, lengths: [60]))
      #expect(answer.difference(from: (0..<60).map(logits.row)) < 2e-5)
      let written = Writer(model, sampling: .greedy, limit: 20)([tokens])[0]
      #expect(written.tokens == answer.greedy)
    }
  }
}
