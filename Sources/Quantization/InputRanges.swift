import Tensors
import Transformer

/// How large each input of a layer gets.
public final class InputRange {
  /// The largest magnitude of each input, `[in]`.
  public private(set) var largest: [Float]

  private var sum = 0.0
  private var count = 0

  /// The mean magnitude of all inputs.
  public var mean: Double { sum / Double(max(1, count)) }

  init(width: Int) { largest = Array(repeating: 0, count: width) }

  func add(_ x: Tensor) {
    let width = largest.count
    x.withFloats { floats in
      var largest = largest.mutableSpan
      for i in 0..<floats.count {
        let magnitude = floats[i].magnitude
        largest[i % width] = max(largest[i % width], magnitude)
        sum += Double(magnitude)
      }
      count += floats.count
    }
  }
}

/// A projection that lets another work and notes how large its inputs get.
private struct WatchedProjection: Projection {
  let base: any Projection
  let range: InputRange

  var shape: Shape { base.shape }

  func callAsFunction(_ x: Tensor) -> Tensor {
    range.add(x.detached)
    return base(x)
  }

  func packed() -> any Projection { self }
}

extension Transformer {
  /// How large the inputs of each layer get while the model reads `texts`, by the names of the layers'
  /// weights. A Gram matrix, which is a sum, does not say.
  public func inputRanges(on texts: [[Int32]]) -> [String: InputRange] {
    var ranges: [String: InputRange] = [:]
    var watched = self
    watched.forEachLinear { linear in
      guard let dense = linear.projection as? DenseProjection else { return }
      let range = InputRange(width: dense.shape[1])
      ranges[dense.weight.name] = range
      linear.projection = WatchedProjection(base: dense, range: range)
    }
    for text in texts { _ = watched.hidden(Passage(text, lengths: [text.count])) }
    return ranges
  }
}
