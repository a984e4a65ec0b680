extension Expression {
  /// The longest text that is parsed, in bytes: fifty numbers and their parentheses fit.
  public static let longestText = 256

  /// Parses infix text: ASCII digits, `+ - * /`, parentheses and spaces, with the usual precedence
  /// and grouping to the left.
  ///
  /// `nil` for anything else, such as `2**3`, `7//2`, `-4`, `04`, `3.5`, `²`, `4 6`, `()`, a number
  /// of more than 9 digits, or a text longer than `longestText`. Never traps, and its depth and time
  /// are bounded by that length.
  public init?(parsing text: String) {
    // Counting stops at the limit, so that a hostile megabyte costs no more than 257 bytes.
    let bytes = Array(text.utf8.prefix(Expression.longestText + 1))
    guard bytes.count <= Expression.longestText else { return nil }
    var parser = Parser(bytes: bytes)
    guard let sum = parser.sum(), parser.isAtEnd else { return nil }
    self = sum
  }
}

/// Recursive descent, one function per rule of the grammar:
///
///     sum     = product { ("+" | "-") product }
///     product = factor  { ("*" | "/") factor }
///     factor  = number | "(" sum ")"
private struct Parser {
  let bytes: [UInt8]
  var position = 0

  var isAtEnd: Bool { position == bytes.count }

  mutating func sum() -> Expression? {
    chain(of: [.plus, .minus]) { $0.product() }
  }

  mutating func product() -> Expression? {
    chain(of: [.times, .over]) { $0.factor() }
  }

  private mutating func chain(
    of symbols: [Operator], _ operand: (inout Parser) -> Expression?
  ) -> Expression? {
    guard var left = operand(&self) else { return nil }
    while let symbol = symbols.first(where: { next == $0.rawValue.asciiValue }) {
      advance()
      guard let right = operand(&self) else { return nil }
      left = .operation(left, symbol, right)
    }
    return left
  }

  mutating func factor() -> Expression? {
    skipSpaces()
    guard next == UInt8(ascii: "(") else { return number() }
    advance()
    guard let inner = sum(), next == UInt8(ascii: ")") else { return nil }
    advance()
    return inner
  }

  private mutating func number() -> Expression? {
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...9).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { return nil }
    position = digits.endIndex
    skipSpaces()
    return .number(digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) })
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func advance() {
    position += 1
    skipSpaces()
  }

  private mutating func skipSpaces() {
    while next == UInt8(ascii: " ") { position += 1 }
  }
}
