import Testing

@testable import Courses

@Suite struct DistanceTests {
  @Test func `a model is at no distance from itself, and at some from another`() throws {
    let (base, other) = (try smallBase(), try smallBase())
    let problems = Exam.heldOut.problems(6, of: [])
    let none = Distance(base.model, from: other.model, base.tokenizer, on: problems)
    #expect(none.forward == 0 && none.reverse == 0)
    #expect(none.entropy > 0)
    var course = Course(.key, seed: 1, learningRate: 1e-2)
    course.problems = 8
    course.steps = 2
    let taught = try course.teach(other).model
    let some = Distance(taught, from: base.model, base.tokenizer, on: problems)
    #expect(some.forward > 1e-4 && some.reverse > 1e-4)
  }
}
