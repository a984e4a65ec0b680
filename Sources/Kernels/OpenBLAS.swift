import COpenBLAS

/// The engine `openblas`.
public enum OpenBLAS {
  static func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
    if c.rows == 0 || c.columns == 0 { return }
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, Int32(c.rows), Int32(c.columns),
      Int32(a.columns), 1, a.base, Int32(max(1, a.stride)), b.base, Int32(max(1, b.stride)),
      accumulate ? 1 : 0, c.base, Int32(c.stride))
  }
}
