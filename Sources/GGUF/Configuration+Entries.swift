import Transformer

extension Configuration {
  /// The keys that describe a decoder to llama.cpp.
  var entries: [GGUFEntry] {
    let family = family.rawValue
    func size(_ key: String, _ value: Int) -> GGUFEntry {
      GGUFEntry("\(family).\(key)", .uint32(UInt32(value)))
    }
    return [
      size("vocab_size", vocabulary),
      size("context_length", context),
      size("embedding_length", width),
      size("block_count", layers),
      size("feed_forward_length", feedForwardWidth),
      size("attention.head_count", heads),
      size("attention.head_count_kv", keyValueHeads),
      size("attention.key_length", headWidth),
      size("attention.value_length", headWidth),
      size("rope.dimension_count", headWidth),
      GGUFEntry("\(family).attention.layer_norm_rms_epsilon", .float32(epsilon)),
      GGUFEntry("\(family).rope.freq_base", .float32(Float(rotaryBase))),
    ]
  }

  /// The decoder that a file's keys describe. Whether its tensors are there is for others to see.
  init(_ file: GGUFFile) throws(GGUFError) {
    guard let value = file["general.architecture"] else {
      throw GGUFError(.missing, file: file.path, at: .key("general.architecture"))
    }
    guard case .string(let name) = value, let family = Family(rawValue: name) else {
      throw GGUFError(
        .unexpected(
          value.summary, needed: Family.allCases.map(\.rawValue).joined(separator: " or ")),
        file: file.path, at: .key("general.architecture"))
    }
    func size(_ key: String, in range: ClosedRange<Int>, or other: Int? = nil) throws(GGUFError)
      -> Int
    {
      let key = "\(name).\(key)"
      guard let value = file[key] else {
        if let other { return other }
        throw GGUFError(.missing, file: file.path, at: .key(key))
      }
      guard let size = value.integer, range.contains(size) else {
        throw GGUFError(
          .unexpected(
            value.summary,
            needed: "a whole number from \(range.lowerBound) to \(range.upperBound)"),
          file: file.path, at: .key(key))
      }
      return size
    }
    func number(_ key: String, in range: ClosedRange<Double>, or other: Double?) throws(GGUFError)
      -> Double
    {
      let key = "\(name).\(key)"
      guard let value = file[key] else {
        if let other { return other }
        throw GGUFError(.missing, file: file.path, at: .key(key))
      }
      guard let number = value.number, range.contains(number) else {
        throw GGUFError(
          .unexpected(
            value.summary, needed: "a number from \(range.lowerBound) to \(range.upperBound)"),
          file: file.path, at: .key(key))
      }
      return number
    }
    let width = try size("embedding_length", in: 1...1 << 20)
    let heads = try size("attention.head_count", in: 1...1 << 16)
    let headWidth = try size("attention.key_length", in: 2...1 << 16, or: width / heads)
    self.init(
      family: family,
      vocabulary: try size("vocab_size", in: 1...1 << 24, or: try Self.embeddings(of: file)),
      width: width, layers: try size("block_count", in: 0...1 << 12), heads: heads,
      keyValueHeads: try size("attention.head_count_kv", in: 1...heads, or: heads),
      headWidth: headWidth,
      feedForwardWidth: try size("feed_forward_length", in: 1...1 << 24),
      context: try size("context_length", in: 1...1 << 30))
    guard heads % keyValueHeads == 0, headWidth > 0, headWidth % 2 == 0 else {
      throw GGUFError(
        .unexpected(
          "\(heads) heads of \(headWidth) sharing \(keyValueHeads)",
          needed: "an even width, and a multiple of those shared"),
        file: file.path, at: .key("\(name).attention.head_count"))
    }
    for key in ["attention.value_length", "rope.dimension_count"] {
      guard try size(key, in: 1...1 << 16, or: headWidth) == headWidth else {
        throw GGUFError(
          .unexpected(file["\(name).\(key)"]!.summary, needed: "\(headWidth)"),
          file: file.path, at: .key("\(name).\(key)"))
      }
    }
    for entry in file.entries where entry.key.hasPrefix("\(name).rope.scaling") {
      guard entry.value == .string("none") else {
        throw GGUFError(
          .unexpected(entry.value.summary, needed: "no scaling of rotary embeddings"),
          file: file.path, at: .key(entry.key))
      }
    }
    epsilon = Float(try number("attention.layer_norm_rms_epsilon", in: 0...1, or: nil))
    rotaryBase = try number("rope.freq_base", in: 1...1e12, or: 10_000)
    tiesEmbeddings = !file.contains("output.weight")
  }

  /// How many rows the embedding table has.
  private static func embeddings(of file: GGUFFile) throws(GGUFError) -> Int {
    try file.tensor(named: "token_embd.weight").shape[0]
  }
}
