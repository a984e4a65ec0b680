/// One line of arithmetic with its result: `6*4=24`.
public struct Step: Hashable, Sendable, CustomStringConvertible {
  public let left: Int
  public let symbol: Operator
  public let right: Int
  public let result: Int

  public init(left: Int, symbol: Operator, right: Int, result: Int) {
    self.left = left
    self.symbol = symbol
    self.right = right
    self.result = result
  }

  /// The step worked by the rules of the corpus, or `nil` where they forbid it: the larger number
  /// comes first, a division leaves no remainder, and nothing leaves `Step.range`.
  ///
  ///     Step(6, .times, 4)    // 6*4=24
  ///     Step(4, .times, 6)    // nil: written 6*4
  ///     Step(7, .over, 2)     // nil: not exact
  public init?(_ left: Int, _ symbol: Operator, _ right: Int) {
    guard left >= right, Step.range.contains(left), Step.range.contains(right),
      let result = symbol(Rational(left), Rational(right))?.whole, Step.range.contains(result)
    else { return nil }
    self.init(left: left, symbol: symbol, right: right, result: result)
  }

  /// The whole numbers that a step of the corpus may touch: each is one token.
  public static let range = 0...99

  /// Whether the arithmetic is right, in exact fractions.
  public var isTrue: Bool {
    symbol(Rational(left), Rational(right)) == Rational(result)
  }

  /// The step up to its equals sign, `6*4=`: what a model is asked to complete.
  public var question: String { "\(left)\(symbol.rawValue)\(right)=" }

  public var description: String { "\(question)\(result)" }

  /// Every step that the rules allow whose right operand is a number of a training problem or 0:
  /// the arithmetic that working through a problem one number at a time can need.
  public static let elementary: [Step] = Operator.allCases.flatMap { symbol in
    range.flatMap { left in
      (0...Split.range.upperBound).compactMap { right in Step(left, symbol, right) }
    }
  }
}
