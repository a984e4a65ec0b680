import Foundation
import StrictJSON
import Testing

@testable import Text

private let addedTokens: [AddedToken] = [
  AddedToken("<think>", isSpecial: false), AddedToken("</think>", isSpecial: false),
  AddedToken("<answer>", isSpecial: false), AddedToken("</answer>", isSpecial: false),
  "<|im_start|>", "<|im_end|>", "<|endoftext|>",
]

private let roles = Pipeline.Roles(end: "<|endoftext|>", padding: "<|im_end|>")

/// The tokenizers whose files are committed, made from scratch.
private func makeOwn(_ name: String) throws -> any Tokenizer {
  let corpus = try String(
    contentsOf: Oracle.folder.appending(path: "corpus.txt"), encoding: .utf8)
  return name == "bytepairs"
    ? BytePairs.train(on: [corpus], vocabulary: 600, addedTokens: addedTokens, roles: roles)
    : CharacterTokenizer(of: corpus, addedTokens: addedTokens, roles: roles)
}

@Suite struct TokenizerFileTests {
  static let names = ["bytepairs", "characters", "gpt2", "qwen2", "llama3"]

  /// With RECORD_TOKENIZERS set, the files are written first; `tokenization.py` must then be asked
  /// anew what it makes of them.
  @Test(arguments: ["bytepairs", "characters"])
  func `our files are those that the library has checked`(_ name: String) throws {
    let folder = Oracle.folder.appending(path: name)
    let tokenizer = try makeOwn(name)
    if ProcessInfo.processInfo.environment["RECORD_TOKENIZERS"] != nil {
      try tokenizer.save(to: folder)
    }
    let scratch = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: scratch) }
    try tokenizer.save(to: scratch)
    for file in ["tokenizer.json", "tokenizer_config.json"] {
      let ours = try Data(contentsOf: scratch.appending(path: file))
      #expect(try ours == Data(contentsOf: folder.appending(path: file)), "\(file)")
    }
  }

  @Test(arguments: names)
  func `encodes as the library does`(_ name: String) throws {
    let oracle = Oracle.answers
    let tokenizer = try loadTokenizer(from: Oracle.folder.appending(path: name))
    let answers = try #require(oracle.files[name])
    #expect(tokenizer.vocabularyCount == answers.count)
    for example in answers.examples {
      #expect(
        tokenizer.encode(example.text, addingSpecialTokens: true) == example.tokens,
        "\(example.text)")
    }
    let different = differences(answers.encoded) { number in
      digest(tokenizer.encode(oracle.string(number)).lazy.map { Int($0) })
    }
    #expect(answers.encoded.count == 4 * oracle.strings)
    #expect(
      different.isEmpty, "\(different.count): \(different.prefix(3).map { oracle.string($0) })")
  }

  @Test(arguments: names)
  func `decodes any tokens as the library does, at once and as a stream`(_ name: String) throws {
    let oracle = Oracle.answers
    let tokenizer = try loadTokenizer(from: Oracle.folder.appending(path: name))
    let answers = try #require(oracle.files[name])
    for (digests, skipping) in [(answers.decoded, false), (answers.text, true)] {
      #expect(digests.count == 4 * oracle.decodings)
      let different = differences(digests) { number in
        let tokens = oracle.tokens(number, count: answers.count)
        let text = tokenizer.decode(tokens, skippingSpecialTokens: skipping)
        var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: skipping)
        let stream = tokens.map { decoder.append($0) }.joined() + decoder.finish()
        return stream.utf8.elementsEqual(text.utf8) ? digest(text.utf8.map { Int($0) }) : "torn"
      }
      #expect(different.isEmpty, "\(different.prefix(3))")
    }
  }

  @Test(arguments: names)
  func `what is saved is what was loaded`(_ name: String) throws {
    let tokenizer = try loadTokenizer(from: Oracle.folder.appending(path: name))
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try tokenizer.save(to: folder)
    let again = try loadTokenizer(from: folder)
    #expect(type(of: again) == type(of: tokenizer))
    #expect(again.tokenizerJSON.description == tokenizer.tokenizerJSON.description)
    #expect(again.configurationJSON.description == tokenizer.configurationJSON.description)
    for number in 0..<200 {
      let text = Oracle.answers.string(number)
      let tokens = tokenizer.encode(text, addingSpecialTokens: true)
      #expect(again.encode(text, addingSpecialTokens: true) == tokens)
    }
  }

  @Test func `roles come from the configuration`() throws {
    let tokenizer = try loadTokenizer(from: Oracle.folder.appending(path: "bytepairs"))
    #expect(tokenizer.end == tokenizer.token(of: "<|endoftext|>"))
    #expect(tokenizer.end == Int32(tokenizer.vocabularyCount - 1))
    #expect(tokenizer.padding == tokenizer.token(of: "<|im_end|>"))
    #expect(tokenizer.beginning == nil)
  }
}
