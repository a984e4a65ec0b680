/// What each completion teaches.
public enum Credit: Equatable, Sendable {
  /// To be likelier by its advantage, or less likely.
  case advantage(Advantage)

  /// To be imitated if its reward is at least this, and nothing otherwise: rejection sampling (RAFT:
  /// Dong et al. 2023, arXiv:2304.06767). The rejected do not count for the mean of the loss.
  case accepted(atLeast: Double)

  /// The advantage of each completion of each group; `nil` for one that is left out of the batch.
  public func callAsFunction(_ rewards: [[Double]]) -> [[Double?]] {
    switch self {
    case .advantage(let advantage): advantage(rewards)
    case .accepted(let least): rewards.map { $0.map { $0 >= least ? 1 : nil } }
    }
  }
}
