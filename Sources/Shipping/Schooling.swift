import Courses
import Curriculum
import Distillation
import Finishing
import Kernels
import Training
import Transformer

/// How a small model is brought up to say what the finished model says: how large it is, what it reads,
/// and what it learns of that.
///
///     let schooling = Schooling(teacherShare: 1)
///     let student = schooling.student(of: finished)
///     try schooling.teach(student, by: finished) { print($0.loss) }
///
/// Schoolings that differ in `teacherShare` alone read the same texts in the same order. They differ in
/// whether the student is told what the teacher held possible, or only which token did follow.
public struct Schooling: Hashable, Sendable {
  /// The shape of the student; its width is a multiple of the width of the teacher's heads.
  public var width = 64
  public var layers = 4

  /// How many steps the optimiser takes, and what is read at each: so many of the finished model's own
  /// texts, and so many pages of the curriculum, from which that model itself began.
  public var steps = 600
  public var textsAtOnce = 4
  public var pagesAtOnce = 8

  /// The number of the first step, which decides what is read.
  public var firstStep = 0

  /// The peak learning rate.
  public var learningRate = 4e-3

  /// α and T of `DistillationLoss`.
  public var teacherShare: Float
  public var temperature: Float = 1

  /// λ of `OnPolicy`: the share of the texts that the student writes itself, after the same prompts.
  public var ownShare = 0.0

  public init(teacherShare: Float) { self.teacherShare = teacherShare }

  /// A second phase for the student of this one: texts about the problems that come next, without
  /// pages, at a lower rate.
  ///
  /// - Parameter ownShare: the share of the texts that the student writes itself.
  public func practice(steps: Int, ownShare: Double) -> Schooling {
    var phase = self
    phase.firstStep = firstStep + self.steps
    phase.steps = steps
    phase.textsAtOnce = 8
    phase.pagesAtOnce = 0
    phase.learningRate = learningRate / 4
    phase.ownShare = ownShare
    // What the student wrote is no truth.
    if ownShare > 0 { phase.teacherShare = 1 }
    return phase
  }

  /// A model of this shape with random weights.
  public func student(of finished: FinishedModel) -> Transformer {
    let teacher = finished.model.configuration
    var configuration = Configuration(
      vocabulary: teacher.vocabulary, width: width, layers: layers,
      heads: width / teacher.headWidth, headWidth: teacher.headWidth, context: teacher.context)
    configuration.rotaryBase = teacher.rotaryBase
    return Transformer(configuration, seed: 1)
  }

  /// What is read at a step: a batch of the texts, and pages that are always new.
  public func batch(_ step: Int, of finished: FinishedModel) -> [Example] {
    let curriculum = Curriculum(seed: Self.pages)
    let step = firstStep + step
    let pages = (0..<pagesAtOnce).map {
      Example(
        finished.tokenizer.encode(curriculum[step * pagesAtOnce + $0]) + [finished.end])
    }
    return finished.batch(step, of: textsAtOnce) + pages
  }

  /// Another seed than that of the pages which the base model has read.
  private static let pages: UInt64 = 0x9a6e

  /// Teaches `student`, whose weights change.
  ///
  /// - Parameter onStep: called after each step with its report.
  /// - Returns: how many tokens it learned from.
  @discardableResult public func teach(
    _ student: Transformer, by finished: FinishedModel,
    onStep: (Distiller.Report) -> Void = { _ in }
  ) throws -> Int {
    var options = Distiller.Options(steps: steps, learningRate: learningRate)
    options.schedule = .cosine(warmup: 20, floor: 0)
    options.loss = DistillationLoss(temperature: temperature, teacherShare: teacherShare)
    let onPolicy = OnPolicy(
      share: ownShare, limit: Course.limit, stopTokens: [finished.end], seed: 0x0b5)
    var tokens = 0
    try Distiller(finished.model, student, options) { step in
      let batch = batch(step, of: finished)
      return ownShare == 0 ? batch : onPolicy.examples(step, batch, by: student)
    }.run { report in
      tokens = report.totalTokens
      onStep(report)
    }
    return tokens
  }
}
