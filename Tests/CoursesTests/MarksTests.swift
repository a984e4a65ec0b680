import Curriculum
import Testing

@testable import Courses

@Suite struct MarksTests {
  @Test func `marks are counted, whatever the batch`() throws {
    let base = try smallBase()
    let problems = Exam.heldOut.problems(5, of: [])
    let marks = Marks(base.model, base.tokenizer, on: problems, drawn: 3)
    #expect(marks.right.count == 5 && marks.greedy.count == 5 && marks.majority.count == 5)
    #expect(marks.accuracy == 0 && marks.passRate(3) == 0)
    #expect(marks.lengthOfRight == nil && marks.lengthOfWrong! > 0)
    let without = Marks(
      base.model, base.tokenizer, on: problems, drawn: 3, asksGreedily: false)
    #expect(without.right == marks.right && without.greedy.isEmpty)
  }

  @Test func `the majority is the most frequent answer, the first of several`() {
    let problem = Problem(numbers: [4, 6, 3], target: 27)
    #expect(isSolved(problem, byMostFrequentOf: ["6+4+3", "6*4+3", "6*4+3"]))
    #expect(!isSolved(problem, byMostFrequentOf: ["6+4+3", "6*4+3"]))
    #expect(isSolved(problem, byMostFrequentOf: ["6*4+3", "6+4+3"]))
    #expect(!isSolved(problem, byMostFrequentOf: []))
    #expect(!isSolved(problem, byMostFrequentOf: ["(((", "(((", "6*4+3"]))
  }
}
