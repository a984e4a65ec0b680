import StrictJSON
import Transformer

extension CompressedConfiguration {
  /// Reads what `json` writes, without trust.
  init(_ hub: HubConfiguration) throws(CheckpointError) {
    guard let compression = try hub.object("compression") else {
      throw hub.error("compression", "missing; it must be an object")
    }
    let familyName = try compression.requiredText("family")
    guard let family = Configuration.Family(rawValue: familyName) else {
      throw compression.error("family", "\(quoted(familyName)) is not known")
    }
    let configuration = try hub.decoder(family, feedForwardWidth: 1)
    let layers = configuration.layers
    let widths = try compression.sizes("feed_forward_widths", in: 1...1 << 24) ?? []
    guard widths.count == layers else {
      throw compression.error("feed_forward_widths", "\(widths.count) numbers for \(layers) layers")
    }
    let biased = try compression.sizes("biased_layers", in: 0...layers - 1) ?? []
    var ranks: [String: Int] = [:]
    let stored = try compression.object("ranks")
    for member in stored?.members ?? [] {
      ranks[member.name] = try stored!.size(member.name, in: 1...1 << 20)
    }
    shape = ModelShape(configuration, widths: widths, biased: Set(biased), ranks: ranks)
    let linears = shape.linears
    for (name, rank) in ranks {
      guard let shape = linears[name] else {
        throw stored!.error(name, "the model has no such layer")
      }
      guard rank <= min(shape.0, shape.1) else {
        throw stored!.error(name, "a matrix of [\(shape.0), \(shape.1)] has no rank \(rank)")
      }
    }
    sparse = try compression.texts("sparse") ?? []
    rounded = try compression.texts("int8") ?? []
    let matrices = matrices
    for (key, names) in [("sparse", sparse), ("int8", rounded)] {
      for name in names where matrices[name] == nil {
        throw compression.error(key, "\(quoted(name)) is no dense matrix of the model")
      }
      guard Set(names).count == names.count else {
        throw compression.error(key, "a matrix is named twice")
      }
    }
    beginning = try hub.tokens("bos_token_id").first
    ends = try hub.tokens("eos_token_id")
  }
}
