import ArgumentParser
import Kernels
import Reinforcement
import Text
import Transformer

/// What a step of reinforcement costs, and what of it the writing costs.
struct Reinforce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinforce",
    abstract: "A step of GRPO on the base model, in written tokens a second.",
    discussion: """
      reinforce.step is a whole step: 8 texts to each of 16 prompts at temperature 1, rewards, \
      advantages, the loss, its gradient and AdamW. reinforce.rollouts is the writing alone. The \
      model has the shape of the base model, the prompts have 11 tokens as the book's have, and no \
      token ends a text, so that each has 128: whoever does the same work elsewhere can be compared.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case step, rollouts
  }

  @Option(help: "Only the whole step, or only the rollouts.")
  var part: Part?

  @Option(help: "For how long each part is measured, in seconds.")
  var seconds = 3.0

  func run() throws {
    for part in part.map({ [$0] }) ?? Part.allCases {
      let body = try body(of: part)
      body()
      var times: [Double] = []
      let end = ContinuousClock.now + .seconds(seconds)
      while times.count < 3 || ContinuousClock.now < end {
        times.append(ContinuousClock().measure(body).seconds)
      }
      Line(
        name: "reinforce.\(part.rawValue)",
        value: Double(Drill.texts * Drill.limit) / times.sorted()[times.count / 2],
        unit: "tokens/s"
      ).print()
    }
  }

  private func body(of part: Part) throws -> () -> Void {
    let model = Transformer(Drill.configuration, seed: 1)
    var options = ReinforcementOptions(
      steps: .max, learningRate: 1e-5, limit: Drill.limit)
    options.prompts = Drill.prompts
    options.groupSize = Drill.texts / Drill.prompts
    options.tokensAtOnce = 1 << 12
    switch part {
    case .step:
      let trainer = try ReinforcementTrainer(
        model, tokenizer: Drill.tokenizer, exercises: Drill.exercises,
        judge: Judge([(Drill.reward, 1)]), options)
      return { _ = try! trainer.takeStep() }
    case .rollouts:
      let prompts = Drill.exercises.prefix(Drill.prompts).map { Drill.tokenizer.encode($0.prompt) }
      return {
        _ = options.rollouts.write(
          model, Drill.tokenizer, prompts: prompts, count: options.groupSize,
          ends: [Drill.tokenizer.end!], seed: 1)
      }
    }
  }
}

/// Something to do that is always as much work.
private struct Drill: Exercise {
  let prompt: String

  /// How many prompts and texts a step has, and how many tokens a text.
  static let (prompts, texts, limit) = (16, 128, 128)

  /// The shape of the base model.
  static let configuration = Configuration(
    vocabulary: 373, width: 128, layers: 4, heads: 4, feedForwardWidth: 336, context: 384)

  /// As many tokens as the model knows, and one that ends a text, which it therefore never writes.
  static let tokenizer = CharacterTokenizer(
    of: String(String.UnicodeScalarView((0..<117).map { Unicode.Scalar(0x100 + $0)! })),
    addedTokens: [AddedToken("<|end|>")], roles: Pipeline.Roles(end: "<|end|>"))

  /// Of 11 tokens each.
  static let exercises = (0..<512).map { Drill(prompt: "say \(1_000_000 + $0)") }

  /// Drawn, but for equal texts the same: what is paid for makes no difference to the work.
  static let reward = ScoredReward<Drill>("drawn") { completion, _ in
    var generator = completion.utf8.reduce(Generator(seed: 0)) { $0.stream(UInt64($1)) }
    return Double(generator.uniform())
  }
}
