/// One token for each character: the simplest tokenizer there is.
///
/// Its vocabulary is the 256 bytes, and after them the characters of some text that take more than
/// one byte in UTF-8. So a letter of ASCII is its own code, é has a token if the text had an é, and
/// a character never met before is spelt byte by byte:
///
///     let tokenizer = CharacterTokenizer(of: "Café")
///     tokenizer.encode("Café")      // [67, 97, 102, 256]
///     tokenizer.encode("ñ")         // [195, 177]
///
/// "Character" means Unicode scalar. What a reader takes for one character may be several, such as
/// a letter and an accent, and there are too many such clusters to number.
public struct CharacterTokenizer: Tokenizer {
  public let pipeline: Pipeline

  /// A tokenizer with a token for each character of `text`.
  public init(of text: String, addedTokens: [AddedToken] = [], roles: Pipeline.Roles = .init()) {
    let characters = Set(text.unicodeScalars).filter { !$0.isASCII }.sorted()
    let vocabulary = Vocabulary(
      tokens: characters.map { Array(String($0).utf8) }, addedTokens: addedTokens)
    pipeline = Pipeline(vocabulary: vocabulary, splitting: .characters, roles: roles)
  }

  init(pipeline: Pipeline) { self.pipeline = pipeline }

  public func encode(bytes: [UInt8]) -> [Int32] {
    pipeline.tokens(of: bytes.span) { character, tokens in
      if let token = vocabulary.modelToken(of: character) {
        tokens.append(token)
      } else {
        for i in character.indices { tokens.append(vocabulary.byteTokens[Int(character[i])]) }
      }
    }
  }
}
