import Kernels
import Testing

@testable import Tensors

@Suite struct AttendTests {
  private func tensor(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor(shape, normal: 1, from: &generator)
  }

  private func slice(_ x: Tensor, _ tokens: Range<Int>) -> Tensor {
    let size = x.shape[1] * x.shape[2]
    return Tensor(
      [tokens.count, x.shape[1], x.shape[2]],
      Array(x.floats[tokens.lowerBound * size..<tokens.upperBound * size]))
  }

  /// Neighbours of any length, in any order, change no bit of a sequence, forward or backward.
  @Test(arguments: [[5, 5, 5], [1, 7, 7, 3], [9], [2, 70, 2]])
  func `a sequence alone has the bits it has among others`(_ lengths: [Int]) {
    let total = lengths.reduce(0, +)
    let inputs = [
      tensor([total, 4, 8], seed: 1), tensor([total, 2, 8], seed: 2),
      tensor([total, 2, 8], seed: 3),
    ]
    let upstream = tensor([total, 4, 8], seed: 4)
    let together = inputs[0].attended(keys: inputs[1], values: inputs[2], lengths: lengths)
    let slopes = gradient(at: inputs) {
      ($0[0].attended(keys: $0[1], values: $0[2], lengths: lengths) * upstream).sum()
    }.gradients
    var start = 0
    for length in lengths {
      let range = start..<start + length
      let alone = inputs.map { slice($0, range) }
      #expect(
        alone[0].attended(keys: alone[1], values: alone[2], lengths: [length]).floats
          == slice(together, range).floats)
      let slopesAlone = gradient(at: alone) {
        ($0[0].attended(keys: $0[1], values: $0[2], lengths: [length]) * slice(upstream, range))
          .sum()
      }.gradients
      for (a, b) in zip(slopesAlone, slopes) { #expect(a.floats == slice(b, range).floats) }
      start += length
    }
  }

  @Test func `a token sees nothing that comes after it`() {
    let (query, key) = (tensor([6, 2, 4], seed: 5), tensor([6, 2, 4], seed: 6))
    let value = tensor([6, 2, 4], seed: 7)
    let whole = query.attended(keys: key, values: value, lengths: [6])
    let prefix = slice(query, 0..<4).attended(
      keys: slice(key, 0..<4), values: slice(value, 0..<4), lengths: [4])
    #expect(slice(whole, 0..<4).floats == prefix.floats)
    #expect(slice(whole, 0..<1).floats == slice(value, 0..<1).floats)
  }
}
