import Kernels

extension Tensor {
  /// Looks up rows of a table `[entries, width]`: row `i` of the result `[indices, width]` is row
  /// `indices[i]` of the table. A table of one vector for each token of a vocabulary is called an
  /// **embedding**, and this is how tokens become vectors.
  public func rows(_ indices: [Int32]) -> Tensor {
    require(shape.rank == 2, "rows: a table has two dimensions, not \(shape)")
    require(
      indices.allSatisfy { $0 >= 0 && $0 < shape[0] },
      "rows: indices must lie in 0..<\(shape[0]), the rows of \(shape)")
    let y = Tensor(uninitialized: [indices.count, shape.width])
    gatherRows(
      base, indices: indices, into: y.base, count: indices.count, entries: shape[0],
      width: shape.width)
    return y.recorded(from: self) { dy in
      // dtable[v] = Σ dy[i] over all i with indices[i] = v
      receive { table, accumulate in
        if !accumulate { table.base.update(repeating: 0, count: table.count) }
        scatterAddRows(
          dy.base, indices: indices, to: table.base, count: indices.count, entries: shape[0],
          width: shape.width)
      }
    }
  }
}
