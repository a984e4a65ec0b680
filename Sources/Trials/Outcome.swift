import Domains
import Experts

/// What a trial has found.
public struct Outcome: Codable, Equatable, Sendable {
  /// How surprising texts are that were never learned, in nats a token; for the phone book, how
  /// surprising its numbers still are, in nats a number. Cross-entropy alone.
  public var loss: Double

  /// How much of the phone book is known by heart.
  public var recall: Recall?

  /// The weights of the model, and those of them that a token meets.
  public var parameters: Int
  public var activeParameters: Int

  /// The routing of every mixture now and then, in the order of the steps.
  public var routing: [Snapshot] = []

  /// The share of the choices of the last step that were dropped.
  public var droppedFraction = 0.0

  /// What the experts of each mixture have specialised in, on texts that were never learned.
  public var specialties: [Specialty] = []

  /// The training's speed. Not a part of the result: it differs from run to run.
  public var tokensPerSecond: Double

  public init(loss: Double, parameters: Int, activeParameters: Int, tokensPerSecond: Double) {
    self.loss = loss
    self.parameters = parameters
    self.activeParameters = activeParameters
    self.tokensPerSecond = tokensPerSecond
  }
}
