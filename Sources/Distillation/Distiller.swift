import Tensors
import Training
import Transformer

/// Teaches a model to predict what another predicts: a small student to be like its teacher, or a
/// model that has been cut to be again like what it was, which is called **healing**.
///
///     let distiller = try Distiller(teacher, student, Distiller.Options(steps: 300, learningRate: 1e-3)) {
///       corpus.batch($0)
///     }
///     try distiller.run { print($0.loss) }
///
/// A token tells a student one number in the truth and as many as the vocabulary has in the teacher's
/// logits, which is why it needs fewer of them.
public final class Distiller {
  public struct Options: Equatable, Sendable {
    public var steps: Int

    /// The peak learning rate.
    public var learningRate: Double
    public var schedule = Schedule.cosine(warmup: 10)
    public var loss = DistillationLoss()
    public var weightDecay = 0.0

    /// Gradients whose norm is larger are scaled down to it.
    public var clip = 1.0

    /// At most this many tokens go through the models at once.
    public var tokensAtOnce = 1 << 13

    public init(steps: Int, learningRate: Double) {
      self.steps = steps
      self.learningRate = learningRate
    }
  }

  /// What one step was like.
  public struct Report: Equatable, Sendable {
    /// The number of steps taken, this one included.
    public let step: Int

    /// The mean loss of the learned tokens before the step, in nats.
    public let loss: Double

    /// The norm of the gradient before clipping.
    public let gradientNorm: Double

    /// How many tokens were learned since the beginning, this step included.
    public let totalTokens: Int
  }

  public let teacher, student: Transformer
  public let options: Options
  private let optimizer: AdamW
  private let afterStep: () -> Void
  private let batch: (_ step: Int) throws -> [Example]
  private var totalTokens = 0

  /// - Parameters:
  ///   - teacher: stays as it is.
  ///   - student: any model with the teacher's vocabulary; it learns in place.
  ///   - afterStep: called after each change of the weights; a sparse student puts its zeros back.
  ///   - batch: the examples of a step, counted from 0.
  /// - Throws: `DistillationError` if the vocabularies differ, or if the loss is none.
  public init(
    _ teacher: Transformer, _ student: Transformer, _ options: Options,
    afterStep: @escaping () -> Void = {}, batch: @escaping (_ step: Int) throws -> [Example]
  ) throws(DistillationError) {
    let (known, learned) = (teacher.configuration.vocabulary, student.configuration.vocabulary)
    guard known == learned else {
      throw DistillationError(
        "the teacher knows \(known) tokens and the student \(learned); both need one tokenizer")
    }
    try options.loss.validate()
    self.teacher = teacher
    self.student = student
    self.options = options
    self.afterStep = afterStep
    self.batch = batch
    optimizer = AdamW(
      student.parameters, learningRate: options.learningRate, betas: (0.9, 0.95),
      weightDecay: options.weightDecay)
  }

  /// Takes all steps that are left.
  ///
  /// - Throws: `DistillationError` if the loss is not a number any more, a batch teaches nothing, or
  ///   whatever `batch` throws.
  public func run(onStep: (Report) -> Void = { _ in }) throws {
    while optimizer.steps < options.steps { onStep(try takeStep()) }
  }

  /// Learns from one batch.
  public func takeStep() throws -> Report {
    let step = optimizer.steps
    let examples = try batch(step).filter { $0.learned > 0 }
    let learned = examples.reduce(0) { $0 + $1.learned }
    guard learned > 0 else { throw DistillationError("step \(step): no token is to be learned") }
    student.parameters.zeroGradients()
    var sum = 0.0
    for piece in examples.pieces(ofAtMost: options.tokensAtOnce, tokens: \.tokens.count) {
      sum += learn(piece, of: learned, step)
    }
    let loss = sum / Double(learned)
    let norm = student.parameters.gradientNorm
    guard loss.isFinite && norm.isFinite else {
      throw DistillationError(
        "step \(step): the loss is not finite; lower the learning rate or clip harder")
    }
    if norm > options.clip { student.parameters.scaleGradients(by: Float(options.clip / norm)) }
    optimizer.learningRate =
      options.learningRate * options.schedule.share(at: step, of: options.steps)
    optimizer.step()
    afterStep()
    totalTokens += learned
    return Report(step: step + 1, loss: loss, gradientNorm: norm, totalTokens: totalTokens)
  }

  /// Adds the gradient of some examples, and returns the sum of their losses.
  private func learn(_ examples: ArraySlice<Example>, of learned: Int, _ step: Int) -> Double {
    let teacher = options.loss.teacherShare > 0 ? teacher.lessons(of: examples).logits : nil
    let mean = valueAndGradient {
      let (student, targets) = student.lessons(
        of: examples,
        training: Passage.Training(step: step, firstSequence: examples.startIndex))
      return options.loss(student: student, teacher: teacher, targets: targets)
        .scaled(by: 1 / Float(learned))
    }
    return Double(mean) * Double(learned)
  }
}
