extension JSON {
  /// Why a text is not JSON, and at which byte.
  public struct ParseError: Error, Sendable {
    public let offset: Int
    public let problem: String
  }

  /// How deep arrays and objects may nest; deeper ones could overflow the stack.
  static let deepest = 64

  /// Reads `bytes` as one JSON value (RFC 8259), strictly: no comments, no trailing commas, no
  /// name twice in one object, no half of a surrogate pair, valid UTF-8 throughout.
  public init(parsing bytes: [UInt8]) throws(ParseError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.offset == bytes.count else {
      throw ParseError(offset: parser.offset, problem: "there is more after the value")
    }
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var offset = 0

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  func failure(_ problem: String) -> JSON.ParseError {
    JSON.ParseError(offset: offset, problem: next == nil ? "the file ends too early" : problem)
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  mutating func expect(_ byte: UInt8) throws(JSON.ParseError) {
    guard next == byte else { throw failure("expected “\(Unicode.Scalar(byte))”") }
    offset += 1
  }

  mutating func value(depth: Int) throws(JSON.ParseError) -> JSON {
    guard depth <= JSON.deepest else { throw failure("nested deeper than \(JSON.deepest)") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  mutating func word(_ word: StaticString, _ value: JSON) throws(JSON.ParseError) -> JSON {
    for i in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[i]) }
    return value
  }

  mutating func object(depth: Int) throws(JSON.ParseError) -> JSON {
    var members: [JSON.Member] = []
    var names: Set<[UInt8]> = []
    try items(closing: UInt8(ascii: "}")) { parser throws(JSON.ParseError) in
      let start = parser.offset
      let name = try parser.string()
      guard names.insert(Array(name.utf8)).inserted else {
        throw JSON.ParseError(offset: start, problem: "the name \(quoted(name)) occurs twice")
      }
      parser.skipSpace()
      try parser.expect(UInt8(ascii: ":"))
      members.append(JSON.Member(name, try parser.value(depth: depth + 1)))
    }
    return .object(members)
  }

  mutating func array(depth: Int) throws(JSON.ParseError) -> JSON {
    var elements: [JSON] = []
    try items(closing: UInt8(ascii: "]")) { parser throws(JSON.ParseError) in
      elements.append(try parser.value(depth: depth + 1))
    }
    return .array(elements)
  }

  /// The items between the bracket here and `closing`, with commas between them.
  mutating func items(
    closing: UInt8, _ item: (inout JSONParser) throws(JSON.ParseError) -> Void
  ) throws(JSON.ParseError) {
    offset += 1
    skipSpace()
    if next == closing {
      offset += 1
      return
    }
    while true {
      skipSpace()
      try item(&self)
      skipSpace()
      if next == closing { break }
      try expect(UInt8(ascii: ","))
    }
    offset += 1
  }

  mutating func string() throws(JSON.ParseError) -> String {
    let start = offset
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw failure("a control character inside a string") }
      offset += 1
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try escape()).utf8)
      } else {
        text.append(byte)
      }
    }
    try expect(UInt8(ascii: "\""))
    guard let string = String(validating: text, as: UTF8.self) else {
      throw JSON.ParseError(offset: start, problem: "the string is not UTF-8")
    }
    return string
  }

  /// The scalar that the escape after a backslash stands for.
  mutating func escape() throws(JSON.ParseError) -> Unicode.Scalar {
    guard let byte = next else { throw failure("") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if code >> 10 == 0x36 {
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let low = try hexadecimal()
        guard low >> 10 == 0x37 else { throw failure("half of a surrogate pair") }
        code = 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair") }
      return scalar
    default: throw failure("an unknown escape")
    }
  }

  mutating func hexadecimal() throws(JSON.ParseError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw failure("four hexadecimal digits belong after \\u")
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }

  mutating func number() throws(JSON.ParseError) -> JSON {
    let start = offset
    if next == UInt8(ascii: "-") { offset += 1 }
    let startsWithZero = next == UInt8(ascii: "0")
    let count = digits()
    guard count > 0 else { throw failure("expected a value") }
    if startsWithZero, count > 1 {
      throw JSON.ParseError(offset: start, problem: "a number may not start with 0")
    }
    var isInteger = true
    if next == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      guard digits() > 0 else { throw failure("a digit belongs after the point") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isInteger = false
      offset += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
      guard digits() > 0 else { throw failure("a digit belongs into the exponent") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw JSON.ParseError(offset: start, problem: "the number is too large")
    }
    return .number(number)
  }

  /// Skips digits and returns how many there were.
  mutating func digits() -> Int {
    let start = offset
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
    return offset - start
  }
}
