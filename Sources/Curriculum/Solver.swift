/// Every way to work `numbers`, each used once, by the rules of the corpus (`Step.init?`): the larger
/// operand first, divisions exact, every result in `Step.range`.
///
/// Ways that are the same for any numbers, such as `(a-b)+c` and `(a+c)-b`, count as one. It is
/// written as a careful hand would: additions before subtractions, multiplications before divisions,
/// and the largest numbers first. Three numbers have about fifteen ways, four about two hundred.
///
///     waysToWork([3, 4, 6]).map(\.infix)    // "(6+4)+3", "(6+4)-3", "(6+3)-4", …
public func waysToWork(_ numbers: [Int]) -> [Expression] {
  precondition(
    (1...5).contains(numbers.count) && numbers.allSatisfy(Step.range.contains),
    "1 to 5 numbers in \(Step.range) can be worked, not \(numbers)")
  var best: [Sameness: Expression] = [:]
  combine(numbers.sorted(by: >).map(Operand.init)) { way in
    let sameness = Sameness(of: way)
    if best[sameness].map({ way.isNeater(than: $0) }) ?? true { best[sameness] = way }
  }
  return best.values.sorted { $0.isNeater(than: $1) }
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
  /// How many numbers it is made of.
  let count: Int

  init(_ number: Int) {
    expression = .number(number)
    value = number
    count = 1
  }

  init?(_ left: Operand, _ symbol: Operator, _ right: Operand) {
    guard let step = Step(left.value, symbol, right.value) else { return nil }
    // Of equals the one with more numbers comes first: (4-2)-2 and 2-(4-2) both read 4-2=2,2-2=0.
    if left.value == right.value, left.count < right.count { return nil }
    expression = .operation(left.expression, symbol, right.expression)
    value = step.result
    count = left.count + right.count
  }

}

/// Replaces each pair of operands by each of their results, until one operand is left.
private func combine(_ operands: [Operand], _ emit: (Expression) -> Void) {
  guard operands.count > 1 else { return emit(operands[0].expression) }
  for i in operands.indices {
    for j in operands.indices.dropFirst(i + 1) {
      var rest = operands
      rest.remove(at: j)
      rest.remove(at: i)
      for symbol in Operator.allCases {
        for (left, right) in [(operands[i], operands[j]), (operands[j], operands[i])] {
          if let result = Operand(left, symbol, right) { combine(rest + [result], emit) }
        }
      }
    }
  }
}

/// What two ways have in common if they would agree whatever the numbers were: their value, and
/// their value with other numbers put in the place of theirs. Only 1 stays, so that to multiply or to
/// divide by it is the same.
private struct Sameness: Hashable {
  let value: Rational?
  let elsewhere: Rational?

  init(of way: Expression) {
    value = way.value
    // Five numbers of four digits each: no product of them all overflows.
    elsewhere = way.replacing { $0 == 1 ? 1 : 1000 + $0 * $0 }.value
  }
}

extension Expression {
  /// The expression with every number replaced by its image.
  fileprivate func replacing(_ image: (Int) -> Int) -> Expression {
    switch self {
    case .number(let number): .number(image(number))
    case .operation(let left, let symbol, let right):
      .operation(left.replacing(image), symbol, right.replacing(image))
    }
  }

  /// The order in which ways are listed and chosen: by their operators, then the larger operands
  /// first, then by how they are written.
  fileprivate func isNeater(than other: Expression) -> Bool {
    let (mine, others) = (steps!, other.steps!)
    let ranks = (mine.map(\.symbol.rank), others.map(\.symbol.rank))
    if ranks.0 != ranks.1 { return ranks.0.lexicographicallyPrecedes(ranks.1) }
    let operands = (mine.flatMap { [$0.left, $0.right] }, others.flatMap { [$0.left, $0.right] })
    if operands.0 != operands.1 { return operands.1.lexicographicallyPrecedes(operands.0) }
    return infix < other.infix
  }
}

extension Operator {
  fileprivate var rank: Int { Operator.allCases.firstIndex(of: self)! }
}
