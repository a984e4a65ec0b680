import CIntegerLanes
import Kernels

/// The panels of an `Int8Matrix`: for each four columns 64 bytes, of sixteen rows the four numbers
/// with 128 added, because the instruction takes one operand without a sign. What is too much in the
/// product, 128 times the sum of the activations, it starts below zero.
struct Int8Panels: IntegerPanels {
  static var activationBlock: Int? { nil }

  let outputs: Int
  let inputs: Int
  private let depth: Int
  private let memory: PanelMemory
  private let scales: [Float]

  init(_ matrix: Int8Matrix) {
    outputs = matrix.rows
    inputs = matrix.columns
    depth = (inputs + 31) / 32 * 32
    let panels = (outputs + 15) / 16
    memory = PanelMemory(byteCount: panels * 16 * depth)
    scales = matrix.scales + Array(repeating: 0, count: panels * 16 - outputs)
    fillWithZeros(memory)
    matrix.values.withUnsafeBufferPointer { values in
      for row in 0..<outputs {
        for column in 0..<inputs {
          memory.base.storeBytes(
            of: UInt8(bitPattern: values[row * inputs + column]) ^ 128,
            toByteOffset: place(row: row, column: column, depth: depth), as: UInt8.self)
        }
      }
    }
  }

  @inline(__always) func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane> {
    var weights = (memory.base + panel * 16 * depth).assumingMemoryBound(to: UInt8.self)
    // A dot product waits for the one before it in the same sum, so a few tokens take four sums each;
    // of eight tokens, two sums each keep the processor busy and fit its registers.
    var (a, b) = (
      InlineArray<tokens, IntegerLane>(repeating: .zero),
      InlineArray<tokens, IntegerLane>(repeating: .zero)
    )
    var (c, d) = (a, b)
    for i in 0..<tokens {
      a[i] = IntegerLane(repeating: -128 &* activations.sums(token &+ i)[0])
    }
    for step in stride(from: 0, to: depth / 4, by: 4) {
      // With more tokens the panel is in the cache already.
      if tokens == 1 { integer_lanes_fetch(weights, 4) }
      let first = integer_lanes_load(weights)
      let second = integer_lanes_load(weights + 64)
      let third = integer_lanes_load(weights + 128)
      let fourth = integer_lanes_load(weights + 192)
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
      weights += 256
    }
    for i in 0..<tokens { a[i] &+= b[i] &+ c[i] &+ d[i] }
    return scaled(a, by: scales, panel, activations, token)
  }
}

/// Sums of whole numbers over rows with one scale each, times the scales of the panel's sixteen rows
/// and of the tokens.
@inline(__always) func scaled<let tokens: Int>(
  _ sums: InlineArray<tokens, IntegerLane>, by scales: [Float], _ panel: Int,
  _ activations: borrowing Activations, _ token: Int
) -> InlineArray<tokens, Lane> {
  let scale = scales.withUnsafeBufferPointer {
    UnsafeRawPointer($0.baseAddress! + 16 * panel).loadUnaligned(as: Lane.self)
  }
  var result = InlineArray<tokens, Lane>(repeating: .zero)
  for i in 0..<tokens {
    result[i] =
      integer_lanes_convert(sums[i])
      * (scale * Lane(repeating: activations.scales(token &+ i)[0]))
  }
  return result
}

/// Where in the panels the weight of a row and a column lies.
@inline(__always) func place(row: Int, column: Int, depth: Int) -> Int {
  row / 16 * 16 * depth + column / 4 * 64 + row % 16 * 4 + column % 4
}

/// Fills the memory with the code of zero.
func fillWithZeros(_ memory: PanelMemory) {
  UnsafeMutableRawBufferPointer(start: memory.base, count: memory.count)
    .initializeMemory(as: UInt8.self, repeating: 128)
}
