import Distillation
import Testing
import Transformer

@Suite struct OnPolicyTests {
  private let student = Transformer(Sample.configuration, seed: 7)

  @Test func `the student continues what is given`() {
    let onPolicy = OnPolicy(limit: 5, seed: 1)
    let before = Sample.batch(0)
    let after = onPolicy.examples(0, before, by: student)
    for (old, new) in zip(before, after) {
      #expect(new.given == 3 && new.tokens.count == 8)
      #expect(new.tokens.prefix(3) == old.tokens.prefix(3))
    }
    #expect(onPolicy.examples(0, before, by: student) == after)
    #expect(onPolicy.examples(1, before, by: student) != after)
  }

  @Test func `a share of the examples stays as it is`() {
    let batch = Sample.batch(0, count: 200)
    let mixed = OnPolicy(share: 0.25, limit: 4, seed: 1).examples(0, batch, by: student)
    let written = zip(batch, mixed).count { $0 != $1 }
    #expect(written > 25 && written < 75)
    #expect(OnPolicy(share: 0, limit: 4, seed: 1).examples(0, batch, by: student) == batch)
  }

  @Test func `a student learns from its own texts`() throws {
    let teacher = try Sample.trained(60, width: 32)
    let student = try Sample.trained(10, seed: 5)
    let onPolicy = OnPolicy(limit: 12, seed: 1)
    var options = Distiller.Options(steps: 80, learningRate: 1e-2)
    options.loss = DistillationLoss(.reverse)
    var losses: [Double] = []
    try Distiller(teacher, student, options) {
      onPolicy.examples($0, Sample.batch($0), by: student)
    }.run { losses.append($0.loss) }
    #expect(losses[70...].reduce(0, +) < 0.7 * losses[..<10].reduce(0, +))
  }
}
