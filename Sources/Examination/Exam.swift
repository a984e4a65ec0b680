import Curriculum
import Text
import Transformer

/// What a model is asked in order to find out what it can do: problems, each several times, and
/// the single steps that search is made of.
///
///     let marks = Exam.heldOut(model, tokenizer)
///     marks.accuracy    // 0.127
public struct Exam: Sendable {
  public let problems: [Problem]

  /// How often each problem is tried.
  public let attempts: Int

  /// Steps whose result is asked for greedily: `17-8=`, and what comes?
  public let facts: [Step]

  public init(_ problems: [Problem], attempts: Int, facts: [Step]) {
    self.problems = problems
    self.attempts = attempts
    self.facts = facts
  }

  /// The exam of the book: every ninth held-out problem, sixteen attempts at each, and every fifth
  /// elementary step.
  public static let heldOut = Exam(
    Problem.all(split: .heldOut).everyNth(9), attempts: 16, facts: Step.elementary.everyNth(5))

  /// Examines a model.
  ///
  /// - Parameter seed: for the draws of its attempts.
  public func callAsFunction(
    _ model: Transformer, _ tokenizer: BytePairs, seed: UInt64 = 1
  ) -> Marks {
    let writer = Writer(
      model, seed: seed, limit: 240, stopTokens: Set([tokenizer.end].compactMap(\.self)))
    let prompts = problems.flatMap { problem in
      Array(repeating: tokenizer.encode(problem.prompt), count: attempts)
    }
    var skills = Skills()
    var solved = problems.map { _ in 0 }
    for (number, completion) in writer(prompts).enumerated() {
      let problem = problems[number / attempts]
      let tokens =
        completion.ending == .stop ? completion.tokens.dropLast() : completion.tokens[...]
      let answer = Completion(parsing: tokenizer.decode(tokens))
      skills.count(answer, of: problem)
      solved[number / attempts] += answer.solves(problem) ? 1 : 0
    }
    let results = Writer(model, sampling: .greedy, limit: 1)(
      facts.map { tokenizer.encode($0.question) })
    return Marks(
      skills: skills, solved: solved, attempts: attempts, facts: facts.count,
      rightFacts: zip(facts, results).count { tokenizer.decode($1.tokens) == "\($0.result)" })
  }
}

extension Array {
  fileprivate func everyNth(_ n: Int) -> Array {
    stride(from: 0, to: count, by: n).map { self[$0] }
  }
}
