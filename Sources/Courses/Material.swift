import Curriculum
import Kernels
import Pretraining
import Text
import Training
import Transformer

/// What a course is held on: problems, and for imitation a text for each.
///
/// All courses of a seed have the same problems, in the same order.
struct Material {
  let problems: [Problem]
  private let tokenizer: BytePairs
  private let root: Generator

  /// - Parameter count: how many problems; where it is more than there are, those come again with
  ///   their numbers in another order.
  init(_ tokenizer: BytePairs, count: Int, seed: UInt64) {
    self.tokenizer = tokenizer
    root = Generator(seed: seed)
    var shuffling = root.stream(0)
    let all = shuffling.shuffled(Problem.all(split: .train))
    problems = (0..<count).map { number in
      var order = Generator(seed: seed).stream(1, UInt64(number))
      let problem = all[number % all.count]
      return Problem(numbers: order.shuffled(problem.numbers), target: problem.target)
    }
  }

  /// The texts that `method` imitates, each after its problem; none for a method that rewards.
  ///
  /// - Parameter base: writes the texts of `ownTexts`, of which a problem may have none or several.
  func examples(_ method: Method, _ base: BaseModel, seed: UInt64) -> [Example] {
    switch method {
    case .key:
      problems.indices.map { number in
        var generator = root.stream(2, UInt64(number))
        let solution = generator.pick(problems[number].solutions)
        return example(problems[number], Trace(problem: problems[number], attempts: [solution]))
      }
    case .searches:
      problems.indices.map { number in
        example(problems[number], search(problems[number], root.stream(3, UInt64(number))))
      }
    case .ownTexts:
      zip(problems, base.solve(problems, count: 16, seed: seed)).flatMap { problem, texts in
        Set(texts).sorted().filter { Completion(parsing: $0).solves(problem) }
          .map { example(problem, $0) }
      }
    case .raft, .grpo, .coin, .form, .leak: []
    }
  }

  /// Tries the ways to work the numbers in some order, up to the first that hits. No search is longer
  /// than those of the curriculum: where luck is as bad as that, the last attempt is a hit all the same.
  private func search(_ problem: Problem, _ generator: Generator) -> Trace {
    var generator = generator
    let ways = generator.shuffled(waysToWork(problem.numbers))
    let hit = ways.firstIndex { $0.value == Rational(problem.target) }!
    return Trace(problem: problem, attempts: ways[..<min(hit, Mix().longest - 1)] + [ways[hit]])
  }

  private func example(_ problem: Problem, _ trace: Trace) -> Example {
    example(problem, trace.completion)
  }

  private func example(_ problem: Problem, _ completion: String) -> Example {
    let prompt = tokenizer.encode(problem.prompt)
    return Example(
      prompt + tokenizer.encode(completion) + [tokenizer.end!], given: prompt.count)
  }
}
