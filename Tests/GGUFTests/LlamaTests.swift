import Foundation
import Quantization
import Scratch
import Tensors
import Testing
import Text
import Transformer

@testable import GGUF

private let python = ProcessInfo.processInfo.environment["ESPALIER_LLAMA"]
private let trainedModel = ProcessInfo.processInfo.environment["ESPALIER_MODEL"]

/// What llama.cpp makes of our files. Runs where `ESPALIER_LLAMA` names a Python that has the package
/// `llama-cpp-python`; `ESPALIER_MODEL` may name the folder of a trained model.
@Suite(.enabled(if: python != nil)) struct LlamaTests {
  private struct Answer: Decodable {
    let tokens: [Int32]
    let logits: [Float]
    let written: [Int32]
  }

  /// What llama.cpp says after `prompts`, writing at most `limit` tokens.
  private func ask(_ file: URL, _ prompts: [String], limit: Int) throws -> [Answer] {
    let process = Process()
    process.executableURL = URL(filePath: python!)
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

  /// Both families, since the rows of one are moved and the other has biases. In blocks llama.cpp rounds
  /// the activations as well, and not quite as we do; but what it computes is nearer to what our bytes
  /// stand for than to the model that was rounded.
  @Test(arguments: Configuration.Family.allCases)
  func `random models have the same logits`(_ family: Configuration.Family) throws {
    let folder = try Scratch()
    let tokenizer = BytePairs.train(
      on: ["tin tins tinned"], vocabulary: 300, splitting: .qwen2, addedTokens: ["<|endoftext|>"],
      roles: .init(end: "<|endoftext|>"))
    var configuration = configuration(family, tied: false)
    configuration.vocabulary = tokenizer.vocabularyCount
    let original = model(configuration)
    let prompts = ["tin tins a tinned tin", "12+3=", "Übung"]
    func last(_ model: Transformer, _ tokens: [Int32]) -> [Float] {
      model(Passage(tokens, lengths: [tokens.count])).row(tokens.count - 1)
    }
    try GGUFModel(original, tokenizer: tokenizer).write(to: folder.file())
    for (prompt, answer) in zip(prompts, try ask(folder.file(), prompts, limit: 0)) {
      #expect(answer.tokens == tokenizer.encode(prompt))
      #expect(error(last(original, answer.tokens), answer.logits) < 1e-4)
    }
    try GGUFModel(original, tokenizer: tokenizer, storing: .blocks(.q40)).write(to: folder.file())
    let decoded = Transformer(configuration, seed: nil)
    for (from, to) in zip(
      try GGUFModel(contentsOf: folder.file()).model.parameters.all, decoded.parameters.all)
    {
      to.set(from.tensor)
    }
    for answer in try ask(folder.file(), prompts, limit: 0) {
      let (near, far) = (last(decoded, answer.tokens), last(original, answer.tokens))
      #expect(error(near, answer.logits) < error(far, answer.logits))
    }
  }

  /// In floats, where two sums of the same products in another order rarely make another token the
  /// likeliest. In blocks the activations are rounded otherwise, and the texts may part.
  @Test(.enabled(if: trainedModel != nil))
  func `a trained model writes the same greedy text`() throws {
    let folder = try Scratch()
    let source = URL(filePath: trainedModel!)
    let trained = try Checkpoint(contentsOf: source).model
    let tokenizer = try loadTokenizer(from: source)
    let prompts = [
      "make 27 from 4 6 3\n", "make 40 from 8 5 7\n", "make 10 from 2 5 9\n",
      "make 33 from 11 3 6\n",
    ]
    try GGUFModel(trained, tokenizer: tokenizer).write(to: folder.file())
    let writer = Writer(
      trained, sampling: .greedy, limit: 100, stopTokens: [try #require(tokenizer.end)])
    let ours = writer(prompts.map { tokenizer.encode($0) })
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
