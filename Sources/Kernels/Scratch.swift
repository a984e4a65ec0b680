import Synchronization

/// Working memory that is handed back and used again, because fresh memory costs many times the
/// pass over it: the kernel must zero and map every page.
enum Scratch {
  private struct Buffer: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let count: Int
  }

  private static let free = Mutex<[Buffer]>([])

  /// A buffer above this many floats goes back to the system: a rare huge product should not keep
  /// its memory for ever.
  private static let kept = 16 << 20

  /// Calls `body` with uninitialised memory for `count` floats, aligned to 64 bytes.
  @inline(__always) static func withFloats<Result>(
    _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result
  ) -> Result {
    let buffer = take(count)
    defer { give(buffer) }
    return body(buffer.base.assumingMemoryBound(to: Float.self))
  }

  private static func take(_ count: Int) -> Buffer {
    let recycled = free.withLock { buffers in
      buffers.lastIndex { $0.count >= count }.map { buffers.remove(at: $0) } ?? buffers.popLast()
    }
    if let recycled {
      if recycled.count >= count { return recycled }
      recycled.base.deallocate()
    }
    var capacity = 1 << 12
    while capacity < count { capacity *= 2 }
    return Buffer(base: .allocate(byteCount: 4 * capacity, alignment: 64), count: capacity)
  }

  private static func give(_ buffer: Buffer) {
    if buffer.count > kept { return buffer.base.deallocate() }
    free.withLock { $0.append(buffer) }
  }
}
