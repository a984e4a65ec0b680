import Foundation
import StrictJSON
import Testing

@testable import Text

private func read(_ json: String, configuration: String? = nil) throws(TokenizerError)
  -> any Tokenizer
{
  try readTokenizer(
    ("tokenizer.json", Array(json.utf8)),
    configuration: configuration.map { ("tokenizer_config.json", Array($0.utf8)) })
}

/// A small file in which the tests break one thing at a time.
private let sound = BytePairs.train(
  on: ["tin tins tinned", "can cans canned"], vocabulary: 270,
  addedTokens: [AddedToken("<think>", isSpecial: false), "<|endoftext|>"]
).tokenizerJSON.description

@Suite struct HostileFileTests {
  struct Damage: Sendable, CustomTestStringConvertible {
    let find: String
    let replacement: String
    let complaint: String

    var testDescription: String { complaint }

    init(_ find: String, _ replacement: String, _ complaint: String) {
      (self.find, self.replacement, self.complaint) = (find, replacement, complaint)
    }
  }

  @Test(arguments: [
    Damage(#""version": "1.0","#, "", ""),
    Damage(#""version""#, #""versions""#, #"the file: "versions" is not supported"#),
    Damage(#""truncation": null"#, #""truncation": {}"#, "truncation: an object is not supported"),
    Damage(#""padding": null"#, #""padding": {}"#, "padding: an object is not supported"),
    Damage(#""normalizer": null"#, #""normalizer": {"type": "NFC"}"#, ""),
    Damage(
      #""normalizer": null"#, #""normalizer": {"type": "NFKC"}"#,
      #"normalizer.type: "NFKC" is not supported"#),
    Damage(#""normalizer": null"#, #""normalizer": "NFC""#, "normalizer: expected an object"),
    Damage(#""post_processor": null"#, #""post_processor": {"type": "ByteLevel"}"#, ""),
    Damage(
      #""post_processor": null"#, #""post_processor": {"type": "BertProcessing"}"#,
      #"post_processor.type: "BertProcessing" is not supported"#),
    Damage(
      #""post_processor": null"#,
      #""post_processor": {"type": "TemplateProcessing", "single": []}"#,
      "post_processor.single: the text occurs 0 times"),
    Damage(
      #""post_processor": null"#,
      #"""
      "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}},
      {"Sequence": {"id": "A"}}], "special_tokens": {"x": {"ids": [9999]}}}
      """#, #"post_processor.special_tokens.x.ids[0]: no token has id 9999"#),
    Damage(
      #""add_prefix_space": false"#, #""add_prefix_space": true"#,
      "pre_tokenizer.pretokenizers[1].add_prefix_space: true is not supported"),
    Damage(#""use_regex": false"#, #""use_regex": true"#, ".use_regex: true is not supported"),
    Damage(#"\\p{N}"#, #"\\p{Nd}"#, "pre_tokenizer.pretokenizers[0].pattern.Regex: "),
    Damage(#""Regex""#, #""String""#, #"pattern: "String" is not supported"#),
    Damage(#""Isolated""#, #""Removed""#, #"behavior: "Removed" is not supported"#),
    Damage(#""invert": false"#, #""invert": true"#, "invert: true is not supported"),
    Damage(#""type": "BPE""#, #""type": "Unigram""#, #"model.type: "Unigram" is not supported"#),
    Damage(#""type": "BPE","#, "", ""),
    Damage(#""dropout": null"#, #""dropout": 0.1"#, "model.dropout: 0.1 is not supported"),
    Damage(
      #""byte_fallback": false"#, #""byte_fallback": true"#,
      "model.byte_fallback: true is not supported"),
    Damage(
      #""end_of_word_suffix": null"#, #""end_of_word_suffix": "</w>""#,
      #"model.end_of_word_suffix: "</w>" is not supported"#),
    Damage(
      #""ignore_merges": false"#, #""ignore_merges": 1"#,
      "model.ignore_merges: expected true or false, found 1"),
    Damage(#""A": 65"#, #""A": -1"#, #"model.vocab["A"]: expected a token's id, found -1"#),
    Damage(#""A": 65"#, #""A": 65.5"#, #"model.vocab["A"]: expected a token's id, found 65.5"#),
    Damage(#""A": 65"#, #""A": "65""#, #"model.vocab["A"]: expected a token's id, found a string"#),
    Damage(#""A": 65"#, #""A": 4000000000"#, #"model.vocab["A"]: expected a token's id"#),
    Damage(#""A": 65"#, #""A": 2000000000"#, "ids may not have gaps"),
    Damage(#""A": 65"#, #""A": 66"#, #"model.vocab["B"]: id 66 is also that of "A""#),
    Damage(#""A": 65"#, #""B": 65"#, #"the name "B" occurs twice"#),
    Damage(#""A": 65"#, #""": 65"#, #"model.vocab[""]: the token is empty"#),
    Damage(
      #""A": 65"#, #""AA": 65"#, #"model.vocab: no token "A", which is byte 0x41"#),
    Damage(#""merges": ["#, #""merges": ["i n","#, "the merge occurs twice"),
    Damage(#""merges": ["#, #""merges": ["i","#, "model.merges[0]: expected two tokens, found 1"),
    Damage(
      #""merges": ["#, #""merges": ["i n n","#, "model.merges[0]: expected two tokens, found 3"),
    Damage(
      #""merges": ["#, #""merges": [["a", ""],"#, #"model.merges[0]: "" is not in the vocabulary"#),
    Damage(
      #""merges": ["#, #""merges": [["q", "q"],"#, #"merges[0]: "qq" is not in the vocabulary"#),
    Damage(
      #""merges": ["#, #""merges": [["a", 7],"#, "model.merges[0][1]: expected a string, found 7"),
    Damage(#""merges": ["#, #""merges": [5,"#, "model.merges[0]: expected an array, found 5"),
    Damage(
      #""special": true"#, #""special": 0"#, "added_tokens[1].special: expected true or false"),
    Damage(
      #""single_word": false"#, #""single_word": true"#,
      "added_tokens[0].single_word: true is not supported"),
    Damage(#""lstrip": false"#, #""lstrip": true"#, "added_tokens[0].lstrip: true is not"),
    Damage(#""rstrip": false"#, #""rstrip": true"#, "added_tokens[0].rstrip: true is not"),
    Damage(#""content": "<think>""#, #""content": """#, "added_tokens[0].content: 0 bytes"),
    Damage(
      #""content": "<think>""#, #""content": "<|endoftext|>""#,
      #"added_tokens[1]: "<|endoftext|>" is added twice"#),
    Damage(
      #""content": "<think>""#, #""content": "tin""#, #"added_tokens[0].id: "tin" must have id 2"#),
    Damage(
      #""<think>""#, #""<\n\u0000think>""#, ""),
  ])
  func `one damage, one complaint`(_ damage: Damage) throws {
    #expect(sound.contains(damage.find))
    let json = sound.replacingOccurrences(of: damage.find, with: damage.replacement)
    do {
      _ = try read(json)
      #expect(damage.complaint.isEmpty, "read without complaint")
    } catch {
      #expect(!damage.complaint.isEmpty && "\(error)".contains(damage.complaint), "\(error)")
      #expect("\(error)".hasPrefix("tokenizer.json: ") && !"\(error)".contains("\n"), "\(error)")
    }
  }

  @Test(arguments: [
    (#"{"eos_token": "<eos>"}"#, #"eos_token: the vocabulary has no token "<eos>""#),
    (#"{"eos_token": 3}"#, "eos_token: expected a string, found 3"),
    (#"{"pad_token": {"text": "x"}}"#, "pad_token.content: expected a string, found null"),
    (
      #"{"added_tokens_decoder": {"7": {"content": "<think>"}}}"#,
      #"added_tokens_decoder["7"]: the vocabulary has no token "<think>" with this id"#
    ),
    ("[", "not JSON at byte 1: the file ends too early"),
  ])
  func `a configuration that contradicts the vocabulary`(
    _ configuration: String, _ complaint: String
  ) {
    let error = #expect(throws: TokenizerError.self) {
      try read(sound, configuration: configuration)
    }
    #expect(error?.description == "tokenizer_config.json: \(complaint)")
  }

  @Test func `roles in both published forms`() throws {
    let tokenizer = try read(
      sound,
      configuration: #"{"eos_token": {"content": "<|endoftext|>"}, "pad_token": "<think>"}"#)
    #expect(tokenizer.end == tokenizer.token(of: "<|endoftext|>"))
    #expect(tokenizer.padding == tokenizer.token(of: "<think>"))
  }

  @Test func `a missing file is named`() {
    let folder = FileManager.default.temporaryDirectory.appending(path: "no such folder")
    let error = #expect(throws: TokenizerError.self) { try loadTokenizer(from: folder) }
    #expect(error?.description.contains("no such folder/tokenizer.json") == true)
    #expect(error?.description.contains("\n") == false)
  }

  /// Files damaged at random, in their bytes or in their values, are read or refused on one line;
  /// those that are read encode and decode.
  @Test(arguments: ["bytes", "values"])
  func `thousands of damaged files`(_ kind: String) throws {
    let root = try JSON(parsing: Array(sound.utf8))
    var (loaded, refused) = (0, 0)
    for number in 0..<2500 {
      var draws = (0...).lazy.map { scrambled(number, $0) }.makeIterator()
      let bytes =
        kind == "bytes"
        ? damaged(Array(sound.utf8), &draws) : Array(damaged(root, &draws).description.utf8)
      do throws(TokenizerError) {
        let tokenizer = try readTokenizer(("tokenizer.json", bytes), configuration: nil)
        loaded += 1
        let tokens = tokenizer.encode("tinned cans, <think> é 42<|endoftext|>")
        #expect(tokens.allSatisfy { 0..<tokenizer.vocabularyCount ~= Int($0) })
        #expect(!tokenizer.decode(tokens).isEmpty)
      } catch {
        refused += 1
        #expect("\(error)".hasPrefix("tokenizer.json: ") && !"\(error)".contains("\n"), "\(error)")
      }
    }
    #expect(loaded > 20 && refused > 1000, "\(loaded) loaded, \(refused) refused")
  }
}

/// `bytes` with one to three places changed, cut out, doubled, or everything after one cut off.
private func damaged(_ bytes: [UInt8], _ draws: inout some IteratorProtocol<Int>) -> [UInt8] {
  var bytes = bytes
  for _ in 0...draws.next()! % 3 {
    let place = draws.next()! % bytes.count
    let end = min(bytes.count, place + 1 + draws.next()! % 20)
    switch draws.next()! % 16 {
    case 0: bytes.removeSubrange((place + 1)...)
    case 1...4: bytes.removeSubrange(place..<end)
    case 5...8: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 9...12: bytes[place] = UInt8(truncatingIfNeeded: draws.next()!)
    default: bytes[place] = Array(#"{}[]":,-0\19eEtn"#.utf8)[draws.next()! % 16]
    }
    if bytes.isEmpty { return [0] }
  }
  return bytes
}

/// `value` with one of the values in it replaced, removed or doubled.
private func damaged(_ value: JSON, _ draws: inout some IteratorProtocol<Int>) -> JSON {
  let strange: [JSON] = [
    .null, .bool(true), .integer(-1), .integer(0), .integer(.max), .integer(300), .number(1e300),
    .string(""), .string("é"), .string("\u{0}\n"), .string(" "), .array([]), .object([]),
    .array([.null]), .object([.init("type", .string("ByteLevel"))]),
    .string(String(repeating: "x", count: 5000)),
  ]
  switch value {
  case .object(var members) where !members.isEmpty && draws.next()! % 8 != 0:
    let place = draws.next()! % members.count
    let member = members[place]
    switch draws.next()! % 12 {
    case 0: members.remove(at: place)
    case 1: members[place] = JSON.Member(member.name + "x", member.value)
    case 2: members[place] = JSON.Member(members[draws.next()! % members.count].name, member.value)
    default: members[place] = JSON.Member(member.name, damaged(member.value, &draws))
    }
    return .object(members)
  case .array(var elements) where !elements.isEmpty && draws.next()! % 8 != 0:
    let place = draws.next()! % elements.count
    switch draws.next()! % 6 {
    case 0: elements.remove(at: place)
    case 1: elements.swapAt(place, draws.next()! % elements.count)
    case 2: elements.append(elements[place])
    default: elements[place] = damaged(elements[place], &draws)
    }
    return .array(elements)
  default:
    return strange[draws.next()! % strange.count]
  }
}
