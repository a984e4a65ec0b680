/// Turns text into numbers and back.
///
/// A language model knows no letters. It reads and writes *tokens*, numbered pieces of text from a
/// fixed *vocabulary*; a tokenizer is the dictionary between the two:
///
///     let tokens = tokenizer.encode("tin can")
///     tokenizer.decode(tokens)                    // "tin can"
///
/// Every tokenizer here has a token for each of the 256 bytes, so nothing is ever lost, whatever the
/// text. (The one exception is one that composes characters, as Qwen2's does: there é comes back as
/// one scalar even if it was typed as two.)
public protocol Tokenizer: Sendable {
  /// What surrounds the model: the vocabulary, the splitting, the added tokens.
  var pipeline: Pipeline { get }

  /// The tokens of `bytes`, which are UTF-8, or at least meant to be.
  func encode(bytes: [UInt8]) -> [Int32]
}

extension Tokenizer {
  /// The tokens of `text`.
  ///
  /// - Parameter addingSpecialTokens: whether the tokens that the model expects around a text, such
  ///   as Llama 3's `<|begin_of_text|>`, are put there.
  public func encode(_ text: String, addingSpecialTokens: Bool = false) -> [Int32] {
    let tokens = encode(bytes: Array(text.utf8))
    return addingSpecialTokens ? pipeline.prefix + tokens + pipeline.suffix : tokens
  }

  /// The bytes that `tokens` stand for. They need not be UTF-8: a model may write half a character.
  ///
  /// Ids that no token has stand for nothing. A published model may produce some, because its output
  /// is often wider than its vocabulary.
  public func decodeBytes(
    _ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool = false
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in tokens where !(skippingSpecialTokens && vocabulary.isSpecial(token)) {
      if let itsBytes = vocabulary.bytes(of: token) { bytes.append(contentsOf: itsBytes) }
    }
    return bytes
  }

  /// The text that `tokens` stand for, with U+FFFD where they are not UTF-8.
  public func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool = false) -> String
  {
    String(
      decoding: decodeBytes(tokens, skippingSpecialTokens: skippingSpecialTokens), as: UTF8.self)
  }

  public var vocabulary: Vocabulary { pipeline.vocabulary }

  /// How many tokens there are; their ids are 0 and on.
  public var vocabularyCount: Int { vocabulary.count }

  /// The token that stands for exactly `text`, such as `<think>` or ` tin`, if there is one.
  public func token(of text: String) -> Int32? { vocabulary.token(of: text) }

  /// The token that begins a sequence, if there is one.
  public var beginning: Int32? { pipeline.roles.beginning.flatMap(token) }

  /// The token that ends a sequence: a model that writes it has finished.
  public var end: Int32? { pipeline.roles.end.flatMap(token) }

  /// The token that fills up the shorter sequences of a batch.
  public var padding: Int32? { pipeline.roles.padding.flatMap(token) }
}
