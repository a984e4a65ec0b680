import Testing
import Transformer

@testable import Compression

@Suite struct WorkPerTokenTests {
  @Test func `zeros are executed, and factors and experts are counted as they are used`() throws {
    let model = Sample.model()
    let work = WorkPerToken(of: model)
    #expect(2 * work.executed == model.configuration.forwardOperations(position: 0) - 3 * 4 * 32)
    #expect(work.nominal == work.executed)
    let sparse = WorkPerToken(of: try ZeroPruning(.magnitude, .share(0.5))(model).model)
    let layers = 3 * (32 * 8 * 12 + 3 * 32 * 48)
    #expect(sparse.executed == work.executed && sparse.nominal == work.nominal - layers / 2)
    let factored = WorkPerToken(of: try LowRank(.plain) { _, _ in 4 }(model).model)
    let factors = 3 * 4 * (64 + 64 + 48 + 48 + 3 * 80)
    #expect(factored.executed == work.executed - layers + factors)
    let mixture = try Sample.mixture()
    let visited = WorkPerToken(of: mixture).executed
    #expect(visited == work.executed + 3 * (6 * 32 + 2 * 3 * 32 * 24 - 3 * 32 * 48))
  }
}
