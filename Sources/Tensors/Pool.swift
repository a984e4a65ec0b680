import Foundation
import Synchronization

/// The recycler behind `Storage`.
///
/// A training step allocates the same buffers as the step before. Fresh memory from the system is
/// paid for twice, once to map it and once to fault in each page: measured at four to fourteen
/// times the cost of the pass over it. So freed blocks wait here, by size class, for the next
/// request of their class; or of one a little below it, because the texts that a model writes are
/// longer at one step than at another, and blocks of all sizes would gather.
public enum Pool {
  /// What the pool holds, in bytes.
  public struct Statistics: Equatable, Sendable {
    /// Bytes in blocks that tensors hold now.
    public var live = 0

    /// Bytes in blocks that wait to be used again.
    public var waiting = 0

    /// How often memory had to be asked from the system.
    public var misses = 0
  }

  private struct State: ~Copyable {
    /// The blocks that wait, by the number of their class. A token of a small model takes a hundred
    /// blocks, so that to look a class up in a dictionary was felt.
    var waiting = [[UInt]](repeating: [], count: 4 * Int.bitWidth)
    var statistics = Statistics()
  }

  private static let state = Mutex(State())

  /// What the pool holds now.
  public static var statistics: Statistics { state.withLock { $0.statistics } }

  /// The size in bytes of a fresh block for `count` floats: the next of four steps between powers of
  /// two, so that at most a fifth of it is wasted beyond the first 256 bytes.
  static func sizeClass(_ count: Int) -> Int {
    let bytes = max(256, count * MemoryLayout<Float>.stride)
    let step = max(64, 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount - 2))
    return (bytes + step - 1) / step * step
  }

  /// The number of the class of blocks of so many bytes.
  private static func number(ofClass bytes: Int) -> Int {
    let power = Int.bitWidth - 1 - bytes.leadingZeroBitCount
    return 4 * power + bytes >> (power - 2) & 3
  }

  private static func bytes(ofClass number: Int) -> Int { (4 + number % 4) << (number / 4 - 2) }

  /// A block may be so many classes above what is asked for: at most half as large again as a fresh one.
  private static let classesAbove = 2

  /// A block for at least `count` floats, and its size in bytes.
  static func take(_ count: Int) -> (base: UnsafeMutablePointer<Float>, bytes: Int) {
    let asked = sizeClass(count)
    let (address, bytes) = state.withLock { state -> (UInt, Int) in
      let own = number(ofClass: asked)
      for number in own...own + classesAbove {
        guard let address = state.waiting[number].popLast() else { continue }
        let bytes = self.bytes(ofClass: number)
        state.statistics.live += bytes
        state.statistics.waiting -= bytes
        return (address, bytes)
      }
      state.statistics.live += asked
      state.statistics.misses += 1
      return (UInt(bitPattern: allocate(asked)), asked)
    }
    let memory = UnsafeMutableRawPointer(bitPattern: address)!
    return (memory.assumingMemoryBound(to: Float.self), bytes)
  }

  /// Fresh memory from the system. Much of it is asked for in pages of 2 MiB: a batch that reads its
  /// whole key and value cache at each step spent a fourteenth of its time on looking up the small
  /// ones. Less than 16 MiB is not worth a page that may remain half empty.
  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    if bytes < 16 << 20 { return .allocate(byteCount: bytes, alignment: 64) }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 2 << 20)
    #if os(Linux)
      // A wish: where it is refused, the pages are small and nothing else changes.
      madvise(memory, bytes, MADV_HUGEPAGE)
    #endif
    return memory
  }

  /// Takes a block back that `take` gave.
  static func give(_ base: UnsafeMutablePointer<Float>, bytes: Int) {
    state.withLock { state in
      state.statistics.live -= bytes
      state.statistics.waiting += bytes
      state.waiting[number(ofClass: bytes)].append(UInt(bitPattern: base))
    }
  }
}
