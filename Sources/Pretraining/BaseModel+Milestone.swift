import Curriculum
import Transformer

extension BaseModel {
  /// What the model could do on its way.
  public struct Milestone: Codable, Sendable {
    public let step: Int

    /// What it wrote, greedily, about `specimenProblem`.
    public let text: String

    /// The shares of sampled texts with the right form and with a right answer, of true steps in
    /// them, and of rightly affirmed attempts, over some of the validation problems.
    public let format, accuracy, arithmetic, precision: Double
  }

  /// Whether the model is asked after this step: early, since it learns most then, now and then, and
  /// at the end.
  static func isMilestone(_ step: Int, of recipe: Recipe) -> Bool {
    [10, 50, 100].contains(step) || step % 200 == 0 || step == recipe.steps
  }

  /// What the model is asked at each milestone.
  public static let specimenProblem = Problem.all(split: .heldOut)[200]

  /// What the model can do now.
  func milestone(at step: Int) -> Milestone {
    let problems = Problem.all(split: .validation).enumerated()
      .filter { $0.offset % 8 == 0 }.map(\.element)
    var skills = Skills()
    for (problem, texts) in zip(problems, solve(problems, count: 2)) {
      for text in texts { skills.count(Completion(parsing: text), of: problem) }
    }
    return Milestone(
      step: step, text: solve([BaseModel.specimenProblem], sampling: .greedy)[0][0],
      format: skills.formatRate, accuracy: skills.accuracy, arithmetic: skills.arithmetic,
      precision: skills.verdictPrecision)
  }
}
