/// `y[t, ·] = table[indices[t], ·]` for a table of `[entries, width]` and `y` of
/// `[count, width]`: an embedding, or the selection of any rows.
public func gatherRows(
  _ table: UnsafePointer<Float>, indices: UnsafePointer<Int32>,
  into y: UnsafeMutablePointer<Float>, count: Int, entries: Int, width: Int
) {
  requireEntries(indices, count, entries)
  parallel(over: count, grain: max(1, 32768 / max(1, width))) { range in
    for row in range {
      (y + row * width).update(from: table + Int(indices[row]) * width, count: width)
    }
  }
}

/// `dtable[indices[t], ·] += dy[t, ·]`, the gradient of `gatherRows`.
///
/// Several `t` may name one row, so threads share out the columns, and each adds in the order
/// of `t`.
public func scatterAddRows(
  _ dy: UnsafePointer<Float>, indices: UnsafePointer<Int32>,
  to dtable: UnsafeMutablePointer<Float>, count: Int, entries: Int, width: Int
) {
  requireEntries(indices, count, entries)
  parallel(over: width, grain: max(64, 32768 / max(1, count)), multiple: 16) { range in
    for row in 0..<count {
      let (from, to) = (dy + row * width, dtable + Int(indices[row]) * width)
      for (column, lanes) in LaneSteps(range) {
        (Lane(to + column, first: lanes) + Lane(from + column, first: lanes))
          .store(to: to + column, first: lanes)
      }
    }
  }
}

private func requireEntries(_ indices: UnsafePointer<Int32>, _ count: Int, _ entries: Int) {
  for row in 0..<count {
    precondition(
      indices[row] >= 0 && Int(indices[row]) < entries,
      "index \(indices[row]) at \(row) is outside a table of \(entries) rows")
  }
}
