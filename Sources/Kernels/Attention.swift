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
  forEachTask(shape, headsTogether: 1) { sequence, heads, tokens in
    let rows = QueryRows(
      shape: shape, sequence: sequence, keyHead: heads.lowerBound, tokens: tokens)
    let blocks = KeyValueBlock.floats(headWidth: shape.headWidth)
    Scratch.withFloats(blocks + scoreTile + RowsAttending.floats(rows)) { scratch in
      let attending = RowsAttending(
        rows, scores: scratch + blocks, memory: scratch + blocks + scoreTile)
      attending.start(queries)
      // A block is packed once, for all the rows that see it, while what is known so far of each row
      // waits in the second-level cache.
      for first in stride(from: 0, to: rows.end, by: keyBlock) {
        let block = KeyValueBlock(
          scratch, headWidth: shape.headWidth, count: min(keyBlock, rows.end - first))
        block.pack(
          keys: shape.block(keys, sequence, first, block.count, rows.keyHead),
          values: shape.block(values, sequence, first, block.count, rows.keyHead), at: 0)
        attending.see(block, first)
      }
      attending.finish(y, logSums)
    }
  }
}

/// The same, to the bit, for one sequence whose keys and values are in a cache. If the cache has eight
/// bits for each number, the result is that for keys and values which went through `roundToEightBits`.
///
/// A single query has little arithmetic for each key and value, and the layers of a batch have more
/// of them than the processor's caches hold: so this is a matter of reading memory, from one end to
/// the other and ahead of the arithmetic. With 64 sequences of a hundred tokens, 8 heads of width
/// 32 and 6 layers it took half the time that packing at every step took; fetching a block while
/// the one before it is worked on saved a third of it, and the order of the blocks a tenth.
public func attend(
  queries: UnsafePointer<Float>, cached: KeysAndValues, into y: UnsafeMutablePointer<Float>,
  shape: AttentionShape
) {
  precondition(
    shape.sequences == 1 && shape.keys <= cached.capacity && shape.keyHeads == cached.keyHeads
      && shape.headWidth == cached.headWidth)
  let together = shape.queries * shape.group <= queryRows ? shape.keyHeads : 1
  forEachTask(shape, headsTogether: together) { _, heads, tokens in
    func rows(_ head: Int) -> QueryRows {
      QueryRows(shape: shape, sequence: 0, keyHead: head, tokens: tokens)
    }
    let floats = RowsAttending.floats(rows(heads.lowerBound))
    let blockFloats = cached.workingFloats
    Scratch.withFloats(blockFloats + scoreTile + heads.count * floats) { scratch in
      let scores = scratch + blockFloats
      func attending(_ head: Int) -> RowsAttending {
        RowsAttending(
          rows(head), scores: scores,
          memory: scores + (scoreTile + (head - heads.lowerBound) * floats))
      }
      for head in heads { attending(head).start(queries) }
      let end = rows(heads.lowerBound).end
      let blocks = (end + keyBlock - 1) / keyBlock * heads.count
      func place(_ index: Int) -> (head: Int, first: Int) {
        let (block, head) = index.quotientAndRemainder(dividingBy: heads.count)
        return (heads.lowerBound + head, block * keyBlock)
      }
      for index in 0..<blocks {
        if index + 1 < blocks {
          let (head, first) = place(index + 1)
          cached.prefetch(head, first, min(keyBlock, end - first))
        }
        let (head, first) = place(index)
        let block = cached.block(head, first, min(keyBlock, end - first), in: scratch)
        attending(head).see(block, first)
      }
      for head in heads { attending(head).finish(y, nil) }
    }
  }
}

/// Shares the queries of all sequences and heads among threads: the body is called with a sequence,
/// some of its key heads, and some of its tokens.
private func forEachTask(
  _ shape: AttentionShape, headsTogether: Int,
  _ body: (_ sequence: Int, _ keyHeads: Range<Int>, _ tokens: Range<Int>) -> Void
) {
  let work = shape.sequences * shape.heads * shape.queries * shape.keys * shape.headWidth
  let isForked = work >= 1 << 18
  let together =
    isForked ? min(headsTogether, max(1, shape.keyHeads / Parallel.threads)) : headsTogether
  let groups = (shape.keyHeads + together - 1) / together
  let pairs = shape.sequences * groups
  // A few sequences are split further, by queries, at the price of packing keys more than once.
  let parts =
    pairs >= 2 * Parallel.threads
    ? 1 : (shape.queries * shape.group + queryRows - 1) / queryRows
  func task(_ index: Int) {
    let (pair, part) = index.quotientAndRemainder(dividingBy: parts)
    // The last queries see the most keys, so they go first.
    let tokens =
      (parts - 1 - part) * shape.queries / parts..<(parts - part) * shape.queries / parts
    if tokens.isEmpty { return }
    let (sequence, group) = pair.quotientAndRemainder(dividingBy: groups)
    let heads = group * together..<min(shape.keyHeads, (group + 1) * together)
    body(sequence, heads, tokens)
  }
  if isForked {
    parallel(pairs * parts, task)
  } else {
    for index in 0..<pairs * parts { task(index) }
  }
}
