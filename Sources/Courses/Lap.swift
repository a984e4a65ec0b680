import Reinforcement
import Training

/// What one step of a course was like.
public struct Lap: Codable, Sendable {
  public let step: Int

  /// The tokens so far that were learned, or read and written.
  public let tokens: Int

  /// The mean entropy of what could have been written in the place of each token, in nats; nil for a
  /// step that had nothing to learn from.
  public let entropy: Double?

  /// The mean surprisal of the imitated texts, in nats a token; nil for a method that rewards.
  public var loss: Double?

  /// The mean divergence from the reference model, in nats a token; nil without one, or without
  /// anything to learn from.
  public var divergence: Double?

  /// The mean reward, the share of right answers, the share of groups whose rewards are all equal, and
  /// the mean length in tokens; nil for imitation.
  public var reward, right, zeroVariance, length: Double?

  init(_ report: Trainer.Report) {
    step = report.step
    tokens = report.totalTokens
    entropy = report.predictions?.entropy
    loss = report.loss
  }

  public init(_ report: ReinforcementReport) {
    step = report.step
    tokens = Int(report["num_tokens"] ?? 0)
    entropy = report["entropy"]
    divergence = report["kl"]
    reward = report["reward"]
    right = report["rewards/equation/mean"] ?? report["rewards/leaky/mean"]
    zeroVariance = report["frac_reward_zero_std"]
    length = report["completions/mean_length"]
  }

  /// The step on a line, for whoever waits.
  public var summary: String {
    func part(_ name: String, _ value: Double?) -> [String] {
      value.map { ["\(name) \(($0 * 1000).rounded() / 1000)"] } ?? []
    }
    return
      (part("loss", loss) + part("reward", reward) + part("length", length)
      + part("same reward", zeroVariance) + part("entropy", entropy)
      + part("KL to the reference", divergence)).joined(separator: "  ")
  }
}
