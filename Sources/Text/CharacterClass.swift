/// What the pre-tokenizers ask about a Unicode scalar: five classes that share no scalar.
enum CharacterClass: UInt8 {
  /// General category L*: `\p{L}`.
  case letter
  /// General category N*, so ½ and Ⅻ too: `\p{N}`.
  case number
  /// U+000A and U+000D: `[\r\n]`.
  case newline
  /// White_Space other than those two: with them, `\s`.
  case space
  /// Everything else, and bytes that are not UTF-8.
  case other

  var isWhitespace: Bool { self == .space || self == .newline }

  /// The class of `scalar`, which may be `malformed`.
  @inline(__always)
  init(_ scalar: UInt32) {
    self = scalar < 0x10000 ? basicPlane[Int(scalar)] : CharacterClass(lookingUp: scalar)
  }

  /// Letters and numbers are those of Unicode 16, as in `tokenizers` 0.23: what a later version
  /// added counts as `other`, or the same text would be cut differently by a newer Swift.
  fileprivate init(lookingUp scalar: UInt32) {
    guard let properties = Unicode.Scalar(scalar)?.properties else {
      self = .other
      return
    }
    let isKnown = properties.age.map { $0 <= (major: 16, minor: 0) } ?? false
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = isKnown ? .letter : .other
    case .decimalNumber, .letterNumber, .otherNumber:
      self = isKnown ? .number : .other
    default:
      let isNewline = scalar == 0x0A || scalar == 0x0D
      self = isNewline ? .newline : properties.isWhitespace ? .space : .other
    }
  }
}

/// The classes of U+0000 to U+FFFF, looked up once: the standard library takes about 100 ns for one
/// scalar, a table under 1 ns.
private let basicPlane: [CharacterClass] = (0..<0x10000).map(CharacterClass.init(lookingUp:))
