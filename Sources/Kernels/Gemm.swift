/// C = A·B, or C += A·B: `a` is `[m, k]`, `b` is `[k, n]`, `c` is `[m, n]`, each perhaps a
/// transpose; `c` overlaps neither.
///
/// With engine `lanes` every element of the result is one chain of fused multiply-adds over k in
/// ascending order, starting from zero or, when accumulating, from the old element:
///
///     var sum = accumulate ? c[i, j] : 0
///     for p in 0..<k { sum.addProduct(a[i, p], b[p, j]) }
///     c[i, j] = sum
///
/// so its bits depend on nothing else: not on the other rows, the number of threads, the shape of
/// a tile or the processor.
public func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false) {
  precondition(
    a.columns == b.rows && c.rows == a.rows && c.columns == b.columns,
    """
    [\(a.rows), \(a.columns)] times [\(b.rows), \(b.columns)] does not go into \
    [\(c.rows), \(c.columns)]
    """)
  if c.isTransposed {
    return multiply(b.transposed, a.transposed, into: c.transposed, accumulate: accumulate)
  }
  switch Engine.current {
  case .lanes: multiplyInLanes(a, b, into: c, accumulate: accumulate)
  case .openblas: OpenBLAS.multiply(a, b, into: c, accumulate: accumulate)
  }
}

/// C = A·B or C += A·B as `multiply(_:_:into:accumulate:)` has it, with `b` packed beforehand.
/// Computed by the lanes whatever the engine.
public func multiply(
  _ a: Matrix, _ b: PackedMatrix, into c: Matrix, accumulate: Bool = false
) {
  precondition(
    a.columns == b.rows && c.rows == a.rows && c.columns == b.columns && !c.isTransposed,
    """
    [\(a.rows), \(a.columns)] times packed [\(b.rows), \(b.columns)] does not go into \
    [\(c.rows), \(c.columns)]\(c.isTransposed ? ", a transpose" : "")
    """)
  multiplyBlocks(a, b.panels, into: c, accumulate: accumulate)
}

/// A product of fewer multiplications than this, some five microseconds of them, stays on one
/// thread.
private let forkedWork = 1 << 19

/// What a product costs beside others, in multiplications. With fewer than eight rows the time goes
/// into fetching the right operand, which several threads do sooner: so shared, a decoder that writes
/// one text wrote it 1.4 times as fast on two.
private func work(_ c: Matrix, depth: Int) -> Int { max(c.rows, 8) * c.columns * depth }

/// Up to this many rows a panel of the right operand is multiplied as soon as it is packed, by the
/// thread that packed it; beyond, threads share the packing first and the rows then.
private let fewRows = 96

/// The rows that a thread takes at a time: enough to make good for fetching the right operand into
/// its cache, few enough for the threads to finish together when one of them was held up.
private let blockRows = 96

/// The deepest block: a tile's rows of the left operand, this deep, fill a third of a first-level
/// cache of 48 KiB and leave room for a panel to pass. Sums are stored and loaded again between
/// blocks, which changes no bit; with half the depth it took a tenth more time.
private let blockDepth = 384

/// The widest block: with the full depth it fills three quarters of a second-level cache of one
/// MiB, from which each row of tiles reads it.
private let blockColumns = 512

/// The most floats of the right operand that are packed at a time: 16 MiB.
private let packedFloats = 4 << 20

private func multiplyInLanes(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
  if c.rows == 0 || c.columns == 0 { return }
  if c.rows <= fewRows {
    let panels = (c.columns + Panels.width - 1) / Panels.width
    forked(panels, work: work(c, depth: a.columns)) { range in
      Scratch.withFloats(Panels.floats(depth: b.rows, columns: Panels.width)) { scratch in
        for panel in range {
          let start = panel * Panels.width
          let columns = start..<min(c.columns, start + Panels.width)
          let packed = Panels(scratch, depth: b.rows, columns: columns.count)
          packed.pack(b[0..<b.rows, columns])
          multiplyBlock(a, packed, into: c[0..<c.rows, columns], accumulate: accumulate)
        }
      }
    }
    return
  }
  let step = max(1, packedFloats / max(1, b.rows) / Panels.width) * Panels.width
  Scratch.withFloats(Panels.floats(depth: b.rows, columns: min(step, b.columns))) { scratch in
    for start in stride(from: 0, to: c.columns, by: step) {
      let columns = start..<min(c.columns, start + step)
      let packed = Panels(scratch, depth: b.rows, columns: columns.count)
      packed.packInParallel(b[0..<b.rows, columns])
      multiplyBlocks(a, packed, into: c[0..<c.rows, columns], accumulate: accumulate)
    }
  }
}

/// Shares a product among threads: its rows when there are many, else its columns.
private func multiplyBlocks(_ a: Matrix, _ b: Panels, into c: Matrix, accumulate: Bool) {
  let work = work(c, depth: a.columns)
  if c.rows <= fewRows {
    forked(b.count, work: work) { range in
      let start = range.lowerBound * Panels.width
      let columns = start..<min(c.columns, range.upperBound * Panels.width)
      multiplyBlock(
        a, b.slice(depth: 0..<b.depth, columns: columns), into: c[0..<c.rows, columns],
        accumulate: accumulate)
    }
  } else {
    let threads = work < forkedWork ? 1 : Parallel.threads
    let blocks = (c.rows + blockRows - 1) / blockRows
    let shares = (blocks + threads - 1) / threads * threads
    let body = { (share: Int) in
      let rows = share * c.rows / shares..<(share + 1) * c.rows / shares
      multiplyBlock(
        a[rows, 0..<a.columns], b, into: c[rows, 0..<c.columns], accumulate: accumulate)
    }
    if threads == 1 {
      for share in 0..<shares { body(share) }
    } else {
      parallel(shares, body)
    }
  }
}

/// Splits `count` panels among the threads, unless there is too little work.
private func forked(_ count: Int, work: Int, _ body: (Range<Int>) -> Void) {
  if work < forkedWork {
    body(0..<count)
  } else {
    parallel(over: count, grain: 1, body)
  }
}

/// One block of rows, on one thread, a block of the depth at a time.
private func multiplyBlock(_ a: Matrix, _ b: Panels, into c: Matrix, accumulate: Bool) {
  let blocks = max(1, (b.depth + blockDepth - 1) / blockDepth)
  for block in 0..<blocks {
    let depth = block * b.depth / blocks..<(block + 1) * b.depth / blocks
    for start in stride(from: 0, to: c.columns, by: blockColumns) {
      let columns = start..<min(c.columns, start + blockColumns)
      multiplySerially(
        a[0..<a.rows, depth], b.slice(depth: depth, columns: columns),
        into: c[0..<c.rows, columns], accumulate: accumulate || block > 0)
    }
  }
}

extension Panels {
  /// Packs all of `b`, each thread a part of it.
  func packInParallel(_ b: Matrix) {
    forked(count, work: depth * columns * 16) { pack(b, panels: $0) }
  }
}
