/// Computes a scalar with `body`, adds its gradient to every parameter that `body` used, and
/// returns the scalar's value.
///
///     parameters.zeroGradients()
///     let loss = valueAndGradient { model(batch).crossEntropy(targets) }
///     optimizer.step()
///
/// Outside of it nothing is recorded. It may not be nested.
@discardableResult
public func valueAndGradient(_ body: () throws -> Tensor) rethrows -> Float {
  require(Tape.current == nil, "valueAndGradient may not be nested")
  let tape = Tape()
  return try Tape.$current.withValue(tape) {
    let loss = try body()
    require(loss.count == 1, "only a scalar has a gradient, not shape \(loss.shape)")
    let value = loss.scalar
    tape.unwind(from: loss)
    return value
  }
}

/// The gradient of the scalar `body(inputs)` with respect to each of `inputs`.
///
///     let (value, slopes) = gradient(at: [Tensor([3])]) { x in (x[0] * x[0]).sum() }
///     slopes[0]      // 6
public func gradient(
  at inputs: [Tensor], of body: ([Tensor]) -> Tensor
) -> (value: Float, gradients: [Tensor]) {
  let zeros = inputs.map { Tensor($0.shape, repeating: 0) }
  let traced = zip(inputs, zeros).map { input, zero in
    Tensor(
      input.shape, input.storage,
      node: Node(gradient: Storage(slice: 0..<input.count, of: zero.storage)))
  }
  let value = valueAndGradient { body(traced) }
  return (value, zeros)
}
