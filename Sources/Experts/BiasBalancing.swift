import Tensors

extension Router {
  /// Moves the selection bias of every expert by `rate`: up if it was chosen less often than the
  /// mean, down if more often; then all by the same amount, so that their mean is zero again
  /// (balancing without a loss: Wang et al. 2024, arXiv:2408.15664).
  ///
  /// - Parameter load: how often each expert was chosen in the step, `[experts]`.
  public func balance(load: [Int], rate: Float) {
    guard let selectionBias else { return }
    let total = load.reduce(0, +)
    // load < mean, in whole numbers: load · experts < total
    var bias = zip(selectionBias.tensor.floats, load).map { bias, load in
      bias + rate * Float((total - load * configuration.experts).signum())
    }
    let mean = bias.reduce(0, +) / Float(bias.count)
    for expert in bias.indices { bias[expert] -= mean }
    selectionBias.set(Tensor(bias))
  }
}
