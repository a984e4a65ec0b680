import Foundation
import Safetensors
import Tensors
import Testing
import Transformer

@testable import Tuning

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../Oracles/Fixtures").standardized

/// Adapters that `Tests/Oracles/adapters.py` made with `peft`, and the logits of the adapted models.
@Suite struct AdapterHubTests {
  private struct Answer: Decodable {
    let tokens: [Int32]
    let logits: [[Float]]
  }

  static let names = ["llama-tied", "qwen2-sharded"]

  private func base(_ name: String) throws -> Transformer {
    try Checkpoint(contentsOf: fixtures.appending(path: "decoders/\(name)")).model
  }

  @Test(arguments: names)
  func `logits are those of peft`(_ name: String) throws {
    let folder = fixtures.appending(path: "adapters/\(name)")
    let answer = try JSONDecoder().decode(
      Answer.self, from: Data(contentsOf: folder.appending(path: "logits.json")))
    let base = try base(name)
    let adapter = try Adapter(contentsOf: folder, for: base)
    let passage = Passage(answer.tokens, lengths: [answer.tokens.count])
    let (logits, plain) = (adapter.model(passage), base(passage))
    for (index, expected) in answer.logits.enumerated() {
      for (ours, theirs) in zip(logits.row(9 * index), expected) {
        #expect(abs(ours - theirs) < 1e-5 * max(1, abs(theirs)))
      }
    }
    #expect(zip(plain.floats, logits.floats).contains { abs($0 - $1) > 0.01 })
  }

  @Test(arguments: names)
  func `what is written reads back as it was`(_ name: String) throws {
    let base = try base(name)
    let original = try Adapter(
      contentsOf: fixtures.appending(path: "adapters/\(name)"), for: base)
    let scratch = try Scratch()
    try original.write(to: scratch.url, baseName: "a/base")
    let copy = try Adapter(contentsOf: scratch.url, for: base)
    #expect(copy.configuration == original.configuration)
    #expect(copy.parameters.all.map(\.name) == original.parameters.all.map(\.name))
    #expect(Sample.values(copy.parameters) == Sample.values(original.parameters))
    let files = [Adapter.configurationFile, Adapter.weightsFile].map {
      scratch.url.appending(path: $0)
    }
    let first = try files.map { try Data(contentsOf: $0) }
    try copy.write(to: scratch.url, baseName: "a/base")
    #expect(try files.map { try Data(contentsOf: $0) } == first)
  }

  @Test func `all linear layers are written by that name`() throws {
    let adapter = Sample.adapter(Sample.qwen)
    let scratch = try Scratch()
    try adapter.write(to: scratch.url)
    let copy = try Adapter(contentsOf: scratch.url, for: Sample.model(Sample.qwen))
    #expect(copy.configuration == adapter.configuration)
    #expect(Sample.logits(copy.model) == Sample.logits(adapter.model))
    let file = try SafetensorsFile(scratch.url.appending(path: Adapter.weightsFile))
    #expect(
      file.tensors.map(\.name).contains(
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"))
  }

  /// Needs Python with `peft`: run by `make oracles`, which sets ESPALIER_PYTHON.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["ESPALIER_PYTHON"] != nil),
    arguments: [Sample.llama, Sample.qwen], [true, false])
  func `peft reads what we write`(_ configuration: Configuration, isSpecial: Bool) throws {
    struct Check: Decodable {
      let logits: [[Float]]
      let merged: [[Float]]
    }
    var options = LoRAConfiguration(rank: 4, alpha: 8)
    if isSpecial {
      options.targets = .modules(
        ["q_proj", "o_proj", "up_proj", "down_proj"]
          + (configuration.tiesEmbeddings ? [] : ["lm_head"]))
      options.excluded = ["layers.0.mlp.up_proj"]
      options.ranks = [.init("layers.1.self_attn.q_proj", 7), .init("o_proj", 2)]
      options.alphas = [.init("layers.1.mlp.down_proj", 1.5)]
      options.isRankStabilized = true
      options.dropout = 0.1
    }
    let adapter = Sample.adapter(configuration, options)
    let scratch = try Scratch()
    let (base, folder) = (scratch.url.appending(path: "base"), scratch.url.appending(path: "lora"))
    try Checkpoint(adapter.base, beginning: 1, ends: [2]).write(to: base)
    try adapter.write(to: folder, baseName: base.path)
    let tokens = Sample.tokens(40)
    let process = Process()
    process.executableURL = URL(
      filePath: ProcessInfo.processInfo.environment["ESPALIER_PYTHON"]!)
    process.arguments = [
      fixtures.appending(path: "../adapters.py").standardized.path, "--check", folder.path,
      "--base", base.path, "--tokens", "\(tokens)",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let check = try JSONDecoder().decode(Check.self, from: output)
    func expectEqual(_ ours: [Float], _ theirs: [[Float]]) {
      let theirs = theirs.flatMap { $0 }
      #expect(ours.count == theirs.count)
      let size = ours.map(abs).max()!
      for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 2e-5 * size) }
    }
    expectEqual(Sample.logits(adapter.model), check.logits)
    adapter.merge()
    expectEqual(Sample.logits(adapter.base), check.merged)
  }
}
