import Kernels

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101).
///
/// It keeps two moving averages of every gradient, `m` of its value and `v` of its square, and
/// steps by their ratio, so that each parameter moves at about the same pace however large its
/// gradients are:
///
///     m ← β₁ m + (1 − β₁) g
///     v ← β₂ v + (1 − β₂) g²
///     w ← w − η λ w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// The divisors `1 − βᵗ` correct for averages that started at zero.
public final class AdamW {
  /// The step size η.
  public var learningRate: Double

  /// The decays β₁ and β₂ of the two averages.
  public let betas: (Double, Double)

  /// ε, which keeps the divisor from zero.
  public let epsilon: Double

  /// λ, for the parameters that decay.
  public let weightDecay: Double

  /// How many steps have been taken.
  public private(set) var steps = 0

  private let parameters: Parameters
  private let firstMoments: Storage
  private let secondMoments: Storage

  /// An optimiser for the parameters that exist now; add none later.
  public init(
    _ parameters: Parameters, learningRate: Double, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    firstMoments = Storage(count: parameters.count)
    secondMoments = Storage(count: parameters.count)
    firstMoments.base.update(repeating: 0, count: firstMoments.count)
    secondMoments.base.update(repeating: 0, count: secondMoments.count)
  }

  /// Moves every parameter by the gradient that it has gathered.
  public func step() {
    require(
      parameters.count == firstMoments.count,
      """
      parameters were added after the optimiser was made: \(firstMoments.count) floats before, \
      \(parameters.count) now
      """
    )
    steps += 1
    for run in runs {
      adamW(
        values: parameters.values.base + run.start,
        gradients: parameters.gradients.base + run.start,
        firstMoments: firstMoments.base + run.start,
        secondMoments: secondMoments.base + run.start,
        count: run.end - run.start, learningRate: learningRate, beta1: betas.0, beta2: betas.1,
        epsilon: epsilon, weightDecay: run.decays ? weightDecay : 0, step: steps)
    }
  }

  /// How many floats each of the two averages has.
  public var count: Int { firstMoments.count }

  /// Gives `body` the two averages in place, to be written to a file.
  public func withMoments<Result>(
    _ body: (_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) throws ->
      Result
  ) rethrows -> Result {
    try body(
      UnsafeBufferPointer(start: firstMoments.base, count: count),
      UnsafeBufferPointer(start: secondMoments.base, count: count))
  }

  /// Takes up averages that were saved after `steps` steps.
  public func restore(steps: Int, first: [Float], second: [Float]) {
    require(
      first.count == count && second.count == count,
      "restore: averages of \(first.count) and \(second.count) floats, not \(count)")
    self.steps = steps
    firstMoments.base.update(from: first, count: count)
    secondMoments.base.update(from: second, count: count)
  }

  /// The block cut where weight decay changes: neighbours with the same answer share one loop.
  private var runs: [(start: Int, end: Int, decays: Bool)] {
    var runs: [(start: Int, end: Int, decays: Bool)] = []
    for (index, parameter) in parameters.all.enumerated() {
      let next = index + 1 < parameters.all.count
      let end = next ? parameters.all[index + 1].range.lowerBound : parameters.count
      if let last = runs.last, last.decays == parameter.decays {
        runs[runs.count - 1].end = end
      } else {
        runs.append((parameter.range.lowerBound, end, parameter.decays))
      }
    }
    return runs
  }
}
