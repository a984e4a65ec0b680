import Testing

@testable import Text

@Suite struct AddedTokenTests {
  private let tokenizer = CharacterTokenizer(of: "", addedTokens: ["<a", "<ab>", "b><", "<"])

  @Test(
    arguments: [
      ("<ab>", [257]), ("<abx", [256, 98, 120]), ("<ab><", [257, 259]),
      ("b><ab>", [258, 97, 98, 62]),
      ("<<a", [259, 256]), ("x", [120]), ("", []),
    ] as [(String, [Int32])])
  func `leftmost first, then longest`(_ text: String, _ tokens: [Int32]) {
    #expect(tokenizer.encode(text) == tokens)
    #expect(tokenizer.decode(tokens) == text)
  }
}
