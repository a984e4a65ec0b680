import Shipping
import Testing

@Suite struct SchoolingTests {
  @Test func `with and without a teacher the same is read, and something else is learned`() throws {
    let finished = try smallFinishedModel()
    var (taught, untaught) = (Schooling(teacherShare: 1), Schooling(teacherShare: 0))
    (taught.steps, untaught.steps) = (2, 2)
    (taught.width, untaught.width) = (16, 16)
    #expect(taught.batch(1, of: finished) == untaught.batch(1, of: finished))
    let students = [taught.student(of: finished), untaught.student(of: finished)]
    #expect(students[0].embedding.tensor.floats == students[1].embedding.tensor.floats)
    var losses: [Double] = []
    let tokens = try taught.teach(students[0], by: finished) { losses.append($0.loss) }
    #expect(try untaught.teach(students[1], by: finished) == tokens)
    #expect(losses.count == 2 && losses.allSatisfy { $0 > 0 })
    #expect(students[0].embedding.tensor.floats != students[1].embedding.tensor.floats)
  }

  @Test func `texts come again after the last, and pages do not`() throws {
    let finished = try smallFinishedModel()
    var schooling = Schooling(teacherShare: 0)
    (schooling.textsAtOnce, schooling.pagesAtOnce) = (4, 1)
    let round = finished.texts.count / 4
    let (first, again) = (
      schooling.batch(0, of: finished), schooling.batch(round, of: finished)
    )
    #expect(first.prefix(4) == again.prefix(4))
    #expect(first[4] != again[4] && first[4].tokens.last == finished.end)
  }

  @Test func `practice goes on where school ended, and takes no own text for the truth`() {
    var school = Schooling(teacherShare: 0.5)
    school.steps = 7
    let (own, given) = (
      school.practice(steps: 2, ownShare: 1), school.practice(steps: 2, ownShare: 0)
    )
    #expect(own.firstStep == 7 && given.firstStep == 7)
    #expect(own.teacherShare == 1 && given.teacherShare == 0.5)
    #expect(own.width == school.width && own.layers == school.layers)
  }
}
