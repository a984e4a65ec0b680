import Testing

@testable import Text

@Suite struct SplittingTests {
  @Test(arguments: [(Splitting.gpt2, "gpt2"), (.qwen2, "qwen2"), (.llama3, "llama3")])
  func `every piece ends where the regular expression ends it`(
    _ splitting: Splitting, _ name: String
  ) throws {
    let oracle = Oracle.answers
    let digests = try #require(oracle.splittings[name])
    #expect(digests.count == 4 * oracle.strings)
    let different = differences(digests) { number in
      digest(pieces(of: oracle.string(number), by: splitting).map(\.utf8.count))
    }
    #expect(different.isEmpty, "\(different.prefix(3).map { oracle.string($0) })")
  }

  @Test(arguments: [
    (Splitting.gpt2, "It's 42!", ["It", "'s", " 42", "!"]),
    (.qwen2, "It's 42!", ["It", "'s", " ", "4", "2", "!"]),
    (.llama3, "1234 \n x", ["123", "4", " \n", " x"]),
    (.qwen2, "a  b   ", ["a", " ", " b", "   "]),
    (.qwen2, "'\u{17F}\u{301}", ["'\u{17F}", "\u{301}"]),
    (.gpt2, "'S", ["'", "S"]),
    (.characters, "e\u{301}\r\n", ["e", "\u{301}", "\r", "\n"]),
    (.qwen2, "", []),
  ])
  func `examples`(_ splitting: Splitting, _ text: String, _ expected: [String]) {
    let found = pieces(of: text, by: splitting)
    #expect(found.map { Array($0.unicodeScalars) } == expected.map { Array($0.unicodeScalars) })
  }

  @Test(arguments: Splitting.allCases)
  func `any bytes are cut into pieces that are not empty`(_ splitting: Splitting) {
    for number in 0..<500 {
      let bytes = (1..<40).map { UInt8(truncatingIfNeeded: scrambled(number, $0)) }
      var start = 0
      while start < bytes.count {
        let end = splitting.endOfPiece(bytes.span, from: start)
        #expect(start < end && end <= bytes.count)
        guard start < end else { return }
        start = end
      }
    }
  }
}
