import CIntegerLanes
import Kernels
import Tensors

/// Weights `[outputs, inputs]` rearranged into panels of sixteen rows, in which the numbers that one
/// vector instruction takes lie side by side: four neighbours of each of the sixteen rows.
///
/// One row of activations at a time, the weights pass once from memory through the processor; of a
/// batch, each panel is kept in the cache while all rows pass. Every output is a sum of whole numbers
/// over a block, which is exact, and then one chain of fused multiply-adds over the blocks in order.
/// So its bits depend on no other row, on no number of threads and on no width of registers.
protocol IntegerPanels: Sendable {
  var outputs: Int { get }
  var inputs: Int { get }

  /// How many numbers of a row of activations share a scale; nil if all do.
  static var activationBlock: Int? { get }

  /// What is added to the activations, so that they are the operand without a sign; 0 if the weights
  /// are.
  static var activationOffset: Int32 { get }

  /// The products of `tokens` rows of activations with the sixteen rows of a panel.
  func multiply<let tokens: Int>(
    panel: Int, _ activations: borrowing Activations, from token: Int
  ) -> InlineArray<tokens, Lane>
}

/// Sixteen sums of whole numbers.
typealias IntegerLane = SIMD16<Int32>

/// A projection of fewer multiplications than this stays on one thread.
private let forkedWork = 1 << 20

extension IntegerPanels {
  static var activationOffset: Int32 { 0 }

  /// `y = x Wᵀ`, for `x: [tokens, inputs]`.
  @inline(__always) func project(_ x: Tensor) -> Tensor {
    require(
      x.shape.rank > 0 && x.shape.width == inputs,
      "project: rows of \(x.shape) and of the weight [\(outputs), \(inputs)] differ in length")
    let activations = Activations(
      x, blockWidth: Self.activationBlock, offset: Self.activationOffset)
    return Tensor.written(x.shape.replacing(width: outputs)) { y in
      let panels = (outputs + 15) / 16
      let work = activations.tokens * outputs * inputs
      parallel(over: panels, grain: work < forkedWork ? panels : 1) { range in
        if activations.tokens == 1 {
          multiply(range, activations, into: y)
        } else {
          for panel in range { multiply(panel, activations, into: y) }
        }
      }
    }
  }

  /// All columns of some panels, of one token: one call for all of them.
  @inline(never) private func multiply(
    _ panels: Range<Int>, _ activations: borrowing Activations, into y: UnsafeMutablePointer<Float>
  ) {
    for panel in panels {
      store(
        multiply(panel: panel, activations, from: 0) as InlineArray<1, Lane>, panel, 0, y)
    }
  }

  /// Sixteen columns of the result, several tokens at a time.
  @inline(__always) private func multiply(
    _ panel: Int, _ activations: borrowing Activations, into y: UnsafeMutablePointer<Float>
  ) {
    var token = 0
    while token + 8 <= activations.tokens {
      store(block(panel, activations, token) as InlineArray<8, Lane>, panel, token, y)
      token += 8
    }
    if token + 4 <= activations.tokens {
      store(block(panel, activations, token) as InlineArray<4, Lane>, panel, token, y)
      token += 4
    }
    if token + 2 <= activations.tokens {
      store(block(panel, activations, token) as InlineArray<2, Lane>, panel, token, y)
      token += 2
    }
    if token < activations.tokens {
      store(block(panel, activations, token) as InlineArray<1, Lane>, panel, token, y)
    }
  }

  /// Never inlined: several counts of tokens in one function are too much for the compiler, which then
  /// keeps sums in memory.
  @inline(never) private func block<let tokens: Int>(
    _ panel: Int, _ activations: borrowing Activations, _ token: Int
  ) -> InlineArray<tokens, Lane> {
    multiply(panel: panel, activations, from: token)
  }

  @inline(__always) private func store<let tokens: Int>(
    _ lanes: InlineArray<tokens, Lane>, _ panel: Int, _ token: Int, _ y: UnsafeMutablePointer<Float>
  ) {
    let count = min(16, outputs - 16 * panel)
    for i in 0..<tokens {
      let target = y + ((token + i) * outputs + 16 * panel)
      if count == 16 {
        UnsafeMutableRawPointer(target).storeBytes(of: lanes[i], as: Lane.self)
      } else {
        for j in 0..<count { target[j] = lanes[i][j] }
      }
    }
  }
}
