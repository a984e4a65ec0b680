/// How text is cut into *pieces* before anything else. No token ever reaches across a cut, so a
/// language model never meets a token like `dog.` or ` the cat`, of which there would be millions.
///
/// The published rules are regular expressions. Each is here as a scanner that finds the same cuts
/// in one pass, which the tests prove against the `tokenizers` library itself.
public enum Splitting: Sendable, CaseIterable {
  /// GPT-2: contractions, and runs of letters, of numbers, of anything else, each with the space
  /// before it; whitespace.
  case gpt2
  /// Qwen2: letters take any one character before them along, every digit is a piece of its own
  /// (so `1234` has one spelling, digit by digit), and line ends stay with what they follow.
  case qwen2
  /// Llama 3: as Qwen2, with numbers in groups of up to three digits.
  case llama3
  /// Every character alone.
  case characters

  /// The rule as the regular expression that `tokenizer.json` holds.
  public var pattern: String {
    switch self {
    case .gpt2:
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .qwen2:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .llama3:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"#
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .characters: #"[\s\S]"#
    }
  }

  /// Where the piece that starts at `start` ends.
  ///
  /// - Parameter bytes: UTF-8; bytes that are not are characters of their own, neither letter nor
  ///   number nor space. `start` is inside.
  func endOfPiece(_ bytes: Span<UInt8>, from start: Int) -> Int {
    switch self {
    case .gpt2: endOfGPT2Piece(bytes, from: start)
    case .qwen2: endOfModernPiece(bytes, from: start, longestNumber: 1)
    case .llama3: endOfModernPiece(bytes, from: start, longestNumber: 3)
    case .characters: start + bytes.scalar(at: start).length
    }
  }
}

/// The pieces of `text`, to look at.
///
///     pieces(of: "It's 42!", by: .qwen2)      // ["It", "'s", " ", "4", "2", "!"]
///     pieces(of: "It's 42!", by: .gpt2)       // ["It", "'s", " 42", "!"]
public func pieces(of text: String, by splitting: Splitting) -> [String] {
  let bytes = Array(text.utf8)
  var result: [String] = []
  var start = 0
  while start < bytes.count {
    let end = splitting.endOfPiece(bytes.span, from: start)
    result.append(String(decoding: bytes[start..<end], as: UTF8.self))
    start = end
  }
  return result
}
