/// Decodes tokens one by one, as a model writes them, and never shows half a character.
///
/// A token may end in the middle of a character. Its last bytes are then kept until the rest has
/// come:
///
///     var decoder = StreamingDecoder(tokenizer)
///     decoder.append(195)     // "": the first byte of é
///     decoder.append(169)     // "é"
///     decoder.finish()        // ""
///
/// All the texts together are what `decode` makes of all the tokens together.
public struct StreamingDecoder: Sendable {
  private let tokenizer: any Tokenizer
  private let skippingSpecialTokens: Bool
  /// The beginning of a character: at most three bytes between two calls.
  private var pending: [UInt8] = []

  public init(_ tokenizer: any Tokenizer, skippingSpecialTokens: Bool = false) {
    self.tokenizer = tokenizer
    self.skippingSpecialTokens = skippingSpecialTokens
  }

  /// The text that `token` completes. Bytes that cannot become a character are U+FFFD at once.
  public mutating func append(_ token: Int32) -> String {
    pending += tokenizer.decodeBytes(
      CollectionOfOne(token), skippingSpecialTokens: skippingSpecialTokens)
    let complete = pending.count - pending.span.incompleteSuffix
    defer { pending.removeFirst(complete) }
    return String(decoding: pending[..<complete], as: UTF8.self)
  }

  /// What is left when the model has stopped: U+FFFD if it stopped within a character.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }
}
