/// Something that stops the weaver, as one line that says what to do.
struct WeaveError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// A mistake in a chapter's source: `Chapters/01-Tensors/main.swift:31: …`.
struct Problem: Equatable, Comparable {
  let line: Int
  let message: String

  static func < (a: Problem, b: Problem) -> Bool { (a.line, a.message) < (b.line, b.message) }
}

/// All the mistakes of one chapter, one a line.
struct ManuscriptError: Error, CustomStringConvertible {
  let path: String
  let problems: [Problem]

  var description: String {
    problems.sorted().map { "\(path):\($0.line): \($0.message)" }.joined(separator: "\n")
  }
}
