import Kernels
import Tensors

/// How far the student's distribution over the next token is from the teacher's.
public enum Divergence: Equatable, Sendable {
  /// `KL(p_t ‖ p_s) = Σ p_t ln (p_t / p_s)`: the student must not miss what the teacher holds
  /// possible (Hinton et al. 2015, arXiv:1503.02531).
  case forward

  /// `KL(p_s ‖ p_t)`: the student must not say what the teacher holds impossible (Gu et al. 2023,
  /// arXiv:2306.08543).
  case reverse

  /// `β KL(p_t ‖ m) + (1 − β) KL(p_s ‖ m)` with `m = β p_t + (1 − β) p_s`: bounded, and between the
  /// two for 0 < β < 1 (Agarwal et al. 2023, arXiv:2306.13649).
  case jensenShannon(Float)
}

extension Divergence {
  /// The sum of the divergences of all rows, in nats.
  ///
  /// - Parameters:
  ///   - student: logits `[tokens, vocabulary]`, through which the gradient flows.
  ///   - teacher: logits of the same shape, which are constants.
  public func callAsFunction(student: Tensor, teacher: Tensor) -> Tensor {
    require(
      student.shape == teacher.shape,
      "divergence: logits \(student.shape) of the student and \(teacher.shape) of the teacher")
    let teacher = teacher.detached
    // With ln p = z − ln Σ eᶻ every term is a difference of the two models' numbers, so that equal
    // models are at a distance of exactly zero.
    let logSums = (student.logSumExp() - teacher.logSumExp()).sum()
    switch self {
    case .forward: return (teacher.softmax() * (teacher - student)).sum() + logSums
    case .reverse: return (student.softmax() * (student - teacher)).sum() - logSums
    case .jensenShannon(let share): return mixedDivergence(student, teacher, share)
    }
  }
}

/// The divergence as a scalar with its gradient.
///
/// Where `m` moves with `p_s`, its two contributions cancel, and what is left is
/// `dJ / dp_s = (1 − β) ln (p_s / m)`. So the gradient of `Σ p_s c` with that logarithm as a constant
/// `c` is the gradient of J, and the value is put right by a constant.
private func mixedDivergence(_ student: Tensor, _ teacher: Tensor, _ share: Float) -> Tensor {
  let probabilities = student.softmax()
  let (p, q) = (probabilities.floats, teacher.softmax().floats)
  var slopes = [Float](repeating: 0, count: p.count)
  var value = 0.0
  for place in p.indices {
    // In this form equal distributions are mixed to themselves, to the bit.
    let mixed = p[place] + share * (q[place] - p[place])
    // 0 ln 0 = 0; where both are zero, so is everything.
    if p[place] > 0 {
      let ratio = logarithm(p[place] / mixed)
      slopes[place] = (1 - share) * ratio
      value += Double((1 - share) * p[place] * ratio)
    }
    if q[place] > 0 { value += Double(share * q[place] * logarithm(q[place] / mixed)) }
  }
  let surrogate = (probabilities * Tensor(student.shape, slopes)).sum()
  return surrogate + Tensor([], [Float(value) - surrogate.scalar])
}
