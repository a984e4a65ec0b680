import Testing

@testable import Curriculum

@Suite struct SkillsTests {
  static let problem = Problem(numbers: [4, 6, 3], target: 27)

  @Test func `Skills are counted line by line`() {
    var skills = Skills()
    let solved = """
      <think>
      6*4=24,24-3=21 no
      6*4=24,24-3=20 yes
      6*4=24,24+3=27 yes
      </think>
      <answer>(6*4)+3</answer>
      """
    let stoppedEarly = """
      <think>
      6+4=10,10+3=13 no
      </think>
      <answer>(6+4)+3</answer>
      """
    let overran = """
      <think>
      6*4=24,24+3=27 no
      6+4=10,10+3=13 no
      6+4=10,10+3=13 no
      6+4=1
      """
    for text in [solved, stoppedEarly, overran] {
      skills.count(Completion(parsing: text), of: Self.problem)
    }
    #expect(skills.completions == 3)
    #expect(skills.formatRate == 2.0 / 3)
    #expect(skills.accuracy == 1.0 / 3)
    #expect(skills.attempts == 7)
    #expect(skills.arithmetic == 13.0 / 14)
    #expect(skills.hits == 2)
    #expect(skills.verdictRecall == 1.0 / 2)
    #expect(skills.verdictPrecision == 1.0 / 2)
    #expect(skills.soundness == 1.0 / 2)
    #expect(skills.stoppingAtHit == 1.0 / 2)
    #expect(skills.persistence == 4.0 / 5)
    #expect(skills.repetition == 1.0 / 7)
    #expect(skills.lawful == 7)
  }

  @Test func `No completions, no division by zero`() {
    #expect(Skills().accuracy == 0)
    #expect(Skills().verdictRecall == 0)
  }

  @Test func `The traces of the corpus are perfect in every sub-skill`() {
    let curriculum = Curriculum(seed: 5)
    var skills = Skills()
    for index in 0..<2000 {
      let parts = curriculum[index].split(separator: "\n", maxSplits: 1)
      guard let problem = Problem(parsing: String(parts[0])) else { continue }
      skills.count(Completion(parsing: String(parts[1])), of: problem)
    }
    #expect(skills.completions > 500)
    #expect(skills.formatRate == 1)
    #expect(skills.arithmetic == 1)
    #expect(skills.verdictRecall == 1)
    #expect(skills.verdictPrecision == 1)
    #expect(skills.repetition == 0)
    #expect(skills.lawful == skills.attempts)
    #expect(
      skills.stoppingAtHit < 0.7, "the corpus must not have the habit that it leaves to teach")
  }
}
