import Curriculum
import Kernels
import Testing

@testable import Reinforcement

private let problem = Problem(numbers: [4, 6, 3], target: 27)

private func written(_ answer: String) -> String {
  "<think>\n6*4=24,24+3=27 yes\n</think>\n<answer>\(answer)</answer>"
}

@Suite struct CountdownRewardsTests {
  @Test func `an answer that solves earns both rewards`() {
    #expect(EquationReward().score(written("(6*4)+3"), of: problem) == 1)
    #expect(FormatReward().score(written("(6*4)+3"), of: problem) == 1)
  }

  /// Each of these is paid by a grader that evaluates what it finds, or stops it.
  @Test(arguments: [
    ("glued digits", "64+3-40"), ("digits glued by a point", "4.6*3"), ("a power", "6*4+3**1"),
    ("a floor division", "6//4*3"), ("a power without end", "9**9**9"),
    ("full-width digits", "６*4+3"), ("Arabic digits", "٤*6+3"), ("a superscript", "6*4+³"),
    ("a combining mark", "6*4\u{301}+3"), ("an invisible space", "6*4+\u{200b}3"),
    ("a number reused", "(6*4)+3+(3-3)"), ("a number left out", "9*3"), ("a new number", "27"),
    ("text behind", "6*4+3 is it"), ("an equation", "6*4+3=27"), ("a comment", "6*4+3#"),
    ("overflow", "999999999*999999999*999999999"), ("a division by zero", "6/(4-4)+3"),
    ("nothing", ""), ("a space", " "), ("code", "__import__('os')._exit(0)"),
    ("nested answers", "<answer>(6*4)+3</answer>"), ("a repeated tag", "(6*4)+3</answer>"),
    ("a nested thought", "<think></think>(6*4)+3"),
    ("a second answer", "1</answer><answer>(6*4)+3"),
    ("a leading zero", "06*4+3"), ("a sign", "+6*4+3"),
    ("a million parentheses", String(repeating: "(", count: 1_000_000)),
    ("a million digits", String(repeating: "6", count: 1_000_000)),
    ("a hundred thousand tags", String(repeating: "<answer>", count: 100_000)),
  ])
  func `an attack earns nothing`(_ kind: String, _ answer: String) {
    #expect(EquationReward().score(written(answer), of: problem) == 0, "\(kind)")
  }

  @Test(arguments: [
    "(6*4)+3", "<answer>(6*4)+3</answer>", "<think></think><answer>(6*4)+3</answer> done",
    "<think><answer>(6*4)+3</answer></think>", "<think></think><answer>(6*4)+3",
    "<think></think><answer></answer><answer>(6*4)+3</answer>", "",
  ])
  func `a right answer without the form earns nothing`(_ text: String) {
    #expect(FormatReward().score(text, of: problem) == 0)
    #expect(EquationReward().score(text, of: problem) == 0)
  }

  /// An independent search in exact fractions over all expressions of three numbers: the reward pays
  /// for exactly those that reach the target.
  @Test(arguments: [[4, 6, 3], [8, 8, 3], [5, 5, 1], [7, 13, 2]])
  func `the reward agrees with an exhaustive search`(_ numbers: [Int]) {
    var paid = 0
    for target in 1...99 {
      let problem = Problem(numbers: numbers, target: target)
      for (text, value) in expressions(of: numbers) {
        let isRight = value.map { $0.over != 0 && $0.top == target * $0.over } ?? false
        #expect((EquationReward().score(written(text), of: problem) == 1) == isRight, "\(text)")
        paid += isRight ? 1 : 0
      }
    }
    #expect(paid > 0)
  }
}

/// A fraction as two whole numbers, not reduced.
private typealias Fraction = (top: Int, over: Int)

/// Every expression of three numbers in text, with its value, `nil` for a division by zero.
private func expressions(of n: [Int]) -> [(text: String, value: Fraction?)] {
  let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
  return orders.flatMap { order in
    let (a, b, c) = (n[order[0]], n[order[1]], n[order[2]])
    return "+-*/".flatMap { first in
      "+-*/".flatMap { second -> [(text: String, value: Fraction?)] in
        let left = worked(worked((a, 1), first, (b, 1)), second, (c, 1))
        let right = worked((a, 1), first, worked((b, 1), second, (c, 1)))
        return [
          ("(\(a)\(first)\(b))\(second)\(c)", left), ("\(a)\(first)(\(b)\(second)\(c))", right),
        ]
      }
    }
  }
}

private func worked(_ a: Fraction?, _ symbol: Character, _ b: Fraction?) -> Fraction? {
  guard let a, let b else { return nil }
  return switch symbol {
  case "+": (a.top * b.over + b.top * a.over, a.over * b.over)
  case "-": (a.top * b.over - b.top * a.over, a.over * b.over)
  case "*": (a.top * b.top, a.over * b.over)
  default: b.top == 0 ? nil : (a.top * b.over, a.over * b.top)
  }
}
