import Foundation
import Testing
import Text
import Training

@testable import pretrain

/// A file of text, and a folder beside it, both gone when the test is.
final class Scratch {
  let root = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
  var corpus: URL { root.appending(path: "corpus.txt") }

  init(_ text: String) throws {
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: corpus)
  }

  deinit { try? FileManager.default.removeItem(at: root) }
}

/// Sums that say which line they stand on, so that a text shows where it is from.
let sums = (0..<900).map { "line \($0): \($0) + \($0 + 7) = \(2 * $0 + 7), déjà vu\r\n" }.joined()

@Suite struct TextCorpusTests {
  private func corpus(
    _ scratch: Scratch, _ kind: TokenizerKind = .bpe, context: Int = 32, seed: UInt64 = 1
  ) throws -> TextCorpus {
    let file = try TextFile(scratch.corpus)
    let parts = try TextCorpus.Parts(of: file, heldOut: 0.1, context: context)
    let sample = try TextCorpus.sample(of: file, parts)
    return TextCorpus(
      file: file, tokenizer: kind.tokenizer(learnedFrom: sample, vocabulary: 400),
      context: context, seed: seed, parts: parts)
  }

  @Test(arguments: TokenizerKind.allCases)
  func `batches are passages of the first part, held-out examples of the last`(
    _ kind: TokenizerKind
  ) throws {
    let scratch = try Scratch(sums)
    let corpus = try corpus(scratch, kind)
    // As bytes, because a passage of byte tokens may end within a character.
    let learned = Data(try corpus.file.bytes(in: corpus.parts.training))
    let heldOut = Data(try corpus.file.bytes(in: corpus.parts.heldOut))
    #expect(learned + heldOut == Data(sums.utf8))
    let tokenizer = corpus.tokenizer
    let examples = try (0..<20).flatMap { try corpus.batch($0, of: 8) }
    #expect(Set(examples.map(\.tokens)).count > 150)
    #expect(examples.count { $0.tokens.count == 33 } > 150)
    for example in examples {
      let isThere = learned.range(of: Data(tokenizer.decodeBytes(example.tokens))) != nil
      #expect(example.learned <= 32 && isThere)
    }
    let judged = try corpus.heldOutExamples(7)
    #expect(judged.count == 7)
    for example in judged {
      let isThere = heldOut.range(of: Data(tokenizer.decodeBytes(example.tokens))) != nil
      #expect(isThere)
    }
    // More than there are do not repeat themselves.
    let all = try corpus.heldOutExamples(10_000)
    let bytes = all.reduce(0) { $0 + tokenizer.decodeBytes($1.tokens).count }
    #expect(all.count < 10_000 && bytes < 2 * corpus.parts.heldOut.count)
  }

  @Test func `the batch of a step is always the same, and another with another seed`() throws {
    let scratch = try Scratch(sums)
    let (first, second) = (try corpus(scratch), try corpus(scratch))
    _ = try first.batch(0, of: 5)
    #expect(try first.batch(7, of: 5) == second.batch(7, of: 5))
    #expect(try Array(first.batch(7, of: 5)[..<3]) == second.batch(7, of: 3))
    #expect(try first.batch(7, of: 5) != second.batch(8, of: 5))
    #expect(try first.batch(7, of: 5) != corpus(scratch, seed: 2).batch(7, of: 5))
  }

  @Test func `every part of the text is learned`() throws {
    let scratch = try Scratch(sums)
    let corpus = try corpus(scratch, .bytes)
    let text = try corpus.file.text(in: corpus.parts.training)
    // 12 800 passages, of which 9 show a given line's number on average. That none does has a
    // probability of e⁻⁹, except for the first line, which begins at one place alone.
    let met = try (0..<200).flatMap { try corpus.batch($0, of: 64) }
      .map { corpus.tokenizer.decode($0.tokens) }.joined(separator: "|")
    let numbers = (0..<900).filter { text.contains("line \($0): ") }
    #expect(numbers.count > 750)
    let missed = numbers.filter { !met.contains("line \($0): ") }
    #expect(missed.count <= 3, "\(missed)")
  }

  @Test func `a text that is too short says what would do`() throws {
    let scratch = try Scratch("tin can")
    let file = try TextFile(scratch.corpus)
    let error = #expect(throws: PretrainingError.self) {
      try TextCorpus.Parts(of: file, heldOut: 0.1, context: 32)
    }
    #expect(error?.description.contains("--context") == true)
    let tiny = TextCorpus(
      file: file, tokenizer: TokenizerKind.bytes.tokenizer(learnedFrom: [], vocabulary: 257),
      context: 3, seed: 1, parts: try TextCorpus.Parts(of: file, heldOut: 0.15, context: 3))
    let nothing = #expect(throws: PretrainingError.self) { try tiny.heldOutExamples(3) }
    #expect(nothing?.description.contains("--held-out") == true)
  }

  @Test func `the mark between documents is one token`() throws {
    let tokenizer = TokenizerKind.bpe.tokenizer(learnedFrom: [sums], vocabulary: 300)
    #expect(tokenizer.encode("a<|endoftext|>b").count == 3)
    #expect(tokenizer.end == tokenizer.token(of: "<|endoftext|>"))
  }
}
