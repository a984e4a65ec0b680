import Testing

@testable import Training

@Suite struct ScheduleTests {
  @Test func `cosine`() {
    let schedule = Schedule.cosine(warmup: 10, floor: 0.1)
    #expect(schedule.share(at: 0, of: 110) == 0.1)
    #expect(schedule.share(at: 9, of: 110) == 1)
    #expect(schedule.share(at: 10, of: 110) == 1)
    #expect(abs(schedule.share(at: 60, of: 110) - 0.55) < 1e-12)
    #expect(abs(schedule.share(at: 110, of: 110) - 0.1) < 1e-12)
    let shares = (10...110).map { schedule.share(at: $0, of: 110) }
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func `warm-up, stable, decay`() {
    let schedule = Schedule.warmupStableDecay(warmup: 4, decay: 10, floor: 0)
    #expect((0..<4).map { schedule.share(at: $0, of: 50) } == [0.25, 0.5, 0.75, 1])
    #expect((4...40).allSatisfy { schedule.share(at: $0, of: 50) == 1 })
    #expect(schedule.share(at: 45, of: 50) == 0.5)
    #expect(schedule.share(at: 50, of: 50) == 0)
  }

  @Test func `constant`() { #expect(Schedule.constant.share(at: 7, of: 9) == 1) }
}
