import Foundation
import Quantization
import Scratch
import Tensors
import Testing
import Text
import Transformer

@testable import GGUF

private let types: [GGUFType] = [.float32, .float16, .blocks(.q80), .blocks(.q40)]

@Suite struct GGUFModelTests {
  /// The model with its matrices as `type` holds them, by ways that lead through no file.
  private func stored(_ original: Transformer, _ type: GGUFType) throws -> Transformer {
    let copy = Transformer(original.configuration, seed: nil)
    var blocks: [String: BlockMatrix] = [:]
    for (from, to) in zip(original.parameters.all, copy.parameters.all) {
      switch type {
      case .float16 where from.shape.rank == 2:
        to.set(Tensor(from.shape, widened(halves: try narrowed(toHalves: from.tensor.floats))))
      case .blocks(let format) where from.shape.rank == 2:
        blocks[from.name] = try BlockMatrix(rounding: from.tensor, to: format)
        to.set(blocks[from.name]!.decoded())
      default: to.set(from.tensor)
      }
    }
    return try copy.replacingWeights { name, _ throws(QuantizationError) in
      blocks[name].map(BlockProjection.init)
    }
  }

  @Test(arguments: Configuration.Family.allCases, types)
  func `a model that was written is read`(_ family: Configuration.Family, _ type: GGUFType) throws {
    for tied in [true, false] {
      let folder = try Scratch()
      let original = model(configuration(family, tied: tied))
      try GGUFModel(original, storing: type).write(to: folder.file())
      let read = try GGUFModel(contentsOf: folder.file())
      #expect(read.model.configuration == original.configuration)
      #expect(bits(read.model(passage).floats) == bits(try stored(original, type)(passage).floats))

      // And written again with the same bytes.
      try read.write(to: folder.file("again.gguf"))
      #expect(
        try Data(contentsOf: folder.file()) == Data(contentsOf: folder.file("again.gguf")))
    }
  }

  /// What was rounded by another method than the nearest is kept to the bit.
  @Test func `projections in blocks are written as they are`() throws {
    let folder = try Scratch()
    let original = model(configuration(.llama, tied: false))
    let mixed = try original.replacingWeights { name, weight throws(QuantizationError) in
      if name.contains("o_proj") { return nil }
      return BlockProjection(
        try BlockMatrix(rounding: weight.scaled(by: 0.9), to: name.contains("q") ? .q80 : .q40))
    }
    // The embedding table stays, so that both models read the same rows of it.
    try GGUFModel(mixed).write(to: folder.file())
    let read = try GGUFModel(contentsOf: folder.file())
    #expect(read.types["blk.1.attn_q.weight"] == .blocks(.q80))
    #expect(read.types["blk.1.attn_output.weight"] == .float32)
    #expect(read.types["output.weight"] == .blocks(.q40))
    #expect(bits(read.model(passage).floats) == bits(mixed(passage).floats))
  }

  @Test func `a tensor knows what its scales take`() throws {
    let folder = try Scratch()
    for (type, share) in [(types[0], 0.0), (types[2], 2.0 / 34), (types[3], 2.0 / 18)] {
      try GGUFModel(model(configuration(.llama)), storing: type).write(to: folder.file())
      let tensor = try GGUFFile(folder.file()).tensor(named: "blk.0.attn_q.weight")
      #expect(Double(tensor.scaleByteCount) == share * Double(tensor.byteCount))
    }
    let reference = try GGUFFile(fixture("reference.gguf")).tensor(named: "Q4_K")
    #expect(reference.byteCount == 2 * 144 && reference.scaleByteCount == 2 * 16)
  }

  @Test func `a matrix that fits no block is kept in half precision`() throws {
    let folder = try Scratch()
    var configuration = configuration(.llama)
    configuration.feedForwardWidth = 100
    let written = try GGUFModel(model(configuration), storing: .blocks(.q40))
    #expect(written.types["blk.0.ffn_down.weight"] == .float16)
    #expect(written.types["blk.0.ffn_up.weight"] == .blocks(.q40))
    try written.write(to: folder.file())
    #expect(try GGUFModel(contentsOf: folder.file()).types == written.types)
  }

  @Test func `rows of queries are interleaved and separated`() {
    let rows = Array(0..<16)
    let moved = interleaved(rows, rows: 8, heads: 2)
    // Two heads of four rows of two numbers: halves 0 1 | 2 3 become 0 2 1 3.
    #expect(moved == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15])
    #expect(separated(moved, rows: 8, heads: 2) == rows)
  }

  @Test func `the tokenizer is in the file`() throws {
    let folder = try Scratch()
    let tokenizer = BytePairs.train(
      on: ["tin tins tinned"], vocabulary: 300, splitting: .llama3,
      addedTokens: ["<|endoftext|>", AddedToken("<think>", isSpecial: false)],
      roles: .init(end: "<|endoftext|>"))
    var configuration = configuration(.llama)
    configuration.vocabulary = tokenizer.vocabularyCount + 2
    try GGUFModel(Transformer(configuration, seed: 1), tokenizer: tokenizer)
      .write(to: folder.file())
    let file = try GGUFFile(folder.file())
    guard case .strings(let tokens)? = file["tokenizer.ggml.tokens"],
      case .strings(let merges)? = file["tokenizer.ggml.merges"],
      case .numbers(.int32, let types)? = file["tokenizer.ggml.token_type"]
    else {
      Issue.record("no tokens")
      return
    }
    #expect(tokens.count == configuration.vocabulary)
    #expect(tokens[Int(tokenizer.token(of: " tin")!)] == "Ġtin")
    #expect(tokens.suffix(2) == ["[PAD\(tokens.count - 2)]", "[PAD\(tokens.count - 1)]"])
    #expect(merges.first == "i n" && merges.count == tokenizer.merges.count)
    let end = Int(tokenizer.end!)
    #expect(tokens[end] == "<|endoftext|>")
    #expect([0, end, end + 1, end + 2].map { types[4 * $0] } == [1, 3, 4, 5])
    #expect(file["tokenizer.ggml.pre"] == .string("llama-bpe"))
    #expect(file["tokenizer.ggml.eos_token_id"] == .uint32(UInt32(end)))
    #expect(file["tokenizer.ggml.add_bos_token"] == .bool(false))
  }

  @Test func `what llama cpp cannot say is refused`() throws {
    func problem(_ model: Transformer, _ tokenizer: (any Tokenizer)? = nil) -> GGUFError.Problem? {
      #expect(throws: GGUFError.self) { try GGUFModel(model, tokenizer: tokenizer) }?.problem
    }
    var scaled = configuration(.llama)
    scaled.rotaryScaling = .init(
      factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 32)
    #expect(problem(model(scaled)) == .inexpressible("rotary embeddings are scaled"))
    let dense = model(configuration(.llama))
    let rows = try dense.replacingWeights { name, weight throws(QuantizationError) in
      name.contains("up_proj") ? Int8Projection(try Int8Matrix(rounding: weight)) : nil
    }
    #expect(
      problem(rows)
        == .inexpressible("model.layers.0.mlp.up_proj.weight is neither dense nor in blocks"))
    #expect(
      problem(dense, CharacterTokenizer(of: "abc"))
        == .inexpressible("llama.cpp has no tokenizer of characters"))
  }

  @Test func `keys and tensors must belong together`() throws {
    let folder = try Scratch()
    try GGUFModel(model(configuration(.llama))).write(to: folder.file())
    let file = try GGUFFile(folder.file())
    func problem(
      _ change: (inout [GGUFEntry], inout [GGUFOutput]) -> Void
    ) throws -> GGUFError.Problem? {
      var (entries, outputs) = (file.entries, file.tensors.map(GGUFOutput.init))
      change(&entries, &outputs)
      try GGUFFile.write(entries, outputs, to: folder.file("changed.gguf"))
      return #expect(throws: GGUFError.self) {
        try GGUFModel(contentsOf: folder.file("changed.gguf"))
      }?.problem
    }
    func set(_ key: String, _ value: GGUFValue) -> (inout [GGUFEntry], inout [GGUFOutput]) -> Void {
      { entries, _ in
        entries.removeAll { $0.key == key }
        entries.append(GGUFEntry(key, value))
      }
    }
    #expect(try problem(set("llama.block_count", .uint32(4000))) != nil)
    #expect(
      try problem(set("llama.embedding_length", .uint32(128)))
        == .wrongShape(found: [48, 64], needed: [48, 128]))
    #expect(
      try problem(set("general.architecture", .string("mamba")))
        == .unexpected("\"mamba\"", needed: "llama or qwen2"))
    #expect(
      try problem(set("llama.attention.head_count", .string("4")))
        == .unexpected("\"4\"", needed: "a whole number from 1 to 65536"))
    #expect(try problem { $1.removeLast() } == .missing)
    #expect(
      try problem {
        $1.append(GGUFOutput("more", .float32, [1]) { () throws(GGUFError) in [0, 0, 0, 0] })
      } == .unexpected("a tensor of another model", needed: "nothing"))
  }
}
