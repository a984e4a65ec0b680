import Foundation
import Text
import Training

/// The examples in a file of lessons, one line of JSON each, and what became of the others.
///
///     let lessons = try LessonSet(
///       contentsOf: file, tokenizer, template: .qwen25, context: 512, skipsBadLines: true)
///     for bad in lessons.badLines { print(bad) }
///     let epochs = Epochs(lessons.examples, size: 32, seed: 1)
///     try Trainer(model, options, batch: epochs.batch).run()
public struct LessonSet {
  /// In the order of the file.
  public private(set) var examples: [Example] = []

  /// The lines that are no lesson, and why.
  public private(set) var badLines: [LessonError] = []

  /// The numbers of the lines whose ends do not fit the context and were cut off: from these, no
  /// stop is learned.
  public private(set) var truncated: [Int] = []

  /// The numbers of the lines of which nothing that is to be learned fits the context.
  public private(set) var leftOut: [Int] = []

  /// Reads the file, line by line; lines of nothing but white space are passed over.
  ///
  /// - Parameters:
  ///   - template: how conversations are written.
  ///   - context: the most tokens of an example.
  ///   - end: the token that ends a completion; nil for the tokenizer's.
  ///   - skipsBadLines: whether to go on after a line that is no lesson.
  /// - Throws: if the file cannot be read, holds no lesson, or, unless they are skipped, at the first
  ///   bad line.
  public init(
    contentsOf url: URL, _ tokenizer: any Tokenizer, template: ChatML = ChatML(), context: Int,
    end: Int32? = nil, skipsBadLines: Bool = false
  ) throws(LessonError) {
    guard let end = end ?? tokenizer.end else {
      throw LessonError(
        file: url.path, line: nil, problem: "the tokenizer has no token that ends a text; name one")
    }
    let longest = 1 << 24
    try forEachLine(of: url, longest: longest) { number, line throws(LessonError) in
      var line = line
      if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
      do throws(Lesson.Problem) {
        if line.count > longest { throw Lesson.Problem("is longer than \(longest) bytes") }
        let example = try Lesson(parsing: line).example(tokenizer, template: template, end: end)
        add(example, line: number, context: context)
      } catch {
        let bad = LessonError(file: url.path, line: number, problem: error.description)
        if !skipsBadLines { throw bad }
        badLines.append(bad)
      }
    }
    if examples.isEmpty {
      let reason =
        badLines.isEmpty
        ? (leftOut.isEmpty ? "it is empty" : "nothing fits a context of \(context) tokens")
        : "all \(badLines.count) lines are bad, the first at \(badLines[0].place)"
      throw LessonError(file: url.path, line: nil, problem: "holds no lesson: \(reason)")
    }
  }

  private mutating func add(_ example: Example, line: Int, context: Int) {
    guard example.tokens.count > context else { return examples.append(example) }
    let lessons = example.lessons.compactMap { range in
      range.lowerBound < context ? range.clamped(to: 0..<context) : nil
    }
    if lessons.isEmpty { return leftOut.append(line) }
    truncated.append(line)
    examples.append(Example(Array(example.tokens[..<context]), learning: lessons))
  }
}

/// Why there is nothing to learn from a file of lessons, or from a line of it, on one line.
public struct LessonError: Error, Equatable, CustomStringConvertible {
  public let file: String

  /// The number of the line, from 1; nil if it is about the file.
  public let line: Int?

  public let problem: String

  /// The line and the problem.
  var place: String { line.map { "line \($0): \(problem)" } ?? problem }

  public var description: String { "\(file): \(place)" }
}
