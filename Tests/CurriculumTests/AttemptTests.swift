import Testing

@testable import Curriculum

@Suite struct AttemptTests {
  static let problem = Problem(numbers: [4, 6, 3], target: 27)

  @Test func `A line of the corpus is read in full`() {
    let attempt = Attempt(parsing: "6*4=24,24+3=27 yes")
    #expect(attempt.steps?.map(\.description) == ["6*4=24", "24+3=27"])
    #expect(attempt.verdict == true)
    #expect(attempt.claim == 27)
    #expect(attempt.hits(Self.problem))
  }

  @Test(arguments: [
    "6*4=24,24-3=21 no", "6*4=27 yes", "6*4=24,24+3=28 yes", "6*4=24,24+4=28 yes",
    "6*3=18,18+9=27 yes", "6*4=23,23+4=27 yes", "6*4=22,22+3=25 yes", "6+4=11,11+3=14 no",
    "24+3=27 yes", "6*4=24 24+3=27 yes", "6*4=24,,24+3=27 yes", "yes", "", " ",
  ])
  func `An attempt that misuses the numbers, errs or misses is no hit`(line: String) {
    #expect(!Attempt(parsing: line).hits(Self.problem))
  }

  @Test(arguments: [
    ("6*4=24 maybe", nil), ("6*4=24", nil), ("6*4=24 no", false), ("6*4=24 yes", true),
    ("6*4=24 yes no", nil), ("6*4=24 YES", nil), ("6*4=24 yes\r", nil),
  ])
  func `A verdict is yes or no`(line: String, verdict: Bool?) {
    #expect(Attempt(parsing: line).verdict == verdict)
  }

  @Test(arguments: [
    "6*4", "=24", "6*4=", "6*4=24=24", "6*4=-24", "6*4=24.0", "6=6", "6+4+3=13", "(6)*4=2x4",
    "9999999999*1=1", String(repeating: "6", count: 100_000) + "=6",
  ])
  func `What is not a step is not read as one`(text: String) {
    #expect(Step(parsing: text) == nil)
  }

  @Test func `A step is true if its arithmetic is`() {
    #expect(Step(parsing: "6*4=24")?.isTrue == true)
    #expect(Step(parsing: "6*4=25")?.isTrue == false)
    #expect(Step(parsing: "7/2=3")?.isTrue == false)
    #expect(Step(parsing: "4/0=0")?.isTrue == false)
    #expect(Step(parsing: "999999999*999999999=1")?.isTrue == false)
  }

  @Test func `Lawful steps are those with the larger number first and a whole result up to 99`() {
    #expect(Step(4, .times, 6) == nil)
    #expect(Step(7, .over, 2) == nil)
    #expect(Step(5, .over, 0) == nil)
    #expect(Step(10, .times, 10) == nil)
    #expect(Step(98, .plus, 2) == nil)
    #expect(Step(5, .minus, 5)?.result == 0)
  }
}
