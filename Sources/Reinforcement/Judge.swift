import Foundation

/// Several rewards of one task, weighed against each other.
///
/// The rewards run on a thread of their own, so that one that never returns costs a message and not
/// the run.
///
///     let judge = Judge([(EquationReward(), 1), (FormatReward(), 0.1)])
///     try judge.scores([(completion: text, exercise: problem)])     // [[1, 1]]
public struct Judge<Task: Exercise>: Sendable {
  /// The rewards, and what a point of each is worth.
  public let rewards: [(reward: any Reward<Task>, weight: Double)]

  /// How long one reward may take over one completion, in seconds.
  public let timeLimit: Double

  public init(_ rewards: [(any Reward<Task>, Double)], timeLimit: Double = 60) {
    precondition(!rewards.isEmpty, "a judge needs at least one reward")
    precondition(
      Set(rewards.map(\.0.name)).count == rewards.count,
      "two rewards have one name: \(rewards.map(\.0.name))")
    self.rewards = rewards.map { (reward: $0, weight: $1) }
    self.timeLimit = timeLimit
  }

  /// What each reward gives for each completion.
  ///
  /// - Returns: for each completion its scores, unweighed, in the order of `rewards`.
  public func scores(
    _ cases: [(completion: String, exercise: Task)]
  ) throws(RewardError) -> [[Double]] {
    let desk = Desk()
    let rewards = rewards
    let cases = cases
    Thread.detachNewThread {
      for (completion, exercise) in cases {
        for (reward, _) in rewards {
          if desk.isClosed { return }
          desk.hand(in: Result { try reward.score(completion, of: exercise) })
        }
      }
    }
    var scores: [[Double]] = []
    for (completion, exercise) in cases {
      var row: [Double] = []
      for (reward, _) in rewards {
        func error(_ reason: RewardError.Reason) -> RewardError {
          RewardError(
            reward: reward.name, prompt: exercise.prompt, completion: completion, reason: reason)
        }
        switch desk.next(within: timeLimit) {
        case nil: throw error(.timedOut(seconds: timeLimit))
        case .failure(let problem): throw error(.threw("\(problem)"))
        case .success(let score) where !score.isFinite: throw error(.notFinite(score))
        case .success(let score): row.append(score)
        }
      }
      scores.append(row)
    }
    return scores
  }

  /// The weighted sum of one completion's scores.
  public func total(of scores: [Double]) -> Double {
    zip(rewards, scores).reduce(0) { $0 + $1.0.weight * $1.1 }
  }
}

/// Where one thread leaves scores and another takes them, in order.
private final class Desk: @unchecked Sendable {
  private let lock = NSLock()
  private let arrivals = DispatchSemaphore(value: 0)
  private var scores: [Result<Double, any Error>] = []
  private var taken = 0
  private var closed = false

  /// Whether no one waits any more.
  var isClosed: Bool { lock.withLock { closed } }

  func hand(in score: Result<Double, any Error>) {
    lock.withLock { scores.append(score) }
    arrivals.signal()
  }

  /// The next score, or nil if none comes in time, after which the desk is closed.
  func next(within seconds: Double) -> Result<Double, any Error>? {
    let comes = arrivals.wait(timeout: .now() + seconds) == .success
    return lock.withLock {
      guard comes else {
        closed = true
        return nil
      }
      defer { taken += 1 }
      if case .failure = scores[taken] { closed = true }
      return scores[taken]
    }
  }
}
