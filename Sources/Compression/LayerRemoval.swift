import Calibration
import Experts
import Tensors
import Transformer

extension Transformer {
  /// A shallower model, without the blocks at `removed`: redundancy pruning of whole layers.
  ///
  /// The blocks that stay keep their weights, and what attention does differently in some layers stays
  /// with the layers that did it.
  ///
  /// - Throws: `CompressionError` if a block does not exist or none would stay.
  public func removingBlocks(_ removed: Set<Int>) throws(CompressionError) -> Transformer {
    var shape = try ModelShape(of: self)
    let layers = shape.configuration.layers
    if let foreign = removed.filter({ !(0..<layers).contains($0) }).min() {
      throw CompressionError("the model has layers 0..<\(layers) and no layer \(foreign)")
    }
    guard removed.count < layers else {
      throw CompressionError("all \(layers) layers are to be removed; keep one at least")
    }
    let kept = (0..<layers).filter { !removed.contains($0) }
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    func placed(_ name: String) -> String? {
      var parts = name.split(separator: ".").map(String.init)
      guard parts.count > 2, parts[1] == "layers", let layer = Int(parts[2]) else { return name }
      guard let place = places[layer] else { return nil }
      parts[2] = "\(place)"
      return parts.joined(separator: ".")
    }
    func placed(_ layers: Set<Int>) -> Set<Int> { Set(layers.compactMap { places[$0] }) }
    shape.configuration.layers = kept.count
    shape.configuration.attention.unrotatedLayers = placed(
      shape.configuration.attention.unrotatedLayers)
    shape.biasedLayers = placed(shape.biasedLayers)
    shape.ranks = Dictionary(
      uniqueKeysWithValues: shape.ranks.compactMap { name, rank in placed(name).map { ($0, rank) } }
    )
    if let mixture = shape.mixture {
      let mixtures = kept.filter(mixture.isMixture)
      shape.mixture = mixtures.isEmpty ? nil : mixture
      shape.mixture?.interval = 1
      shape.mixture?.denseLayers = placed(Set(kept).subtracting(mixtures))
    }
    let widths = kept.map { shape.widths[$0] }
    if shape.mixture == nil { shape.setWidths(widths) } else { shape.widths = widths }
    let weights = Dictionary(
      uniqueKeysWithValues: weights.compactMap { name, weight in placed(name).map { ($0, weight) } }
    )
    return try shape.make(weights)
  }
}
