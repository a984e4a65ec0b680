/// One step of AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101) with the semantics of
/// `torch.optim.AdamW`, fused into one pass over four blocks of `count` numbers:
///
///     values        ← values (1 − learningRate · weightDecay)
///     firstMoments  ← firstMoments + (1 − beta1) (gradients − firstMoments)
///     secondMoments ← beta2 · secondMoments + (1 − beta2) gradients²
///     values        ← values − learningRate ∕ (1 − beta1ᵗ) · firstMoments ∕
///                     (√secondMoments ∕ √(1 − beta2ᵗ) + epsilon)
///
/// `step` is t, which counts from 1. The factors are computed in `Double` and rounded once.
public func adamW(
  values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  firstMoments: UnsafeMutablePointer<Float>, secondMoments: UnsafeMutablePointer<Float>,
  count: Int, learningRate: Double, beta1: Double, beta2: Double, epsilon: Double,
  weightDecay: Double, step: Int
) {
  precondition(step >= 1, "AdamW counts steps from 1, not \(step)")
  let decay = Lane(repeating: Float(1 - learningRate * weightDecay))
  let blend1 = Lane(repeating: Float(1 - beta1))
  let (keep2, blend2) = (Lane(repeating: Float(beta2)), Lane(repeating: Float(1 - beta2)))
  let rate = Lane(repeating: Float(-learningRate / (1 - raise(beta1, to: step))))
  let correction = Lane(repeating: Float(1 / (1 - raise(beta2, to: step)).squareRoot()))
  let epsilon = Lane(repeating: Float(epsilon))
  parallel(over: count, grain: 16384, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let gradient = Lane(gradients + i, first: lanes)
      var first = Lane(firstMoments + i, first: lanes)
      first.addProduct(gradient - first, blend1)
      let second = (Lane(secondMoments + i, first: lanes) * keep2)
        .addingProduct(gradient * gradient, blend2)
      let divisor = epsilon.addingProduct(second.squareRoot, correction)
      let value = (Lane(values + i, first: lanes) * decay).addingProduct(rate, first / divisor)
      first.store(to: firstMoments + i, first: lanes)
      second.store(to: secondMoments + i, first: lanes)
      value.store(to: values + i, first: lanes)
    }
  }
}

/// `base` to a whole power, by repeated squaring.
private func raise(_ base: Double, to exponent: Int) -> Double {
  var (power, square, left) = (1.0, base, exponent)
  while left > 0 {
    if left & 1 == 1 { power *= square }
    square *= square
    left >>= 1
  }
  return power
}
