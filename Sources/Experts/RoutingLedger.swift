import Foundation
import Transformer

/// What a layer's router decided: in the last forward pass, and summed over the present training
/// step. Losses and metrics read it; without it they would have to pass through every layer's result.
public final class RoutingLedger {
  /// The last forward pass. While a tape records, its tensors carry gradients on that tape.
  public var latest: Routing? { lock.withLock { last } }

  /// How many pairs of token and slot chose each expert in the last training step, over all pieces
  /// of its batch.
  public private(set) var load: [Int]

  private var last: Routing?
  private var step: Int?

  // A `Writer` lets several threads write with one model.
  private let lock = NSLock()

  init(experts: Int) { load = Array(repeating: 0, count: experts) }

  func record(_ routing: Routing, _ training: Passage.Training?) {
    lock.lock()
    defer { lock.unlock() }
    last = routing
    guard let training else { return }
    if step != training.step { load = load.map { _ in 0 } }
    step = training.step
    for (expert, count) in routing.load.enumerated() { load[expert] += count }
  }
}
