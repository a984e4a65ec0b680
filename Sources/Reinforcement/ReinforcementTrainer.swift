import Files
import Kernels
import Tensors
import Text
import Training
import Transformer

/// Lets a model try, judges what it wrote, and makes what earned more likelier: the loop of GRPO and
/// its relatives.
///
/// No one shows it an answer. A step is a function of the weights and of the step's number: which
/// prompts, which completions, which rewards. So a run that is interrupted at any moment and resumed
/// gives the bits of one that was not.
///
///     let trainer = try ReinforcementTrainer(
///       model, tokenizer: tokenizer, exercises: Problem.all(split: .train),
///       judge: Judge([(EquationReward(), 1), (FormatReward(), 0.1)]),
///       ReinforcementOptions(steps: 60, learningRate: 3e-4, limit: 200))
///     try trainer.run { report, groups in
///       print(report.json)
///       return true
///     }
public final class ReinforcementTrainer<Task: Exercise> {
  public let model: Transformer
  public let options: ReinforcementOptions

  /// What is learned: all of the model, or what was added to it.
  let parameters: Parameters
  let reference: Transformer?
  let optimizer: AdamW
  let judge: Judge<Task>
  private let tokenizer: any Tokenizer
  private let end: Int32
  private let exercises: [Task]
  private let prompts: [[Int32]]
  private let order: ExerciseOrder

  /// How many steps have been taken.
  public internal(set) var step = 0

  /// How many tokens have been read and written in rollouts.
  var totalTokens = 0

  /// - Parameters:
  ///   - parameters: what is learned, if not all of the model: an adapter's.
  ///   - tokenizer: must have an end-of-text token.
  ///   - reference: the model that `options.loss.divergence` pulls to, usually a copy of the model as
  ///     it was; without a divergence, `kl` is only measured. It must not share the `parameters`.
  /// - Throws: if there are no exercises, or a prompt is empty or leaves no room in the context.
  public init(
    _ model: Transformer, parameters: Parameters? = nil, tokenizer: any Tokenizer,
    exercises: [Task], judge: Judge<Task>, reference: Transformer? = nil,
    _ options: ReinforcementOptions
  ) throws(ReinforcementError) {
    precondition(
      options.prompts > 0 && options.groupSize > 0 && options.updates > 0,
      "\(options.prompts) groups of \(options.groupSize), \(options.updates) updates")
    precondition(
      options.loss.divergence == nil || reference != nil, "a divergence needs a reference model")
    guard let end = tokenizer.end else {
      throw .exercises("the tokenizer has no token that ends a text, so no completion would end")
    }
    if exercises.isEmpty { throw .exercises("there are no exercises") }
    prompts = exercises.map { tokenizer.encode($0.prompt) }
    let context = model.configuration.context
    for (number, prompt) in prompts.enumerated() where !(1..<context).contains(prompt.count) {
      throw .exercises(
        "the prompt of exercise \(number), \(exercises[number].prompt.prefix(80).debugDescription), "
          + "has \(prompt.count) tokens; it needs 1 to \(context - 1)")
    }
    self.model = model
    self.options = options
    self.parameters = parameters ?? model.parameters
    self.reference = reference
    self.judge = judge
    self.tokenizer = tokenizer
    self.end = end
    self.exercises = exercises
    order = ExerciseOrder(
      count: exercises.count, seed: Generator(seed: options.seed).keyed(0))
    optimizer = AdamW(
      self.parameters, learningRate: options.learningRate,
      betas: options.betas, weightDecay: options.weightDecay)
  }

  /// Writes, judges and learns from one batch.
  ///
  /// - Returns: what it was like, and all completions that were written.
  /// - Throws: if a reward gave no number, before anything is changed; or if a gradient did.
  public func takeStep() throws(ReinforcementError) -> (
    report: ReinforcementReport, groups: [SampleGroup<Task>]
  ) {
    var written = try write(round: 0)
    if let extra = options.extraRounds {
      var round = 1
      while round <= extra && written.count(where: \.isInformative) < options.prompts {
        written += try write(round: round)
        round += 1
      }
    }
    let chosen = choose(from: &written)
    let batch = Batch(chosen.map { written[$0] })
    var report = ReinforcementReport(step: step + 1)
    let rate = options.learningRate * options.schedule.share(at: step, of: options.steps)
    var outcomes: [UpdateOutcome] = []
    if !batch.telling.isEmpty || options.loss.divergence != nil && !batch.rollouts.isEmpty {
      let references = reference.map { logProbabilities(of: batch, under: $0) }
      for _ in 0..<options.updates {
        outcomes.append(try learn(from: batch, references: references, learningRate: rate))
      }
    }
    totalTokens += written.flatMap(\.samples)
      .reduce(0) { $0 + $1.rollout.prompt.count + $1.rollout.tokens.count }
    step += 1
    describe(outcomes, learningRate: rate, in: &report)
    describe(written, in: &report)
    return (report, written)
  }

  /// The number of exercises and a hash of their prompts, which a saved state must agree with.
  var fingerprint: String {
    let hash = prompts.joined().reduce(into: FNV()) { $0.combine(UInt64($1)) }
    return "\(prompts.count), \(String(hash.state, radix: 16))"
  }

  /// Writes and judges the completions of one round of prompts.
  private func write(round: Int) throws(ReinforcementError) -> [SampleGroup<Task>] {
    let numbers = order.numbers(step: step, round: round, size: options.prompts)
    let rollouts = options.rollouts.write(
      model, tokenizer, prompts: numbers.map { prompts[$0] }, count: options.groupSize,
      ends: [end], seed: Generator(seed: options.seed).keyed(1, UInt64(step), UInt64(round)))
    // A model that is broken writes the same everywhere, and would pass for one with nothing to learn.
    guard rollouts.joined().allSatisfy({ $0.logProbabilities.allSatisfy(\.isFinite) }) else {
      throw diverged("the probability of a written token")
    }
    let cases = zip(numbers, rollouts).flatMap { number, group in
      group.map { (completion: $0.text, exercise: exercises[number]) }
    }
    let scores: [[Double]]
    do throws(RewardError) {
      scores = try judge.scores(cases)
    } catch {
      throw .reward(error, step: step)
    }
    return numbers.indices.map { index in
      let samples = rollouts[index].enumerated().map { place, rollout in
        let own = scores[index * options.groupSize + place]
        let reward =
          judge.total(of: own) + options.overlong.reward(length: rollout.tokens.count)
        return Sample(rollout: rollout, scores: own, reward: reward)
      }
      return SampleGroup(exercise: exercises[numbers[index]], samples: samples)
    }
  }

  /// Gives each completion its advantage, and returns the numbers of the groups to learn from.
  private func choose(from groups: inout [SampleGroup<Task>]) -> [Int] {
    let chosen =
      options.extraRounds == nil
      ? Array(groups.indices)
      : Array(groups.indices.filter { groups[$0].isInformative }.prefix(options.prompts))
    let advantages = options.credit(chosen.map { groups[$0].samples.map(\.reward) })
    for (number, group) in zip(chosen, advantages) {
      for (index, advantage) in group.enumerated() {
        let isSkipped =
          options.overlong.skipsTruncated && groups[number].samples[index].rollout.isTruncated
        groups[number].samples[index].advantage = isSkipped ? nil : advantage
      }
    }
    return chosen
  }
}

extension Generator {
  /// A number that these keys name under this seed.
  fileprivate func keyed(_ keys: UInt64...) -> UInt64 {
    var generator = keys.reduce(self) { $0.stream($1) }
    return generator.next()
  }
}
