import Curriculum
import Testing

@testable import Courses

@Suite struct ExamTests {
  @Test func `no exam but that of the course holds what may be trained on`() {
    for exam in [Exam.heldOut, .larger, .four] {
      #expect(exam.problems(256, of: []).allSatisfy { $0.split == .heldOut }, "\(exam)")
    }
    #expect(Exam.validation.problems(400, of: []).allSatisfy { $0.split == .validation })
    #expect(!Exam.final.contains(.validation))
  }

  @Test func `exams are as large as asked, without repeats`() {
    for exam in [Exam.heldOut, .larger, .four, .validation] {
      let problems = exam.problems(300, of: [])
      #expect(problems.count == 300 && Set(problems).count == 300, "\(exam)")
    }
  }

  @Test func `every problem of an exam has a solution`() {
    for exam in Exam.allCases where exam != .practised {
      let problems = exam.problems(12, of: [])
      #expect(problems.allSatisfy { !$0.solutions.isEmpty }, "\(exam)")
    }
  }
}
