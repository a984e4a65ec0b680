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

  /// The same problem with its numbers in rising order: equal for problems that differ in the order
  /// of their numbers only.
  public var canonical: Problem { Problem(numbers: numbers.sorted(), target: target) }

  /// Whether `expression` uses the numbers, each exactly once, and is worth the target exactly.
  public func isSolved(by expression: Expression) -> Bool {
    expression.numbers.sorted() == numbers.sorted() && expression.value == Rational(target)
  }
}
