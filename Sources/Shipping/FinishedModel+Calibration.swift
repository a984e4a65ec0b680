import Calibration
import Distillation
import Finishing
import Training
import Transformer

extension FinishedModel {
  /// What `model`, a version of this one, makes of some of the texts.
  public func calibration(of model: Transformer, _ effort: Effort) throws -> Calibration {
    try Calibration(of: model, on: calibrationTexts(effort))
  }

  /// The texts that a calibration looks at.
  public func calibrationTexts(_ effort: Effort) -> [[Int32]] {
    // Without the token that ends them, which has no successor.
    texts.prefix(effort.calibrationTexts).map { Array($0.tokens.dropLast()) }
  }

  /// Lets `student`, a version of this model, learn to say what this one says, token by token.
  ///
  /// - Parameters:
  ///   - afterStep: called after each change of the weights; a sparse student puts its zeros back.
  ///   - onStep: called after each step with its report.
  /// - Returns: how many tokens it learned from.
  @discardableResult public func heal(
    _ student: Transformer, _ effort: Effort, learningRate: Double = 1e-3,
    afterStep: @escaping () -> Void = {}, onStep: (Distiller.Report) -> Void = { _ in }
  ) throws -> Int {
    let options = Distiller.Options(steps: effort.healingSteps, learningRate: learningRate)
    var tokens = 0
    let distiller = try Distiller(model, student, options, afterStep: afterStep) {
      batch($0, of: effort.textsAtOnce)
    }
    try distiller.run { report in
      tokens = report.totalTokens
      onStep(report)
    }
    return tokens
  }
}
