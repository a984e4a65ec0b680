import StrictJSON

/// What happens to a text on its way to the model of a tokenizer, and around the result:
///
///     "<think>It's"          the text
///     [<think>] "It's"       added tokens are found in the text as it stands
///     [<think>] "It's"       the rest is normalized, if at all
///     [<think>] "It" "'s"    and split into pieces,
///     [300, 256, 39, 115]    each of which the model turns into tokens
///
/// Character tokenizers and byte pairs differ in the last line alone.
public struct Pipeline: Sendable {
  public let vocabulary: Vocabulary
  /// Whether text is brought into Unicode's normalization form C.
  public let composesCharacters: Bool
  public let splitting: Splitting
  /// The tokens that go before and after a whole text when special tokens are asked for.
  public let prefix: [Int32]
  public let suffix: [Int32]
  public let roles: Roles

  /// Which added tokens begin, end and pad a sequence, by their text.
  public struct Roles: Sendable, Equatable {
    public var beginning: String?
    public var end: String?
    public var padding: String?

    public init(beginning: String? = nil, end: String? = nil, padding: String? = nil) {
      self.beginning = beginning
      self.end = end
      self.padding = padding
    }
  }

  private var asWritten = AddedTokenMatcher()
  private var afterNormalization = AddedTokenMatcher()

  init(
    vocabulary: Vocabulary, splitting: Splitting, composesCharacters: Bool = false,
    prefix: [Int32] = [], suffix: [Int32] = [], roles: Roles = Roles()
  ) {
    for role in [roles.beginning, roles.end, roles.padding].compactMap({ $0 }) {
      precondition(vocabulary.token(of: role) != nil, "\(quoted(role)) has a role but no token")
    }
    self.vocabulary = vocabulary
    self.splitting = splitting
    self.composesCharacters = composesCharacters
    self.prefix = prefix
    self.suffix = suffix
    self.roles = roles
    for (token, id) in zip(vocabulary.addedTokens, vocabulary.addedTokenIDs) {
      let content = Array(token.content.utf8)
      if token.isNormalized {
        afterNormalization.insert(
          composesCharacters ? Normalization.composed(content) : content, token: id)
      } else {
        asWritten.insert(content, token: id)
      }
    }
  }

  /// The tokens of `bytes`, where `model` appends those of one piece.
  func tokens(
    of bytes: Span<UInt8>, by model: (Span<UInt8>, inout [Int32]) -> Void
  ) -> [Int32] {
    var tokens: [Int32] = []
    forEachStretch(of: bytes, between: asWritten, &tokens) { stretch, tokens in
      if composesCharacters {
        let composed = Normalization.composed(stretch.array)
        appendTokens(of: composed.span, by: model, to: &tokens)
      } else {
        appendTokens(of: stretch, by: model, to: &tokens)
      }
    }
    return tokens
  }

  /// Appends the tokens of `bytes`, which are normalized.
  private func appendTokens(
    of bytes: Span<UInt8>, by model: (Span<UInt8>, inout [Int32]) -> Void,
    to tokens: inout [Int32]
  ) {
    forEachStretch(of: bytes, between: afterNormalization, &tokens) { stretch, tokens in
      var start = 0
      while start < stretch.count {
        let end = splitting.endOfPiece(stretch, from: start)
        model(stretch.extracting(start..<end), &tokens)
        start = end
      }
    }
  }

  /// Appends the added tokens that `matcher` finds, and calls `body` with what is between them.
  private func forEachStretch(
    of bytes: Span<UInt8>, between matcher: AddedTokenMatcher, _ tokens: inout [Int32],
    _ body: (Span<UInt8>, inout [Int32]) -> Void
  ) {
    var start = 0
    while let (range, token) = matcher.firstMatch(in: bytes, from: start) {
      if start < range.lowerBound { body(bytes.extracting(start..<range.lowerBound), &tokens) }
      tokens.append(token)
      start = range.upperBound
    }
    if start < bytes.count { body(bytes.extracting(start..<bytes.count), &tokens) }
  }
}

extension Span<UInt8> {
  /// The bytes in an array of their own.
  var array: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
