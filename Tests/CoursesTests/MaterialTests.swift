import Curriculum
import Pretraining
import Testing
import Training

@testable import Courses

@Suite struct MaterialTests {
  private let tokenizer = BaseModel.tokenizer(seed: 1)

  /// The problem and the completion that an example is made of.
  private func parts(_ example: Example) -> (problem: Problem, completion: Completion) {
    let end = example.tokens.last!
    #expect(end == tokenizer.end)
    let prompt = tokenizer.decode(Array(example.tokens[..<example.given]))
    let text = tokenizer.decode(Array(example.tokens[example.given...].dropLast()))
    return (Problem(parsing: prompt)!, Completion(parsing: text))
  }

  @Test func `a smaller course has the first problems of a larger one, and another seed others`() {
    let small = Material(tokenizer, count: 20, seed: 1).problems
    let large = Material(tokenizer, count: 5000, seed: 1).problems
    #expect(small == Array(large.prefix(20)))
    #expect(Set(large).count > 4500)
    #expect(Material(tokenizer, count: 20, seed: 2).problems != small)
    #expect(large.allSatisfy { $0.split == .train })
  }

  @Test(arguments: [Method.key, .searches])
  func `what is imitated is right`(_ method: Courses.Method) throws {
    let material = Material(tokenizer, count: 60, seed: 3)
    let examples = material.examples(method, try smallBase(), seed: 3)
    #expect(examples.count == 60)
    for (example, problem) in zip(examples, material.problems) {
      let (asked, completion) = parts(example)
      #expect(asked == problem)
      #expect(completion.solves(problem))
      // A key has no search; a search ends at its first hit.
      let hits = completion.attempts.map { $0.hits(problem) }
      #expect(hits.firstIndex(of: true) == hits.count - 1)
      #expect(method == .key ? hits.count == 1 : hits.count <= Mix().longest)
      #expect(completion.attempts.map(\.verdict) == hits)
    }
    #expect(examples == material.examples(method, try smallBase(), seed: 3))
  }

  @Test func `a base that solves nothing has no texts to imitate, and the course changes nothing`()
    throws
  {
    let base = try smallBase()
    #expect(Material(tokenizer, count: 4, seed: 1).examples(.ownTexts, base, seed: 1).isEmpty)
    var course = Course(.ownTexts, seed: 1, learningRate: 1e-3)
    course.problems = 4
    let before = base.model.parameters.all.map { $0.tensor.floats }
    let graduate = try course.teach(base)
    #expect(graduate.model.parameters.all.map { $0.tensor.floats } == before)
  }
}
