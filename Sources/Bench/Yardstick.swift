import COpenBLAS
import Foundation
import Kernels

/// OpenBLAS at its best: with the right core type and called without a layer in between.
enum Yardstick {
  /// Must come before anything else touches OpenBLAS: variables left over from another program
  /// must not hold the yardstick back.
  static func prepare() {
    unsetenv("OPENBLAS_CORETYPE")
    _ = OpenBLAS.coreType
  }

  /// C = A·B on `threads` of the library's own threads, this one among them.
  static func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, threads: Int) {
    if openblas_get_num_threads() != Int32(threads) { openblas_set_num_threads(Int32(threads)) }
    multiply(a, b, into: c)
  }

  /// C = A·B, the rows shared among `threads` of ours, each calling the library for its part.
  static func multiplyInShares(_ a: Matrix, _ b: Matrix, into c: Matrix, threads: Int) {
    if openblas_get_num_threads() != 1 { openblas_set_num_threads(1) }
    parallel(over: c.rows, grain: 1, multiple: 4) { rows in
      multiply(a[rows, 0..<a.columns], b, into: c[rows, 0..<c.columns])
    }
  }

  private static func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix) {
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, Int32(c.rows), Int32(c.columns),
      Int32(a.columns), 1, a.base, Int32(a.stride), b.base, Int32(b.stride), 0, c.base,
      Int32(c.stride))
  }
}
