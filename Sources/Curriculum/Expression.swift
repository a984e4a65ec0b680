/// An arithmetic expression over whole numbers, as a tree.
///
/// The same tree is written in two ways: worked step by step, as in a trace of thought, and infix,
/// as in an answer.
///
///     let e = Expression(parsing: "(6*4)+3")!
///     e.worked    // "6*4=24,24+3=27"
///     e.infix     // "(6*4)+3"
public indirect enum Expression: Hashable, Sendable {
  case number(Int)
  case operation(Expression, Operator, Expression)

  /// The exact value, or `nil` where it divides by zero or overflows.
  public var value: Rational? {
    switch self {
    case .number(let number): return Rational(number)
    case .operation(let left, let symbol, let right):
      guard let a = left.value, let b = right.value else { return nil }
      return symbol(a, b)
    }
  }

  /// The numbers in the order in which they are written.
  public var numbers: [Int] {
    switch self {
    case .number(let number): [number]
    case .operation(let left, _, let right): left.numbers + right.numbers
    }
  }

  /// The infix form, every inner operation in parentheses: `(6*4)+3`.
  public var infix: String {
    switch self {
    case .number(let number): "\(number)"
    case .operation(let left, let symbol, let right):
      "\(left.operand)\(symbol.rawValue)\(right.operand)"
    }
  }

  private var operand: String {
    if case .number(let number) = self { "\(number)" } else { "(\(infix))" }
  }

  /// The operations in the order in which they can be worked, `nil` where one of them has no whole
  /// result.
  public var steps: [Step]? {
    guard case .operation(let left, let symbol, let right) = self else { return [] }
    guard let before = left.steps, let then = right.steps,
      let a = left.value?.whole, let b = right.value?.whole, let result = value?.whole
    else { return nil }
    return before + then + [Step(left: a, symbol: symbol, right: b, result: result)]
  }

  /// The steps as a line of thought: `6*4=24,24+3=27`.
  public var worked: String? { steps?.map(\.description).joined(separator: ",") }
}
