import Foundation
import Quantization
import Tensors
import Testing
import Text
import Transformer

@testable import GGUF

/// What llama.cpp makes of our files. Runs where `ESPALIER_LLAMA` names a Python that has the package
/// `llama-cpp-python`; `ESPALIER_MODEL` may name the folder of a trained model.
@Suite(.enabled(if: LlamaTests.python != nil)) struct LlamaTests {
  static let environment = ProcessInfo.processInfo.environment
  static let python = environment["ESPALIER_LLAMA"]
  static let model = environment["ESPALIER_MODEL"]

  private struct Answer: Decodable {
    let tokens: [Int32]
    let logits: [Float]
    let written: [Int32]
  }

  /// What llama.cpp says after `prompts`, writing at most `limit` tokens.
  private func ask(_ file: URL, _ prompts: [String], limit: Int) throws -> [Answer] {
    let process = Process()
    process.executableURL = URL(filePath: Self.python!)
    process.arguments = [
      fixture("../../llama_cpp_greedy.py").standardizedFileURL.path, file.path, "\(limit)",
    ]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(prompts))
    try input.fileHandleForWriting.close()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode([Answer].self, from: said)
  }

  private func error(_ ours: [Float], _ theirs: [Float]) -> Float {
    let differences = zip(ours, theirs).map { ($0 - $1).magnitude }
    return differences.max()! / theirs.map(\.magnitude).max()!
  }

  /// Both families, since the rows of one are moved and the other has biases. llama.cpp rounds
  /// activations to blocks as well, with scales of another precision than ours.
  @Test(
    arguments: Configuration.Family.allCases,
    [(GGUFType.float32, Float(1e-4)), (.blocks(.q80), 1e-2), (.blocks(.q40), 1e-2)])
  func `random models have the same logits`(
    _ family: Configuration.Family, _ stored: (type: GGUFType, tolerance: Float)
  ) throws {
    let folder = try TemporaryFolder()
    let tokenizer = BytePairs.train(
      on: ["tin tins tinned"], vocabulary: 300, splitting: .qwen2, addedTokens: ["<|endoftext|>"],
      roles: .init(end: "<|endoftext|>"))
    var configuration = configuration(family, tied: false)
    configuration.vocabulary = tokenizer.vocabularyCount
    try GGUFModel(model(configuration), tokenizer: tokenizer, storing: stored.type)
      .write(to: folder.file())
    let read = try GGUFModel(contentsOf: folder.file()).model
    let prompts = ["tin tins a tinned tin", "12+3=", "Übung"]
    for (prompt, answer) in zip(prompts, try ask(folder.file(), prompts, limit: 0)) {
      #expect(answer.tokens == tokenizer.encode(prompt))
      let logits = read(Passage(answer.tokens, lengths: [answer.tokens.count]))
      #expect(error(logits.row(answer.tokens.count - 1), answer.logits) < stored.tolerance)
    }
  }

  /// In floats, where two sums of the same products in another order rarely make another token the
  /// likeliest. In blocks the activations are rounded otherwise, and the texts may part.
  @Test(.enabled(if: LlamaTests.model != nil))
  func `a trained model writes the same greedy text`() throws {
    let folder = try TemporaryFolder()
    let source = URL(filePath: Self.model!)
    let trained = try Checkpoint(contentsOf: source).model
    let tokenizer = try loadTokenizer(from: source)
    let prompts = [
      "make 27 from 4 6 3\n", "make 40 from 8 5 7\n", "make 10 from 2 5 9\n",
      "make 33 from 11 3 6\n",
    ]
    try GGUFModel(trained, tokenizer: tokenizer).write(to: folder.file())
    let writer = Writer(
      trained, sampling: .greedy, limit: 100, stopTokens: [try #require(tokenizer.end)])
    let ours = writer(prompts.map(tokenizer.encode))
    let theirs = try ask(folder.file(), prompts, limit: 100)
    for ((prompt, mine), answer) in zip(zip(prompts, ours), theirs) {
      #expect(answer.tokens == tokenizer.encode(prompt))
      #expect(tokenizer.decode(mine.tokens) == tokenizer.decode(answer.written), "\(prompt)")
    }
    // In eight bits the file is read as well; what does not fit blocks is in half precision.
    try GGUFModel(trained, tokenizer: tokenizer, storing: .blocks(.q80)).write(to: folder.file())
    let read = try GGUFModel(contentsOf: folder.file()).model
    for answer in try ask(folder.file(), prompts, limit: 0) {
      let logits = read(Passage(answer.tokens, lengths: [answer.tokens.count]))
      #expect(error(logits.row(answer.tokens.count - 1), answer.logits) < 1e-2)
    }
  }
}
