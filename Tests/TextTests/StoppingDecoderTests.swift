import Testing

@testable import Text

@Suite struct StoppingDecoderTests {
  private let bytes = CharacterTokenizer(of: "")

  @Test(
    arguments: [
      (["</a>"], "ab</a>cd", ["a", "b", "", "", "", "", "", ""], ""),
      (["</a>"], "a<b</", ["a", "", "<b", "", ""], "</"),
      (["aab"], "aaab", ["", "", "a", ""], ""),
      (["é!"], "aé", ["a", "", ""], "é"),
      (["é"], "aéb", ["a", "", "", ""], ""),
      (["x", "ab"], "cabx", ["c", "", "", ""], ""),
      ([], "ab", ["a", "b"], ""),
    ] as [([String], String, [String], String)])
  func `nothing of a stop string is shown`(
    _ stops: [String], _ text: String, _ shown: [String], _ rest: String
  ) {
    var decoder = StoppingDecoder(bytes, stops: stops)
    #expect(bytes.encode(text).map { decoder.append($0) } == shown)
    #expect(decoder.finish() == rest)
    #expect((decoder.stop != nil) == stops.contains { text.contains($0) })
  }

  @Test func `a stop string within one token, and across tokens`() {
    let merged = BytePairs.train(on: Array(repeating: " tinned", count: 9), vocabulary: 300)
    #expect(merged.encode(" tinned").count == 1)
    var inside = StoppingDecoder(merged, stops: ["nn"])
    #expect(inside.append(merged.encode(" tinned")[0]) == " ti")
    #expect(inside.stop == "nn" && inside.append(97) == "" && inside.finish() == "")
    #expect(merged.decode(merged.encode("ab tinned tinned"), upTo: ["ed t"]) == "ab tinn")
  }

  @Test func `of two that end together the longer, else the one that ends first`() {
    #expect(bytes.decode(bytes.encode("xabcd"), upTo: ["bc", "abc"]) == "x")
    #expect(bytes.decode(bytes.encode("xabcd"), upTo: ["abcd", "bc"]) == "xa")
  }

  @Test func `half a character is no stop, and ends as half a character`() {
    var decoder = StoppingDecoder(bytes, stops: ["é"])
    #expect(decoder.append(0x61) == "a")
    #expect(decoder.append(0xC3) == "" && decoder.stop == nil)
    #expect(decoder.finish() == "\u{FFFD}")
  }

  /// Against the plain way: decode everything, look for each string.
  @Test func `random texts in random tokens stop where the text does`() {
    let tokenizer = BytePairs.train(
      on: ["ab<ab<é🙂é🙂", "<é<éabab🙂🙂"], vocabulary: 275, splitting: .qwen2)
    var stopped = 0
    for number in 0..<3000 {
      func word(_ stream: Int, _ length: Int) -> String {
        (0..<length).map { ["a", "b", "<", "é", "🙂"][scrambled(number, stream + $0) % 5] }.joined()
      }
      let text = word(0, 14)
      let stops = [word(100, 1 + number % 4), word(200, 2 + number % 3)]
      let ends = stops.compactMap { stop -> (end: Int, length: Int)? in
        let (text, stop) = (Array(text.utf8), Array(stop.utf8))
        return (0..<max(0, text.count - stop.count + 1)).first {
          text[$0..<$0 + stop.count] == stop[...]
        }.map { ($0 + stop.count, stop.count) }
      }
      let first = ends.min { ($0.end, -$0.length) < ($1.end, -$1.length) }
      let expected = first.map { text.utf8.prefix($0.end - $0.length) } ?? text.utf8[...]
      stopped += first == nil ? 0 : 1
      for tokens in [tokenizer.encode(text), bytes.encode(text)] {
        #expect(
          tokenizer.decode(tokens, upTo: stops).utf8.elementsEqual(expected), "\(text) \(stops)")
      }
    }
    #expect(stopped > 500 && stopped < 2900, "\(stopped)")
  }

  @Test func `a watch says so once the string is complete`() {
    let watch = stopping(at: ["b<"], bytes)
    #expect(bytes.encode("ab<").map { watch($0) } == [false, false, true])
  }
}
