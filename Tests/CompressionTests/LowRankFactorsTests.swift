import Factorizations
import Tensors
import Testing

@testable import Compression

@Suite struct LowRankFactorsTests {
  private let fixture = Fixture()

  private func factors(_ rank: Int, _ method: LowRankFactors.Method) throws -> LowRankFactors {
    try LowRankFactors(fixture.weight, rank: rank, method, fixture.inputs)
  }

  @Test(arguments: [1, 24, 60, 95])
  func `what whitening loses are the dropped singular values`(_ rank: Int) throws {
    let factors = try factors(rank, .whitened)
    #expect(factors.damping == 0 && factors.rank == rank && factors.spectrum.count == 96)
    let loss = layerLoss(fixture.weight, factors.product, gram: fixture.inputs.gram)
    #expect(abs(loss / factors.dropped - 1) < 1e-9)
  }

  @Test(arguments: [1, 24, 60])
  func `what plain factors lose of the matrix are the dropped singular values`(_ rank: Int) throws {
    let factors = try factors(rank, .plain)
    let loss = (fixture.weight - factors.product).sumOfSquares
    #expect(abs(loss / factors.dropped - 1) < 1e-9)
  }

  @Test(arguments: [8, 24, 48])
  func `the more is known of the inputs, the less is lost`(_ rank: Int) throws {
    let losses = try [.plain, .activationAware(0.5), .whitened].map {
      fixture.loss(try factors(rank, $0).product)
    }
    #expect(losses[0] > 1.5 * losses[1] && losses[1] > 1.1 * losses[2], "\(losses)")
  }

  @Test func `full rank loses nothing`() throws {
    for method in [LowRankFactors.Method.plain, .activationAware(0.5), .whitened] {
      #expect(fixture.loss(try factors(96, method).product) < 1e-18)
    }
  }

  @Test func `without outlying inputs activation awareness is the plain method`() throws {
    let (aware, plain) = (try factors(20, .activationAware(0)), try factors(20, .plain))
    #expect((aware.product - plain.product).sumOfSquares < 1e-20)
  }

  @Test func `inputs that span less than everything are damped, and told`() throws {
    let few = Fixture(16, 40, tokens: 10)
    let factors = try LowRankFactors(few.weight, rank: 8, .whitened, few.inputs)
    #expect(factors.damping > 0)
    let plain = try LowRankFactors(few.weight, rank: 8, .plain)
    #expect(few.loss(factors.product) < few.loss(plain.product))
  }

  @Test func `ranks and their price`() {
    #expect(Rank.breakEven([128, 128]) == 63)
    #expect(Rank.breakEven([128, 96]) == 54)
    for shape: Shape in [[128, 128], [128, 96], [7, 3], [400, 128]] {
      let rank = Rank.breakEven(shape)
      let (sides, area) = (shape[0] + shape[1], shape[0] * shape[1])
      #expect(rank * sides < area && (rank + 1) * sides >= area)
    }
    #expect(Rank.keeping(0.5, of: [128, 128]) == 32)
    #expect(Rank.keeping(0.2, of: [128, 96]) == 10)
  }

  @Test func `what is no rank is refused`() {
    for rank in [0, 97] {
      #expect(
        message { _ = try factors(rank, .plain) }.contains("has no rank \(rank); choose 1 to 96"))
    }
    #expect(
      message { _ = try LowRankFactors(fixture.weight, rank: 3, .whitened) }.contains("calibration")
    )
  }
}
