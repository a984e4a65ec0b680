import Kernels

extension Tensor {
  /// Looks tokens up in a table `[vocabulary, width]`: row `i` of the result `[tokens, width]`
  /// is row `tokens[i]` of the table.
  public func embedding(_ tokens: [Int32]) -> Tensor {
    require(shape.rank == 2, "embedding: a table has two dimensions, not \(shape)")
    require(
      tokens.allSatisfy { $0 >= 0 && $0 < shape[0] },
      "embedding: tokens must lie in 0..<\(shape[0]), the rows of \(shape)")
    let y = Tensor(uninitialized: [tokens.count, shape.width])
    gatherRows(
      base, indices: tokens, into: y.base, count: tokens.count, entries: shape[0],
      width: shape.width)
    return y.recorded(from: self) { dy in
      // dtable[v] = Σ dy[i] over all i with tokens[i] = v
      receive { table, accumulate in
        if !accumulate { table.base.update(repeating: 0, count: table.count) }
        scatterAddRows(
          dy.base, indices: tokens, to: table.base, count: tokens.count, entries: shape[0],
          width: shape.width)
      }
    }
  }
}
