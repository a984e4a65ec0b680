import Testing

@testable import Kernels

@Suite struct PackedMatrixTests {
  @Test(arguments: Shape.ragged)
  func givesTheBitsOfTheMatrixItHolds(_ shape: Shape) {
    for isTransposed in [false, true] {
      let a = Operand(shape.rows, shape.depth, transposed: false, seed: 4)
      let b = Operand(shape.depth, shape.columns, transposed: isTransposed, seed: 5)
      let packed = PackedMatrix(b.matrix)
      for accumulate in [false, true] {
        let direct = Operand(shape.rows, shape.columns, transposed: false, seed: 6)
        let result = Operand(shape.rows, shape.columns, transposed: false, seed: 6)
        onLanes(threads: 2) {
          multiply(a.matrix, b.matrix, into: direct.matrix, accumulate: accumulate)
          multiply(a.matrix, packed, into: result.matrix, accumulate: accumulate)
        }
        #expect(result.bits == direct.bits)
      }
    }
  }

  @Test func holdsACopy() {
    let a = Operand(3, 40, transposed: false, seed: 1)
    let b = Operand(40, 50, transposed: false, seed: 2)
    let before = Operand(3, 50, transposed: false, seed: 3)
    let after = Operand(3, 50, transposed: false, seed: 3)
    let packed = PackedMatrix(b.matrix)
    multiply(a.matrix, packed, into: before.matrix)
    b.matrix[7, 9] += 1
    multiply(a.matrix, packed, into: after.matrix)
    #expect(before.bits == after.bits)
  }

  /// A decoder feeds one row at a time to weights that saw a whole prompt at once.
  @Test(arguments: [2, 7, 12, 13, 64, 100, 250])
  func aRowAloneHasTheBitsOfTheRowInABatch(_ rows: Int) {
    let a = Operand(rows, 300, transposed: false, seed: 7)
    let b = Operand(300, 205, transposed: true, seed: 8)
    let packed = PackedMatrix(b.matrix)
    let batch = Operand(rows, 205, transposed: false, seed: 9)
    let alone = Operand(rows, 205, transposed: false, seed: 9)
    let unpacked = Operand(rows, 205, transposed: false, seed: 9)
    multiply(a.matrix, packed, into: batch.matrix)
    for row in 0..<rows {
      let left = a.matrix[row..<row + 1, 0..<300]
      multiply(left, packed, into: alone.matrix[row..<row + 1, 0..<205])
      onLanes(threads: 2) {
        multiply(left, b.matrix, into: unpacked.matrix[row..<row + 1, 0..<205])
      }
    }
    #expect(alone.bits == batch.bits)
    #expect(unpacked.bits == batch.bits)
  }
}
