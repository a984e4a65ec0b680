/// **pass@k**: how likely it is that at least one of `k` completions is right, estimated without bias
/// from `count` of which `right` were (Chen et al. 2021, arXiv:2107.03374).
///
/// Of all ways to choose k completions, the share that holds a right one,
///
///     1 − C(count − right, k) / C(count, k)
///
/// as a product, in which no factor is large. `1 − (1 − right/count)^k` would be too high.
///
///     estimatedPassRate(at: 1, right: 2, of: 16)      // 0.125
///     estimatedPassRate(at: 8, right: 2, of: 16)      // 0.766…
public func estimatedPassRate(at k: Int, right: Int, of count: Int) -> Double {
  precondition(
    (0...count).contains(right) && (1...count).contains(k),
    "pass@\(k) of \(count) completions, \(right) of them right")
  // Fewer wrong ones than are chosen: one of the chosen is right.
  if count - right < k { return 1 }
  let allWrong = (count - right + 1..<count + 1).reduce(1.0) { $0 * (1 - Double(k) / Double($1)) }
  return 1 - allWrong
}
