import Distillation
import Kernels
import Tensors
import Testing
import Training
import Transformer

@Suite struct DistillerTests {
  private func options(_ steps: Int, _ loss: DistillationLoss = DistillationLoss())
    -> Distiller.Options
  {
    var options = Distiller.Options(steps: steps, learningRate: 1e-2)
    options.loss = loss
    return options
  }

  private func distance(_ student: Transformer, _ teacher: Transformer) -> Float {
    let tokens = Sample.batch(999, count: 4).flatMap(\.tokens)
    let passage = Passage(tokens, lengths: [16, 16, 16, 16])
    return Divergence.forward(student: student(passage), teacher: teacher(passage)).scalar / 64
  }

  @Test(arguments: [Divergence.forward, .reverse, .jensenShannon(0.5)])
  func `a student comes nearer to its teacher`(_ divergence: Divergence) throws {
    let teacher = try Sample.trained(60, width: 32)
    let student = Transformer(Sample.configuration, seed: 7)
    let before = distance(student, teacher)
    let distiller = try Distiller(teacher, student, options(60, DistillationLoss(divergence))) {
      Sample.batch($0)
    }
    var losses: [Double] = []
    try distiller.run { losses.append($0.loss) }
    #expect(losses.count == 60)
    #expect(distance(student, teacher) < 0.5 * before)
  }

  @Test func `a student that is its teacher has nothing to learn`() throws {
    let teacher = try Sample.trained(20)
    let report = try Distiller(teacher, teacher, options(1)) { Sample.batch($0) }.takeStep()
    #expect(report.loss == 0 && report.gradientNorm < 1e-6)
  }

  @Test func `without a teacher's share it learns what a trainer learns`() throws {
    let (first, second) = (
      Transformer(Sample.configuration, seed: 7), Transformer(Sample.configuration, seed: 7)
    )
    let distiller = try Distiller(
      first, first, options(5, DistillationLoss(teacherShare: 0))
    ) { Sample.batch($0) }
    try distiller.run()
    var trainerOptions = Trainer.Options(steps: 5, learningRate: 1e-2)
    trainerOptions.schedule = distiller.options.schedule
    trainerOptions.weightDecay = 0
    let trainer = Trainer(second, trainerOptions) { Sample.batch($0) }
    try trainer.run()
    for (a, b) in zip(first.parameters.all, second.parameters.all) {
      let difference = zip(a.tensor.floats, b.tensor.floats).map { abs($0 - $1) }.max()!
      #expect(difference < 1e-5, "\(a.name)")
    }
  }

  @Test func `the size of the pieces changes almost nothing, and threads nothing`() throws {
    let teacher = try Sample.trained(10)
    func weights(_ tokensAtOnce: Int, threads: Int) throws -> [Float] {
      try Parallel.$threads.withValue(threads) {
        let student = Transformer(Sample.configuration, seed: 7)
        var options = options(3)
        options.tokensAtOnce = tokensAtOnce
        try Distiller(teacher, student, options) { Sample.batch($0) }.run()
        return student.parameters.all.flatMap { $0.tensor.floats }
      }
    }
    let whole = try weights(1 << 13, threads: 1)
    #expect(try weights(1 << 13, threads: 3) == whole)
    let pieces = try weights(40, threads: 2)
    #expect(zip(whole, pieces).map { abs($0 - $1) }.max()! < 1e-4)
  }

  @Test func `what cannot be learned is refused`() throws {
    let teacher = Transformer(Sample.configuration, seed: 1)
    var other = Sample.configuration
    other.vocabulary = 29
    func message(_ student: Transformer, _ loss: DistillationLoss) -> String {
      do {
        _ = try Distiller(teacher, student, options(1, loss)) { Sample.batch($0) }
        return ""
      } catch {
        return error.description
      }
    }
    #expect(
      message(Transformer(other, seed: 1), DistillationLoss())
        .contains("knows 23 tokens and the student 29"))
    #expect(message(teacher, DistillationLoss(temperature: 0)).contains("temperature of 0"))
    #expect(message(teacher, DistillationLoss(teacherShare: 2)).contains("share of 2"))
    #expect(message(teacher, DistillationLoss(.jensenShannon(1))).contains("is zero"))
    let empty = try Distiller(teacher, teacher, options(1)) { _ in [Example([1])] }
    let error = #expect(throws: DistillationError.self) { try empty.takeStep() }
    #expect(error?.description == "step 0: no token is to be learned")
  }
}
