import Testing
import Transformer

@testable import Experts

@Suite struct CostTests {
  @Test func `a mixture of experts that are all visited costs what it holds`() throws {
    var mixture = MixtureConfiguration(experts: 3, expertsPerToken: 3, expertWidth: 16)
    let all = try Transformer(Sample.decoder, mixture: mixture, seed: nil)
    #expect(all.activeParameterCount == all.parameterCount)
    // Three experts of a third of the width, and a router of 3 × 32 in each of three layers.
    #expect(all.parameterCount == Sample.decoder.parameterCount + 3 * 3 * 32)
    #expect(
      all.activeForwardOperations(position: 7)
        == Sample.decoder.forwardOperations(position: 7) + 2 * 3 * 3 * 32)
    mixture.expertsPerToken = 1
    let one = try Transformer(Sample.decoder, mixture: mixture, seed: nil)
    #expect(one.parameterCount - one.activeParameterCount == 3 * 2 * 3 * 32 * 16)
  }

  @Test func `a dense model is all active`() {
    let dense = Transformer(Sample.decoder, seed: nil)
    #expect(dense.activeParameterCount == Sample.decoder.parameterCount)
    #expect(
      dense.activeForwardOperations(position: 3) == Sample.decoder.forwardOperations(position: 3))
  }
}
