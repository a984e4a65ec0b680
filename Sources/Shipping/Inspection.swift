import Compression
import Courses
import Curriculum
import Examination
import Finishing
import Pretraining
import Training
import Transformer

/// Everything about an artefact that comes out the same on every machine: what it weighs, what it
/// computes, how near it is to the original, and what it can do.
public struct Inspection: Codable, Sendable {
  public let weight: ArtefactReport

  /// How many numbers it computes with.
  public let parameters: Int
  public let work: WorkPerToken
  public let fidelity: Fidelity

  /// What it can do on held-out problems.
  public let marks: Marks

  /// How often the result of a single step, such as `17-8=`, is right.
  public let facts: Double

  /// How many held-out problems it is asked, and how many answers are drawn for each.
  public struct Rigour: Hashable, Sendable {
    public var problems = 256
    public var drawn = 4

    public init() {}
  }

  /// Inspects `artefact`, made from `finished`.
  public init(
    _ artefact: Artefact, of finished: FinishedModel, _ rigour: Rigour = Rigour()
  ) throws {
    let model = try artefact.model()
    self.init(model, weighing: try artefact.report(), of: finished, rigour)
  }

  /// Inspects a model whose files weigh `weight`.
  public init(
    _ model: Transformer, weighing weight: ArtefactReport, of finished: FinishedModel,
    _ rigour: Rigour = Rigour()
  ) {
    self.weight = weight
    parameters = model.liveParameterCount
    work = WorkPerToken(of: model)
    fidelity = Fidelity(of: model, to: finished.model, on: finished.heldOut)
    marks = Marks(
      model, finished.tokenizer, on: Exam.heldOut.problems(rigour.problems, of: []),
      drawn: rigour.drawn)
    let asked: [Step] = .examined
    facts = Double(asked.known(by: model, finished.tokenizer)) / Double(asked.count)
  }

  /// What became of the greedy answers of `original`.
  public func flips(from original: Inspection) -> Flips {
    Flips(before: original.marks.greedy, after: marks.greedy)
  }

  /// How much more often than `original` it is right, on the same problems.
  public func lead(over original: Inspection) -> PairedDifference {
    func shares(_ marks: Marks) -> [Double] {
      marks.right.map { Double($0) / Double(marks.drawn) }
    }
    return PairedDifference(shares(marks), over: shares(original.marks))
  }
}
