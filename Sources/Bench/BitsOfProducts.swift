import Kernels

/// Matrix products of every layout, with edges of every kind.
let productKernels = [
  (1, 256, 1024), (2, 96, 129), (5, 100, 260), (12, 32, 64), (13, 33, 65), (97, 500, 31),
  (200, 700, 600),
].flatMap { m, k, n in
  [(false, false), (false, true), (true, false), (true, true)].flatMap { a, b in
    [false, true].map { accumulate in
      HashedKernel(
        name: "product-\(m)×\(n)×\(k)-\(a ? "T" : "N")\(b ? "T" : "N")\(accumulate ? "-plus" : "")"
      ) {
        let left = Floats(m * k, seed: 2)
        let right = Floats(k * n, seed: 3)
        let result = Floats(m * n, seed: 4)
        multiply(
          view(left, m, k, isTransposed: a), view(right, k, n, isTransposed: b),
          into: Matrix(result.base, rows: m, columns: n), accumulate: accumulate)
        return withExtendedLifetime((left, right)) { result.hash }
      }
    }
  }
}

private func view(_ floats: Floats, _ rows: Int, _ columns: Int, isTransposed: Bool) -> Matrix {
  isTransposed
    ? Matrix(floats.base, rows: columns, columns: rows).transposed
    : Matrix(floats.base, rows: rows, columns: columns)
}
