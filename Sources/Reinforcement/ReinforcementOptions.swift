import Foundation
import Training

/// How a policy is trained by reinforcement.
///
/// The defaults are GRPO with the mean over tokens and without a reference model. The other methods
/// are other parts in the same places:
///
///     options.credit = .advantage(.rloo)                                   // RLOO
///     options.credit = .advantage(.reinforce); options.groupSize = 1       // REINFORCE
///     options.credit = .accepted(atLeast: 1)                               // RAFT
///     options.credit = .advantage(.drGRPO)                                 // Dr. GRPO
///     options.loss.aggregation = .constant(length: options.rollouts.limit)
///     options.loss.ratio = .sequence; options.loss.clipping = .sequence    // GSPO
///     options.loss.clipping = .higher; options.extraRounds = 4             // DAPO
public struct ReinforcementOptions: Sendable {
  /// How many batches are written and learned from.
  public var steps: Int

  /// How many prompts a step has, and how many completions each of them.
  public var prompts = 24
  public var groupSize = 8

  public var rollouts: RolloutRecipe
  public var overlong = Overlong()
  public var credit = Credit.advantage(.grpo)
  public var loss = PolicyLoss()

  /// How many times the optimiser steps on the same batch. From the second on the policy is not the
  /// one that wrote it, and the ratio differs from 1.
  public var updates = 1

  /// How many further rounds of prompts are tried at a step, at most, to fill the places of groups
  /// whose rewards are all equal: dynamic sampling (DAPO, arXiv:2503.14476). With nil, such groups
  /// stay in the batch, where they count for the mean and teach nothing; with 0, they are dropped
  /// and not replaced.
  public var extraRounds: Int?

  /// The peak learning rate.
  public var learningRate: Double
  public var schedule = Schedule.constant
  public var betas = (first: 0.9, second: 0.95)
  public var weightDecay = 0.0

  /// Gradients whose norm is larger are scaled down to it.
  public var clip = 1.0

  /// At most this many tokens go through the model at once; it changes no bit.
  public var tokensAtOnce = 1 << 13

  /// Decides the order of prompts and all draws.
  public var seed: UInt64 = 1

  /// Where to keep the state of the run, if anywhere, and how often in steps.
  public var stateFile: URL?
  public var saveEvery = 20

  /// Where to append the metrics of each step as a line of JSON, if anywhere.
  public var metricsFile: URL?

  /// Where to append every completion with its rewards and its advantage, a line of JSON each.
  public var completionsFile: URL?

  /// What else makes the run what it is, by name. A saved state is continued only if it agrees.
  public var data: [String: String] = [:]

  /// - Parameter limit: the most tokens of a completion.
  public init(steps: Int, learningRate: Double, limit: Int) {
    self.steps = steps
    self.learningRate = learningRate
    rollouts = RolloutRecipe(limit: limit)
  }

  /// What must agree for a saved state to be continued, by name.
  var conditions: [String: String] {
    [
      "steps": "\(steps)", "prompts": "\(prompts)", "group size": "\(groupSize)",
      "limit": "\(rollouts.limit)", "sampling": "\(rollouts.sampling)", "overlong": "\(overlong)",
      "credit": "\(credit)", "loss": "\(loss)", "updates": "\(updates)",
      "extra rounds": extraRounds.map { "\($0)" } ?? "none", "learning rate": "\(learningRate)",
      "schedule": "\(schedule)", "betas": "\(betas)", "weight decay": "\(weightDecay)",
      "clip": "\(clip)", "seed": "\(seed)",
    ].merging(data) { $1 }
  }
}
