/// `losses[r] = −ln softmax(logits[r, ·])[targets[r]]` over `[rows, classes]`, in nats; zero where
/// the target is −1, which marks a position without one.
///
/// Also returns `logSums[r] = ln Σ exp logits[r, ·]`, from which `crossEntropyBackward` recovers
/// the softmax without a second sum. The same bits as `logSumExp`.
public func crossEntropy(
  logits: UnsafePointer<Float>, targets: UnsafePointer<Int32>,
  into losses: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>,
  rows: Int, classes: Int
) {
  requireClasses(targets, rows, classes)
  parallel(over: rows, grain: max(1, 8192 / max(1, classes))) { range in
    for row in range {
      let logits = logits + row * classes
      logSums[row] = rowLogSumExp(logits, classes)
      let target = Int(targets[row])
      losses[row] = target < 0 ? 0 : logSums[row] - logits[target]
    }
  }
}

/// The gradient of `crossEntropy`, `dx = (softmax(logits) − onehot(target)) · weights[r]`, in one
/// pass and with no softmax stored; zero where the target is −1. Added to `dx` if `accumulate`.
///
/// `weights` holds ∂loss ∕ ∂losses: 1 ∕ tokens for a mean, an advantage for a policy gradient.
public func crossEntropyBackward(
  logits: UnsafePointer<Float>, targets: UnsafePointer<Int32>, logSums: UnsafePointer<Float>,
  weights: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
  rows: Int, classes: Int, accumulate: Bool
) {
  requireClasses(targets, rows, classes)
  parallel(over: rows, grain: max(1, 8192 / max(1, classes))) { range in
    for row in range {
      let (logits, dx) = (logits + row * classes, dx + row * classes)
      let target = Int(targets[row])
      if target < 0 {
        if !accumulate { dx.update(repeating: 0, count: classes) }
        continue
      }
      let logSum = Lane(repeating: logSums[row])
      let weight = Lane(repeating: weights[row])
      for (column, lanes) in LaneSteps(0..<classes) {
        let before = accumulate ? Lane(dx + column, first: lanes) : .zero
        let probability = exponential(Lane(logits + column, first: lanes) - logSum)
        before.addingProduct(probability, weight).store(to: dx + column, first: lanes)
      }
      dx[target] -= weights[row]
    }
  }
}

private func requireClasses(_ targets: UnsafePointer<Int32>, _ rows: Int, _ classes: Int) {
  for row in 0..<rows {
    precondition(
      targets[row] >= -1 && Int(targets[row]) < classes,
      "target \(targets[row]) of row \(row) is not one of \(classes) classes, nor −1")
  }
}
