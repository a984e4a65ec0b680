import Notebook
import Trials

/// A trial as an arm of the study.
struct Arm: StudyArm {
  let trial: Trial

  var description: String { "\(trial)" }

  func run(_ progress: ArmProgress) throws -> Outcome {
    try trial.run { report in
      progress.advance(
        to: Double(report.step) / Double(trial.steps), "loss \(Float(report.loss))")
    }
  }
}
