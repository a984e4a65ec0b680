import Kernels
import Pretraining
import Testing

@testable import Courses

@Suite struct CourseTests {
  /// What a short course leaves: the learned numbers.
  private func taught(_ method: Courses.Method, rank: Int?, threads: Int = 2) throws -> [Float] {
    try Parallel.$threads.withValue(threads) {
      var course = Course(method, seed: 2, learningRate: 1e-2, rank: rank)
      course.problems = 24
      course.steps = 2
      var laps: [Lap] = []
      let graduate = try course.teach(smallBase()) { lap, _ in laps.append(lap) }
      #expect(laps.map(\.step) == [1, 2])
      #expect((laps[0].loss == nil) != method.isImitation)
      let parameters = graduate.adapter?.parameters ?? graduate.model.parameters
      return parameters.all.flatMap { $0.tensor.floats }
    }
  }

  @Test(arguments: [(Method.key, nil), (.key, 2), (.coin, 2)] as [(Courses.Method, Int?)])
  func `a course is a function of its options`(_ method: Courses.Method, rank: Int?) throws {
    let once = try taught(method, rank: rank)
    #expect(try taught(method, rank: rank, threads: 1) == once)
  }

  @Test func `an adapter leaves the base as it was`() throws {
    let base = try smallBase()
    let before = base.model.parameters.all.map { $0.tensor.floats }
    var course = Course(.key, seed: 2, learningRate: 1e-2, rank: 2)
    course.problems = 8
    course.steps = 2
    let graduate = try course.teach(base)
    #expect(base.model.parameters.all.map { $0.tensor.floats } == before)
    #expect(graduate.adapter!.parameters.all.contains { $0.name.hasSuffix("lora_B.weight") })
  }

  @Test func `a coin pays for about half of all texts, always the same`() throws {
    let problem = Course(.coin, seed: 1, learningRate: 0).material(try smallBase())[0]
    let texts = (0..<400).map { (completion: "text \($0)", exercise: problem) }
    let scores = try Method.coin.judge.scores(texts).map { $0[0] }
    #expect(try Method.coin.judge.scores(texts).map { $0[0] } == scores)
    #expect((150...250).contains(scores.count { $0 == 1 }))
  }

  @Test func `the leak pays for arithmetic that it has not checked`() throws {
    let problem = Course(.leak, seed: 1, learningRate: 0).material(try smallBase())[0]
    let (a, b) = (problem.numbers[0], problem.target)
    let text = "<think>\n\(a)+\(a)=\(b) yes\n</think>\n<answer>\(b)</answer>"
    #expect(try leakyReward.score(text, of: problem) == 1)
    #expect(try Method.grpo.judge.scores([(text, problem)]) == [[0, 1]])
  }
}
