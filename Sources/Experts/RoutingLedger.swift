import Transformer

/// What a layer's router decided: in the last forward pass, and summed over the present training
/// step. Losses and metrics read it; without it they would have to pass through every layer's result.
public final class RoutingLedger {
  /// The last forward pass. While a tape records, its tensors carry gradients on that tape.
  public private(set) var latest: Routing?

  /// How many pairs of token and slot chose each expert in the last training step, over all pieces
  /// of its batch.
  public private(set) var load: [Int]

  private var step: Int?

  init(experts: Int) { load = Array(repeating: 0, count: experts) }

  func record(_ routing: Routing, _ training: Passage.Training?) {
    latest = routing
    guard let training else { return }
    if step != training.step { load = load.map { _ in 0 } }
    step = training.step
    for (expert, count) in routing.load.enumerated() { load[expert] += count }
  }
}
