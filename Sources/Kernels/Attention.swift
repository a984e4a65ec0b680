/// Causal attention: for the query at position p, `y = Σ wⱼ vⱼ` over the keys j ≤ p, where
/// `w = softmax(scale · ⟨q, kⱼ⟩)`; `y` is laid out like the queries.
///
/// Scores are computed a tile at a time and never stored as a whole (Dao et al., 2022,
/// arXiv:2205.14135). Keys come in blocks of 64 that start at multiples of 64; with m the largest
/// score so far, l the sum and y the result so far, a block's scores s update them to
///
///     m′ = max(m, s₀, s₁, …)        c = exp(m − m′)        wⱼ = exp(sⱼ − m′)
///     l′ = l c + (w₀ + w₁ + …)      y′ = y c + w₀ v₀ + w₁ v₁ + …
///
/// each score and each element of y a chain of fused multiply-adds in ascending order. So a query
/// has the same result alone or among others, in prefill or in decoding, on any number of threads.
///
/// `logSums`, if given, receives ln l + m for `[sequences, queries, heads]`, which is what
/// `attendBackward` needs. NaN in a query, or in a key or value it sees, makes its result NaN. Keys
/// it does not see are without effect, but a value that is not finite reaches the earlier queries
/// computed with it, since zero times it is NaN.
public func attend(
  queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
  into y: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>?,
  shape: AttentionShape
) {
  let packed = Panels.floats(depth: shape.headWidth, columns: keyBlock)
  let packedValues = Panels.floats(depth: keyBlock, columns: shape.headWidth)
  forEachTask(shape) { rows in
    Scratch.withFloats(packed + packedValues) { scratch in
      attend(rows, queries, y, logSums) { first, count in
        let block = KeyValueBlock(
          keys: Panels(scratch, depth: shape.headWidth, columns: count),
          values: Panels(scratch + packed, depth: count, columns: shape.headWidth),
          following: nil)
        block.keys.pack(shape.block(keys, rows.sequence, first, count, rows.keyHead).transposed)
        block.values.pack(shape.block(values, rows.sequence, first, count, rows.keyHead))
        return block
      }
    }
  }
}

/// The same, to the bit, for one sequence whose keys and values have been packed already, as they
/// are in a cache.
///
/// A single query has little arithmetic for each key and value, and the layers of a batch have more
/// of them than the processor's caches hold: so this is a matter of reading memory, and of little
/// else if what comes next is fetched in time. With 64 sequences of a hundred tokens, 8 heads of
/// width 32 and 6 layers it took three quarters of the time it took without, a twentieth more than
/// to add up as many floats, and six tenths of what it took to pack them each time.
public func attend(
  queries: UnsafePointer<Float>, packed: PackedKeysAndValues, into y: UnsafeMutablePointer<Float>,
  shape: AttentionShape
) {
  precondition(
    shape.sequences == 1 && shape.keys <= packed.capacity && shape.keyHeads == packed.keyHeads
      && shape.headWidth == packed.headWidth)
  forEachTask(shape) { rows in
    attend(rows, queries, y, nil) { first, count in
      let block = packed.block(
        rows.keyHead, first..<first + count, of: rows.visible(rows.count - 1))
      block.values.prefetch()
      return block
    }
  }
}

/// Shares the rows of all sequences and heads among threads.
private func forEachTask(_ shape: AttentionShape, _ body: (QueryRows) -> Void) {
  let pairs = shape.sequences * shape.keyHeads
  // A few sequences are split further, by queries, at the price of packing keys more than once.
  let parts =
    pairs >= 2 * Parallel.threads
    ? 1 : (shape.queries * shape.group + queryRows - 1) / queryRows
  let work = pairs * shape.group * shape.queries * shape.keys * shape.headWidth
  func task(_ index: Int) {
    let (pair, part) = index.quotientAndRemainder(dividingBy: parts)
    // The last queries see the most keys, so they go first.
    let tokens =
      (parts - 1 - part) * shape.queries / parts..<(parts - part) * shape.queries / parts
    let rows = QueryRows(
      shape: shape, sequence: pair / shape.keyHeads, keyHead: pair % shape.keyHeads,
      tokens: tokens)
    if rows.count > 0 { body(rows) }
  }
  if work < 1 << 18 {
    for index in 0..<pairs * parts { task(index) }
  } else {
    parallel(pairs * parts, task)
  }
}

/// All keys, a block at a time, and under each block all the rows that see it: a block is asked for
/// once, while what is known so far of each row waits in the second-level cache.
private func attend(
  _ rows: QueryRows, _ queries: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
  _ logSums: UnsafeMutablePointer<Float>?, block: (_ first: Int, _ count: Int) -> KeyValueBlock
) {
  let shape = rows.shape
  let padded = (rows.count + 15) & ~15
  Scratch.withFloats(2 * rows.count * shape.stride + queryRows * keyBlock + 3 * padded) { scratch in
    var free = scratch
    func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    let scores = reserve(queryRows * keyBlock)
    let scaled = reserve(rows.count * shape.stride)
    let results = reserve(rows.count * shape.stride)
    let state = SoftmaxState(
      largest: reserve(padded), sums: reserve(padded), corrections: reserve(padded))
    rows.gather(queries, times: shape.scale, to: scaled)
    results.update(repeating: 0, count: rows.count * shape.stride)
    state.largest.update(repeating: -.infinity, count: padded)
    state.sums.update(repeating: 0, count: padded)

    for first in stride(from: 0, to: rows.visible(rows.count - 1), by: keyBlock) {
      let count = min(keyBlock, rows.visible(rows.count - 1) - first)
      let block = block(first, count)
      for tile in rows.tiles(seeing: first) {
        let seen = min(count, rows.visible(tile.upperBound - 1) - first)
        let columns = (seen + 15) & ~15
        multiplySerially(
          Matrix(
            scaled + tile.lowerBound * shape.stride, rows: tile.count, columns: shape.headWidth,
            stride: shape.stride),
          block.keys.slice(depth: 0..<shape.headWidth, columns: 0..<columns),
          into: Matrix(scores, rows: tile.count, columns: columns, stride: keyBlock),
          accumulate: false)
        block.following?.prefetch()
        state.update(tile, scores, results, rows, first)
        multiplySerially(
          Matrix(scores, rows: tile.count, columns: seen, stride: keyBlock),
          block.values.slice(depth: 0..<seen, columns: 0..<shape.headWidth),
          into: Matrix(
            results + tile.lowerBound * shape.stride, rows: tile.count, columns: shape.stride),
          accumulate: true)
      }
    }
    state.finish(rows, results, y, logSums)
  }
}
