import Testing

@testable import Curriculum

@Suite struct SolverTests {
  static let sets = [[3, 4, 6], [5, 5, 5], [1, 1, 13], [2, 12, 7], [9, 8], [7]]

  @Test(arguments: sets + [[2, 3, 5, 7], [4, 4, 6, 6]])
  func `Every way uses each number once by lawful steps, and is listed once`(numbers: [Int]) throws
  {
    let ways = waysToWork(numbers)
    #expect(Set(ways.map(\.infix)).count == ways.count)
    for way in ways {
      #expect(way.numbers.sorted() == numbers.sorted())
      for step in try #require(way.steps) {
        #expect(Step(step.left, step.symbol, step.right) == step)
      }
    }
  }

  /// An independent search: every tree over every order of the numbers in exact fractions, filtered
  /// by what the rules say of each operation.
  @Test(arguments: sets + [[2, 3, 5, 7], [1, 4, 4, 10]])
  func `The solver finds exactly the expressions of a brute-force search`(numbers: [Int]) {
    let lawful = orders(of: numbers).flatMap(trees).filter(isLawful)
    #expect(Set(waysToWork(numbers).map(\.infix)) == Set(lawful.map(\.infix)))
  }

  @Test func `Solutions solve, and all of them are found`() {
    #expect(
      Set(Problem(numbers: [2, 3, 1], target: 6).solutions.map(\.infix)) == [
        "(3+2)+1", "(3+1)+2", "(2+1)+3", "(3*2)*1", "(3*2)/1", "(3*1)*2", "(3/1)*2", "3*(2*1)",
        "3*(2/1)",
      ])
    #expect(Problem(numbers: [1, 1, 1], target: 99).solutions.isEmpty)
  }
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
  let (text, other) = (left.infix, right.infix)
  let isInOrder =
    a > b || a == b && (text.utf8.count, text) >= (other.utf8.count, other)
  return isInOrder && (0...99).contains(result)
}
