import Curriculum
import Kernels
import Pretraining
import Reinforcement
import Text
import Transformer

/// What a model can do on the problems of an exam.
public struct Marks: Codable, Sendable {
  /// How many answers were drawn for each problem.
  public let drawn: Int

  /// For each problem, how many of these were right.
  public let right: [Int]

  /// For each problem, whether the greedy answer is right; empty if it was not asked for.
  public let greedy: [Bool]

  /// For each problem, whether the answer is right that came most often among the first sixteen.
  public let majority: [Bool]

  /// Shares of the drawn texts, or of the attempts in them: the right form; cut off by the limit; the
  /// true steps; stops at a hit; goes on at a miss; attempts made before; and of what is affirmed, what
  /// has the target as its result.
  public let format, truncated, arithmetic, stops, persists, repeats, precision: Double

  /// The mean length in tokens of the drawn texts with a right answer, and of the others; nil if there
  /// are none.
  public let lengthOfRight, lengthOfWrong: Double?

  /// The mean share of right answers: **mean@n**, which estimates pass@1.
  public var accuracy: Double { passRate(1) }

  /// The share of problems whose greedy answer is right.
  public var greedyAccuracy: Double { share(greedy) }

  /// The share of problems whose most frequent answer is right: **majority@16**.
  public var majorityAccuracy: Double { share(majority) }

  /// The mean over the problems of pass@k.
  public func passRate(_ k: Int) -> Double {
    right.reduce(0) { $0 + estimatedPassRate(at: k, right: $1, of: drawn) }
      / Double(right.count)
  }
}

extension Marks {
  /// Examines `model`.
  ///
  /// - Parameters:
  ///   - drawn: how many answers are drawn for each problem.
  ///   - sampling: how they are drawn.
  ///   - asksGreedily: whether a greedy answer is asked for as well.
  public init(
    _ model: Transformer, _ tokenizer: BytePairs, on problems: [Problem], drawn: Int,
    sampling: Sampling = Sampling(), asksGreedily: Bool = true
  ) {
    let prompts = problems.map { tokenizer.encode($0.prompt) }
    var recipe = RolloutRecipe(limit: Course.limit)
    recipe.sampling = sampling
    // Another seed than that of any course: an exam has draws of its own.
    let texts = recipe.write(
      model, tokenizer, prompts: prompts, count: drawn, ends: [tokenizer.end!], seed: 0xe8a3)
    recipe.sampling = .greedy
    let greedy =
      asksGreedily
      ? recipe.write(
        model, tokenizer, prompts: prompts, count: 1, ends: [tokenizer.end!], seed: 0) : []
    var skills = Skills()
    var lengths: (right: [Int], wrong: [Int]) = ([], [])
    var counts: [Int] = []
    for (problem, rollouts) in zip(problems, texts) {
      let before = skills.solved
      for rollout in rollouts {
        let solved = skills.solved
        skills.count(Completion(parsing: rollout.text), of: problem)
        if skills.solved > solved {
          lengths.right.append(rollout.tokens.count)
        } else {
          lengths.wrong.append(rollout.tokens.count)
        }
      }
      counts.append(skills.solved - before)
    }
    self.drawn = drawn
    right = counts
    self.greedy = zip(problems, greedy).map { Completion(parsing: $1[0].text).solves($0) }
    majority = zip(problems, texts).map { problem, rollouts in
      let answers = rollouts.prefix(16).compactMap { Completion(parsing: $0.text).answer }
      return isSolved(problem, byMostFrequentOf: answers)
    }
    format = skills.formatRate
    truncated = Double(texts.joined().count(where: \.isTruncated)) / Double(skills.completions)
    arithmetic = skills.arithmetic
    stops = skills.stoppingAtHit
    persists = skills.persistence
    repeats = skills.repetition
    precision = skills.verdictPrecision
    lengthOfRight = mean(lengths.right)
    lengthOfWrong = mean(lengths.wrong)
  }
}

/// Whether the answer that occurs most often solves `problem`; of several the first.
func isSolved(_ problem: Problem, byMostFrequentOf answers: [String]) -> Bool {
  var counts: [String: Int] = [:]
  for answer in answers { counts[answer, default: 0] += 1 }
  let most = counts.values.max() ?? 0
  return answers.first { counts[$0] == most }
    .flatMap { Expression(parsing: $0) }.map(problem.isSolved) ?? false
}

private func share(_ values: [Bool]) -> Double {
  Double(values.count { $0 }) / Double(values.count)
}

private func mean(_ lengths: [Int]) -> Double? {
  lengths.isEmpty ? nil : Double(lengths.reduce(0, +)) / Double(lengths.count)
}
