import CIntegerLanes
import Kernels

/// The panels of an `Int8Matrix` in which of each four neighbours of a row two are zero: five bits a
/// weight. For each 32 columns 64 bytes say, in two bits each, where the others stand, and four times
/// 64 bytes are these, of sixteen rows the four of eight columns.
///
/// The zeros are not put back. To each of the sixteen rows its own four activations are picked out of
/// eight, so that one product of 64 bytes does the work of two; to expand the weights with
/// `vpexpandb`, as `SparsePanels` do, and to multiply zeros took as long as the dense matrix. As the
/// instruction takes one operand without a sign, 128 is added to the activations, and 128 times
/// the sum of its weights is what a row starts below zero.
struct TwoOfFourPanels: IntegerPanels {
  static var activationBlock: Int? { nil }
  static var activationOffset: Int32 { 128 }

  /// The bytes of 32 columns of a panel.
  private static let blockBytes = 320

  let outputs: Int
  let inputs: Int
  private let blocks: Int
  private let memory: PanelMemory
  private let scales: [Float]

  /// What each row starts at.
  private let starts: [Int32]

  /// - Throws: `notTwoOfFour`, at the first four of which more than two are not zero.
  init(_ matrix: Int8Matrix) throws(QuantizationError) {
    outputs = matrix.rows
    inputs = matrix.columns
    blocks = (inputs + 31) / 32
    let rows = (outputs + 15) / 16 * 16
    memory = PanelMemory(byteCount: rows / 16 * blocks * TwoOfFourPanels.blockBytes)
    scales = matrix.scales + Array(repeating: 0, count: rows - outputs)
    starts = (0..<rows).map { row in
      guard row < matrix.rows else { return 0 }
      let own = matrix.values[row * matrix.columns..<(row + 1) * matrix.columns]
      return -128 * own.reduce(0) { $0 + Int32($1) }
    }
    for row in 0..<outputs {
      for group in 0..<(inputs + 3) / 4 {
        var places = (0, 0)
        var count = 0
        for i in 0..<min(4, inputs - 4 * group)
        where matrix.values[row * inputs + 4 * group + i] != 0 {
          guard count < 2 else {
            throw QuantizationError(.notTwoOfFour(row: row, column: 4 * group))
          }
          if count == 0 { places.0 = i } else { places.1 = i }
          count += 1
        }
        for (which, place) in [places.0, places.1].prefix(count).enumerated() {
          let value = matrix.values[row * inputs + 4 * group + place]
          store(value, place, row: row, group: group, which)
        }
      }
    }
  }

  /// Stores the first or second weight of a group of four columns.
  private func store(_ value: Int8, _ place: Int, row: Int, group: Int, _ which: Int) {
    let block = memory.base + (row / 16 * blocks + group / 8) * TwoOfFourPanels.blockBytes
    let byte = row % 16 * 4 + group % 2 * 2 + which
    let step = group / 2 % 4
    let codes = block.load(fromByteOffset: byte, as: UInt8.self)
    block.storeBytes(
      of: codes | UInt8(place << (2 * step)), toByteOffset: byte, as: UInt8.self)
    block.storeBytes(of: value, toByteOffset: 64 * (step + 1) + byte, as: Int8.self)
  }

  @inline(__always) func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane> {
    var weights = (memory.base + panel * blocks * TwoOfFourPanels.blockBytes)
      .assumingMemoryBound(to: UInt8.self)
    let start = starts.withUnsafeBufferPointer {
      UnsafeRawPointer($0.baseAddress! + 16 * panel).loadUnaligned(as: IntegerLane.self)
    }
    // As in `Int8Panels`, a few tokens take four sums each.
    var a = InlineArray<tokens, IntegerLane>(repeating: start)
    var b = InlineArray<tokens, IntegerLane>(repeating: .zero)
    var (c, d) = (b, b)
    for block in 0..<blocks {
      if tokens == 1 { integer_lanes_fetch(weights, 5) }
      let codes = integer_lanes_load(weights)
      let places = (
        integer_lanes_places(codes, 0, 0), integer_lanes_places(codes, 2, 8),
        integer_lanes_places(codes, 4, 0), integer_lanes_places(codes, 6, 8)
      )
      let first = integer_lanes_load(weights + 64)
      let second = integer_lanes_load(weights + 128)
      let third = integer_lanes_load(weights + 192)
      let fourth = integer_lanes_load(weights + 256)
      for i in 0..<tokens {
        let groups = activations.groups(token &+ i) + 8 &* block
        a[i] = integer_lanes_dot_groups(a[i], integer_lanes_pick(groups, places.0), first)
        b[i] = integer_lanes_dot_groups(b[i], integer_lanes_pick(groups, places.1), second)
        let pickedThird = integer_lanes_pick(groups + 4, places.2)
        let pickedFourth = integer_lanes_pick(groups + 4, places.3)
        if tokens <= 2 {
          c[i] = integer_lanes_dot_groups(c[i], pickedThird, third)
          d[i] = integer_lanes_dot_groups(d[i], pickedFourth, fourth)
        } else {
          a[i] = integer_lanes_dot_groups(a[i], pickedThird, third)
          b[i] = integer_lanes_dot_groups(b[i], pickedFourth, fourth)
        }
      }
      weights += TwoOfFourPanels.blockBytes
    }
    for i in 0..<tokens { a[i] &+= b[i] &+ c[i] &+ d[i] }
    return scaled(a, by: scales, panel, activations, token)
  }
}
