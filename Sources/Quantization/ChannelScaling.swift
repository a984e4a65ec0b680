import Kernels
import Tensors
import Transformer

/// The two places of a block where a norm feeds several layers.
public enum ChannelSite: CaseIterable, Sendable {
  /// The norm before attention, and queries, keys and values.
  case attention
  /// The norm before the feed-forward layer, and its gate and its way up.
  case feedForward
}

extension Block {
  /// The gain of a norm and the weights `[out, in]` that it feeds.
  ///
  /// - Throws: `compressed` if one of them is not dense.
  public func channels(
    _ site: ChannelSite
  ) throws(QuantizationError) -> (gain: Parameter, weights: [Parameter]) {
    let linears: [Linear]
    switch site {
    case .attention: linears = [attention.query, attention.key, attention.value]
    case .feedForward:
      guard let feedForward = feedForward as? FeedForward else {
        throw QuantizationError(.compressed, name: feedForwardNorm.gain.name)
      }
      linears = [feedForward.gate, feedForward.up]
    }
    let gain = site == .attention ? attentionNorm.gain : feedForwardNorm.gain
    var weights: [Parameter] = []
    for linear in linears {
      guard let dense = linear.projection as? DenseProjection else {
        throw QuantizationError(.compressed, name: gain.name)
      }
      weights.append(dense.weight)
    }
    return (gain, weights)
  }

  /// Divides what a norm puts out by `scales`, a positive number for each channel, and multiplies the
  /// weights that it feeds by them: another model that computes the same.
  ///
  ///     (x ⊙ g / s) (W ⊙ s)ᵀ = (x ⊙ g) Wᵀ
  ///
  /// The same to the bit where the scales are powers of two, up to rounding elsewhere. It changes the
  /// parameters in place. With large scales at a few channels' inverse it makes outliers, like those of
  /// large models, which are none of the function; with the right scales it takes them away.
  ///
  /// - Throws: `compressed`.
  public func scaleChannels(
    _ site: ChannelSite, by scales: [Float]
  ) throws(QuantizationError) {
    let (gain, weights) = try channels(site)
    require(
      scales.count == gain.shape.count && scales.allSatisfy { $0 > 0 && $0.isFinite },
      "\(scales.count) scales for \(gain.shape.count) channels, or one that is not positive")
    let floats = gain.tensor.floats
    gain.set(Tensor(gain.shape, zip(floats, scales).map { $0 / $1 }))
    let row = Tensor([scales.count], scales)
    for weight in weights {
      let rows = weight.shape[0]
      weight.set(weight.tensor * row.rows(repeated: rows))
    }
  }
}

extension Tensor {
  /// This vector `[width]` as each of `count` rows.
  fileprivate func rows(repeated count: Int) -> Tensor {
    Tensor([count, shape.width], (0..<count).flatMap { _ in floats })
  }
}

/// The scales that share the difficulty of rounding between activations and weights,
/// `s_j = max|X_j|^α / max|W_j|^(1 - α)` (SmoothQuant: Xiao et al. 2022, arXiv:2211.10438).
///
/// - Parameters:
///   - largest: the largest magnitude of each channel of the inputs, `[width]`.
///   - weights: all weights `[out, width]` that the channels feed.
///   - strength: α, from 0, which spares the weights, to 1, which spares the activations.
/// - Throws: `noCalibration` if there are other than `width` channels.
public func smoothingScales(
  largest: [Float], weights: [Tensor], strength: Double = 0.5
) throws(QuantizationError) -> [Float] {
  guard let width = weights.first?.shape.width, largest.count == width else {
    throw QuantizationError(.noCalibration)
  }
  var heaviest = [Float](repeating: 0, count: width)
  for weight in weights {
    for row in 0..<weight.shape.rows {
      for (column, value) in weight.row(row).enumerated() {
        heaviest[column] = max(heaviest[column], value.magnitude)
      }
    }
  }
  return zip(largest, heaviest).map { activation, weight in
    // A channel that is never used, or used by nobody, needs no scale.
    guard activation > 0, weight > 0 else { return 1 }
    let scale = power(Double(activation), strength) / power(Double(weight), 1 - strength)
    return Float(max(1e-5, min(1e5, scale)))
  }
}
