/// The tokens of this module's texts: the characters of ASCII, each under its own code. They are
/// those that `CharacterTokenizer` gives the same text.
public enum Alphabet {
  /// How many tokens there are; their ids are 0 and on.
  public static let count = 128

  /// One token for each character of `text`, which is ASCII.
  public static func tokens(of text: String) -> [Int32] {
    text.utf8.map { byte in
      precondition(byte < count, "\(text) is not ASCII")
      return Int32(byte)
    }
  }

  /// The text that `tokens` stand for.
  public static func text(of tokens: some Sequence<Int32>) -> String {
    String(decoding: tokens.map { UInt8($0) }, as: UTF8.self)
  }
}

/// What sort of character a token is: a label against which to hold the experts' choices.
public enum TokenClass: String, CaseIterable, Codable, Sendable {
  case digit, letter, `operator`, punctuation, space, newline

  /// The class of a token of `Alphabet`.
  ///
  ///     Alphabet.tokens(of: "a=7").map(TokenClass.init(of:))    // [.letter, .operator, .digit]
  public init(of token: Int32) {
    let character = Character(UnicodeScalar(UInt8(token)))
    self =
      switch character {
      case "0"..."9": .digit
      case "a"..."z", "A"..."Z": .letter
      case "+", "-", "*", "/", "=", "<", ">", "(", ")": .operator
      case " ": .space
      case "\n": .newline
      default: .punctuation
      }
  }
}
