import Foundation

/// Memory for weights that are rearranged once and then read at every token.
///
/// Much of it comes in pages of 2 MiB, as the pool of tensors has it and for the same reason; and
/// 64 bytes beyond its end may be read, so that a vector may be loaded where less is left.
final class PanelMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let count: Int

  init(byteCount: Int) {
    count = byteCount
    let isLarge = byteCount >= 4 << 20
    let page = isLarge ? 2 << 20 : 64
    // Whole pages, so that the last one can be large, too.
    let whole = (byteCount + 64 + page - 1) / page * page
    base = .allocate(byteCount: whole, alignment: page)
    #if os(Linux)
      // A wish: where it is refused, the pages are small and nothing else changes.
      if isLarge { madvise(base, whole, MADV_HUGEPAGE) }
    #endif
    memset(base, 0, whole)
  }

  deinit { base.deallocate() }
}
