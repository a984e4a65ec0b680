import Testing

@testable import Kernels

@Suite struct OpenBLASTests {
  /// Either engine rounds each of the k steps of a sum to within half an ulp of a partial sum that
  /// no order makes larger than Σ|a·b|; so the two lie within 2·k·ε/2·Σ|a·b| of each other, to
  /// first order, and a factor of two covers the rest.
  @Test(arguments: Shape.ragged)
  func enginesAgreeToRounding(_ shape: Shape) {
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      for accumulate in [false, true] {
        let a = Operand(shape.rows, shape.depth, transposed: transposeA, seed: 1)
        let b = Operand(shape.depth, shape.columns, transposed: transposeB, seed: 2)
        let old = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
        let lanes = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
        let openblas = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
        Engine.$current.withValue(.lanes) {
          multiply(a.matrix, b.matrix, into: lanes.matrix, accumulate: accumulate)
        }
        Engine.$current.withValue(.openblas) {
          multiply(a.matrix, b.matrix, into: openblas.matrix, accumulate: accumulate)
        }
        var worst = -Float.infinity
        for i in 0..<shape.rows {
          for j in 0..<shape.columns {
            var size = accumulate ? old.matrix[i, j].magnitude : 0
            for k in 0..<shape.depth { size += (a.matrix[i, k] * b.matrix[k, j]).magnitude }
            let bound = 2 * Float(shape.depth + 1) * .ulpOfOne * size
            worst = max(worst, (lanes.matrix[i, j] - openblas.matrix[i, j]).magnitude - bound)
          }
        }
        #expect(worst <= 0)
      }
    }
  }

  @Test func theCoreTypeHasTheVectorsOfTheProcessor() {
    #expect(OpenBLAS.rightCoreType(for: 4, instead: "Prescott") == "SkylakeX")
    #expect(OpenBLAS.rightCoreType(for: 4, instead: "Zen") == "SkylakeX")
    #expect(OpenBLAS.rightCoreType(for: 4, instead: "Cooperlake") == nil)
    #expect(OpenBLAS.rightCoreType(for: 3, instead: "Prescott") == "Haswell")
    #expect(OpenBLAS.rightCoreType(for: 3, instead: "Zen") == nil)
    #expect(OpenBLAS.rightCoreType(for: 2, instead: "Prescott") == nil)
    #expect(OpenBLAS.rightCoreType(for: 0, instead: "NEOVERSEN1") == nil)
  }

  @Test func theLibraryNamesItself() {
    #expect(OpenBLAS.version.split(separator: ".").count >= 2)
    #expect(!OpenBLAS.coreType.isEmpty)
    #expect(OpenBLAS.isCoreTypeSet || OpenBLAS.rightCoreType == nil)
  }
}
