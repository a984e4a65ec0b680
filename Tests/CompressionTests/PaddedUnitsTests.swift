import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct PaddedUnitsTests {
  @Test(arguments: [32, 64, 7]) func `padding changes no bit of the logits`(_ multiple: Int) throws
  {
    let model = Sample.model()
    let padded = try model.paddedUnits(to: multiple)
    let width = (48 + multiple - 1) / multiple * multiple
    #expect(padded.configuration.feedForwardWidth == width)
    #expect(padded.blocks.allSatisfy { $0.feedForward is FeedForward })
    #expect(padded.liveParameterCount == model.liveParameterCount + 3 * 3 * 32 * (width - 48))
    #expect(Sample.logits(padded).map(\.bitPattern) == Sample.logits(model).map(\.bitPattern))
    // What was padded is what it was, and so is the original.
    #expect(Sample.weights(try padded.paddedUnits(to: multiple)) == Sample.weights(padded))
    #expect(Sample.weights(model) == Sample.weights(Sample.model()))
  }

  @Test func `what has no dense units is refused`() throws {
    let mixture = try Sample.mixture()
    #expect(
      message { _ = try mixture.paddedUnits(to: 32) }
        == "hidden units are padded in dense models, not in mixtures of experts")
  }
}
