import Kernels

extension Tensor {
  /// How surprised a model is by the truth: the mean over all rows of `−log p(target)`, in nats,
  /// where the probabilities of a row are the softmax of its logits `[rows, classes]`.
  ///
  /// - Parameter targets: the right class of every row; a row with target −1 does not count.
  public func crossEntropy(_ targets: [Int32]) -> Tensor {
    require(
      targets.count == shape.rows,
      "crossEntropy: \(targets.count) targets for the \(shape.rows) rows of \(shape)")
    require(
      targets.allSatisfy { $0 >= -1 && $0 < shape.width },
      "crossEntropy: targets must lie in 0..<\(shape.width), or be -1 to be left out")
    let counted = targets.count { $0 >= 0 }
    require(counted > 0, "crossEntropy: every target is -1, there is nothing to average")
    let losses = Storage(count: shape.rows)
    let logSums = Storage(count: shape.rows)
    let y = Tensor(uninitialized: [])
    Kernels.crossEntropy(
      logits: base, targets: targets, into: losses.base, logSums: logSums.base,
      rows: shape.rows, classes: shape.width)
    y.base[0] = Kernels.sum(losses.base, count: shape.rows) / Float(counted)
    return y.recorded(from: self) { dy in
      // dx[i, j] = dy / counted · (softmax(x)[i, j] − (1 if j is the target, else 0))
      receive { dx, accumulate in
        let weights = [Float](repeating: dy.base[0] / Float(counted), count: shape.rows)
        crossEntropyBackward(
          logits: base, targets: targets, logSums: logSums.base, weights: weights, into: dx.base,
          rows: shape.rows, classes: shape.width, accumulate: accumulate)
      }
    }
  }
}
