import CIntegerLanes
import Kernels

/// The panels of an `Int8Matrix` without its zeros: for each four columns a mask of 64 bits that says
/// where among the sixteen times four numbers those are that are not zero, and these side by side.
/// One instruction, `vpexpandb`, puts them in their places again.
struct SparsePanels: IntegerPanels {
  static var activationBlock: Int? { nil }

  let outputs: Int
  let inputs: Int
  private let depth: Int

  /// The masks of all panels, and the numbers.
  private let masks: PanelMemory
  private let values: PanelMemory

  /// Where the numbers of each panel begin.
  private let starts: [Int]
  private let scales: [Float]

  /// The bytes that are read at a token.
  var byteCount: Int { masks.count + values.count + 4 * scales.count }

  init(_ matrix: Int8Matrix) {
    outputs = matrix.rows
    inputs = matrix.columns
    depth = (inputs + 31) / 32 * 32
    let panels = (outputs + 15) / 16
    masks = PanelMemory(byteCount: panels * depth / 4 * 8)
    values = PanelMemory(byteCount: matrix.values.count { $0 != 0 })
    scales = matrix.scales + Array(repeating: 0, count: panels * 16 - outputs)
    var starts: [Int] = []
    var next = 0
    for panel in 0..<panels {
      starts.append(next)
      for group in 0..<depth / 4 {
        var mask: UInt64 = 0
        for bit in 0..<64 {
          let (row, column) = (16 * panel + bit / 4, 4 * group + bit % 4)
          guard row < outputs, column < inputs else { continue }
          let value = matrix.values[row * inputs + column]
          guard value != 0 else { continue }
          mask |= 1 << UInt64(bit)
          values.base.storeBytes(
            of: UInt8(bitPattern: value) ^ 128, toByteOffset: next, as: UInt8.self)
          next += 1
        }
        masks.base.storeBytes(
          of: mask, toByteOffset: (panel * depth / 4 + group) * 8, as: UInt64.self)
      }
    }
    self.starts = starts
  }

  @inline(__always) func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane> {
    let masks = (masks.base + panel * depth * 2).assumingMemoryBound(to: UInt64.self)
    var values = UnsafePointer(
      (self.values.base + starts[panel]).assumingMemoryBound(to: UInt8.self))
    var sums = InlineArray<tokens, IntegerLane>(repeating: .zero)
    var others = InlineArray<tokens, IntegerLane>(repeating: .zero)
    for i in 0..<tokens {
      sums[i] = IntegerLane(repeating: -128 &* activations.sums(token &+ i)[0])
    }
    for step in stride(from: 0, to: depth / 4, by: 2) {
      let first = integer_lanes_expand(values, masks[step])
      values += integer_lanes_count(masks[step])
      let second = integer_lanes_expand(values, masks[step &+ 1])
      values += integer_lanes_count(masks[step &+ 1])
      for i in 0..<tokens {
        let groups = activations.groups(token &+ i)
        sums[i] = integer_lanes_dot(sums[i], first, groups[step])
        others[i] = integer_lanes_dot(others[i], second, groups[step &+ 1])
      }
    }
    for i in 0..<tokens { sums[i] &+= others[i] }
    return scaled(sums, by: scales, panel, activations, token)
  }
}
