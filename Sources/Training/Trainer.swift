import Foundation
import Tensors
import Transformer

/// Teaches a model to predict the next token, one batch of examples after the other.
///
/// The batch of a step is a function of the step's number, so a run has no position to lose: its
/// state is the weights, the averages of the optimiser, and the number of steps taken. Saved and
/// resumed, at any moment and however it was interrupted, it gives the bits of a run that never
/// stopped.
///
///     let trainer = Trainer(model, Trainer.Options(steps: 1000, learningRate: 3e-3)) { step in
///       corpus.batch(step)
///     }
///     try trainer.run { report in
///       print(report.json)
///       return true
///     }
public final class Trainer {
  public struct Options: Equatable, Sendable {
    public var steps: Int

    /// The peak learning rate.
    public var learningRate: Double
    public var schedule = Schedule.cosine(warmup: 50)
    public var betas = (first: 0.9, second: 0.95)
    public var weightDecay = 0.1

    /// Gradients whose norm is larger are scaled down to it (Pascanu et al. 2012,
    /// arXiv:1211.5063).
    public var clip = 1.0

    /// At most this many tokens go through the model at once; a batch that is larger is taken in
    /// pieces, which saves memory and changes no bit.
    public var tokensAtOnce = 1 << 14

    /// Where to keep the state of the run, if anywhere, and how often in steps.
    public var stateFile: URL?
    public var saveEvery = 200

    /// What else makes the run what it is, by name: where the batches come from, if not from code
    /// alone. A saved state is continued only if it agrees.
    public var data: [String: String] = [:]

    /// After how many steps the held-out examples are looked at, and after the last step anyway.
    public var evaluateEvery = 100

    /// Whether the report of each step says how many tokens were guessed right, and how sure the model
    /// was; for a small vocabulary that costs little, and it changes no bit of the training.
    public var measuresPredictions = false

    /// Where to append the report of each step as a line of JSON, if anywhere.
    public var metricsFile: URL?

    public init(steps: Int, learningRate: Double) {
      self.steps = steps
      self.learningRate = learningRate
    }

    public static func == (a: Options, b: Options) -> Bool {
      a.steps == b.steps && a.learningRate == b.learningRate && a.schedule == b.schedule
        && a.betas == b.betas && a.weightDecay == b.weightDecay && a.clip == b.clip
        && a.data == b.data
    }
  }

  public let model: Transformer

  /// What is learned.
  public let parameters: Parameters
  public let options: Options
  let optimizer: AdamW
  let hooks: Hooks?
  private let heldOut: [Example]
  private let batch: (_ step: Int) throws -> [Example]

  /// How many tokens have been learned.
  var totalTokens = 0

  /// - Parameters:
  ///   - parameters: what is learned; nil for all parameters of the model.
  ///   - hooks: what shapes the run besides the loss, if anything does.
  ///   - heldOut: examples that are never learned; every `evaluateEvery` steps it is reported how
  ///     surprising they are. That changes no bit of the training.
  ///   - batch: the examples of a step, counted from 0; always the same for the same step. If it
  ///     throws, the run stops with its error, as a `TrainingError.file`.
  public init(
    _ model: Transformer, _ options: Options, parameters: Parameters? = nil, hooks: Hooks? = nil,
    heldOut: [Example] = [],
    batch: @escaping (_ step: Int) throws -> [Example]
  ) {
    self.model = model
    self.parameters = parameters ?? model.parameters
    self.options = options
    self.hooks = hooks
    self.heldOut = heldOut
    self.batch = batch
    optimizer = AdamW(
      self.parameters, learningRate: options.learningRate, betas: options.betas,
      weightDecay: options.weightDecay)
  }

  /// How many steps have been taken.
  public var step: Int { optimizer.steps }

  /// Takes all steps that are left, beginning from the saved state if there is one.
  ///
  /// - Parameter onStep: called after every step; false ends the run early, state saved.
  public func run(onStep: (Report) -> Bool = { _ in true }) throws(TrainingError) {
    if step == 0 { try resume() }
    let metrics: MetricsFile? =
      if let url = options.metricsFile { try MetricsFile(url, after: step) } else { nil }
    var goesOn = true
    while goesOn && step < options.steps {
      var report = try takeStep()
      let isLast = step == options.steps
      if step % options.evaluateEvery == 0 || isLast { report.evalLoss = loss(on: heldOut) }
      // Before the state is saved, so that no state is ahead of its metrics.
      try metrics?.append(report.json)
      goesOn = onStep(report)
      if step % options.saveEvery == 0 || isLast || !goesOn {
        try metrics?.synchronize()
        try save()
      }
    }
  }

  /// Learns from the batch of the present step.
  public func takeStep() throws(TrainingError) -> Report {
    let examples = try examples()
    let learned = examples.reduce(0) { $0 + $1.learned }
    guard learned > 0 else { throw .empty(step: step) }
    parameters.zeroGradients()
    var sum = 0.0
    var predictions = options.measuresPredictions ? Predictions() : nil
    for piece in pieces(of: examples) { sum += learn(piece, of: learned, &predictions) }
    let loss = sum / Double(learned)
    let norm = parameters.gradientNorm
    guard loss.isFinite && norm.isFinite else { throw diverged(loss: loss) }
    if norm > options.clip { parameters.scaleGradients(by: Float(options.clip / norm)) }
    optimizer.learningRate =
      options.learningRate * options.schedule.share(at: step, of: options.steps)
    optimizer.step()
    hooks?.afterStep()
    totalTokens += learned
    var report = Report(
      step: step, loss: loss, gradientNorm: norm, learningRate: optimizer.learningRate,
      tokens: learned, totalTokens: totalTokens)
    report.predictions = predictions
    return report
  }

  private func examples() throws(TrainingError) -> [Example] {
    let examples: [Example]
    do {
      examples = try batch(step)
    } catch {
      throw .file("\(error)")
    }
    // The last token is not fed to the model.
    let context = model.configuration.context
    if let long = examples.firstIndex(where: { $0.tokens.count > context + 1 }) {
      throw .long(
        step: step, example: long, tokens: examples[long].tokens.count, context: context)
    }
    return examples
  }

  /// Adds the gradient of some of the batch's examples, and returns the sum of their surprisals.
  private func learn(
    _ examples: ArraySlice<Example>, of learned: Int, _ predictions: inout Predictions?
  ) -> Double {
    var sum = 0.0
    let training = Passage.Training(step: step, firstSequence: examples.startIndex)
    valueAndGradient {
      let (logits, targets) = logits(of: examples, training: training)
      predictions?.add(logits, targets)
      let surprisals = logits.surprisals(targets)
      sum = surprisals.floats.reduce(0) { $0 + Double($1) }
      let loss = surprisals.sum().scaled(by: 1 / Float(learned))
      guard let penalty = hooks?.penalty() else { return loss }
      let share = Float(examples.reduce(0) { $0 + $1.learned }) / Float(learned)
      return loss + penalty.scaled(by: share)
    }
    return sum
  }

  private func diverged(loss: Double) -> TrainingError {
    let culprit = parameters.all.first { !$0.gradient.floats.allSatisfy(\.isFinite) }
    let resumable =
      options.stateFile.map { "the last good state is in \($0.path)" } ?? "no state was kept"
    return .diverged(
      step: step, tensor: culprit.map { "the gradient of \($0.name)" } ?? "the loss",
      resumable: resumable)
  }
}
