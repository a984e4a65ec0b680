/// A declaration found in Swift source by its text.
struct Declaration {
  /// `func`, `struct`, `let` …
  let keyword: String
  /// `attended`, `Tensor`, `init`, `*`
  let name: String
  /// The argument labels of a function, `["to"]`; `nil` for what takes none.
  let labels: [String]?
  /// Its lines, counted from 0, without doc comment.
  let lines: ClosedRange<Int>
  /// The declarations around it, outermost first.
  var enclosing: [Declaration] = []

  /// Whether it sits in the body of a function or computed property.
  var isLocal: Bool { enclosing.contains { !Self.types.contains($0.keyword) } }

  static let types: Set = ["struct", "class", "enum", "actor", "extension", "protocol"]
  static let keywords = types.union([
    "func", "init", "deinit", "subscript", "var", "let", "typealias", "associatedtype",
  ])
  private static let modifiers: Set = [
    "public", "private", "fileprivate", "internal", "open", "package", "static", "class", "final",
    "mutating", "nonmutating", "override", "lazy", "weak", "unowned", "indirect", "nonisolated",
    "convenience", "required", "prefix", "postfix", "infix", "dynamic", "consuming", "borrowing",
  ]

  /// `attended(to:)`
  var signature: String {
    labels.map { "\(name)(\($0.map { "\($0):" }.joined()))" } ?? name
  }
}

extension Declaration {
  /// All declarations of a file, each with those around it.
  static func all(in text: SwiftText) -> [Declaration] {
    var found: [Declaration] = []
    var open: [Declaration] = []
    for line in text.masked.indices {
      guard var declaration = Declaration(at: line, in: text) else { continue }
      open.removeAll {
        $0.lines.upperBound < declaration.lines.upperBound || $0.lines.upperBound < line
      }
      declaration.enclosing = open
      found.append(declaration)
      open.append(declaration)
    }
    return found
  }

  /// The declaration that starts on `line`, if one does.
  private init?(at line: Int, in text: SwiftText) {
    var cursor = Cursor(bytes: text.masked[line])
    var keyword: String?
    while keyword == nil {
      cursor.skipSpaces()
      if cursor.skip("@") {
        _ = cursor.word()
        cursor.skipParentheses()
        continue
      }
      let word = cursor.word()
      let next = cursor.peekWord()
      if word == "class", Self.keywords.contains(next) || Self.modifiers.contains(next) { continue }
      if Self.keywords.contains(word) {
        keyword = word
      } else if Self.modifiers.contains(word) {
        cursor.skipParentheses()
      } else {
        return nil
      }
    }
    guard let keyword else { return nil }
    cursor.skipSpaces()
    let isNamedByKeyword = ["init", "deinit", "subscript"].contains(keyword)
    let name = isNamedByKeyword ? keyword : cursor.name(isFunction: keyword == "func")
    guard !name.isEmpty else { return nil }
    self.keyword = keyword
    self.name = name
    lines = line...Self.lastLine(from: line, in: text)
    let takesArguments = ["func", "init", "subscript"].contains(keyword)
    let rest = text.masked[lines].joined(separator: [UInt8(ascii: "\n")])
    let labels = takesArguments ? Self.labels(Array(rest.dropFirst(cursor.position))) : nil
    // The operands of an operator have no labels, only names.
    let isOperator = name.first.map { !$0.isLetter && $0 != "_" } ?? false
    self.labels = isOperator ? labels?.map { _ in "_" } : labels
  }

  /// Follows the brackets from `start` to the line where the declaration ends.
  private static func lastLine(from start: Int, in text: SwiftText) -> Int {
    var depth = 0
    for line in start..<text.masked.count {
      for byte in text.masked[line] {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
      }
      if depth < 0 { return max(start, line - 1) }
      if depth == 0, !continues(after: line, in: text) { return line }
    }
    return text.masked.count - 1
  }

  /// Whether the line after `line` carries on the same declaration.
  private static func continues(after line: Int, in text: SwiftText) -> Bool {
    let endings: [StaticString] = ["=", ",", "->", ":", "+", "-", "*", "&&", "||", "??"]
    let beginnings: [StaticString] = [
      "where ", "->", "{", ".", "?", ":", "=", "+", "- ", "* ", "&&", "||", "throws", "async",
    ]
    let here = text.masked[line].trimmed
    if endings.contains(where: { here.hasSuffix($0) }) { return true }
    guard line + 1 < text.masked.count else { return false }
    let next = text.masked[line + 1].trimmed
    return beginnings.contains { next.hasPrefix($0) }
  }

  /// The labels of the first parameter list in `bytes`.
  private static func labels(_ bytes: [UInt8]) -> [String] {
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")) else { return [] }
    var labels: [String] = []
    var depth = 0
    var current: [UInt8] = []
    func finish() {
      var cursor = Cursor(bytes: current)
      cursor.skipSpaces()
      while cursor.skip("@") {
        _ = cursor.word()
        cursor.skipParentheses()
        cursor.skipSpaces()
      }
      let label = cursor.word()
      if !label.isEmpty { labels.append(label) }
      current = []
    }
    for byte in bytes[open...] {
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "<"):
        depth += 1
        if depth > 1 { current.append(byte) }
      case UInt8(ascii: ">") where current.last == UInt8(ascii: "-"):
        current.append(byte)
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"):
        depth -= 1
        if depth == 0 {
          finish()
          return labels
        }
        current.append(byte)
      case UInt8(ascii: ",") where depth == 1: finish()
      case UInt8(ascii: "\n"): current.append(UInt8(ascii: " "))
      default: current.append(byte)
      }
    }
    return labels
  }
}

/// Reads words from a line of masked source.
private struct Cursor {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private func isWord(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte >= 0x80 || (UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20)
  }

  mutating func skipSpaces() {
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func word() -> String {
    let start = position
    while position < bytes.count, isWord(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  func peekWord() -> String {
    var copy = self
    copy.skipSpaces()
    return copy.word()
  }

  mutating func skipParentheses() {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "(") else { return }
    while position < bytes.count, bytes[position] != UInt8(ascii: ")") { position += 1 }
    position += position < bytes.count ? 1 : 0
  }

  /// A dotted type name, an identifier, or the symbols of an operator.
  mutating func name(isFunction: Bool) -> String {
    let start = position
    if position < bytes.count, isWord(bytes[position]) || bytes[position] == UInt8(ascii: "`") {
      while position < bytes.count,
        isWord(bytes[position]) || bytes[position] == UInt8(ascii: "`")
          || (!isFunction && bytes[position] == UInt8(ascii: "."))
      {
        position += 1
      }
    } else if isFunction {
      while position < bytes.count, bytes[position] != UInt8(ascii: " "),
        bytes[position] != UInt8(ascii: "(")
      {
        position += 1
      }
    }
    return String(
      decoding: bytes[start..<position].filter { $0 != UInt8(ascii: "`") }, as: UTF8.self)
  }
}

extension [UInt8] {
  fileprivate var trimmed: [UInt8] {
    let space = UInt8(ascii: " ")
    guard let first = firstIndex(where: { $0 != space }),
      let last = lastIndex(where: { $0 != space })
    else { return [] }
    return Array(self[first...last])
  }

  fileprivate func hasPrefix(_ text: StaticString) -> Bool {
    starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  fileprivate func hasSuffix(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    return self.count >= count
      && suffix(count).elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
  }
}
