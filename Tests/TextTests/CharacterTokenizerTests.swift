import Testing

@testable import Text

@Suite struct CharacterTokenizerTests {
  @Test func `the example of the documentation`() {
    let tokenizer = CharacterTokenizer(of: "Café")
    #expect(tokenizer.encode("Café") == [67, 97, 102, 256])
    #expect(tokenizer.encode("ñ") == [195, 177])
    #expect(tokenizer.vocabularyCount == 257)
    #expect(tokenizer.token(of: "é") == 256)
    #expect(tokenizer.token(of: "ñ") == nil)
  }

  @Test func `any bytes come back`() {
    let tokenizer = CharacterTokenizer(of: Oracle.answers.fragments.joined())
    for number in 0..<1000 {
      let bytes = (0..<40).map { UInt8(truncatingIfNeeded: scrambled(number, $0) >> number % 8) }
      #expect(tokenizer.decodeBytes(tokenizer.encode(bytes: bytes)) == bytes)
    }
  }

  @Test func `roles name added tokens`() {
    let tokenizer = CharacterTokenizer(
      of: "", addedTokens: ["<s>", "</s>"], roles: .init(beginning: "<s>", end: "</s>"))
    #expect(tokenizer.beginning == 256 && tokenizer.end == 257 && tokenizer.padding == nil)
    #expect(tokenizer.encode("a</s>") == [97, 257])
  }
}
