import Calibration
import Factorizations
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct ZeroPruningTests {
  private let fixture = Fixture()

  private func pruned(
    _ criterion: ZeroPruning.Criterion, _ sparsity: Sparsity
  ) throws -> PrunedMatrix {
    try ZeroPruning(criterion, sparsity).pruned(fixture.weight, fixture.inputs)
  }

  @Test(arguments: [Sparsity.share(0.5), .twoOfFour, .share(0.7), .groups(zeros: 4, of: 8)])
  func `the more is looked at, the less is lost`(_ sparsity: Sparsity) throws {
    let losses = try ZeroPruning.Criterion.allCases.map { criterion in
      fixture.loss(try pruned(criterion, sparsity).weight)
    }
    // Magnitude, Wanda, SparseGPT.
    #expect(losses[0] > 1.5 * losses[1] && losses[1] > 1.2 * losses[2], "\(losses)")
  }

  @Test(arguments: ZeroPruning.Criterion.allCases)
  func `groups cost more than weights anywhere`(_ criterion: ZeroPruning.Criterion) throws {
    let anywhere = fixture.loss(try pruned(criterion, .share(0.5)).weight)
    #expect(fixture.loss(try pruned(criterion, .twoOfFour).weight) > anywhere)
  }

  @Test(arguments: ZeroPruning.Criterion.allCases, [0.5, 0.29, 0.75, 0])
  func `the number of zeros is exact`(_ criterion: ZeroPruning.Criterion, _ share: Double) throws {
    let result = try pruned(criterion, .share(share))
    // Wanda rounds in each row, the others once.
    let expected =
      criterion == .wanda ? 128 * Int(share * 96 + 1e-9) : Int(share * 128 * 96 + 1e-9)
    #expect(result.mask.keeps.count { !$0 } == expected)
    for (weight, keeps) in zip(result.weight.elements, result.mask.keeps) where !keeps {
      #expect(weight == 0)
    }
  }

  @Test(arguments: ZeroPruning.Criterion.allCases)
  func `two of every four are zero`(_ criterion: ZeroPruning.Criterion) throws {
    let mask = try pruned(criterion, .twoOfFour).mask
    for start in stride(from: 0, to: mask.keeps.count, by: 4) {
      #expect(mask.keeps[start..<start + 4].count { $0 } == 2)
    }
    #expect(mask.density == 0.5)
  }

  @Test func `equal scores still give exact numbers`() throws {
    let flat = DoubleMatrix(rows: 3, columns: 8, Array(repeating: 1, count: 24))
    let mask = try ZeroPruning(.magnitude, .share(0.5)).pruned(flat, nil).mask
    #expect(mask.keeps == (0..<24).map { $0 >= 12 })
  }

  @Test func `one column of error is passed on as well as can be`() throws {
    // Zeroing the first input alone, what the others can do about it is least squares.
    let small = Fixture(5, 6, tokens: 200)
    let result = try SparseGPT(
      small.weight, gram: small.inputs.gram, .groups(zeros: 1, of: 6), blockWidth: 6, damping: 0)
    for row in 0..<5 {
      let gone =
        try #require(result.mask.keeps[row * 6..<row * 6 + 6].firstIndex(of: false)) - row * 6
      // Weights before the one that goes are done with; the later ones are fitted to the rest.
      let later = Array(gone + 1..<6)
      var expected = small.weight.rows([row])
      let target = DoubleMatrix([[small.weight[row, gone]]])
      if !later.isEmpty {
        let gram = small.inputs.gram
        let fit = try Cholesky(gram.columns(later).rows(later))
          .solve(rows: target.product(with: gram.columns(later).rows([gone])))
        for (place, column) in later.enumerated() { expected[0, column] += fit[0, place] }
      }
      expected[0, gone] = 0
      for column in 0..<6 {
        #expect(abs(result.weight[row, column] - expected[0, column]) < 1e-9)
      }
    }
  }

  @Test func `an input that is always zero goes first`() throws {
    let inputs = InputStatistics(width: 4)
    inputs.add(Tensor([[1, 0, 2, 1], [0, 0, 1, 3], [2, 0, -1, 1]]))
    let weight = DoubleMatrix([[0.1, 9, 0.2, 0.3]])
    let result = try ZeroPruning(.sparseGPT, .share(0.25)).pruned(weight, inputs)
    #expect(result.mask.keeps == [true, false, true, true])
    #expect(abs(result.weight[0, 0] - 0.1) < 1e-12)
  }

  @Test func `a model is pruned in its blocks alone and the original stays`() throws {
    let model = Sample.model()
    let before = Sample.weights(model)
    let calibration = try Calibration(of: model, on: Sample.texts)
    let sparse = try ZeroPruning(.wanda, .share(0.5))(model, calibration)
    #expect(Sample.weights(model) == before)
    #expect(sparse.masks.density == 0.5)
    let names = try model.denseLinears().map(\.weight.name)
    #expect(names.count == 21 && names.allSatisfy { sparse.masks[$0]?.density == 0.5 })
    #expect(sparse.masks["model.embed_tokens.weight"] == nil)
    #expect(
      sparse.model.embedding.tensor.floats == model.embedding.tensor.floats)
    #expect(Sample.change(model, sparse.model) > 1e-4)
  }

  @Test func `of a model, too, SparseGPT loses least`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let losses = try ZeroPruning.Criterion.allCases.map { criterion in
      let sparse = try ZeroPruning(criterion, .share(0.6))(model, calibration).model
      return try model.denseLinears().reduce(0.0) { sum, linear in
        let changed = sparse.parameters.all.first { $0.name == linear.weight.name }!
        return sum
          + layerLoss(
            linear.weight.tensor.doubles, changed.tensor.doubles,
            gram: calibration[linear.name].gram)
      }
    }
    #expect(losses[2] < losses[1] && losses[1] < losses[0], "\(losses)")
  }

  @Test func `what cannot be pruned is refused`() throws {
    let model = Sample.model()
    #expect(
      message { _ = try ZeroPruning(.magnitude, .share(1))(model) }.contains("sparsity of 1.0"))
    #expect(message { _ = try ZeroPruning(.magnitude, .share(-0.1))(model) }.contains("-0.1"))
    #expect(
      message { _ = try ZeroPruning(.magnitude, .groups(zeros: 2, of: 5))(model) }
        .contains("rows of 32 weights cannot be cut into groups of 5"))
    #expect(
      message { _ = try ZeroPruning(.magnitude, .groups(zeros: 4, of: 4))(model) }
        .contains("leave no weight"))
    #expect(message { _ = try ZeroPruning(.wanda, .share(0.5))(model) }.contains("calibration"))
    var odd = ZeroPruning(.sparseGPT, .twoOfFour)
    odd.blockWidth = 6
    let calibration = try Calibration(of: model, on: Sample.texts)
    #expect(message { _ = try odd(model, calibration) }.contains("not whole groups of 4"))
    let factored = try LowRank(.plain, keeping: 0.5)(model).model
    #expect(
      message { _ = try ZeroPruning(.magnitude, .share(0.5))(factored) }
        .contains("compressed already"))
  }
}
