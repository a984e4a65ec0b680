import Foundation
import Kernels
import Testing
import Text
import Training
import Transformer

@testable import Tuning

@Suite struct LessonSetTests {
  private let good = #"{"prompt": "2+3=", "completion": "5"}"#
  private let chat =
    #"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}"#

  private func read(
    _ text: String, context: Int = 100, skips: Bool = false
  ) throws -> LessonSet {
    let scratch = try Scratch()
    let file = scratch.url.appending(path: "lessons.jsonl")
    try Data(text.utf8).write(to: file)
    return try LessonSet(
      contentsOf: file, chatTokenizer, context: context, skipsBadLines: skips)
  }

  @Test func `lines of both forms, empty ones, and other line ends`() throws {
    let lessons = try read("\u{FEFF}\(good)\r\n\n  \n\(chat)\n\(good)")
    #expect(lessons.examples.count == 3 && lessons.examples[0] == lessons.examples[2])
    #expect(lessons.badLines == [] && lessons.truncated == [] && lessons.leftOut == [])
    #expect(chatTokenizer.decode(lessons.examples[1].tokens).hasSuffix("Hello.<|im_end|>"))
  }

  @Test func `a bad line stops, or is reported with its number`() throws {
    let text = "\(good)\n\n{\"prompt\": \"a\"}\n\(chat)\n{\n"
    let error = #expect(throws: LessonError.self) { try read(text) }
    #expect(error?.line == 3 && error?.description.contains("jsonl: line 3: completion") == true)
    let lessons = try read(text, skips: true)
    #expect(lessons.examples.count == 2 && lessons.badLines.map(\.line) == [3, 5])
  }

  @Test func `bytes that are no text spoil their line alone`() throws {
    let scratch = try Scratch()
    let file = scratch.url.appending(path: "lessons.jsonl")
    var bytes = Array("\(good)\n{\"prompt\": \"".utf8)
    bytes += [0xFF, 0xFE] + Array("\", \"completion\": \"a\"}\n\(good)\n".utf8)
    try Data(bytes).write(to: file)
    let lessons = try LessonSet(
      contentsOf: file, chatTokenizer, context: 100, skipsBadLines: true)
    #expect(lessons.examples.count == 2 && lessons.badLines.map(\.line) == [2])
  }

  @Test func `lines across the pieces in which a file is read`() throws {
    let long = String(repeating: "x", count: 300_000)
    let lessons = try read(
      "\(good)\n{\"prompt\": \"\(long)\", \"completion\": \"y\"}\n\(good)\n", context: 400_000)
    #expect(lessons.examples.map(\.tokens.count) == [6, 300_002, 6])
  }

  @Test func `what does not fit is cut off or left out, and reported`() throws {
    let text = """
      {"prompt": "1234", "completion": "56"}
      {"prompt": "1234", "completion": "567"}
      {"prompt": "1234567", "completion": "8"}
      """
    let lessons = try read(text, context: 7)
    #expect(lessons.examples.count == 2 && lessons.truncated == [2] && lessons.leftOut == [3])
    #expect(lessons.examples[0].tokens.last == chatTokenizer.end)
    #expect(lessons.examples[1] == Example(chatTokenizer.encode("1234567"), given: 4))
  }

  @Test func `files without a lesson`() throws {
    func message(_ text: String, context: Int = 100, skips: Bool = false) -> String {
      #expect(throws: LessonError.self) { try read(text, context: context, skips: skips) }?
        .description ?? ""
    }
    #expect(message("\n \n").contains("is empty"))
    #expect(message("a\nb", skips: true).contains("all 2 lines are bad, the first at line 1"))
    #expect(message(good, context: 4).contains("a context of 4"))
    let scratch = try Scratch()
    for url in [scratch.url, scratch.url.appending(path: "none")] {
      let error = #expect(throws: LessonError.self) {
        try LessonSet(contentsOf: url, chatTokenizer, context: 9)
      }
      #expect(error?.problem.contains("cannot be read") == true)
    }
    let nameless = #expect(throws: LessonError.self) {
      try LessonSet(contentsOf: scratch.url, CharacterTokenizer(of: ""), context: 9)
    }
    #expect(nameless?.problem.contains("no token that ends") == true)
  }

  /// Sequences that share a pass through the model cannot see each other: all of them together give
  /// the bits of each alone, in what is said and in what is learned.
  @Test func `packed is unpacked, exactly`() throws {
    let lines = (0..<9).map {
      #"{"prompt": "\#(String(repeating: "7", count: 1 + $0))=", "completion": "\#($0)"}"#
    }
    let lessons = try read((lines + [chat]).joined(separator: "\n"))
    var configuration = Sample.qwen
    configuration.vocabulary = chatTokenizer.vocabularyCount
    func train(_ tokensAtOnce: Int) throws -> (weights: [Float], losses: [Double?]) {
      let model = Transformer(configuration, seed: 1)
      var options = Sample.options(6)
      options.tokensAtOnce = tokensAtOnce
      let epochs = Epochs(lessons.examples, size: 7, seed: 2)
      let trainer = Trainer(model, options, batch: epochs.batch)
      try trainer.run()
      return (Sample.values(model.parameters), [trainer.loss(on: lessons.examples)])
    }
    let (packed, alone) = (try train(1 << 14), try train(1))
    #expect(packed.weights == alone.weights && packed.losses == alone.losses)
  }

  @Test func `a model learns a file by heart, in full or by an adapter`() throws {
    let lines = ["1": "4", "2": "7", "3": "1"].sorted { $0.key < $1.key }.map {
      #"{"messages": [{"role": "user", "content": "\#($0)"}, {"role": "assistant", "content": "\#($1)"}]}"#
    }
    let lessons = try read(lines.joined(separator: "\n"))
    var configuration = Sample.llama
    configuration.vocabulary = chatTokenizer.vocabularyCount
    let epochs = Epochs(lessons.examples, size: 3, seed: 2)
    func answers(_ model: Transformer) throws -> [String] {
      let prompts = try ["1", "2", "3"].map {
        try ChatML().prompt([Message(.user, $0)], chatTokenizer)
      }
      let stop = chatTokenizer.token(of: ChatML.endMark)!
      return Writer(model, sampling: .greedy, limit: 4, stopTokens: [stop])(prompts).map {
        chatTokenizer.decode($0.tokens)
      }
    }
    let expected = ["4", "7", "1"].map { "\($0)<|im_end|>" }
    let full = Transformer(configuration, seed: 1)
    try Trainer(full, Sample.options(40), batch: epochs.batch).run()
    #expect(try answers(full) == expected)
    let adapter = Adapter(
      Transformer(configuration, seed: 1), LoRAConfiguration(rank: 8, alpha: 32), seed: 1)
    #expect(try answers(adapter.model) != expected)
    try Trainer(adapter, Sample.options(80), batch: epochs.batch).run()
    #expect(try answers(adapter.model) == expected)
  }
}
