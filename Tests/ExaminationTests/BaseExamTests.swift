import Curriculum
import Examination
import Pretraining
import Testing
import Transformer

@Suite struct BaseExamTests {
  @Test func `the exam of the book is of problems that were held out, and of steps`() {
    let exam = BaseExam.heldOut
    #expect(exam.problems.count == 131 && exam.attempts == 16)
    #expect(exam.problems.allSatisfy { $0.split == .heldOut })
    #expect(Set(exam.problems).count == exam.problems.count)
    #expect(exam.facts.count == (Step.elementary.count + 4) / 5)
  }

  @Test func `it counts what the base model writes`() throws {
    // Two hundred steps teach the form and some answers, so that there is something to count.
    var recipe = BaseModel.Recipe()
    (recipe.layers, recipe.width, recipe.steps, recipe.rows) = (2, 64, 200, 8)
    let base = try BaseModel.pretrain(recipe)
    let problems = Array(Problem.all(split: .heldOut).prefix(12))
    let facts = Array(Step.elementary.prefix(30))
    let marks = BaseExam(problems, attempts: 4, facts: facts)(base.model, base.tokenizer)
    var skills = Skills()
    var solved: [Int] = []
    for (problem, texts) in zip(problems, base.solve(problems, count: 4)) {
      let completions = texts.map { Completion(parsing: $0) }
      for completion in completions { skills.count(completion, of: problem) }
      solved.append(completions.count { $0.solves(problem) })
    }
    #expect(marks.solved == solved)
    #expect(marks.skills.wellFormed == skills.wellFormed && skills.wellFormed > 0)
    #expect(marks.skills.steps == skills.steps && marks.skills.trueSteps == skills.trueSteps)
    let answers = Writer(base.model, sampling: .greedy, limit: 1)(
      facts.map { base.tokenizer.encode($0.question) })
    let right = zip(facts, answers).count { base.tokenizer.decode($1.tokens) == "\($0.result)" }
    #expect(marks.rightFacts == right && marks.facts == 30)
    #expect(marks.factRate == Double(right) / 30)
  }
}
