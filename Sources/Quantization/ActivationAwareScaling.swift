import Kernels
import Tensors

/// The scales under which weights are rounded with the least loss of their layer, among those that
/// protect the channels with large activations: `s_j = (mean |X_j|)^α` (AWQ: Lin et al. 2023,
/// arXiv:2306.00978).
///
/// A weight that meets large activations matters more, whatever its own size. Multiplied by `s > 1`
/// before rounding and divided by it after, it is rounded the finer.
public struct ActivationAwareScaling {
  /// `[width]`, to be given to `Block.scaleChannels(_:by:)`.
  public let scales: [Float]

  /// The best exponent α, one of 0, 1/20 … 19/20; with 0 all scales are 1.
  public let exponent: Double

  /// The loss of the layer, `Σ tr((W - Q) H (W - Q)ᵀ)`, with these scales and with none.
  public let loss, lossWithout: Double

  /// Tries all exponents.
  ///
  /// - Parameters:
  ///   - weights: all weights `[out, width]` that the channels feed.
  ///   - meanMagnitudes: the mean magnitude of each channel of the inputs, `[width]`.
  ///   - gram: `H = X Xᵀ` of the inputs, `[width, width]`, row after row.
  ///   - round: what the format makes of a weight.
  /// - Throws: `noCalibration`, `moments`, or what `round` throws.
  public init(
    _ weights: [Tensor], meanMagnitudes: [Double], gram: [Double],
    rounding round: (Tensor) throws(QuantizationError) -> Tensor
  ) throws(QuantizationError) {
    guard let width = weights.first?.shape.width, meanMagnitudes.count == width,
      meanMagnitudes.contains(where: { $0 > 0 })
    else { throw QuantizationError(.noCalibration) }
    guard gram.count == width * width else {
      throw QuantizationError(.moments(Int(Double(gram.count).squareRoot()), width: width))
    }
    var best: (scales: [Float], exponent: Double, loss: Double)?
    var first = 0.0
    for step in 0..<20 {
      let exponent = Double(step) / 20
      let scales = ActivationAwareScaling.scales(meanMagnitudes, exponent)
      var loss = 0.0
      for weight in weights {
        let scaled = weight.columns(times: scales)
        let back = try round(scaled).columns(times: scales.map { 1 / $0 })
        loss += layerLoss(weight, back, gram)
      }
      if step == 0 { first = loss }
      if loss < best?.loss ?? .infinity { best = (scales, exponent, loss) }
    }
    guard let best else { throw QuantizationError(.noCalibration) }
    (scales, exponent, loss, lossWithout) = (best.scales, best.exponent, best.loss, first)
  }

  /// The scales for an exponent, with a geometric mean of the extremes of 1.
  private static func scales(_ magnitudes: [Double], _ exponent: Double) -> [Float] {
    let powers = magnitudes.map { power(max($0, 1e-4), exponent) }
    let middle = (powers.max()! * powers.min()!).squareRoot()
    return powers.map { Float($0 / middle) }
  }
}

/// What a layer loses when `rounded` takes the place of `weight`: `tr((W - Q) H (W - Q)ᵀ)`, with both
/// `[out, width]` and `gram` `[width, width]`, row after row.
public func layerLoss(_ weight: Tensor, _ rounded: Tensor, _ gram: [Double]) -> Double {
  let width = weight.shape.width
  require(
    rounded.shape == weight.shape && gram.count == width * width,
    "\(rounded.shape) for \(weight.shape), with \(gram.count) moments")
  let difference = (weight - rounded).floats
  let losses = [Double](unsafeUninitializedCapacity: weight.shape.rows) { losses, count in
    parallel(over: weight.shape.rows, grain: max(1, (1 << 16) / (width * width))) { range in
      for row in range {
        var loss = 0.0
        for i in 0..<width {
          var product = 0.0
          for j in 0..<width {
            product.addProduct(gram[i * width + j], Double(difference[row * width + j]))
          }
          loss.addProduct(product, Double(difference[row * width + i]))
        }
        losses[row] = loss
      }
    }
    count = weight.shape.rows
  }
  return losses.reduce(0, +)
}

extension Tensor {
  /// Each column times a number of its own.
  fileprivate func columns(times factors: [Float]) -> Tensor {
    let width = shape.width
    return Tensor(shape, floats.enumerated().map { $0.element * factors[$0.offset % width] })
  }
}
