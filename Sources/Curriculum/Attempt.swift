/// One line of a model's thought: steps of arithmetic, closed by the model's own verdict.
///
///     Attempt(parsing: "6*4=24,24+3=27 no")
public struct Attempt: Sendable {
  /// The line as it was written.
  public let text: String

  /// The steps as claimed, true or not; `nil` where the line is not a list of steps.
  public let steps: [Step]?

  /// The model's judgement of its own attempt; `nil` where it gives none.
  public let verdict: Bool?

  /// Reads a line: steps between commas, a space, and `yes` or `no`.
  public init(parsing line: String) {
    text = line
    let words = line.utf8.count <= Expression.longestText ? line.split(separator: " ") : []
    verdict = words.count == 2 ? ["yes": true, "no": false][words[1]] : nil
    let steps = words.first?.split(separator: ",", omittingEmptySubsequences: false)
      .map { Step(parsing: String($0)) }
    self.steps = steps.flatMap { $0.contains(nil) ? nil : $0.compactMap(\.self) }
  }

  /// The number that the last step claims.
  public var claim: Int? { steps?.last?.result }

  /// Whether the steps take up the numbers of `problem` and each other's results, each exactly once,
  /// until one is left.
  public func isWay(toWork problem: Problem) -> Bool {
    var operands = problem.numbers
    for step in steps ?? [] {
      for operand in [step.left, step.right] {
        guard let index = operands.firstIndex(of: operand) else { return false }
        operands.remove(at: index)
      }
      operands.append(step.result)
    }
    return steps != nil && operands.count == 1
  }

  /// Whether the attempt reaches the target of `problem` by true arithmetic and by the rules: what
  /// its verdict should say.
  public func hits(_ problem: Problem) -> Bool {
    isWay(toWork: problem) && steps!.allSatisfy(\.isTrue) && claim == problem.target
  }
}

extension Step {
  /// Reads `6*4=24`, true or not; `nil` for anything but two numbers, an operator and a result.
  public init?(parsing text: String) {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2,
      case .operation(.number(let left), let symbol, .number(let right)) =
        Expression(parsing: String(sides[0])),
      case .number(let result) = Expression(parsing: String(sides[1]))
    else { return nil }
    self.init(left: left, symbol: symbol, right: right, result: result)
  }
}
