import Distillation
import Tensors
import Testing
import Training
import Transformer

@testable import Compression

@Suite struct GradualPruningTests {
  @Test func `the sparsity rises as a cube and arrives`() throws {
    let pruning = try GradualPruning(to: 0.8, initially: 0.2, from: 10, every: 5, times: 4)
    #expect(pruning.sparsity(after: 0) == 0.2 && pruning.sparsity(after: 10) == 0.2)
    #expect(abs(pruning.sparsity(after: 20) - (0.8 - 0.6 / 8)) < 1e-15)
    #expect(pruning.sparsity(after: 30) == 0.8 && pruning.sparsity(after: 99) == 0.8)
    let changes = (0..<60).filter { pruning.changes(after: $0) }
    #expect(changes == [10, 15, 20, 25, 30])
  }

  @Test func `a model gets sparse while it learns, and stays so`() throws {
    let teacher = Sample.model()
    let student = try teacher.duplicate()
    let pruning = try GradualPruning(to: 0.75, from: 2, every: 2, times: 4)
    let pruner = try pruning.pruner(of: student)
    let distiller = try Distiller(
      teacher, student, Distiller.Options(steps: 14, learningRate: 1e-3),
      afterStep: pruner.afterStep
    ) { step in [Example(Sample.texts[step % 12])] }
    var densities: [Double] = []
    try distiller.run { _ in densities.append(pruner.masks.density) }
    #expect(densities.last == 0.25 && densities == densities.sorted(by: >))
    for (_, weight) in try student.denseLinears() {
      let zeros = weight.tensor.floats.count { $0 == 0 }
      #expect(zeros == weight.shape.count * 3 / 4)
    }
  }

  @Test func `healing a sparse model keeps its zeros and brings it nearer`() throws {
    let teacher = Sample.model()
    let sparse = try ZeroPruning(.magnitude, .share(0.6))(teacher)
    let before = Sample.change(teacher, sparse.model)
    let distiller = try Distiller(
      teacher, sparse.model, Distiller.Options(steps: 40, learningRate: 2e-3),
      afterStep: sparse.masks.apply(to: sparse.model)
    ) { step in (0..<4).map { Example(Sample.tokens(40, seed: UInt64(500 + 4 * step + $0))) } }
    try distiller.run()
    #expect(Sample.change(teacher, sparse.model) < 0.7 * before)
    for (_, weight) in try sparse.model.denseLinears() {
      let zeros = weight.tensor.floats.count { $0 == 0 }
      #expect(zeros >= Int(0.6 * Double(weight.shape.count)))
    }
  }

  @Test func `a schedule that is none is refused`() {
    #expect(
      message { _ = try GradualPruning(to: 1, from: 0, every: 1, times: 1) }.contains("to 1.0"))
    #expect(
      message { _ = try GradualPruning(to: 0.2, initially: 0.5, from: 0, every: 1, times: 1) }
        .contains("from 0.5 to 0.2"))
    #expect(
      message { _ = try GradualPruning(to: 0.5, from: 0, every: 0, times: 1) }
        .contains("0 steps apart"))
  }
}
