import StrictJSON
import Transformer

extension CompressedConfiguration {
  /// Reads what `json` writes, without trust.
  ///
  /// - Parameter file: for messages.
  init(parsing bytes: [UInt8], file: String) throws(CheckpointError) {
    let root: JSON
    do {
      root = try JSON(parsing: bytes)
    } catch {
      throw CheckpointError(file, at: "byte \(error.offset)", error.problem)
    }
    let fields = Fields(root, file: file, path: "")
    let kind = try fields.text("model_type")
    guard kind == Self.modelType else {
      throw fields.error(
        "model_type", "\(quoted(kind)) is a published family; read it as an ordinary checkpoint")
    }
    let compression = try fields.object("compression")
    let familyName = try compression.text("family")
    guard let family = Configuration.Family(rawValue: familyName) else {
      throw compression.error("family", "\(quoted(familyName)) is not known")
    }
    var configuration = Configuration(
      family: family, vocabulary: try fields.size("vocab_size", 1...1 << 24),
      width: try fields.size("hidden_size", 1...1 << 20),
      layers: try fields.size("num_hidden_layers", 1...1 << 12),
      heads: try fields.size("num_attention_heads", 1...1 << 12),
      keyValueHeads: try fields.size("num_key_value_heads", 1...1 << 12),
      headWidth: try fields.size("head_dim", 2...1 << 12), feedForwardWidth: 1,
      context: try fields.size("max_position_embeddings", 1...1 << 24))
    guard configuration.heads % configuration.keyValueHeads == 0 else {
      throw fields.error(
        "num_key_value_heads",
        "\(configuration.heads) heads cannot share \(configuration.keyValueHeads) evenly")
    }
    guard configuration.headWidth % 2 == 0 else {
      throw fields.error("head_dim", "rotary positions need an even one")
    }
    configuration.epsilon = Float(try fields.number("rms_norm_eps", 0...1))
    configuration.rotaryBase = try fields.number("rope_theta", 1...1e12)
    configuration.tiesEmbeddings = try fields.flag("tie_word_embeddings")
    configuration.rotaryScaling = try fields.scaling()
    let layers = configuration.layers
    let widths = try compression.sizes("feed_forward_widths", 1...1 << 24)
    guard widths.count == layers else {
      throw compression.error("feed_forward_widths", "\(widths.count) numbers for \(layers) layers")
    }
    let biased = try compression.sizes("biased_layers", 0...layers - 1)
    var ranks: [String: Int] = [:]
    let stored = try compression.object("ranks")
    for name in stored.names { ranks[name] = try stored.size(name, 1...1 << 20) }
    shape = ModelShape(configuration, widths: widths, biased: Set(biased), ranks: ranks)
    let linears = shape.linears
    for (name, rank) in ranks {
      guard let shape = linears[name] else {
        throw stored.error(name, "the model has no such layer")
      }
      guard rank <= min(shape.0, shape.1) else {
        throw stored.error(name, "a matrix of [\(shape.0), \(shape.1)] has no rank \(rank)")
      }
    }
    sparse = try compression.texts("sparse")
    rounded = try compression.texts("int8")
    let matrices = matrices
    for (key, names) in [("sparse", sparse), ("int8", rounded)] {
      for name in names where matrices[name] == nil {
        throw compression.error(key, "\(quoted(name)) is no dense matrix of the model")
      }
      guard Set(names).count == names.count else {
        throw compression.error(key, "a matrix is named twice")
      }
    }
    beginning = try fields.token("bos_token_id")
    ends = try fields.sizes("eos_token_id", 0...Int(Int32.max)).map(Int32.init)
  }
}

/// The members of an object, each with its place for messages.
private struct Fields {
  let json: JSON
  let file, path: String

  init(_ json: JSON, file: String, path: String) {
    self.json = json
    self.file = file
    self.path = path
  }

  func error(_ key: String, _ problem: String) -> CheckpointError {
    CheckpointError(file, at: path + key, problem)
  }

  var names: [String] {
    if case .object(let members) = json { members.map(\.name) } else { [] }
  }

  private func value(_ key: String) -> JSON { json[key] ?? .null }

  private func mismatch(_ key: String, _ expected: String) -> CheckpointError {
    if case .null = value(key) { return error(key, "missing; it must be \(expected)") }
    return error(key, "expected \(expected), found \(value(key).kind)")
  }

  func object(_ key: String) throws(CheckpointError) -> Fields {
    guard case .object = value(key) else { throw mismatch(key, "an object") }
    return Fields(value(key), file: file, path: "\(path)\(key).")
  }

  func text(_ key: String) throws(CheckpointError) -> String {
    guard case .string(let text) = value(key) else { throw mismatch(key, "a string") }
    return text
  }

  func flag(_ key: String) throws(CheckpointError) -> Bool {
    guard case .bool(let flag) = value(key) else { throw mismatch(key, "true or false") }
    return flag
  }

  func size(_ key: String, _ range: ClosedRange<Int>) throws(CheckpointError) -> Int {
    guard case .integer(let size) = value(key), range.contains(size) else {
      throw mismatch(key, "a whole number in \(range)")
    }
    return size
  }

  func number(_ key: String, _ range: ClosedRange<Double>) throws(CheckpointError) -> Double {
    switch value(key) {
    case .integer(let number) where range.contains(Double(number)): return Double(number)
    case .number(let number) where range.contains(number): return number
    default: throw mismatch(key, "a number in \(range)")
    }
  }

  func sizes(_ key: String, _ range: ClosedRange<Int>) throws(CheckpointError) -> [Int] {
    guard case .array(let elements) = value(key) else { throw mismatch(key, "whole numbers") }
    var sizes: [Int] = []
    for element in elements {
      guard case .integer(let size) = element, range.contains(size) else {
        throw error(key, "expected whole numbers in \(range), found \(element.kind)")
      }
      sizes.append(size)
    }
    return sizes
  }

  func texts(_ key: String) throws(CheckpointError) -> [String] {
    guard case .array(let elements) = value(key) else { throw mismatch(key, "names") }
    var texts: [String] = []
    for element in elements {
      guard case .string(let text) = element else {
        throw error(key, "expected names, found \(element.kind)")
      }
      texts.append(text)
    }
    return texts
  }

  func token(_ key: String) throws(CheckpointError) -> Int32? {
    if case .null = value(key) { return nil }
    return Int32(try size(key, 0...Int(Int32.max)))
  }

  func scaling() throws(CheckpointError) -> RotaryScaling? {
    if case .null = value("rope_scaling") { return nil }
    let scaling = try object("rope_scaling")
    let kind = try scaling.text("rope_type")
    guard kind == "llama3" else {
      throw scaling.error("rope_type", "\(quoted(kind)) is not supported; this is: llama3")
    }
    let positive = Double.leastNormalMagnitude...1e9
    return RotaryScaling(
      factor: try scaling.number("factor", positive),
      lowFrequencyFactor: try scaling.number("low_freq_factor", positive),
      highFrequencyFactor: try scaling.number("high_freq_factor", positive),
      originalContext: try scaling.size("original_max_position_embeddings", 1...1 << 30))
  }
}
