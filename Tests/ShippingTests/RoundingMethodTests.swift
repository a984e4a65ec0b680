import Quantization
import Shipping
import Testing
import Transformer

@Suite struct RoundingMethodTests {
  @Test(arguments: RoundingMethod.allCases, [BlockFormat.q80, .q40])
  func `every matrix ends in blocks, and the original stays`(
    _ method: RoundingMethod, _ format: BlockFormat
  ) throws {
    let finished = try smallFinishedModel()
    let before = finished.model.parameters.all.map { $0.tensor.floats }
    var effort = Effort()
    (effort.healingSteps, effort.textsAtOnce) = (1, 4)
    var (model, _) = try finished.rounded(method, to: format, effort)
    var others = 0
    model.forEachLinear { if !($0.projection is BlockProjection) { others += 1 } }
    #expect(others == 0)
    #expect(finished.model.parameters.all.map { $0.tensor.floats } == before)
  }
}
