import StrictJSON

/// The tokens of a tokenizer, by id: first those of its model, then those added.
public struct Vocabulary: Sendable {
  /// The bytes of every token by id. Only tokens of the model spelt in the byte alphabet can be
  /// found by their bytes.
  private var strings = ByteStrings()
  /// How `tokenizer.json` spells the tokens of the model, by id.
  let spellings: [String]
  /// The token of each single byte. There is one for all 256, which is why no text, however odd, is
  /// ever lost.
  let byteTokens: [Int32]
  /// The tokens matched in the text as it stands, and their ids.
  public let addedTokens: [AddedToken]
  public let addedTokenIDs: [Int32]
  private var contents = ByteStrings()
  private let specialIDs: Set<Int32>

  /// - Parameters:
  ///   - spellings: the model's tokens by id, all different, among them every single byte.
  ///   - addedTokenIDs: for each added token the id of the model's token that is spelt so, or else
  ///     the next id that is free.
  init(
    spellings: [String], byteTokens: [Int32], addedTokens: [AddedToken], addedTokenIDs: [Int32]
  ) {
    self.spellings = spellings
    self.byteTokens = byteTokens
    self.addedTokens = addedTokens
    self.addedTokenIDs = addedTokenIDs
    for token in addedTokens { contents.insert(Array(token.content.utf8).span) }
    specialIDs = Set(zip(addedTokens, addedTokenIDs).filter(\.0.isSpecial).map(\.1))
    for spelling in spellings {
      let bytes = ByteAlphabet.bytes(of: spelling)
      if let bytes { strings.insert(bytes.span) } else { strings.append(Array(spelling.utf8).span) }
    }
    for (token, id) in zip(addedTokens, addedTokenIDs) where id >= spellings.count {
      precondition(Int(id) == strings.count, "added token \(quoted(token.content)) has id \(id)")
      let bytes = ByteAlphabet.bytes(of: token.content) ?? Array(token.content.utf8)
      strings.append(bytes.span)
    }
  }

  /// How many tokens there are; their ids are 0 and on.
  public var count: Int { strings.count }

  /// The bytes that `token` stands for, or nil if there is no such token.
  public func bytes(of token: Int32) -> ArraySlice<UInt8>? {
    strings.indices.contains(Int(token)) ? strings[Int(token)] : nil
  }

  /// Whether `token` is a control mark rather than text.
  public func isSpecial(_ token: Int32) -> Bool { specialIDs.contains(token) }

  /// The token that stands for exactly `text`: an added one, or one of the model.
  public func token(of text: String) -> Int32? {
    let bytes = Array(text.utf8)
    return contents.find(bytes.span).map { addedTokenIDs[$0] } ?? modelToken(of: bytes.span)
  }

  /// The token of the model that stands for `bytes`.
  func modelToken(of bytes: Span<UInt8>) -> Int32? { strings.find(bytes).map { Int32($0) } }
}

extension Vocabulary {
  /// A vocabulary made here: the 256 bytes, each with its value as its id, then `tokens`, then
  /// `addedTokens`.
  init(tokens: some Sequence<[UInt8]>, addedTokens: [AddedToken]) {
    let spellings = ByteAlphabet.scalars.map { String($0) } + tokens.map(ByteAlphabet.text)
    for (index, token) in addedTokens.enumerated() {
      precondition(
        ByteAlphabet.bytes(of: token.content).map { $0 == Array(token.content.utf8) } ?? true,
        "\(quoted(token.content)) would be decoded as bytes of the byte alphabet")
      precondition(
        !addedTokens[..<index].contains { $0.content.utf8.elementsEqual(token.content.utf8) },
        "\(quoted(token.content)) is added twice")
    }
    self.init(
      spellings: spellings, byteTokens: (0..<256).map { $0 }, addedTokens: addedTokens,
      addedTokenIDs: addedTokens.indices.map { Int32(spellings.count + $0) })
  }
}
