import Kernels
import Tensors
import Testing

@testable import Transformer

@Suite struct AttentionChoicesTests {
  private let tokens = Sample.tokens(60)

  private func sample(
    layers: Int = 2, _ change: (inout AttentionChoices) -> Void
  ) -> Configuration {
    var configuration = Sample.llama
    configuration.layers = layers
    change(&configuration.attention)
    return configuration
  }

  private func logits(_ configuration: Configuration, of tokens: [Int32]) -> Tensor {
    Sample.model(configuration)(Passage(tokens, lengths: [tokens.count]))
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).map { abs($0 - $1) }.max()!
  }

  @Test func `a chunk is a sequence of its own`() {
    let configuration = sample { $0.chunk = 16 }
    let whole = logits(configuration, of: tokens)
    let model = Sample.model(configuration)
    for start in stride(from: 0, to: 60, by: 16) {
      let end = min(60, start + 16)
      let alone = model(
        Passage(Array(tokens[start..<end]), lengths: [end - start], starts: [start]))
      for row in start..<end { #expect(alone.row(row - start) == whole.row(row)) }
    }
    #expect(distance(logits(sample { _ in }, of: tokens).row(20), whole.row(20)) > 1e-2)
    #expect(logits(sample { _ in }, of: tokens).row(15) == whole.row(15))
  }

  @Test func `a layer without rotation sees beyond its chunk`() {
    var changed = tokens
    changed[3] = (changed[3] + 1) % 37
    func effect(_ unrotated: Set<Int>) -> Float {
      let configuration = sample {
        $0.chunk = 16
        $0.unrotatedLayers = unrotated
      }
      let (before, after) = (
        logits(configuration, of: tokens), logits(configuration, of: changed)
      )
      return distance(before.row(40), after.row(40))
    }
    #expect(effect([]) == 0)
    #expect(effect([0]) > 1e-4)
    #expect(effect([1]) > 1e-4)
  }

  @Test func `a layer without rotation knows no order`() {
    func effect(_ unrotated: Set<Int>) -> Float {
      let configuration = sample(layers: 1) { $0.unrotatedLayers = unrotated }
      let shuffled = Array(tokens.dropLast().reversed()) + [tokens.last!]
      return distance(
        logits(configuration, of: tokens).row(59), logits(configuration, of: shuffled).row(59))
    }
    #expect(effect([0]) < 1e-5)
    #expect(effect([]) > 1e-2)
  }

  @Test func `normalised queries have no size`() throws {
    func effect(_ norm: QueryKeyNorm?, unrotated: Set<Int> = []) throws -> Float {
      var configuration = sample(layers: 1) {
        $0.norm = norm
        $0.unrotatedLayers = unrotated
      }
      configuration.epsilon = 1e-12
      let model = Sample.model(configuration)
      let passage = Passage(tokens, lengths: [60])
      let before = model(passage)
      let weight = try #require(
        model.parameters.all.first { $0.name.hasSuffix("q_proj.weight") })
      weight.set(weight.tensor.scaled(by: 3))
      return distance(before.floats, model(passage).floats)
    }
    #expect(try effect(.heads) < 1e-5)
    #expect(try effect(.projections) < 1e-5)
    #expect(try effect(.projections, unrotated: [0]) < 1e-5)
    // The heads are normalised where they are rotated, and nowhere else.
    #expect(try effect(.heads, unrotated: [0]) > 1e-2)
    #expect(try effect(nil) > 1e-2)
  }

  @Test func `normalised projections have gains`() {
    let model = Sample.model(Sample.normedProjections)
    let gains = model.parameters.all.filter { $0.name.hasSuffix("_norm.weight") }
    #expect(gains.map(\.shape) == [[32], [16], [32], [16], [32], [16]])
    #expect(
      model.parameters.all.reduce(0) { $0 + $1.shape.count }
        == model.configuration.parameterCount)
  }

  @Test func `a limit beyond all values changes nothing`() {
    let free = logits(sample { _ in }, of: tokens)
    #expect(logits(sample { $0.limit = 100 }, of: tokens).floats == free.floats)
    #expect(distance(logits(sample { $0.limit = 0.5 }, of: tokens).floats, free.floats) > 1e-2)
  }

  @Test func `the factor of a temperature`() {
    let temperature = AttentionTemperature(strength: 0.1, floor: 8192)
    #expect(temperature.factor(position: 0) == 1)
    #expect(temperature.factor(position: 8190) == 1)
    #expect(temperature.factor(position: 8191) == 1.069_314_7)
    #expect(temperature.factor(position: 16382) == 1.069_314_7)
    #expect(temperature.factor(position: 3 * 8192 - 1) == 1.138_629_4)
  }

  @Test func `a temperature scales the queries of layers without rotation`() throws {
    let temperature = AttentionTemperature(strength: 0.5, floor: 7)
    let tempered = sample(layers: 1) {
      $0.unrotatedLayers = [0]
      $0.temperature = temperature
    }
    let model = Sample.model(sample(layers: 1) { $0.unrotatedLayers = [0] })
    let weight = try #require(model.parameters.all.first { $0.name.hasSuffix("q_proj.weight") })
    weight.set(weight.tensor.scaled(by: temperature.factor(position: 59)))
    let expected = model(Passage(tokens, lengths: [60]))
    let whole = logits(tempered, of: tokens)
    #expect(distance(whole.row(59), expected.row(59)) < 1e-5)
    #expect(distance(whole.row(5), expected.row(5)) > 1e-3)
    let rotated = sample(layers: 1) { $0.temperature = temperature }
    #expect(
      logits(rotated, of: tokens).floats == logits(sample(layers: 1) { _ in }, of: tokens).floats)
  }

  @Test func `chunks cost memory and work for one chunk`() {
    let (free, chunked) = (sample { _ in }, sample { $0.chunk = 32 })
    let bytes = [free, chunked].map { KeyValueCache($0, slots: 2, capacity: 1024).bytes }
    #expect(bytes[1] <= bytes[0] / 8)
    #expect(
      free.forwardOperations(position: 100) - chunked.forwardOperations(position: 100)
        == 2 * 4 * 32 * (101 - 5))
  }

  @Test func `a context of millions costs nothing until it is used`() {
    var long = Sample.llama
    long.context = 1 << 24
    var short = Sample.llama
    short.context = 4000
    let passages = [0, 3000].map {
      Passage(Array(tokens[0..<20]), lengths: [20], starts: [$0])
    }
    let (a, b) = (Sample.model(long), Sample.model(short))
    for passage in passages { #expect(a(passage).floats == b(passage).floats) }
  }
}
