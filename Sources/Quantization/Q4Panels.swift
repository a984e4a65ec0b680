import CIntegerLanes
import Kernels

/// The panels of a matrix in Q4_0: the scales of its sixteen rows, in half precision, block by block;
/// then for each block of 32 columns four times 64 bytes, the low bits of which are four columns of the
/// block's first half and the high bits four of its second. The very bytes of the format in another
/// order.
struct Q4Panels: IntegerPanels {
  static var activationBlock: Int? { 32 }

  let outputs: Int
  let inputs: Int
  private let panels: BlockPanels

  init(_ matrix: BlockMatrix) {
    outputs = matrix.rows
    inputs = matrix.columns
    panels = BlockPanels(matrix, codeBytes: 256) { codes, target, row in
      for group in 0..<4 {
        (target + (64 * group + 4 * row)).copyMemory(from: codes + 4 * group, byteCount: 4)
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
        // The codes are 8 too large.
        sums[i] = IntegerLane(repeating: -8 &* activations.sums(token &+ i)[block])
      }
      integer_lanes_fetch(codes, 4)
      for step in 0..<4 {
        let bytes = integer_lanes_load(codes + 64 &* step)
        let low = integer_lanes_low(bytes)
        let high = integer_lanes_high(bytes)
        for i in 0..<tokens {
          let groups = activations.groups(token &+ i) + (8 &* block &+ step)
          sums[i] = integer_lanes_dot(sums[i], low, groups[0])
          sums[i] = integer_lanes_dot(sums[i], high, groups[4])
        }
      }
      let scale = integer_lanes_halves(scales)
      for i in 0..<tokens {
        result[i] = integer_lanes_add_scaled(
          result[i], sums[i], scale * Lane(repeating: activations.scales(token &+ i)[block]))
      }
      scales = codes + 256
    }
    return result
  }
}
