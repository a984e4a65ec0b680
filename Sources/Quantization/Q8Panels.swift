import CIntegerLanes
import Kernels

/// The panels of a matrix in Q8_0: the scales of its sixteen rows, in half precision, block by block;
/// then for each block of 32 columns eight times the 64 bytes of four columns, with 128 added.
struct Q8Panels: IntegerPanels {
  static var activationBlock: Int? { 32 }

  let outputs: Int
  let inputs: Int
  private let panels: BlockPanels

  init(_ matrix: BlockMatrix) {
    outputs = matrix.rows
    inputs = matrix.columns
    panels = BlockPanels(matrix, codeBytes: 512) { codes, target, row in
      for column in 0..<32 {
        target.storeBytes(
          of: codes.load(fromByteOffset: column, as: UInt8.self) ^ 128,
          toByteOffset: column / 4 * 64 + row * 4 + column % 4, as: UInt8.self)
      }
    }
  }

  @inline(__always) func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane> {
    var scales = panels.start(panel)
    var result = InlineArray<tokens, Lane>(repeating: .zero)
    for block in 0..<panels.blocks {
      let codes = scales + BlockPanels.scaleBytes
      var sums = InlineArray<tokens, IntegerLane>(repeating: .zero)
      for i in 0..<tokens {
        sums[i] = IntegerLane(repeating: -128 &* activations.sums(token &+ i)[block])
      }
      integer_lanes_fetch(codes, 8)
      for step in 0..<8 {
        let bytes = integer_lanes_load(codes + 64 &* step)
        for i in 0..<tokens {
          sums[i] = integer_lanes_dot(
            sums[i], bytes, activations.groups(token &+ i)[8 &* block &+ step])
        }
      }
      let scale = integer_lanes_halves(scales)
      for i in 0..<tokens {
        result[i] = integer_lanes_add_scaled(
          result[i], sums[i], scale * Lane(repeating: activations.scales(token &+ i)[block]))
      }
      scales = codes + 512
    }
    return result
  }
}
