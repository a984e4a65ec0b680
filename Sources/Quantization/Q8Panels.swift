import CIntegerLanes
import Kernels

/// The panels of a matrix in Q8_0: the scales of its sixteen rows, in half precision, block by block;
/// then for each block of 32 columns eight times the 64 bytes of four columns, with 128 added.
struct Q8Panels: IntegerPanels {
  static var activationBlock: Int? { 32 }

  let outputs: Int
  let inputs: Int
  private let memory: PanelMemory

  /// The sizes of a panel and of the scales at its beginning.
  private var panelBytes: Int { scaleBytes + inputs / 32 * 512 }
  private var scaleBytes: Int { (inputs / 32 * 32 + 63) / 64 * 64 }

  init(_ matrix: BlockMatrix) {
    outputs = matrix.rows
    inputs = matrix.columns
    let blocks = inputs / 32
    let scaleBytes = (inputs / 32 * 32 + 63) / 64 * 64
    let panelBytes = scaleBytes + blocks * 512
    memory = PanelMemory(byteCount: (outputs + 15) / 16 * panelBytes)
    matrix.bytes.withUnsafeBytes { bytes in
      for row in 0..<outputs {
        for block in 0..<blocks {
          let source = bytes.baseAddress! + (row * blocks + block) * 34
          let panel = memory.base + row / 16 * panelBytes
          let target = panel + scaleBytes + block * 512
          (panel + (32 * block + 2 * (row % 16))).copyMemory(from: source, byteCount: 2)
          for column in 0..<32 {
            target.storeBytes(
              of: source.load(fromByteOffset: 2 + column, as: UInt8.self) ^ 128,
              toByteOffset: column / 4 * 64 + row % 16 * 4 + column % 4, as: UInt8.self)
          }
        }
      }
    }
  }

  @inline(never) func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane> {
    let blocks = inputs / 32
    let scales = memory.base + panel * panelBytes
    var codes = (scales + scaleBytes).assumingMemoryBound(to: UInt8.self)
    var result = InlineArray<tokens, Lane>(repeating: .zero)
    for block in 0..<blocks {
      var sums = InlineArray<tokens, IntegerLane>(repeating: .zero)
      for i in 0..<tokens {
        sums[i] = IntegerLane(repeating: -128 &* activations.sums(token &+ i)[block])
      }
      for step in 0..<8 {
        let bytes = integer_lanes_load(codes + 64 &* step)
        for i in 0..<tokens {
          sums[i] = integer_lanes_dot(
            sums[i], bytes, activations.groups(token &+ i)[8 &* block &+ step])
        }
      }
      let scale = integer_lanes_halves(scales + 32 &* block)
      for i in 0..<tokens {
        result[i] = integer_lanes_add_scaled(
          result[i], sums[i], scale * Lane(repeating: activations.scales(token &+ i)[block]))
      }
      codes += 512
    }
    return result
  }
}
