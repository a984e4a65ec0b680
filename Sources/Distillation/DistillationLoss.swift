import Tensors

/// What a student is to make small: its distance from the teacher and, perhaps, its surprise at the
/// truth.
///
///     L = (1 − α) · (−ln p_s(truth)) + α · T² · D(p_t, p_s)     with p = softmax(z / T)
///
/// The temperature `T` brings out what the teacher holds unlikely but not impossible. The gradient on
/// the student's logits is `α T (p_s − p_t)` for the forward divergence: without the factor `T²` it
/// would shrink as `1 / T`, and `α` would mean something else at each temperature (Hinton et al. 2015,
/// arXiv:1503.02531).
public struct DistillationLoss: Equatable, Sendable {
  public var divergence = Divergence.forward

  /// T
  public var temperature: Float = 1

  /// α, from 0, the truth alone, to 1, the teacher alone.
  public var teacherShare: Float = 1

  public init(
    _ divergence: Divergence = .forward, temperature: Float = 1, teacherShare: Float = 1
  ) {
    self.divergence = divergence
    self.temperature = temperature
    self.teacherShare = teacherShare
  }

  /// The sum of the losses of all rows.
  ///
  /// - Parameters:
  ///   - student: logits `[tokens, vocabulary]`.
  ///   - teacher: logits of the same shape; not needed if α is 0.
  ///   - targets: the token that did follow, `[tokens]`.
  public func callAsFunction(student: Tensor, teacher: Tensor?, targets: [Int32]) -> Tensor {
    let distance = teacher.map {
      divergence(
        student: student.scaled(by: 1 / temperature), teacher: $0.scaled(by: 1 / temperature)
      ).scaled(by: teacherShare * temperature * temperature)
    }
    if teacherShare == 1, let distance { return distance }
    let surprisal = student.surprisals(targets).sum().scaled(by: 1 - teacherShare)
    return distance.map { surprisal + $0 } ?? surprisal
  }

  func validate() throws(DistillationError) {
    guard temperature > 0, temperature.isFinite else {
      throw DistillationError("a temperature of \(temperature) is none; take one from 1 to 10")
    }
    guard (0...1).contains(teacherShare) else {
      throw DistillationError(
        "a teacher's share of \(teacherShare) is none; it lies between 0, the truth alone, and 1")
    }
    if case .jensenShannon(let share) = divergence, !(share > 0 && share < 1) {
      throw DistillationError(
        "the Jensen-Shannon divergence with a share of \(share) is zero; take one between 0 and 1")
    }
  }
}
