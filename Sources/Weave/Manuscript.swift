import Foundation

/// A chapter's `main.swift`, taken apart into prose and cells.
struct Manuscript {
  enum Block: Equatable {
    case prose(Prose)
    case cell(Cell)
    case excerpt(Excerpt, line: Int)
  }

  /// Consecutive `//:` lines without the marker.
  struct Prose: Equatable {
    /// The line of the first, counted from 1.
    let line: Int
    var text: String
  }

  /// The code between two pieces of prose.
  struct Cell: Equatable {
    /// All its lines in the file, counted from 1.
    let lines: ClosedRange<Int>
    /// What the book shows: without hidden lines, and without blank lines at both ends.
    let code: String
    /// The lines between `// snippet.hide` and `// snippet.show`.
    let hidden: Set<Int>
  }

  private(set) var blocks: [Block] = []
  /// The chapter's one-line result for the contents page: `//: @Result …`.
  private(set) var result: Prose?
  private(set) var problems: [Problem] = []
  /// The lines inside a `func`, where an event cannot be attributed to a cell.
  private(set) var functionLines: Set<Int> = []
  let lineCount: Int

  init(_ source: String) {
    let text = SwiftText(source)
    lineCount = text.lines.count
    var prose: Prose?
    var code: [Int] = []
    var hidden = Self.openingCall(in: text)
    var isHiding = false
    for declaration in Declaration.all(in: text) where declaration.keyword == "func" {
      functionLines.formUnion(declaration.lines.map { $0 + 1 })
    }

    func endProse(_ blocks: inout [Block]) {
      if let prose, !prose.text.allSatisfy(\.isWhitespace) { blocks.append(.prose(prose)) }
      prose = nil
    }
    func endCell(_ blocks: inout [Block]) {
      if let cell = Self.cell(code, in: text, hidden: hidden) { blocks.append(.cell(cell)) }
      code = []
    }

    for (index, line) in text.lines.enumerated() {
      let number = index + 1
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      guard trimmed.hasPrefix("//:"), !text.startsInside[index] else {
        endProse(&blocks)
        switch trimmed {
        case "// snippet.hide": isHiding = true
        case "// snippet.show": isHiding = false
        default:
          if isHiding { hidden.insert(number) }
          code.append(number)
          continue
        }
        hidden.insert(number)
        code.append(number)
        continue
      }
      if !line.hasPrefix("//:") {
        problems.append(Problem(line: number, message: "prose must start in the first column"))
      }
      endCell(&blocks)
      let body = trimmed.dropFirst(3)
      let content = String(body.hasPrefix(" ") ? body.dropFirst() : body)
      if content.hasPrefix("@") {
        endProse(&blocks)
        read(directive: content, line: number)
      } else if prose == nil {
        prose = Prose(line: number, text: content)
      } else {
        prose?.text += "\n" + content
      }
    }
    endProse(&blocks)
    endCell(&blocks)
    for (index, line) in text.masked.enumerated()
    where String(decoding: line, as: UTF8.self).contains("StudyArm") {
      problems.append(
        Problem(
          line: index + 1,
          message:
            "an arm is declared in a file of its own beside main.swift; a change of code here "
            + "would not make it run again"))
    }
    if isHiding {
      problems.append(Problem(line: lineCount, message: "// snippet.hide without snippet.show"))
    }
  }

  private mutating func read(directive: String, line: Int) {
    if directive.hasPrefix("@Source("), directive.hasSuffix(")"),
      let excerpt = Excerpt(arguments: String(directive.dropFirst(8).dropLast()))
    {
      blocks.append(.excerpt(excerpt, line: line))
    } else if directive.hasPrefix("@Result ") {
      if result != nil {
        problems.append(Problem(line: line, message: "a chapter has one @Result"))
      }
      result = Prose(line: line, text: String(directive.dropFirst(8)))
    } else {
      let message = "cannot read \(directive); use @Source(file, name) or @Result sentence"
      problems.append(Problem(line: line, message: message))
    }
  }

  /// The lines of the `chapter(…)` or `study(…)` call, which the page replaces by its title.
  private static func openingCall(in text: SwiftText) -> Set<Int> {
    let calls = ["chapter(", "study("]
    guard
      let start = text.masked.firstIndex(where: { line in
        calls.contains { line.starts(with: $0.utf8) }
      })
    else { return [] }
    var depth = 0
    for line in start..<text.masked.count {
      for byte in text.masked[line] {
        if byte == UInt8(ascii: "(") { depth += 1 }
        if byte == UInt8(ascii: ")") { depth -= 1 }
      }
      if depth <= 0 { return Set(start + 1...line + 1) }
    }
    return []
  }

  private static func cell(_ numbers: [Int], in text: SwiftText, hidden: Set<Int>) -> Cell? {
    guard let first = numbers.first, let last = numbers.last else { return nil }
    var shown: [String] = []
    for number in numbers where !hidden.contains(number) {
      let line = text.lines[number - 1]
      // Hiding lines must not leave two blank ones in a row.
      if line.isEmpty, shown.last?.isEmpty ?? true { continue }
      shown.append(line)
    }
    while shown.last?.isEmpty == true { shown.removeLast() }
    return Cell(
      lines: first...last, code: shown.joined(separator: "\n"),
      hidden: hidden.intersection(numbers))
  }
}
