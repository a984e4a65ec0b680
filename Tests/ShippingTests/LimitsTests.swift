import Testing

@testable import Shipping

@Suite struct LimitsTests {
  private let large = Candidate(
    name: "large", bytes: 3_300_000, milliseconds: 0.06, processorSeconds: 0.1, accuracy: 0.61)
  private let small = Candidate(
    name: "small", bytes: 800_000, milliseconds: 0.03, processorSeconds: 0.05, accuracy: 0.6)
  private let tiny = Candidate(
    name: "tiny", bytes: 400_000, milliseconds: 0.04, processorSeconds: 0.04, accuracy: 0.3)

  private var all: [Candidate] { [large, small, tiny] }

  @Test func `what keeps to no limit is refused with the reason`() throws {
    let choice = try Limits(megabytes: 1, accuracy: 0.5).choice(among: all)
    #expect(choice.candidate == small)
    #expect(choice.reason == "it is the only one of 3 that keeps to the limits")
    #expect(choice.refused.map(\.candidate) == [large, tiny])
    #expect(choice.refused[0].objections == ["3.3 MB, and 1 are allowed"])
    #expect(choice.refused[1].objections == ["right in 30 %, and 50 are asked for"])
  }

  @Test(arguments: zip(Limits.Wish.allCases, ["tiny", "tiny", "large"]))
  func `the wish decides among those that are left`(_ wish: Limits.Wish, _ name: String) throws {
    #expect(try Limits(wish: wish).choice(among: all).candidate.name == name)
  }

  @Test func `a limit is kept by what is exactly at it`() throws {
    let limits = Limits(megabytes: 0.8, milliseconds: 0.03, accuracy: 0.6)
    #expect(try limits.choice(among: all).candidate == small)
  }

  @Test func `where nothing fits, the closest is named`() {
    let error = #expect(throws: ShippingError.self) {
      try Limits(megabytes: 0.5, accuracy: 0.59).choice(among: all)
    }
    #expect(
      error?.description
        == "none of 3 keeps to the limits; the closest is small: 0.8 MB, and 0.5 are allowed; relax that"
    )
  }

  @Test(
    arguments: [
      (Limits(megabytes: 0), "positive"), (Limits(milliseconds: -.infinity), "positive"),
      (Limits(megabytes: .nan), "positive"), (Limits(accuracy: 60), "0.6 for 60 %"),
      (Limits(accuracy: .nan), "a share"),
    ])
  func `limits that are none are refused`(_ limits: Limits, _ words: String) {
    let error = #expect(throws: ShippingError.self) { try limits.choice(among: all) }
    #expect(error?.description.contains(words) == true)
  }

  @Test func `there must be something to choose from`() {
    #expect(throws: ShippingError.self) { try Limits().choice(among: []) }
  }

  @Test func `worse in something and better in nothing is dominated`() {
    #expect(!small.isDominated(by: large) && !large.isDominated(by: small))
    #expect(!small.isDominated(by: small))
    let worse = Candidate(
      name: "worse", bytes: 800_000, milliseconds: 0.03, processorSeconds: 0.05, accuracy: 0.5)
    #expect(worse.isDominated(by: small) && !small.isDominated(by: worse))
  }
}
