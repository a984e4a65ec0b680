import Kernels

/// By how much one model is better than another on the same problems, and between which bounds that
/// lies 95 % of the time if the problems were drawn anew: the paired bootstrap (Efron 1979).
///
/// That both have met the same problems, hard ones and easy ones, is what makes it narrow.
public struct PairedDifference: Codable, Sendable {
  public let mean, low, high: Double

  /// - Parameter scores: of both models, for each problem.
  public init(_ scores: [Double], over others: [Double], resamples: Int = 2000) {
    precondition(scores.count == others.count && !scores.isEmpty, "scores of the same problems")
    let differences = zip(scores, others).map { $0 - $1 }
    let count = differences.count
    mean = differences.reduce(0, +) / Double(count)
    var generator = Generator(seed: 0xb007)
    let means = (0..<resamples).map { _ in
      (0..<count).reduce(0.0) { sum, _ in sum + differences[generator.uniform(below: count)] }
        / Double(count)
    }.sorted()
    low = means[resamples / 40]
    high = means[resamples - 1 - resamples / 40]
  }
}
