import CIntegerLanes
import Kernels

/// The panels of an `Int8Matrix` in which of each four neighbours of a row two are zero: five bits a
/// weight. The masks of a panel come first, 64 bits for each four columns, then for each of them the
/// 32 numbers that they place.
///
/// As every mask has 32 bits, no address depends on the masks before it, as it does in `SparsePanels`.
struct TwoOfFourPanels: IntegerPanels {
  static var activationBlock: Int? { nil }

  let outputs: Int
  let inputs: Int
  private let depth: Int
  private let memory: PanelMemory
  private let scales: [Float]

  /// Masks and numbers of a panel.
  private var panelBytes: Int { depth / 4 * 40 }

  /// - Throws: `notTwoOfFour`, at the first four of which more than two are not zero.
  init(_ matrix: Int8Matrix) throws(QuantizationError) {
    outputs = matrix.rows
    inputs = matrix.columns
    depth = (inputs + 31) / 32 * 32
    let panels = (outputs + 15) / 16
    memory = PanelMemory(byteCount: panels * depth / 4 * 40)
    scales = matrix.scales + Array(repeating: 0, count: panels * 16 - outputs)
    for row in 0..<panels * 16 {
      for group in 0..<depth / 4 {
        var four = (0..<4).map { i -> Int8 in
          let column = 4 * group + i
          return row < outputs && column < inputs
            ? matrix.values[row * inputs + column] : 0
        }
        var places = (0..<4).filter { four[$0] != 0 }
        guard places.count <= 2 else {
          throw QuantizationError(.notTwoOfFour(row: row, column: 4 * group))
        }
        // Where more than two are zero, zeros take part.
        for i in 0..<4 where places.count < 2 && four[i] == 0 { places.append(i) }
        four = places.sorted().map { four[$0] }
        place(four, places, row: row, group: group)
      }
    }
  }

  private func place(_ pair: [Int8], _ places: [Int], row: Int, group: Int) {
    let panel = memory.base + row / 16 * panelBytes
    let bits = places.reduce(0 as UInt64) { $0 | 1 << UInt64(row % 16 * 4 + $1) }
    let mask = panel.load(fromByteOffset: 8 * group, as: UInt64.self)
    panel.storeBytes(of: mask | bits, toByteOffset: 8 * group, as: UInt64.self)
    for (i, value) in pair.enumerated() {
      panel.storeBytes(
        of: UInt8(bitPattern: value) ^ 128,
        toByteOffset: depth * 2 + 32 * group + 2 * (row % 16) + i, as: UInt8.self)
    }
  }

  @inline(never) func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane> {
    let masks = (memory.base + panel * panelBytes).assumingMemoryBound(to: UInt64.self)
    var values = UnsafeRawPointer(masks + depth / 4).assumingMemoryBound(to: UInt8.self)
    var (a, b) = (
      InlineArray<tokens, IntegerLane>(repeating: .zero),
      InlineArray<tokens, IntegerLane>(repeating: .zero)
    )
    var (c, d) = (a, b)
    for i in 0..<tokens {
      a[i] = IntegerLane(repeating: -128 &* activations.sums(token &+ i)[0])
    }
    for step in stride(from: 0, to: depth / 4, by: 4) {
      let first = integer_lanes_expand_half(values, masks[step])
      let second = integer_lanes_expand_half(values + 32, masks[step &+ 1])
      let third = integer_lanes_expand_half(values + 64, masks[step &+ 2])
      let fourth = integer_lanes_expand_half(values + 96, masks[step &+ 3])
      for i in 0..<tokens {
        let groups = activations.groups(token &+ i) + step
        a[i] = integer_lanes_dot(a[i], first, groups[0])
        b[i] = integer_lanes_dot(b[i], second, groups[1])
        if tokens <= 2 {
          c[i] = integer_lanes_dot(c[i], third, groups[2])
          d[i] = integer_lanes_dot(d[i], fourth, groups[3])
        } else {
          a[i] = integer_lanes_dot(a[i], third, groups[2])
          b[i] = integer_lanes_dot(b[i], fourth, groups[3])
        }
      }
      values += 128
    }
    for i in 0..<tokens { a[i] &+= b[i] &+ c[i] &+ d[i] }
    return scaled(a, by: scales, panel, activations, token)
  }
}
