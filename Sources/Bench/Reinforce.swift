import ArgumentParser
import Curriculum
import Foundation
import Pretraining
import Programs
import Reinforcement
import Text

/// What a step of reinforcement costs, and what of it the writing costs.
struct Reinforce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinforce",
    abstract: "A step of GRPO on the base model, in written tokens a second.",
    discussion: """
      reinforce.step is a whole step: 8 texts of at most 320 tokens to each of 16 prompts at \
      temperature 1, rewards, advantages, the loss, its gradient and AdamW, of all weights. \
      reinforce.rollouts is the writing alone. reinforce.length is how many tokens the texts had \
      on average. The learning rate is so small that the texts stay what they are.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case step, rollouts
  }

  @Option(help: "The folder of the base model, such as chapter 2 leaves one.")
  var base: String

  @Option(help: "Only the whole step, or only the rollouts.")
  var part: Part?

  @Option(help: "For how long each part is measured, in seconds.")
  var seconds = 3.0

  func validate() throws { try check("--seconds", seconds, in: 0...longest) }

  func run() throws {
    let folder = base
    let base = try BaseModel(contentsOf: URL(filePath: folder))
    guard base.tokenizer.vocabularyCount <= base.model.configuration.vocabulary else {
      throw ValidationError(
        "\(folder): the tokenizer has \(base.tokenizer.vocabularyCount) tokens and the model "
          + "\(base.model.configuration.vocabulary); they do not belong together")
    }
    for part in part.map({ [$0] }) ?? Part.allCases {
      let body = part == .step ? try step(base) : rollouts(base)
      _ = body()
      var (rates, tokens) = ([Double](), 0)
      let end = ContinuousClock.now + .seconds(seconds)
      while rates.count < 3 || ContinuousClock.now < end {
        var count = 0
        let time = ContinuousClock().measure { count = body() }.seconds
        rates.append(Double(count) / time)
        tokens += count
      }
      Line(
        name: "reinforce.\(part.rawValue)", value: rates.sorted()[rates.count / 2],
        unit: "tokens/s"
      ).print()
      let texts = rates.count * problems.count * options.groupSize
      Line(name: "reinforce.length", value: Double(tokens) / Double(texts), unit: "tokens").print()
    }
  }

  /// Takes a step, and returns how many tokens were written.
  private func step(_ base: BaseModel) throws -> () -> Int {
    let trainer = try ReinforcementTrainer(
      base.model, tokenizer: base.tokenizer, exercises: problems,
      judge: Judge([(EquationReward(), 1), (FormatReward(), 0.1)]), options)
    return {
      try! trainer.takeStep().groups.flatMap(\.samples).reduce(0) { $0 + $1.rollout.tokens.count }
    }
  }

  /// Writes the texts of a step, and returns how many tokens these have.
  private func rollouts(_ base: BaseModel) -> () -> Int {
    let prompts = problems.map { base.tokenizer.encode($0.prompt) }
    var seed: UInt64 = 0
    return {
      seed += 1
      return options.rollouts.write(
        base.model, base.tokenizer, prompts: prompts, count: options.groupSize,
        ends: [base.tokenizer.end!], seed: seed
      ).joined().reduce(0) { $0 + $1.tokens.count }
    }
  }

  private var options: ReinforcementOptions {
    var options = ReinforcementOptions(steps: .max, learningRate: 1e-7, limit: 320)
    options.prompts = problems.count
    options.groupSize = 8
    options.tokensAtOnce = 1 << 12
    return options
  }

  /// Those of `peers.py`, which has the same rule.
  private var problems: [Problem] {
    (2...5).flatMap { a in (6...9).map { b in Problem(numbers: [a, b, 3], target: a * b + 3) } }
  }
}
