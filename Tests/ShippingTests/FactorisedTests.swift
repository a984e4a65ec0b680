import Compression
import Shipping
import Testing

@Suite struct FactorisedTests {
  @Test func `balanced factors have the products of the whitened ones, and one size`() throws {
    let finished = try smallFinishedModel()
    let before = finished.model.surprisals(of: finished.validation)
    let calibration = try finished.calibration(of: finished.model, Effort())
    let balanced = try finished.factorised(calibration, keeping: 0.6)
    let whitened = try LowRank(.whitened, keeping: 0.6)(finished.model, calibration).model
    #expect(balanced.liveParameterCount == whitened.liveParameterCount)
    let (ours, theirs) = (
      balanced.surprisals(of: finished.validation), whitened.surprisals(of: finished.validation)
    )
    #expect(ours.count == theirs.count && ours != before)
    for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 1e-3) }
    for narrow in balanced.liveParameters where narrow.name.hasSuffix("narrow.weight") {
      let name = narrow.name.replacing("narrow.weight", with: "widen.weight")
      let widen = try #require(balanced.liveParameters.first { $0.name == name })
      func norm(_ floats: [Float]) -> Float { floats.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      #expect(abs(norm(widen.tensor.floats) / norm(narrow.tensor.floats) - 1) < 1e-3)
    }
    #expect(finished.model.surprisals(of: finished.validation) == before)
  }
}
