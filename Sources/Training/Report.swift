import StrictJSON

extension Trainer {
  /// What one step was like.
  public struct Report: Equatable, Sendable {
    /// The number of steps taken, this one included.
    public let step: Int

    /// The mean surprisal of the learned tokens before the step, in nats.
    public let loss: Double

    /// The norm of the gradient before clipping.
    public let gradientNorm: Double
    public let learningRate: Double

    /// How many tokens were learned at this step.
    public let tokens: Int

    /// How many were learned since the beginning of the run, this step included.
    public let totalTokens: Int

    /// The mean surprisal of the held-out tokens after the step, in nats; nil if it was not asked
    /// for at this step.
    public internal(set) var evalLoss: Double?

    /// What the model made of the learned tokens before the step; nil if that was not asked for.
    public internal(set) var predictions: Predictions?

    /// One line of a metrics file, under the names that Hugging Face's trainers use. A number that
    /// is not finite is null.
    public var json: String {
      var members = [
        JSON.Member("step", .integer(step)), .init("loss", .finite(loss)),
        .init("grad_norm", .finite(gradientNorm)), .init("learning_rate", .finite(learningRate)),
        .init("num_tokens", .integer(totalTokens)),
      ]
      if let predictions {
        members += [
          .init("mean_token_accuracy", .finite(predictions.meanTokenAccuracy)),
          .init("entropy", .finite(predictions.entropy)),
        ]
      }
      if let evalLoss { members.append(.init("eval_loss", .finite(evalLoss))) }
      return JSON.object(members).line
    }
  }
}
