import Kernels

/// How much the choice of an expert says about a property of the token, beside how much it would
/// seem to say if it said nothing.
///
/// The measure is the mutual information of expert and label, divided by the entropy of the expert:
/// the share of what there is to know about the expert that the label tells. A finite sample never
/// gives zero, so it comes with the mean of the same measure over shuffled labels. And a share near
/// one is no merit by itself: an expert chosen by a hash of the token tells all about the token.
public struct Specialization: Equatable, Sendable {
  /// The normalised mutual information, from 0 to 1.
  public let information: Double

  /// Its mean over random shuffles of the labels.
  public let shuffled: Double

  /// - Parameters:
  ///   - experts: the first choice of each token.
  ///   - labels: what the tokens may be told apart by: a class, a domain, the token itself.
  ///   - shuffles: how many shuffles to average over.
  public init(experts: [Int32], labels: [Int32], shuffles: Int = 8, seed: UInt64 = 0) {
    precondition(experts.count == labels.count, "\(experts.count) experts, \(labels.count) labels")
    information = normalizedInformation(experts, labels)
    var sum = 0.0
    for shuffle in 0..<shuffles {
      var generator = Generator(seed: seed).stream(UInt64(shuffle))
      var labels = labels
      generator.shuffle(&labels)
      sum += normalizedInformation(experts, labels)
    }
    shuffled = sum / Double(max(1, shuffles))
  }
}

/// `I(a; b) / H(a)` with `I = H(a) + H(b) − H(a, b)`; 0 if a is always the same.
private func normalizedInformation(_ a: [Int32], _ b: [Int32]) -> Double {
  let own = entropy(a.map { Int64($0) })
  let joint = entropy(zip(a, b).map { Int64($0) << 32 | Int64(UInt32(bitPattern: $1)) })
  return own == 0 ? 0 : (own + entropy(b.map { Int64($0) }) - joint) / own
}

/// The entropy of the frequencies of `values`, in nats.
private func entropy(_ values: [Int64]) -> Double {
  // Sorted, so that equal values are neighbours and the order of the sum is fixed.
  let sorted = values.sorted()
  var sum = 0.0
  var start = 0
  for end in sorted.indices where end + 1 == sorted.count || sorted[end + 1] != sorted[end] {
    let share = Double(end + 1 - start) / Double(sorted.count)
    sum -= share * logarithm(share)
    start = end + 1
  }
  return sum
}
