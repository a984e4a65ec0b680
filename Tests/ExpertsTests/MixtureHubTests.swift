import Foundation
import Kernels
import Tensors
import Testing
import Transformer

@testable import Experts

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../Oracles/Fixtures").standardized

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

  /// Needs Python with `transformers`; give its path as ESPALIER_PYTHON. Kept out of `make test`.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["ESPALIER_PYTHON"] != nil),
    arguments: Sample.published.indices)
  func `transformers reads what we write`(_ index: Int) throws {
    struct Check: Decodable {
      let logits: [[Float]]
      let greedy: [Int32]
    }
    let (name, configuration, mixture, names) = Sample.published[index]
    let model = Sample.model(mixture, in: configuration, names: names)
    let tokens = Sample.tokens(60)
    try inTemporaryFolder { folder in
      try Checkpoint(model, beginning: 1, ends: [2]).write(to: folder, among: .all)
      let config = try String(contentsOf: folder.appending(path: "config.json"), encoding: .utf8)
      #expect(config.contains("\"model_type\": \"\(name)\""))
      let process = Process()
      process.executableURL = URL(
        filePath: ProcessInfo.processInfo.environment["ESPALIER_PYTHON"]!)
      process.arguments = [
        fixtures.appending(path: "../decoders.py").standardized.path, "--check", folder.path,
        "--tokens", "\(tokens)", "--new", "20",
      ]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let check = try JSONDecoder().decode(Check.self, from: output)
      let logits = model(Passage(tokens, lengths: [60]))
      for (row, expected) in check.logits.enumerated() {
        for (ours, theirs) in zip(logits.row(row), expected) {
          #expect(abs(ours - theirs) < 2e-5 * max(1, abs(theirs)))
        }
      }
      let written = Writer(model, sampling: .greedy, limit: 20)([tokens])[0]
      #expect(written.tokens == check.greedy)
    }
  }
}

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

  private func copy(_ name: String, to folder: URL) throws {
    let source = fixtures.appending(path: "mixtures/\(name)")
    for file in try FileManager.default.contentsOfDirectory(
      at: source, includingPropertiesForKeys: nil)
    {
      try FileManager.default.copyItem(at: file, to: folder.appending(path: file.lastPathComponent))
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
    try expectRefusal(of: "mixtral", "experts.4.w1.weight", "not a tensor of such a model") {
      try edit($0, "\"num_local_experts\": 5", "\"num_local_experts\": 4")
      try edit($0, "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 1")
    }
    try expectRefusal(of: "llama4-normed", "gate_up_proj", "[4, 24, 20]", "[3, 24, 20]") {
      try edit($0, "\"num_local_experts\": 4", "\"num_local_experts\": 3")
    }
    try expectRefusal(of: "llama4-multimodal", "model-00003-of-00005.safetensors") {
      try FileManager.default.removeItem(
        at: $0.appending(path: "model-00003-of-00005.safetensors"))
    }
    // A mixture under another family's name.
    try expectRefusal(of: "olmoe", "q_norm.weight") {
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

private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}
