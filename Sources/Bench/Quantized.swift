import ArgumentParser
import Foundation
import Kernels
import Programs
import Quantization
import Tensors
import Transformer

/// What weights of few bits gain: bandwidth from memory, and the time of a token.
struct Quantized: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantized",
    abstract: "Weights of eight and four bits, and sparse ones, beside floats.",
    discussion: """
      quantized.memory-F streams matrices of format F, too large for any cache, past one token, \
      beside reading as many bytes. quantized.products-F is every matrix of a decoder of 5.2 million \
      parameters times one token, beside our own products of floats; quantized.token-F a whole token \
      of it; quantized.prompt-F a prompt of 128. Low times of many rounds, taken in turn.
      """)

  @Option(help: "How often the alternatives take turns.")
  var rounds = 201

  @Option(help: "Only memory, products, token or prompt.")
  var filter = ""

  func validate() throws {
    try check("--rounds", rounds, in: 1...mostRounds)
    let suites = ["memory", "products", "token", "prompt"]
    guard suites.contains(where: selects) else {
      let names = suites.joined(separator: ", ")
      throw ValidationError("nothing's name contains '\(filter)'; the names are \(names)")
    }
  }

  func run() throws {
    for threads in threadCounts {
      try Parallel.$threads.withValue(threads) {
        if selects("memory") { try memory() }
        let models = try Format.allCases.map { ($0, try $0.model(decoder)) }
        if selects("products") { products(models) }
        if selects("token") { tokens(models) }
        if selects("prompt") { prompts(models) }
      }
    }
  }

  private func selects(_ suite: String) -> Bool { filter.isEmpty || suite.contains(filter) }

  private var decoder: Transformer {
    Transformer(
      Configuration(
        vocabulary: 512, width: 256, layers: 6, heads: 8, feedForwardWidth: 768, context: 256),
      seed: 1)
  }

  /// Eight matrices of 16 million weights, 72 to 136 MiB together.
  private func memory() throws {
    for format in [Format.q8, .q4, .int8, .twoOfFour] {
      let (rows, columns) = (4096, 4096)
      var generator = Generator(seed: 1)
      let weight = Tensor([rows, columns], normal: 0.02, from: &generator)
      let copies = try (0..<8).map { _ in try format.projection(weight) }
      let x = Tensor([1, columns], normal: 1, from: &generator)
      let bytes = Double(copies.count * rows * columns) * format.bitsPerWeight / 8
      let floats = Floats(Int(bytes) / 4)
      let times = lowTimes(
        rounds: rounds, turn: 0, settling: 0,
        [
          { for projection in copies { _ = projection(x) } },
          {
            parallel(over: floats.count, grain: 1, multiple: 1024) { read(floats, floats, $0) }
          },
        ])
      report("memory", format, bytes * 1e-9 / times[0], "GB/s", ("read", bytes * 1e-9 / times[1]))
    }
  }

  private func products(_ models: [(Format, Transformer)]) {
    var generator = Generator(seed: 2)
    let alternatives = models.map { format, model in
      var layers: [(any Projection, Tensor)] = []
      var model = model
      model.forEachLinear { linear in
        let x = Tensor([1, linear.projection.shape[1]], normal: 1, from: &generator)
        layers.append((linear.projection, x))
      }
      return { for (projection, x) in layers { _ = projection(x) } }
    }
    compare("products", models.map(\.0), alternatives, "µs", 1e6)
  }

  private func tokens(_ models: [(Format, Transformer)]) {
    let alternatives = models.map { format, model in
      let cache = KeyValueCache(model.configuration, slots: 1, capacity: 256)
      return {
        if cache.lengths[0] >= 128 { cache.clear(0) }
        _ = model(cache.passage([(0, [7])]), cache: cache)
      }
    }
    compare("token", models.map(\.0), alternatives, "µs", 1e6)
  }

  private func prompts(_ models: [(Format, Transformer)]) {
    let tokens = (0..<128).map { Int32($0 * 3) }
    let alternatives = models.map { format, model in
      { _ = model(Passage(tokens, lengths: [tokens.count])) }
    }
    compare("prompt", models.map(\.0), alternatives, "ms", 1e3)
  }

  private func compare(
    _ name: String, _ formats: [Format], _ alternatives: [() -> Void], _ unit: String,
    _ scale: Double
  ) {
    let times = lowTimes(rounds: rounds, turn: 0.001, settling: 0, alternatives)
    for (format, time) in zip(formats, times) where format != .float32 {
      report(name, format, scale * time, unit, ("float32", scale * times[0]))
    }
  }

  private func report(
    _ name: String, _ format: Format, _ value: Double, _ unit: String, _ reference: (String, Double)
  ) {
    Line(
      name: "quantized.\(name)-\(format.rawValue)", value: value, unit: unit,
      reference: (name: reference.0, value: reference.1)
    ).print()
  }
}

private enum Format: String, CaseIterable {
  case float32, int8
  case q8 = "Q8_0"
  case q4 = "Q4_0"
  case twoOfFour = "2:4"
  case half = "sparse-50"
  case fifth = "sparse-80"

  var bitsPerWeight: Double {
    switch self {
    case .float32: 32
    case .int8: 8
    case .q8: BlockFormat.q80.bitsPerWeight
    case .q4: BlockFormat.q40.bitsPerWeight
    case .twoOfFour, .half: 5
    case .fifth: 2.6
    }
  }

  func model(_ model: Transformer) throws -> Transformer {
    try model.replacingWeights { name, weight throws(QuantizationError) in
      try projection(weight)
    }.packed()
  }

  func projection(_ weight: Tensor) throws(QuantizationError) -> any Projection {
    switch self {
    case .float32: return PackedProjection(weight)
    case .int8: return Int8Projection(try Int8Matrix(rounding: weight))
    case .q8: return BlockProjection(try BlockMatrix(rounding: weight, to: .q80))
    case .q4: return BlockProjection(try BlockMatrix(rounding: weight, to: .q40))
    case .twoOfFour:
      return try TwoOfFourProjection(try Int8Matrix(rounding: kept(weight, 2, of: 4)))
    case .half: return SparseInt8Projection(try Int8Matrix(rounding: kept(weight, 2, of: 4)))
    case .fifth: return SparseInt8Projection(try Int8Matrix(rounding: kept(weight, 1, of: 5)))
    }
  }

  /// The weight with all but the first `count` of each `group` neighbours set to zero; which of them
  /// makes no difference to the time.
  private func kept(_ weight: Tensor, _ count: Int, of group: Int) -> Tensor {
    let floats = weight.floats.enumerated().map { $0.offset % group < count ? $0.element : 0 }
    return Tensor(weight.shape, floats)
  }
}
