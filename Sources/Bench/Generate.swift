import ArgumentParser
import Kernels
import Programs
import Transformer

/// What writing costs.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Tokens a second that a model writes, alone and in batches.",
    discussion: """
      generate.N-B is a decoder of size N that writes 128 tokens after each of B prompts of 32, \
      drawn at temperature 1. Packing the weights is part of it.
      """)

  @Option(help: "One size: S, M or L. Without it, M.")
  var size = "M"

  @Flag(help: "With eight experts in each layer, of which each token visits two.")
  var experts = false

  @Flag(help: "With keys and values in eight bits.")
  var roundedCache = false

  @Option(help: "How many prompts at a time. Without it, 1 and 64.")
  var batch: Int?

  @Option(help: "For how long each batch is measured, in seconds.")
  var seconds = 3.0

  func validate() throws {
    try check("--seconds", seconds, in: 0...longest)
    if let batch { try check("--batch", batch, in: 1...1 << 12) }
  }

  func run() throws {
    guard let size = ModelSize(rawValue: size) else {
      throw ValidationError("there is no size \(size); the sizes are S, M and L")
    }
    var model = try size.model(isMixture: experts, context: 160)
    model.roundsCache = roundedCache
    for batch in batch.map({ [$0] }) ?? [1, 64] {
      let tokens = size.randomTokens(32 * batch)
      let prompts = (0..<batch).map { Array(tokens[$0 * 32..<($0 + 1) * 32]) }
      let write = { _ = Writer(model, limit: 128, batch: batch)(prompts) }
      write()
      var times: [Double] = []
      let end = ContinuousClock.now + .seconds(seconds)
      while times.count < 3 || ContinuousClock.now < end {
        times.append(ContinuousClock().measure(write).seconds)
      }
      Line(
        name: "generate.\(size.rawValue)\(experts ? "-experts" : "")-\(batch)",
        value: Double(128 * batch) / times.sorted()[times.count / 2], unit: "tokens/s"
      ).print()
    }
  }
}
