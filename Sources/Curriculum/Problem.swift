/// A Countdown problem: reach `target` from `numbers`, using each exactly once.
public struct Problem: Hashable, Sendable {
  /// The numbers in the order in which the problem states them.
  public let numbers: [Int]
  public let target: Int

  public init(numbers: [Int], target: Int) {
    self.numbers = numbers
    self.target = target
  }

  /// What a model is given: `make 24 from 4 6 3`, and a new line.
  public var prompt: String {
    "make \(target) from \(numbers.map(String.init).joined(separator: " "))\n"
  }

  /// Reads a prompt, with or without its new line; `nil` for anything that `prompt` does not write.
  public init?(parsing prompt: String) {
    let words =
      prompt.hasSuffix("\n")
      ? prompt.dropLast().split(separator: " ") : prompt.split(separator: " ")
    guard words.count >= 4, words[0] == "make", words[2] == "from" else { return nil }
    let values = ([words[1]] + words[3...]).compactMap { Int($0) }
    guard values.count == words.count - 2 else { return nil }
    self.init(numbers: Array(values[1...]), target: values[0])
    guard self.prompt.dropLast() == words.joined(separator: " ") else { return nil }
  }

  /// The same problem with its numbers in rising order: equal for problems that differ in the order
  /// of their numbers only.
  public var canonical: Problem { Problem(numbers: numbers.sorted(), target: target) }

  /// Whether `expression` uses the numbers, each exactly once, and is worth the target exactly.
  public func isSolved(by expression: Expression) -> Bool {
    expression.numbers.sorted() == numbers.sorted() && expression.value == Rational(target)
  }
}
