import Testing

@testable import Compression

@Suite struct FlipsTests {
  @Test func `answers that changed are counted both ways`() {
    let flips = Flips(
      before: [true, true, true, false, false, false],
      after: [true, true, false, true, false, false])
    #expect(flips.stayedRight == 2 && flips.becameWrong == 1)
    #expect(flips.becameRight == 1 && flips.stayedWrong == 2)
    #expect(flips.share == 1.0 / 3)
    #expect(Flips(before: [], after: []).share == 0)
  }
}
