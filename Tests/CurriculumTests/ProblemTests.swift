import Testing

@testable import Curriculum

@Suite struct ProblemTests {
  @Test func `A prompt is read back as the problem that wrote it`() {
    for problem in Problem.all(split: .validation) {
      #expect(Problem(parsing: problem.prompt) == problem)
    }
  }

  @Test(arguments: [
    "", "make", "make 24", "make 24 from", "make 24 from x", "make 24 from 4 +6 3", "use 4 6 3",
    "make 024 from 4 6 3", "make 24 from 4 6 3 by dinner", "make 99999999999999999999 from 1 2",
  ])
  func `What is not a prompt is not read as one`(text: String) {
    #expect(Problem(parsing: text) == nil)
  }

  @Test func `The order of the numbers does not make another problem`() {
    let a = Problem(numbers: [4, 6, 3], target: 27)
    let b = Problem(numbers: [6, 3, 4], target: 27)
    #expect(a != b)
    #expect(a.canonical == b.canonical)
    #expect(a.canonical.numbers == [3, 4, 6])
  }

  @Test func `Only all the numbers, each once, solve a problem`() throws {
    let problem = Problem(numbers: [8, 8, 3, 3], target: 24)
    #expect(problem.isSolved(by: try #require(Expression(parsing: "8/(3-8/3)"))))
    #expect(!problem.isSolved(by: try #require(Expression(parsing: "8*3"))))
    #expect(!problem.isSolved(by: try #require(Expression(parsing: "8*3*3/3"))))
  }
}
