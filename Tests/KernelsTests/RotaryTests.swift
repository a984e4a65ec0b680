import Foundation
import Testing

@testable import Kernels

@Suite struct RotaryTests {
  @Test(arguments: [2, 10, 32, 64, 128], [RotaryPairing.halves, .neighbours])
  func agreesWithItsDefinition(_ headWidth: Int, _ pairing: RotaryPairing) {
    let (tokens, heads) = (120, 3)
    let table = RotaryTable(headWidth: headWidth, positions: 2000, base: 10_000)
    let positions = (0..<tokens).map { Int32($0 * 16 + 5) }
    let x = normals(tokens * heads * headWidth)
    let y = onAnyThreads { rotated(x, table, positions, heads, headWidth, pairing) }
    var truth = [Double](repeating: 0, count: x.count)
    for token in 0..<tokens {
      for head in 0..<heads {
        let start = (token * heads + head) * headWidth
        for i in 0..<headWidth / 2 {
          let angle =
            Double(positions[token]) * pow(10_000, -2 * Double(i) / Double(headWidth))
          let (first, second) =
            pairing == .halves
            ? (start + i, start + i + headWidth / 2) : (start + 2 * i, start + 2 * i + 1)
          let (a, b) = (Double(x[first]), Double(x[second]))
          truth[first] = a * cos(angle) - b * sin(angle)
          truth[second] = b * cos(angle) + a * sin(angle)
        }
      }
    }
    // Values of up to five, times a cosine and a sine half an ulp off, rounded twice.
    expectClose(y, truth, absolute: 5 * 4 * 0x1p-24)
    let back = rotated(y, table, positions, heads, headWidth, pairing, inverse: true)
    expectClose(back, x.map(Double.init), absolute: 5 * 8 * 0x1p-24)
    let last = (tokens - 1) * heads * headWidth
    let alone = rotated(Array(x[last...]), table, [positions.last!], heads, headWidth, pairing)
    #expect(bits(alone) == bits(Array(y[last...])))
  }

  @Test func distantPositionsAreExact() {
    let position = 1 << 20
    let table = RotaryTable(frequencies: [1, 0.1], positions: position + 1)
    for (pair, frequency) in [1, 0.1].enumerated() {
      let i = position * 2 + pair
      #expect(table.cosines[i] == Float(cos(Double(position) * frequency)))
      #expect(table.sines[i] == Float(sin(Double(position) * frequency)))
    }
  }

  @Test func mayOverwriteItsInput() {
    let table = RotaryTable(headWidth: 20, positions: 9, base: 10_000)
    let x = normals(3 * 20)
    for pairing in [RotaryPairing.halves, .neighbours] {
      var y = x
      y.withUnsafeMutableBufferPointer {
        rotate(
          $0.baseAddress!, into: $0.baseAddress!, table: table, positions: [8, 0, 3], tokens: 3,
          heads: 1, headWidth: 20, pairing: pairing)
      }
      #expect(bits(y) == bits(rotated(x, table, [8, 0, 3], 1, 20, pairing)))
    }
  }
}

private func rotated(
  _ x: [Float], _ table: RotaryTable, _ positions: [Int32], _ heads: Int, _ headWidth: Int,
  _ pairing: RotaryPairing, inverse: Bool = false
) -> [Float] {
  var y = [Float](repeating: 0, count: x.count)
  rotate(
    x, into: &y, table: table, positions: positions, tokens: positions.count, heads: heads,
    headWidth: headWidth, pairing: pairing, inverse: inverse)
  return y
}
