import Kernels
import Testing

@testable import Tensors

@Suite struct AttentionCacheTests {
  private func rows(_ x: Tensor, _ tokens: Range<Int>) -> Tensor {
    let size = x.shape[1] * x.shape[2]
    return Tensor(
      [tokens.count, x.shape[1], x.shape[2]],
      Array(x.floats[tokens.lowerBound * size..<tokens.upperBound * size]))
  }

  /// Sequences that grow side by side, in slots of any order and by pieces of any length.
  @Test(arguments: [false, true])
  func `slots keep their sequences apart`(_ isRounded: Bool) {
    let cache = AttentionCache(
      slots: 3, capacity: 80, keyHeads: 2, headWidth: 10, isRounded: isRounded)
    func held(_ x: Tensor) -> Tensor { isRounded ? x.roundedToEightBits() : x }
    var generator = Generator(seed: 1)
    let sequences = (0..<3).map { _ in
      [4, 2, 2].map { Tensor([70, $0, 10], normal: 1, from: &generator) }
    }
    let whole = sequences.map {
      $0[0].attended(keys: held($0[1]), values: held($0[2]), lengths: [70])
    }
    var counts = [0, 0, 0]
    for pieces in [[(2, 1), (0, 40)], [(0, 1), (1, 69), (2, 30)], [(2, 39), (0, 29), (1, 1)]] {
      func joined(_ which: Int) -> Tensor {
        let parts = pieces.map { slot, count in
          rows(sequences[slot][which], counts[slot]..<counts[slot] + count)
        }
        return Tensor(
          [parts.reduce(0) { $0 + $1.shape[0] }, parts[0].shape[1], 10], parts.flatMap(\.floats))
      }
      let y = cache.attend(
        queries: joined(0), keys: joined(1), values: joined(2),
        pieces: pieces.map { .init(slot: $0.0, start: counts[$0.0], count: $0.1) })
      let expected = pieces.flatMap { rows(whole[$0.0], counts[$0.0]..<counts[$0.0] + $0.1).floats }
      #expect(y.floats == expected)
      for (slot, count) in pieces { counts[slot] += count }
    }
    #expect(counts == [70, 70, 70])
  }

  @Test func `its size is that of the keys and values it can hold`() {
    let cache = AttentionCache(slots: 3, capacity: 64, keyHeads: 2, headWidth: 32)
    #expect(cache.bytes == 3 * 64 * 2 * 32 * 2 * 4)
    let rounded = AttentionCache(
      slots: 3, capacity: 64, keyHeads: 2, headWidth: 32, isRounded: true)
    #expect(rounded.bytes == 3 * 64 * 2 * (32 + 4) * 2)
  }
}
