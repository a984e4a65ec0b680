import Kernels

extension Tensor {
  /// How surprised a model is by the truth: for every row of logits `[rows, classes]` the value of
  /// `−log p(target)`, in nats, where `p` is the softmax of the row. The result is `[rows]`.
  ///
  /// - Parameter targets: the right class of every row; a row with target −1 is left out, and its
  ///   surprisal is 0.
  public func surprisals(_ targets: [Int32]) -> Tensor {
    require(
      targets.count == shape.rows,
      "surprisals: \(targets.count) targets for the \(shape.rows) rows of \(shape)")
    require(
      targets.allSatisfy { $0 >= -1 && $0 < shape.width },
      "surprisals: targets must lie in 0..<\(shape.width), or be -1 to be left out")
    let logSums = Storage(count: shape.rows)
    let y = Tensor(uninitialized: [shape.rows])
    Kernels.crossEntropy(
      logits: base, targets: targets, into: y.base, logSums: logSums.base,
      rows: shape.rows, classes: shape.width)
    return y.recorded(from: self) { dy in
      // dx[i, j] = dy[i] (softmax(x[i])[j] − (1 if j is the target, else 0))
      receive { dx, accumulate in
        crossEntropyBackward(
          logits: base, targets: targets, logSums: logSums.base, weights: dy.base, into: dx.base,
          rows: shape.rows, classes: shape.width, accumulate: accumulate)
      }
    }
  }

  /// The mean surprisal over the rows that have a target: a scalar, and the loss of nearly every
  /// model in this book.
  public func crossEntropy(_ targets: [Int32]) -> Tensor {
    let counted = targets.count { $0 >= 0 }
    require(counted > 0, "crossEntropy: every target is -1, there is nothing to average")
    return surprisals(targets).sum().scaled(by: 1 / Float(counted))
  }
}
