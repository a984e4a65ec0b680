import Testing

@testable import Curriculum

@Suite struct SolverTests {
  static let sets = [[3, 4, 6], [5, 5, 5], [1, 1, 13], [2, 12, 7], [9, 8], [7]]

  @Test(arguments: sets + [[2, 3, 5, 7], [4, 4, 6, 6]])
  func `Every way uses each number once by lawful steps, and is listed once`(numbers: [Int]) throws
  {
    let ways = waysToWork(numbers)
    #expect(Set(ways.map(\.infix)).count == ways.count)
    if numbers.count <= 3 { #expect(Set(ways.map(\.worked)).count == ways.count) }
    for way in ways {
      #expect(way.numbers.sorted() == numbers.sorted())
      for step in try #require(way.steps) {
        #expect(Step(step.left, step.symbol, step.right) == step)
      }
    }
  }

  /// An independent search: every tree over every order of the numbers in exact fractions, kept
  /// where the rules allow it. Each has its like among the ways, by its form as a polynomial.
  @Test(arguments: sets + [[2, 3, 5, 7], [1, 4, 4, 10]])
  func `The solver finds one of each kind of expression that a brute-force search finds`(
    numbers: [Int]
  ) throws {
    let lawful = orders(of: numbers).flatMap(trees).filter(isLawful)
    let kinds = waysToWork(numbers).map(kind)
    #expect(Set(kinds) == Set(lawful.map(kind)))
    #expect(Set(kinds).count == kinds.count, "no kind is listed twice")
    #expect(Set(waysToWork(numbers)).isSubset(of: lawful))
  }

  @Test func `Sums and products are worked in one order`() {
    #expect(
      waysToWork([3, 4, 6]).map(\.infix) == [
        "(6+4)+3", "(6+4)-3", "(6+3)-4", "(4+3)-6", "(6+4)*3", "(6+3)*4", "(4+3)*6", "3*(6-4)",
        "4*(6-3)", "6*(4-3)", "6/(4-3)", "(6*4)+3", "(6*3)+4", "(4*3)+6", "(6*4)-3", "(6*3)-4",
        "(4*3)-6", "(6*4)*3", "(6*4)/3", "(4*3)/6", "4+(6/3)", "4-(6/3)",
      ])
  }

  @Test func `Solutions solve, and all of them are found`() {
    #expect(
      Problem(numbers: [4, 6, 3], target: 6).solutions.map(\.infix)
        == ["3*(6-4)", "6*(4-3)", "6/(4-3)", "(4*3)-6", "4+(6/3)"])
    #expect(Problem(numbers: [1, 1, 1], target: 99).solutions.isEmpty)
  }

  /// Exact fractions everywhere: a problem that only they can solve has no solution by the rules.
  @Test func `Whole results only`() throws {
    let fractional = try #require(Expression(parsing: "8/(3-(8/3))"))
    let problem = Problem(numbers: [8, 8, 3, 3], target: 24)
    #expect(problem.isSolved(by: fractional))
    #expect(!problem.solutions.contains(fractional))
    #expect(problem.solutions.allSatisfy(problem.isSolved))
  }
}

/// Two expressions are of a kind if they agree for any numbers, 1 being 1. Decided by their values
/// modulo a prime, with powers of a generator in the place of the numbers: another field and other
/// numbers than the solver's, and the value itself.
private struct Kind: Hashable {
  let value: Rational?
  let residues: [UInt64?]
}

private let prime: UInt64 = 2_147_483_647

private func kind(_ expression: Expression) -> Kind {
  Kind(value: expression.value, residues: [7, 16_807].map { residue(expression, base: $0) })
}

private func residue(_ expression: Expression, base: UInt64) -> UInt64? {
  switch expression {
  case .number(let number): return number == 1 ? 1 : power(base, UInt64(number * number))
  case .operation(let left, let symbol, let right):
    guard let a = residue(left, base: base), let b = residue(right, base: base) else { return nil }
    return switch symbol {
    case .plus: (a + b) % prime
    case .minus: (a + prime - b) % prime
    case .times: a * b % prime
    case .over: b == 0 ? nil : a * power(b, prime - 2) % prime
    }
  }
}

private func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
  var (result, square, left) = (UInt64(1), base % prime, exponent)
  while left > 0 {
    if left & 1 == 1 { result = result * square % prime }
    square = square * square % prime
    left >>= 1
  }
  return result
}

private func orders(of numbers: [Int]) -> [[Int]] {
  guard numbers.count > 1 else { return [numbers] }
  return numbers.indices.flatMap { index in
    var rest = numbers
    let first = rest.remove(at: index)
    return orders(of: rest).map { [first] + $0 }
  }
}

private func trees(over numbers: [Int]) -> [Expression] {
  guard numbers.count > 1 else { return numbers.map(Expression.number) }
  return (1..<numbers.count).flatMap { cut in
    trees(over: Array(numbers[..<cut])).flatMap { left in
      trees(over: Array(numbers[cut...])).flatMap { right in
        Operator.allCases.map { .operation(left, $0, right) }
      }
    }
  }
}

private func isLawful(_ expression: Expression) -> Bool {
  guard case .operation(let left, _, let right) = expression else { return true }
  guard isLawful(left), isLawful(right), let a = left.value?.whole, let b = right.value?.whole,
    let result = expression.value?.whole
  else { return false }
  let isInOrder = a > b || a == b && left.numbers.count >= right.numbers.count
  return isInOrder && (0...99).contains(result)
}
