import Curriculum
import Foundation
import Pretraining
import Text
import Transformer

/// What a course was like and what its graduate can do.
public struct Outcome: Codable, Sendable {
  public let course: Course
  public let laps: [Lap]
  public let milestones: [Milestone]
  public let marks: [Exam: Marks]
  public let distance: Distance

  /// The seconds of all processors that the course took, without milestones and exams.
  public let processorSeconds: Double

  /// Some answers of the model on its way, to few problems: a trajectory.
  public struct Milestone: Codable, Sendable {
    public let step: Int

    /// The share of right answers to problems of some kinds.
    public let accuracy: [Exam: Double]

    /// After how many steps the model is asked.
    static let every = 10

    init(_ step: Int, _ model: Transformer, _ tokenizer: BytePairs, practised: [Problem]) {
      self.step = step
      let accuracy = [Exam.practised, .heldOut, .pairs].map { exam in
        let marks = Marks(
          model, tokenizer, on: exam.problems(64, of: practised), drawn: 2, asksGreedily: false)
        return (exam, marks.accuracy)
      }
      self.accuracy = Dictionary(uniqueKeysWithValues: accuracy)
    }
  }
}

extension Outcome {
  /// How thorough the exams are.
  public struct Rigour: Sendable {
    /// The kinds of problems, how many of each, and how many answers are drawn for one.
    public var exams = Exam.final
    public var problems: Int
    public var drawn: Int

    /// How many held-out problems there are, and how many answers are drawn for one of these.
    public var heldOut: Int
    public var heldOutDrawn: Int

    /// Whether the model is asked on its way, too.
    public var hasMilestones = true

    /// For a chapter, which has little time.
    public static let chapter = Rigour(problems: 64, drawn: 8, heldOut: 128, heldOutDrawn: 16)

    /// To choose a learning rate by.
    public static let choice = Rigour(
      exams: [.validation], problems: 332, drawn: 4, heldOut: 0, heldOutDrawn: 0)

    /// For many courses of one kind.
    public static let sweep = Rigour(problems: 256, drawn: 8, heldOut: 256, heldOutDrawn: 16)

    /// For the comparison of methods; with so many answers that pass@64 can be told, it takes long.
    public static let study = Rigour(problems: 128, drawn: 8, heldOut: 512, heldOutDrawn: 16)
    public static let deepStudy = Rigour(problems: 128, drawn: 8, heldOut: 512, heldOutDrawn: 64)
  }

  /// Holds the course for the base model in `folder`, and examines what comes of it.
  ///
  /// - Parameter onStep: called after each step.
  /// - Returns: the taught model, too.
  public static func of(
    _ course: Course, baseIn folder: URL, _ rigour: Rigour, onStep: (Lap) -> Void = { _ in }
  ) throws -> (outcome: Outcome, graduate: Graduate) {
    let base = try BaseModel(contentsOf: folder)
    let reference = try BaseModel(contentsOf: folder).model
    let practised = course.material(base)
    var laps: [Lap] = []
    var milestones: [Milestone] = []
    var examining = 0.0
    func examine(_ step: Int, _ model: Transformer) {
      guard rigour.hasMilestones else { return }
      let began = processorTime()
      milestones.append(
        Milestone(step, model, base.tokenizer, practised: practised))
      examining += processorTime() - began
    }
    let began = processorTime()
    examine(0, reference)
    let graduate = try course.teach(base) { lap, model in
      laps.append(lap)
      if lap.step % Milestone.every == 0 || lap.step == course.steps { examine(lap.step, model) }
      onStep(lap)
    }
    let seconds = processorTime() - began - examining
    let outcome = Outcome(
      course: course, laps: laps, milestones: milestones,
      marks: marks(graduate.model, base.tokenizer, practised: practised, rigour),
      distance: Distance(
        graduate.model, from: reference, base.tokenizer,
        on: Exam.heldOut.problems(128, of: practised)),
      processorSeconds: seconds)
    return (outcome, graduate)
  }

  /// The marks of a model in all exams.
  public static func marks(
    _ model: Transformer, _ tokenizer: BytePairs, practised: [Problem], _ rigour: Rigour,
    sampling: Sampling = Sampling()
  ) -> [Exam: Marks] {
    let marks = rigour.exams.map { exam in
      let isMain = exam == .heldOut
      let problems = exam.problems(
        isMain ? rigour.heldOut : rigour.problems, of: practised)
      return (
        exam,
        Marks(
          model, tokenizer, on: problems,
          drawn: isMain ? rigour.heldOutDrawn : rigour.drawn, sampling: sampling)
      )
    }
    return Dictionary(uniqueKeysWithValues: marks)
  }
}
