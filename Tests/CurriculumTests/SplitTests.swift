import Testing

@testable import Curriculum

@Suite struct SplitTests {
  static let problems = Split.allCases.map { ($0, Problem.all(split: $0)) }

  @Test func `The splits share no numbers`() {
    let families = Self.problems.map { Set($0.1.map(\.numbers)) }
    #expect(families[0].isDisjoint(with: families[1]))
    #expect(families[0].isDisjoint(with: families[2]))
    #expect(families[1].isDisjoint(with: families[2]))
    #expect(families.map(\.count).reduce(0, +) == 455, "13 numbers, 3 at a time, with repetition")
  }

  @Test func `There is enough to train on and to measure with`() {
    let counts = Self.problems.map(\.1.count)
    #expect(counts[0] > 3000)
    #expect(counts[1] > 500)
    #expect(counts[2] > 1000)
  }

  @Test func `Every problem has a solution, a target from 1 to 99, and is listed once`() {
    for (split, problems) in Self.problems {
      #expect(Set(problems).count == problems.count)
      for problem in problems {
        #expect(problem.split == split)
        #expect(problem.canonical == problem)
        #expect((1...99).contains(problem.target))
        #expect(!problem.solutions.isEmpty)
      }
    }
  }

  @Test(arguments: [[4, 6, 3], [13, 1, 1], [7, 8, 12]])
  func `The order of the numbers does not matter to the split`(numbers: [Int]) {
    #expect(Split(of: numbers) == Split(of: numbers.reversed()))
    #expect(Split(of: numbers) == Split(of: numbers.sorted()))
  }

  @Test func `Longer problems and other numbers are held out, pairs are not`() {
    #expect(Split(of: [1, 2, 3, 4]) == .heldOut)
    #expect(Split(of: [1, 2, 14]) == .heldOut)
    #expect(Split(of: [14, 15]) == .heldOut)
    #expect(Split(of: [4, 6]) == .train)
  }
}
