/// Reads JSON strictly from left to right and builds no tree, so that a hostile header, which may
/// have a hundred million bytes, costs no more memory than what its reader keeps of it. (The tree of
/// `StrictJSON`, for files of a few megabytes, would take some twenty times their length.)
///
///     var scanner = JSONScanner(bytes, file: path)
///     try scanner.object { scanner, name in
///       sizes[name] = try scanner.unsigned()
///     }
///     try scanner.end()
///
/// Foundation's parsers would not do: they drop one of two equal keys, round large integers
/// through `Double`, and hold the whole tree.
///
/// Source: RFC 8259.
struct JSONScanner {
  private let bytes: [UInt8]
  private var position = 0

  /// For error messages: the file, what comes before `bytes` in it, and the tensor at hand.
  private let file: String
  private let offset: Int
  var tensor: String?

  /// How deep objects and arrays may nest.
  private let maximumDepth = 128

  init(_ bytes: [UInt8], at offset: Int = 0, file: String) {
    self.bytes = bytes
    self.offset = offset
    self.file = file
  }

  /// Reads `{…}`; `member` has to read the value that belongs to the name.
  mutating func object(
    _ member: (inout JSONScanner, String) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let name = try string()
      try expect(":")
      try member(&self, name)
    } while accept(",")
    try expect("}")
  }

  /// Reads `[…]`; `element` has to read one element.
  mutating func array(
    _ element: (inout JSONScanner) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    try expect("[")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]")
  }

  /// Reads a whole number from 0 to `Int.max`, written without fraction and exponent.
  mutating func unsigned() throws(SafetensorsError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let digit = digit() {
      let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = tens.addingReportingOverflow(digit)
      if overflows || carries { throw failure("a number beyond 2^63", at: start) }
      value = sum
    }
    let digits = bytes[start..<position]
    let isPadded = digits.count > 1 && digits.first == zero
    if digits.isEmpty || isPadded || next(isOneOf: ".eE") {
      throw failure("not a whole number of at least 0", at: start)
    }
    return value
  }

  /// Reads any value and forgets it.
  mutating func skip(depth: Int = 0) throws(SafetensorsError) {
    skipSpace()
    if depth == maximumDepth { throw failure("nesting deeper than \(maximumDepth)") }
    if next(isOneOf: "{") {
      try object { (scanner, _) throws(SafetensorsError) in try scanner.skip(depth: depth + 1) }
    } else if next(isOneOf: "[") {
      try array { (scanner) throws(SafetensorsError) in try scanner.skip(depth: depth + 1) }
    } else if next(isOneOf: "\"") {
      _ = try string()
    } else if next(isOneOf: "-0123456789") {
      try skipNumber()
    } else if !["true", "false", "null"].contains(where: { accept(word: $0) }) {
      throw failure("not a value")
    }
  }

  /// Makes sure that nothing but white space is left.
  mutating func end() throws(SafetensorsError) {
    skipSpace()
    if position < bytes.count { throw failure("something behind the end of the JSON") }
  }

  /// What is wrong with the JSON at hand.
  func failure(_ reason: String, at position: Int? = nil) -> SafetensorsError {
    SafetensorsError(
      .malformed(reason, at: offset + (position ?? self.position)), file: file, tensor: tensor)
  }
}

// MARK: Strings

extension JSONScanner {
  /// Reads a string, which must be valid UTF-8.
  mutating func string() throws(SafetensorsError) -> String {
    try expect("\"")
    let start = position
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("a string that is not UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"): text += String(try escape()).utf8
      case 0..<0x20: throw failure("a control character within a string", at: position - 1)
      default: text.append(byte)
      }
    }
    throw failure("a string without an end", at: start)
  }

  /// Reads what follows a backslash.
  private mutating func escape() throws(SafetensorsError) -> Unicode.Scalar {
    guard position < bytes.count else { throw failure("a string without an end") }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw failure("an unknown escape", at: position - 1)
    }
    let unit = try codeUnit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // Half a surrogate pair: the other half has to follow.
    guard UTF16.isLeadSurrogate(unit), accept(word: "\\u"), case let trail = try codeUnit(),
      UTF16.isTrailSurrogate(trail)
    else { throw failure("half a surrogate pair") }
    return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
  }

  /// Reads four hexadecimal digits.
  private mutating func codeUnit() throws(SafetensorsError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure("not four hexadecimal digits") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}

// MARK: Symbols

extension JSONScanner {
  private var zero: UInt8 { UInt8(ascii: "0") }

  private mutating func skipSpace() {
    while next(isOneOf: " \n\r\t") { position += 1 }
  }

  private func next(isOneOf symbols: StaticString) -> Bool {
    position < bytes.count && symbols.withUTF8Buffer { $0.contains(bytes[position]) }
  }

  private mutating func accept(_ symbol: StaticString) -> Bool {
    skipSpace()
    guard next(isOneOf: symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: StaticString) throws(SafetensorsError) {
    if !accept(symbol) { throw failure("\(symbol) is missing") }
  }

  private mutating func accept(word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func digit() -> Int? {
    guard next(isOneOf: "0123456789") else { return nil }
    defer { position += 1 }
    return Int(bytes[position] - zero)
  }

  private mutating func skipDigits() throws(SafetensorsError) {
    guard digit() != nil else { throw failure("a digit is missing") }
    while digit() != nil {}
  }

  private mutating func skipNumber() throws(SafetensorsError) {
    if next(isOneOf: "-") { position += 1 }
    if next(isOneOf: "0") { position += 1 } else { try skipDigits() }
    if next(isOneOf: ".") {
      position += 1
      try skipDigits()
    }
    if next(isOneOf: "eE") {
      position += 1
      if next(isOneOf: "+-") { position += 1 }
      try skipDigits()
    }
  }
}
