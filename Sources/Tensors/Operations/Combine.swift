import Kernels

extension Tensor {
  /// Brings rows that were sent to different places back together, each times its weight:
  /// `y[t] = Σⱼ w[t, j] · (the row of pair (t, j))`, `[tokens, width]`.
  ///
  /// The rows lie in several parts, `[rows, width]` each. Row `i` of part `p` belongs to the pair of
  /// token and slot that `pairs[p][i] = t · slots + j` names. No two rows have the same pair, and a
  /// pair without a row counts nothing. The sum runs over the slots in order, so what a token gets
  /// does not depend on how the rows are distributed, nor on other tokens.
  ///
  ///     combined([a, b], pairs: [[0, 3], [1]], weights: w, tokens: 2, slots: 2, width: 8)
  ///     // y[0] = w[0, 0] a[0] + w[0, 1] b[0]
  ///     // y[1] = w[1, 1] a[1]
  ///
  /// - Parameter weights: `[tokens, slots]`; nil for the plain sum.
  public static func combined(
    _ parts: [Tensor], pairs: [[Int32]], weights: Tensor?, tokens: Int, slots: Int, width: Int
  ) -> Tensor {
    let sources = addresses(of: parts, pairs: pairs, count: tokens * slots, width: width)
    require(
      weights.map { $0.shape == [tokens, slots] } ?? true,
      "combined: weights of [\(tokens), \(slots)] are needed, not \(weights!.shape)")
    let y = Tensor(uninitialized: [tokens, width])
    combineRows(
      sources, weights: weights?.base, into: y.base, count: tokens, slots: slots, width: width)
    return y.recorded(from: parts + (weights.map { [$0] } ?? [])) { dy in
      // y[t] = Σⱼ w[t, j] row(t, j), so drow(t, j) = w[t, j] dy[t] and dw[t, j] = ⟨dy[t], row(t, j)⟩
      for (part, pairs) in zip(parts, pairs) {
        part.receive { drows, accumulate in
          combineRowsSourceGradient(
            dy.base, weights: weights?.base, pairs: pairs, into: drows.base, count: pairs.count,
            slots: slots, width: width, accumulate: accumulate)
        }
      }
      weights?.receive { dweights, accumulate in
        combineRowsWeightGradient(
          sources, dy: dy.base, into: dweights.base, count: tokens, slots: slots, width: width,
          accumulate: accumulate)
      }
    }
  }

  /// Where the row of every pair begins; nil for a pair without one.
  private static func addresses(
    of parts: [Tensor], pairs: [[Int32]], count: Int, width: Int
  ) -> [UnsafePointer<Float>?] {
    require(
      parts.count == pairs.count, "combined: \(parts.count) parts and \(pairs.count) lists of pairs"
    )
    var sources = [UnsafePointer<Float>?](repeating: nil, count: count)
    for (part, pairs) in zip(parts, pairs) {
      require(
        part.shape == [pairs.count, width],
        "combined: a part of \(part.shape) for \(pairs.count) pairs of width \(width)")
      for (row, pair) in pairs.enumerated() {
        require(
          pair >= 0 && pair < count && sources[Int(pair)] == nil,
          "combined: pair \(pair) is not one of \(count), or it has two rows")
        sources[Int(pair)] = UnsafePointer(part.base + row * width)
      }
    }
    return sources
  }
}
