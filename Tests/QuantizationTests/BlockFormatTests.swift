import Foundation
import Tensors
import Testing

@testable import Quantization

/// What the package `gguf` made of some weights, by `Tests/Oracles/quantization.py`.
private struct Case: Decodable, Sendable, CustomTestStringConvertible {
  let format: String
  let weights: [Float]
  let bytes: String
  let decoded: [Float]

  var testDescription: String { format }

  var blockFormat: BlockFormat { BlockFormat(rawValue: format)! }

  var byteArray: [UInt8] {
    let digits = bytes.utf8.map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  static let all: [Case] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Oracles/Fixtures/quantization.json")
    return try! JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }()
}

@Suite struct BlockFormatTests {
  @Test(arguments: Case.all.filter { !$0.weights.isEmpty })
  private func `writes the bytes of the reference`(_ fixture: Case) throws {
    let weight = Tensor([fixture.weights.count / 32, 32], fixture.weights)
    let matrix = try BlockMatrix(rounding: weight, to: fixture.blockFormat)
    let size = matrix.format.bytesPerBlock
    for block in 0..<weight.shape[0] {
      let ours = matrix.bytes[block * size..<(block + 1) * size]
      #expect(ours == fixture.byteArray[block * size..<(block + 1) * size], "block \(block)")
    }
  }

  @Test(arguments: Case.all)
  private func `reads what the reference reads`(_ fixture: Case) throws {
    let width = fixture.blockFormat.weightsPerBlock
    let matrix = try BlockMatrix(
      fixture.blockFormat, rows: fixture.decoded.count / width, columns: width,
      bytes: fixture.byteArray)
    // To the bit, the sign of zeros excepted, which JSON keeps as well.
    #expect(bits(matrix.decoded().floats) == bits(fixture.decoded))
  }

  @Test(arguments: [BlockFormat.q80, .q40])
  func `an encoded matrix stands for weights within half a step`(_ format: BlockFormat) throws {
    let weight = normal([40, 96], seed: 3)
    let decoded = try BlockMatrix(rounding: weight, to: format).decoded()
    for row in 0..<40 {
      for block in 0..<3 {
        let original = weight.row(row)[32 * block..<32 * (block + 1)]
        let largest = original.map(\.magnitude).max()!
        // The opposite of the largest weight may be a whole step of Q4_0 away.
        let step = format == .q80 ? largest / 127 : largest / 8
        for (i, value) in original.enumerated() {
          let error = (decoded[row, 32 * block + i] - value).magnitude
          #expect(error <= step * (format == .q80 ? 0.6 : 1.01))
        }
      }
    }
  }

  /// Encoding what a block stands for changes nothing any more, which is why a model that has been
  /// read from a file can be written again.
  @Test func `Q8_0 of what it stands for is itself`() throws {
    let once = try BlockMatrix(rounding: normal([16, 64], seed: 4), to: .q80)
    let twice = try BlockMatrix(rounding: once.decoded(), to: .q80)
    #expect(
      zip(once.decoded().floats, twice.decoded().floats).allSatisfy {
        ($0 - $1).magnitude <= 1e-3 * $0.magnitude
      })
  }

  @Test func `refuses what a format cannot hold`() throws {
    let narrow = normal([4, 40], seed: 1)
    #expect(throws: QuantizationError(.width(40, .q40))) {
      try BlockMatrix(rounding: narrow, to: .q40)
    }
    #expect(throws: QuantizationError(.width(64, .q4K))) {
      try BlockMatrix(.q4K, rows: 1, columns: 64, bytes: [])
    }
    #expect(throws: QuantizationError(.noEncoder(.q4K))) {
      try BlockMatrix(rounding: normal([1, 256], seed: 1), to: .q4K)
    }
    var values = normal([2, 32], seed: 1).floats
    values[37] = .infinity
    #expect(throws: QuantizationError(.notFinite(.infinity, row: 1, column: 5))) {
      try BlockMatrix(rounding: Tensor([2, 32], values), to: .q80)
    }
    values[37] = 1e9
    #expect(throws: QuantizationError(.tooLarge(row: 1, .q80))) {
      try BlockMatrix(rounding: Tensor([2, 32], values), to: .q80)
    }
  }
}
