import Kernels

/// How far the gradient that the tape computes is from the slope that is measured by moving each
/// input a little: the largest difference, relative to the largest slope.
///
/// For each element the slope is measured with the five-point rule,
///
///     f'(x) ≈ (8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h
///
/// whose error of order h⁴ allows an h so large (1/32) that the rounding of 32-bit floats
/// disappears behind it. The result of `body` is reduced to a scalar by a fixed random weighting,
/// added up in 64 bits, so that every element of the result takes part. A correct gradient gives
/// about 1e-5; a wrong term gives something near 1.
///
/// - Parameters:
///   - inputs: where to check; the functions must be smooth within 1/16 of every element.
///   - body: any function of the inputs, of any shape.
public func gradientCheck(at inputs: [Tensor], of body: ([Tensor]) -> Tensor) -> Double {
  let output = body(inputs)
  var generator = Generator(seed: 7)
  let weights = Tensor(output.shape, uniform: -1..<1, from: &generator)

  func loss(_ inputs: [Tensor]) -> Double {
    let y = body(inputs).floats
    return zip(y, weights.floats).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  let computed = gradient(at: inputs) { (body($0) * weights).sum() }.gradients
  let h: Float = 1 / 32
  var largestSlope = 0.0
  var largestDifference = 0.0
  for (index, input) in inputs.enumerated() {
    for element in 0..<input.count {
      func shifted(by offset: Float) -> Double {
        var values = input.floats
        values[element] += offset
        var moved = inputs
        moved[index] = Tensor(input.shape, values)
        return loss(moved)
      }
      let near = shifted(by: h) - shifted(by: -h)
      let far = shifted(by: 2 * h) - shifted(by: -2 * h)
      let slope = (8 * near - far) / (12 * Double(h))
      largestSlope = max(largestSlope, abs(slope))
      largestDifference = max(
        largestDifference, abs(slope - Double(computed[index].floats[element])))
    }
  }
  return largestSlope == 0 ? largestDifference : largestDifference / largestSlope
}
