import Testing

@testable import Text

@Suite struct StreamingDecoderTests {
  private let bytes = CharacterTokenizer(of: "")

  @Test(
    arguments: [
      ([0xC3, 0xA9], ["", "é"], ""),
      ([0xF0, 0x9F, 0x99, 0x82, 0x61], ["", "", "", "🙂", "a"], ""),
      ([0xE2, 0x82], ["", ""], "\u{FFFD}"),
      ([0xE2, 0x61], ["", "\u{FFFD}a"], ""),
      ([0xFF, 0xED, 0xA0, 0x80], ["\u{FFFD}", "", "\u{FFFD}\u{FFFD}", "\u{FFFD}"], ""),
      ([0xF4, 0x90], ["", "\u{FFFD}\u{FFFD}"], ""),
      ([0x61, 9999, 0x62], ["a", "", "b"], ""),
    ] as [([Int32], [String], String)])
  func `a character appears when it is complete`(
    _ tokens: [Int32], _ texts: [String], _ rest: String
  ) {
    var decoder = StreamingDecoder(bytes)
    #expect(tokens.map { decoder.append($0) } == texts)
    #expect(decoder.finish() == rest)
  }

  @Test func `random bytes decode to the same text as all at once`() {
    for number in 0..<3000 {
      let pool: [Int32] = [0x61, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xFF]
      let tokens = (0..<12).map { pool[scrambled(number, $0) % pool.count] }
      var decoder = StreamingDecoder(bytes)
      let text = tokens.map { decoder.append($0) }.joined() + decoder.finish()
      #expect(text.utf8.elementsEqual(bytes.decode(tokens).utf8), "\(tokens)")
    }
  }
}
