/// Turns the prose of a chapter into Markdown: `{{name}}` becomes its value, and a measured number
/// that was typed in by hand becomes an error.
///
/// Math, code spans, fenced blocks, link targets and addresses pass through untouched.
struct ProseRenderer {
  /// The text for `{{name}}`, given the name and the format after `|`, if any.
  let value: (_ name: String, _ format: String?) throws(WeaveError) -> String

  private(set) var problems: [Problem] = []
  /// The names that the prose mentions.
  private(set) var mentioned: Set<String> = []

  init(value: @escaping (String, String?) throws(WeaveError) -> String) {
    self.value = value
  }

  mutating func render(_ prose: Manuscript.Prose) -> String {
    var scanner = ProseScanner(prose.text, line: prose.line)
    var output = ""
    while let piece = scanner.next() {
      switch piece.kind {
      case .verbatim: output += piece.text
      case .text:
        output += piece.text
        for message in bareNumbers(in: piece.text, before: piece.following) {
          problems.append(Problem(line: piece.line + message.lineOffset, message: message.text))
        }
      case .literal: output += piece.text.dropFirst(5).dropLast()
      case .interpolation:
        let parts = piece.text.dropFirst(2).dropLast(2).split(
          separator: "|", maxSplits: 1, omittingEmptySubsequences: false
        ).map { $0.trimmingSpaces }
        let name = parts.first ?? ""
        mentioned.insert(name)
        do throws(WeaveError) {
          output += try value(name, parts.count > 1 ? parts[1] : nil)
        } catch {
          problems.append(Problem(line: piece.line, message: error.description))
        }
      }
    }
    return output
  }
}

/// Cuts prose into what may be interpreted and what must not.
private struct ProseScanner {
  struct Piece {
    enum Kind { case text, verbatim, literal, interpolation }
    let kind: Kind
    let text: String
    let line: Int
    /// The character after the piece.
    let following: Character?
  }

  private let characters: [Character]
  private var position = 0
  private var line: Int

  init(_ text: String, line: Int) {
    characters = Array(text)
    self.line = line
  }

  mutating func next() -> Piece? {
    guard position < characters.count else { return nil }
    if let (kind, end) = special(at: position) { return take(to: end, kind) }
    var end = position + 1
    while end < characters.count, special(at: end) == nil { end += 1 }
    return take(to: end, .text)
  }

  private mutating func take(to end: Int, _ kind: Piece.Kind) -> Piece {
    let text = String(characters[position..<end])
    defer { line += text.count { $0 == "\n" } }
    position = end
    let following = end < characters.count ? characters[end] : nil
    return Piece(kind: kind, text: text, line: line, following: following)
  }

  private func sees(_ text: String, at start: Int) -> Bool {
    start + text.count <= characters.count && zip(text, characters[start...]).allSatisfy(==)
  }

  /// The position after the first `closing` at or after `start`.
  private func end(of closing: String, from start: Int, acrossParagraphs: Bool = false) -> Int? {
    var index = start
    while index + closing.count <= characters.count {
      if sees(closing, at: index) { return index + closing.count }
      if !acrossParagraphs, sees("\n\n", at: index) { return nil }
      index += 1
    }
    return nil
  }

  /// What starts at `start` other than plain text, and where it ends.
  private func special(at start: Int) -> (Piece.Kind, Int)? {
    switch characters[start] {
    case "`":
      var ticks = 1
      while start + ticks < characters.count, characters[start + ticks] == "`" { ticks += 1 }
      let isFence = ticks >= 3 && (start == 0 || characters[start - 1] == "\n")
      let fence = String(repeating: "`", count: ticks)
      if isFence {
        let close = end(of: "\n" + fence, from: start + ticks, acrossParagraphs: true)
        return (.verbatim, close ?? characters.count)
      }
      return (.verbatim, end(of: fence, from: start + ticks) ?? start + ticks)
    case "$":
      if start > 0, characters[start - 1] == "\\" { return nil }
      if sees("$$", at: start) {
        return end(of: "$$", from: start + 2, acrossParagraphs: true).map { (.verbatim, $0) }
      }
      guard start + 1 < characters.count, !characters[start + 1].isWhitespace else { return nil }
      return end(of: "$", from: start + 1).map { (.verbatim, $0) }
    case "{":
      return sees("{{", at: start)
        ? end(of: "}}", from: start + 2).map { (.interpolation, $0) } : nil
    case "\\":
      return sees("\\num{", at: start) ? end(of: "}", from: start + 5).map { (.literal, $0) } : nil
    case "]":
      return sees("](", at: start) ? end(of: ")", from: start + 2).map { (.verbatim, $0) } : nil
    case "<": return end(of: ">", from: start + 1).map { (.verbatim, $0) }
    case "h":
      guard sees("http://", at: start) || sees("https://", at: start) else { return nil }
      let rest = characters[start...].firstIndex { $0.isWhitespace || $0 == ")" || $0 == ">" }
      return (.verbatim, rest ?? characters.count)
    default: return nil
    }
  }
}

extension StringProtocol {
  var trimmingSpaces: String {
    var text = Substring(self)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
