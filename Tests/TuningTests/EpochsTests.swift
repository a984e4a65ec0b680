import Testing
import Training

@testable import Tuning

@Suite struct EpochsTests {
  private let examples = (0..<10).map { Example([Int32($0), 1]) }

  @Test func `every example comes once in each epoch, in another order`() {
    let epochs = Epochs(examples, size: 4, seed: 1)
    let seen = (0..<5).flatMap { epochs.batch($0).map(\.tokens[0]) }
    #expect(seen.count == 20)
    #expect(seen[..<10].sorted() == Array(0..<10) && seen[10...].sorted() == Array(0..<10))
    #expect(Array(seen[..<10]) != Array(seen[10...]))
    #expect(epochs.steps(1) == 3 && epochs.steps(2) == 5)
  }

  @Test func `a batch depends on the step and the seed alone`() {
    let forward = Epochs(examples, size: 4, seed: 1)
    let backward = Epochs(examples, size: 4, seed: 1)
    let batches = (0..<9).map(forward.batch)
    #expect((0..<9).reversed().map(backward.batch).reversed() == batches)
    #expect((0..<9).map(Epochs(examples, size: 4, seed: 2).batch) != batches)
    #expect(Epochs(examples, size: 25, seed: 1).batch(0).count == 25)
  }
}
