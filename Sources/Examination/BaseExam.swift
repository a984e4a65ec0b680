import Curriculum
import Text
import Transformer

/// What a base model is asked in order to find out what it has learned from reading: problems, each
/// several times, and the single steps that search is made of. (What a course is examined on is in
/// `Courses`.)
///
///     let marks = BaseExam.heldOut(model, tokenizer)
///     marks.accuracy    // 0.127
public struct BaseExam: Sendable {
  public let problems: [Problem]

  /// How often each problem is tried.
  public let attempts: Int

  /// Steps whose result is asked for.
  public let facts: [Step]

  public init(_ problems: [Problem], attempts: Int, facts: [Step]) {
    self.problems = problems
    self.attempts = attempts
    self.facts = facts
  }

  /// The exam of the book: every ninth held-out problem, sixteen attempts at each, and every fifth
  /// elementary step.
  public static let heldOut = BaseExam(
    Problem.all(split: .heldOut).everyNth(9), attempts: 16, facts: .examined)

  /// Examines a model.
  ///
  /// - Parameter seed: for the draws of its attempts.
  public func callAsFunction(
    _ model: Transformer, _ tokenizer: BytePairs, seed: UInt64 = 1
  ) -> BaseMarks {
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
    return BaseMarks(
      skills: skills, solved: solved, attempts: attempts, facts: facts.count,
      rightFacts: facts.known(by: model, tokenizer))
  }
}
