import Testing

@testable import Kernels

@Suite struct EightBitsTests {
  private func rounded(_ x: [Float], width: Int) -> [Float] {
    var y = x
    y.withUnsafeMutableBufferPointer {
      roundToEightBits(
        $0.baseAddress!, into: $0.baseAddress!, count: x.count / width, width: width)
    }
    return y
  }

  @Test(arguments: [1, 7, 16, 33, 100])
  func `nothing is off by more than half a scale`(_ width: Int) {
    let x = normals(20 * width, seed: 1)
    let y = onAnyThreads { rounded(x, width: width) }
    for row in 0..<20 {
      let range = row * width..<(row + 1) * width
      let scale = x[range].map(abs).max()! / 127
      for i in range {
        #expect(abs(x[i] - y[i]) <= scale * 0.50001)
        // A whole number of scales, and no more than 127.
        let code = (y[i] / scale).rounded()
        #expect(abs(code) <= 127 && y[i] == code * scale)
      }
    }
  }

  @Test func `a tie goes to the even neighbour`() {
    #expect(rounded([127, 0.5, 1.5, -2.5], width: 4) == [127, 0, 2, -2])
  }

  @Test func `zeros stay zeros, and what is very small does not overflow`() {
    #expect(rounded([0, 0, 0], width: 3) == [0, 0, 0])
    let tiny = Float.leastNonzeroMagnitude
    for largest: Float in [1, 60, 64, 190, 191, 1000] {
      let y = rounded([largest * tiny, -largest * tiny, 0], width: 3)
      #expect(abs(y[0] - largest * tiny) <= 64 * tiny && y[1] == -y[0] && y[2] == 0)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `what is not finite leaves no number in its vector, and the others alone`(_ culprit: Float) {
    let y = rounded([1, culprit, 3, 4, 5, 6], width: 3)
    #expect(y[..<3].allSatisfy { $0.isNaN })
    #expect(y[3...].allSatisfy { $0.isFinite })
  }
}
