import Curriculum
import Foundation
import Testing
import Transformer

@testable import Pretraining

/// Needs Python with `transformers`: run by `make oracles`, which sets ESPALIER_PYTHON.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ESPALIER_PYTHON"] != nil))
struct PretrainingHubTests {
  private struct Check: Decodable {
    let tokens: [Int32]
    let logits: [[Float]]
    let greedy: [Int32]
    let text: String
  }

  @Test func `transformers reads the base model and writes the same`() throws {
    var recipe = BaseModel.Recipe()
    recipe.steps = 300
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try BaseModel.make(in: folder, recipe) { _ in }
    let base = try BaseModel(contentsOf: folder)
    let prompt = BaseModel.specimenProblem.prompt
    let check = try check(folder, prompt, new: 60)

    let tokens = base.tokenizer.encode(prompt)
    #expect(check.tokens == tokens)
    let logits = base.model(Passage(tokens, lengths: [tokens.count]))
    for (row, expected) in check.logits.enumerated() {
      for (ours, theirs) in zip(logits.row(row), expected) {
        #expect(abs(ours - theirs) < 2e-5 * max(1, abs(theirs)))
      }
    }
    let written = Writer(base.model, sampling: .greedy, limit: 60)([tokens])[0].tokens
    #expect(written == check.greedy)
    #expect(base.tokenizer.decode(written) == check.text)
    #expect(Set(written).count > 5)
  }

  private func check(_ folder: URL, _ text: String, new: Int) throws -> Check {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Oracles/decoders.py").standardized
    let process = Process()
    process.executableURL = URL(filePath: ProcessInfo.processInfo.environment["ESPALIER_PYTHON"]!)
    process.arguments = [
      script.path, "--check", folder.path, "--text", text, "--new", "\(new)",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode(Check.self, from: output)
  }
}
