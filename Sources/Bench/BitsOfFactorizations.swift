import Factorizations
import Files

/// The factorisations, on sizes with ragged ends and with work for several threads.
let factorizationKernels: [HashedKernel] = [(9, 7), (40, 67), (130, 90)].flatMap { rows, columns in
  [
    HashedKernel(name: "double-product-\(rows)×\(columns)") {
      let matrix = sample(rows, columns)
      return hash(matrix.product(with: matrix.transposed).elements)
    },
    HashedKernel(name: "cholesky-\(rows)") {
      let matrix = sample(rows, 2 * rows)
      guard let factor = try? InverseFactor(matrix.product(with: matrix.transposed)),
        let cholesky = try? Cholesky(matrix.product(with: matrix.transposed))
      else { return 0 }
      return hash(factor.upper.elements + cholesky.solve(rows: sample(columns, rows)).elements)
    },
    HashedKernel(name: "singular-values-\(rows)×\(columns)") {
      guard let svd = try? SingularValues(sample(rows, columns)) else { return 0 }
      return hash(svd.values + svd.left.elements + svd.right.elements)
    },
  ]
}

private func sample(_ rows: Int, _ columns: Int) -> DoubleMatrix {
  let floats = Floats(rows * columns, seed: 6)
  return withExtendedLifetime(floats) {
    DoubleMatrix(rows: rows, columns: columns, (0..<rows * columns).map { Double(floats.base[$0]) })
  }
}

/// The hash of the bits of doubles, eight bytes at a time.
private func hash(_ doubles: [Double]) -> UInt64 {
  doubles.reduce(into: FNV()) { $0.combine($1.bitPattern) }.state
}
