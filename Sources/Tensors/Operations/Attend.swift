import Kernels

extension Tensor {
  /// Causal attention: every token's query looks at the keys of its own sequence up to itself, and
  /// receives the average of their values, weighted by `softmax(⟨q, k⟩ / √headWidth)`
  /// (Vaswani et al. 2017, arXiv:1706.03762).
  ///
  /// This tensor holds the queries, `[tokens, heads, headWidth]`, and so does the result. Several
  /// query heads may share one head of keys and values (grouped-query attention: Ainslie et al.
  /// 2023, arXiv:2305.13245).
  ///
  /// - Parameters:
  ///   - keys: `[tokens, keyHeads, headWidth]`
  ///   - values: `[tokens, keyHeads, headWidth]`
  ///   - lengths: how many of the tokens belong to each sequence, in order.
  public func attended(keys: Tensor, values: Tensor, lengths: [Int]) -> Tensor {
    require(
      shape.rank == 3 && keys.shape.rank == 3 && keys.shape == values.shape
        && keys.shape[0] == shape[0] && keys.shape[2] == shape[2]
        && keys.shape[1] > 0 && shape[1] % keys.shape[1] == 0,
      "attended: queries \(shape) do not fit keys \(keys.shape) and values \(values.shape)")
    require(
      lengths.reduce(0, +) == shape[0] && lengths.allSatisfy { $0 > 0 },
      "attended: sequences of lengths \(lengths) do not make up the \(shape[0]) tokens of \(shape)")
    let runs = equalRuns(lengths, queries: shape, keys: keys.shape)
    let y = Tensor(uninitialized: shape)
    let logSums = Storage(count: shape[0] * shape[1])
    for run in runs {
      attend(
        queries: base + run.query, keys: keys.base + run.key, values: values.base + run.key,
        into: y.base + run.query, logSums: logSums.base + run.logSum, shape: run.shape)
    }
    return y.recorded(from: self, keys, values) { dy in
      // With w = softmax(s) and s = q kᵀ / √headWidth: dv = wᵀ dy, ds = w ⊙ (dy vᵀ − ⟨dy, y⟩),
      // dq = ds k / √headWidth and dk = dsᵀ q / √headWidth
      let dqueries = Tensor(uninitialized: shape)
      let dkeys = Tensor(uninitialized: keys.shape)
      let dvalues = Tensor(uninitialized: values.shape)
      for run in runs {
        attendBackward(
          queries: base + run.query, keys: keys.base + run.key, values: values.base + run.key,
          y: y.base + run.query, logSums: logSums.base + run.logSum, dy: dy.base + run.query,
          dqueries: dqueries.base + run.query, dkeys: dkeys.base + run.key,
          dvalues: dvalues.base + run.key, shape: run.shape, accumulate: false)
      }
      receive(dqueries)
      keys.receive(dkeys)
      values.receive(dvalues)
    }
  }
}

/// Neighbouring sequences of one length, which the kernel takes together, and where they start in
/// the queries, in the keys, and in the log-sums `[tokens, heads]`.
private struct Run {
  let query, key, logSum: Int
  let shape: AttentionShape
}

private func equalRuns(_ lengths: [Int], queries: Shape, keys: Shape) -> [Run] {
  let (heads, keyHeads, headWidth) = (queries[1], keys[1], queries[2])
  var runs: [Run] = []
  var (token, index) = (0, 0)
  while index < lengths.count {
    let length = lengths[index]
    let sequences = lengths[index...].prefix { $0 == length }.count
    runs.append(
      Run(
        query: token * heads * headWidth, key: token * keyHeads * headWidth,
        logSum: token * heads,
        shape: AttentionShape(
          sequences: sequences, queries: length, heads: heads, keyHeads: keyHeads,
          headWidth: headWidth)))
    token += sequences * length
    index += sequences
  }
  return runs
}
