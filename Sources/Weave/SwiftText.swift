/// Swift source as lines, with a copy in which comments and string contents are blank.
///
/// Everything that looks for structure (brackets, declarations) looks at the copy, so that a brace
/// in a string or a `func` in a comment cannot mislead it.
struct SwiftText {
  let lines: [String]
  /// The same lines with every byte of a comment or string literal replaced by a space.
  let masked: [[UInt8]]
  /// Whether each line starts inside a multi-line string or block comment.
  let startsInside: [Bool]

  init(_ source: String) {
    let source = source.replacing("\r\n", with: "\n")
    lines = source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var scanner = Scanner(bytes: Array(source.utf8))
    scanner.scanCode(untilParenthesis: false)
    let masked = scanner.bytes.split(separator: newline, omittingEmptySubsequences: false)
    self.masked = masked.map(Array.init)
    startsInside = lines.indices.map(scanner.linesInside.contains)
  }
}

private let newline = UInt8(ascii: "\n")

private struct Scanner {
  var bytes: [UInt8]
  var linesInside: Set<Int> = []
  private var position = 0
  private var line = 0
  private var nesting = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private func peek(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  private func sees(_ text: StaticString) -> Bool {
    (0..<text.utf8CodeUnitCount).allSatisfy { peek($0) == text.utf8Start[$0] }
  }

  /// Steps over one byte, blanking it when it belongs to a literal or comment.
  private mutating func step(blank: Bool) {
    if bytes[position] == newline {
      line += 1
      if blank { linesInside.insert(line) }
    } else if blank {
      bytes[position] = UInt8(ascii: " ")
    }
    position += 1
  }

  private mutating func step(_ count: Int, blank: Bool) {
    for _ in 0..<count where position < bytes.count { step(blank: blank) }
  }

  /// Scans code to the end, or past the parenthesis that closes an interpolation, where everything
  /// is blanked because it is part of a string.
  mutating func scanCode(untilParenthesis isInterpolation: Bool) {
    var depth = 0
    while let byte = peek() {
      if sees("//") {
        while let byte = peek(), byte != newline { step(blank: true) }
      } else if sees("/*") {
        scanBlockComment()
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), let hashes = opensString()
      {
        scanString(hashes: hashes)
      } else {
        if byte == UInt8(ascii: "(") { depth += 1 }
        if byte == UInt8(ascii: ")") { depth -= 1 }
        step(blank: isInterpolation)
        if isInterpolation, depth < 0 { return }
      }
    }
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if sees("/*") {
        depth += 1
        step(2, blank: true)
      } else if sees("*/") {
        depth -= 1
        step(2, blank: true)
      } else {
        step(blank: true)
      }
    } while depth > 0 && position < bytes.count
  }

  /// The number of `#` before the quote, if a string literal starts here.
  private func opensString() -> Int? {
    var hashes = 0
    while peek(hashes) == UInt8(ascii: "#") { hashes += 1 }
    return peek(hashes) == UInt8(ascii: "\"") ? hashes : nil
  }

  private mutating func scanString(hashes: Int) {
    step(hashes, blank: true)
    let isMultiline = sees("\"\"\"")
    step(isMultiline ? 3 : 1, blank: true)
    while let byte = peek() {
      if byte == UInt8(ascii: "\\"), followed(by: hashes, at: 1) {
        step(1 + hashes, blank: true)
        if peek() == UInt8(ascii: "("), nesting < 32 {
          step(blank: true)
          nesting += 1
          scanCode(untilParenthesis: true)
          nesting -= 1
        } else if position < bytes.count {
          step(blank: true)
        }
      } else if !isMultiline, byte == newline {
        return  // An unterminated literal; the compiler will say so.
      } else if byte == UInt8(ascii: "\""), !isMultiline || sees("\"\"\""),
        followed(by: hashes, at: isMultiline ? 3 : 1)
      {
        step((isMultiline ? 3 : 1) + hashes, blank: true)
        return
      } else {
        step(blank: true)
      }
    }
  }

  private func followed(by hashes: Int, at offset: Int) -> Bool {
    (0..<hashes).allSatisfy { peek(offset + $0) == UInt8(ascii: "#") }
  }
}
