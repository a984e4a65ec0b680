/// What a model wrote after a prompt, taken apart: its form, its attempts, its answer.
///
/// Any text can be read, however broken or hostile. The work is linear in its length, arithmetic is
/// exact, and what does not read as expected is kept as such, so that nothing traps, hangs or is
/// fooled by rounding.
///
///     let completion = Completion(parsing: "<think>\n6-3=3,4*3=12 no\n</think>\n<answer>4*(6-3)</answer>")
///     completion.isWellFormed                                        // true
///     completion.solves(Problem(numbers: [4, 6, 3], target: 24))     // false
public struct Completion: Sendable {
  /// Whether the text is a `<think>` block followed by an `<answer>` block and nothing else but
  /// white space, each of the four tags once. This is the *format* reward.
  public let isWellFormed: Bool

  /// The text between the answer tags; `nil` unless the completion is well formed.
  public let answer: String?

  /// The lines of thought that were written, even where no tag closes them.
  public let attempts: [Attempt]

  /// Whether the thought was closed: otherwise its last attempt may be cut short.
  public let isThoughtClosed: Bool

  /// Reads the text that follows `Problem.prompt`, without its end-of-text token.
  public init(parsing text: String) {
    let bytes = Array(text.utf8)
    let found = Tag.occurrences(in: bytes)
    let gaps = zip(
      [0] + found.map(\.range.upperBound), found.map(\.range.lowerBound) + [bytes.count]
    )
    .map { bytes[$0..<$1] }
    let tags = found.map(\.tag)

    isWellFormed =
      tags == Tag.allCases
      && [gaps[0], gaps[2], gaps[4]].allSatisfy { $0.allSatisfy(isWhiteSpace) }
    answer = isWellFormed ? String(decoding: gaps[3], as: UTF8.self) : nil

    let thought = tags.first == .think ? gaps[1] : []
    isThoughtClosed = tags.starts(with: [.think, .endThink])
    attempts = thought.split(separator: UInt8(ascii: "\n")).map { line in
      Attempt(parsing: String(decoding: line, as: UTF8.self))
    }
  }

  /// Whether the answer solves `problem`: it parses, uses every number exactly once, and is worth
  /// the target exactly. This is the *equation* reward.
  public func solves(_ problem: Problem) -> Bool {
    guard let answer, let expression = Expression(parsing: answer) else { return false }
    return problem.isSolved(by: expression)
  }
}

private enum Tag: String, CaseIterable {
  case think = "<think>"
  case endThink = "</think>"
  case answer = "<answer>"
  case endAnswer = "</answer>"

  /// Every tag in the text in order, found as bytes: a combining mark after a tag does not hide it.
  static func occurrences(in bytes: [UInt8]) -> [(tag: Tag, range: Range<Int>)] {
    bytes.indices.filter { bytes[$0] == UInt8(ascii: "<") }.compactMap { start in
      allCases.first { bytes[start...].starts(with: $0.rawValue.utf8) }
        .map { ($0, start..<start + $0.rawValue.utf8.count) }
    }
  }
}

private func isWhiteSpace(_ byte: UInt8) -> Bool {
  " \t\r\n".utf8.contains(byte)
}
