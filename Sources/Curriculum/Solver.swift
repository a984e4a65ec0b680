/// Every way to work `numbers`, each used once, by the rules of the corpus (`Step.init?`): the larger
/// operand first, divisions exact, every result in `Step.range`.
///
/// Two ways that differ only in the order of equal numbers or of independent steps are one and the
/// same expression and listed once. Three numbers have some thirty ways, four about a thousand.
///
///     waysToWork([3, 4, 6]).map(\.infix)    // "(4+3)+6", "(4+3)*6", "(4+3)-6", …
public func waysToWork(_ numbers: [Int]) -> [Expression] {
  precondition(
    (1...5).contains(numbers.count) && numbers.allSatisfy(Step.range.contains),
    "1 to 5 numbers in \(Step.range) can be worked, not \(numbers)")
  var seen: Set<Expression> = []
  var ways: [Expression] = []
  combine(numbers.sorted(by: >).map(Operand.init)) { way in
    if seen.insert(way).inserted { ways.append(way) }
  }
  return ways
}

extension Problem {
  /// All its distinct solutions by the rules of the corpus; empty where there is none.
  public var solutions: [Expression] {
    waysToWork(numbers).filter { $0.value == Rational(target) }
  }
}

/// An expression beside its value, which the search compares over and over.
private struct Operand {
  let expression: Expression
  let value: Int

  init(_ number: Int) {
    expression = .number(number)
    value = number
  }

  init?(_ left: Operand, _ symbol: Operator, _ right: Operand) {
    guard let step = Step(left.value, symbol, right.value) else { return nil }
    expression = .operation(left.expression, symbol, right.expression)
    value = step.result
  }

  /// The operand that is written on the left: the larger, and of equals the longer, so that equal
  /// values too are written in one order.
  func comes(before other: Operand) -> Bool {
    if value != other.value { return value > other.value }
    let (text, otherText) = (expression.infix, other.expression.infix)
    return (text.utf8.count, text) > (otherText.utf8.count, otherText)
  }
}

/// Replaces each pair of operands by each of their results, until one operand is left.
private func combine(_ operands: [Operand], _ emit: (Expression) -> Void) {
  guard operands.count > 1 else { return emit(operands[0].expression) }
  for i in operands.indices {
    for j in operands.indices.dropFirst(i + 1) {
      let inOrder = operands[i].comes(before: operands[j])
      let (left, right) = inOrder ? (operands[i], operands[j]) : (operands[j], operands[i])
      var rest = operands
      rest.remove(at: j)
      rest.remove(at: i)
      for symbol in Operator.allCases {
        if let result = Operand(left, symbol, right) { combine(rest + [result], emit) }
      }
    }
  }
}
