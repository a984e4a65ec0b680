import CIntegerLanes
import Kernels
import Tensors

/// Rows of activations, quantised as they come: whole numbers from -127 to 127 and, for each block
/// of a row or for the row as a whole, a scale and the sum of the numbers.
///
/// `x ≈ s · q`, with s a 127th of the largest magnitude in the block and q rounded to the nearest,
/// halves to even. What becomes of a row depends on that row alone. A block with a NaN or an
/// infinity has a scale that is NaN, so that what is computed from it is NaN, too.
struct Activations: ~Copyable {
  /// How many rows.
  let tokens: Int

  /// How many numbers of a row share a scale: 32, or the padded row.
  let blockWidth: Int

  /// How many scales a row has.
  let blocks: Int

  /// What is added to each number.
  private let offset: Int32

  private let memory: UnsafeMutableRawPointer

  /// Quantises the rows of `x`, `[tokens, width]`; `blockWidth` nil makes a row one block. Rows are
  /// padded with zeros to a multiple of 32. `offset` is added to the numbers that `groups` has, though
  /// not to those whose sums `sums` has: with 128 they are bytes without a sign.
  init(_ x: Tensor, blockWidth: Int?, offset: Int32) {
    let width = x.shape.width
    let padded = (width + 31) / 32 * 32
    tokens = x.shape.rows
    self.blockWidth = blockWidth ?? padded
    self.offset = offset
    blocks = padded == 0 ? 0 : padded / self.blockWidth
    // Aligned as far as the smallest vector that is read here, 16 bytes: to ask for more costs the
    // allocator more than the quantisation of a short row.
    memory = .allocate(byteCount: tokens * (padded + 8 * blocks), alignment: 16)
    x.withFloats { floats in
      floats.withUnsafeBufferPointer { floats in
        guard let base = floats.baseAddress else { return }
        // The rows of a prompt are shared among threads; a row or two would not repay the fork.
        parallel(over: tokens, grain: max(1, (1 << 15) / max(1, width))) { range in
          for token in range { quantize(base + token * width, width, token) }
        }
      }
    }
  }

  deinit { memory.deallocate() }

  private var width: Int { blockWidth * blocks }

  /// The numbers of a row in groups of four, the first in the lowest bits.
  func groups(_ token: Int) -> UnsafePointer<Int32> {
    UnsafePointer((memory + token * width).assumingMemoryBound(to: Int32.self))
  }

  /// The scales of a row's blocks.
  func scales(_ token: Int) -> UnsafePointer<Float> { UnsafePointer(scaleBase(token)) }

  /// The sums of the numbers of a row's blocks.
  func sums(_ token: Int) -> UnsafePointer<Int32> { UnsafePointer(sumBase(token)) }

  private func scaleBase(_ token: Int) -> UnsafeMutablePointer<Float> {
    (memory + tokens * width).assumingMemoryBound(to: Float.self) + token * blocks
  }

  private func sumBase(_ token: Int) -> UnsafeMutablePointer<Int32> {
    (memory + tokens * (width + 4 * blocks)).assumingMemoryBound(to: Int32.self) + token * blocks
  }

  private func quantize(_ x: UnsafePointer<Float>, _ count: Int, _ token: Int) {
    let numbers = memory + token * width
    for block in 0..<blocks {
      let start = block * blockWidth
      let end = min(count, start + blockWidth)
      // As whole numbers the bits of magnitudes have the order of the magnitudes, and NaN is last.
      var magnitudes = SIMD16<Int32>.zero
      for i in stride(from: start, to: end, by: 16) {
        magnitudes = integer_lanes_max(magnitudes, bits(x + i, end - i) & 0x7FFF_FFFF)
      }
      let bits = UInt32(bitPattern: integer_lanes_largest(magnitudes))
      let largest = Float(bitPattern: bits)
      // 127 / largest must not overflow; so small a block is all zeros.
      let inverse: Float = bits < 0x7F80_0000 && largest > 0x1p-100 ? 127 / largest : 0
      var sums = SIMD16<Int32>.zero
      for i in stride(from: start, to: start + blockWidth, by: 16) {
        let steps = floats(x + i, end - i) * Lane(repeating: inverse)
        // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the low bits.
        let shifted = unsafeBitCast(steps + Lane(repeating: 0x1.8p23), to: SIMD16<Int32>.self)
        let whole = bits < 0x7F80_0000 ? shifted &- 0x4B40_0000 : .zero
        integer_lanes_store(numbers + i, whole &+ IntegerLane(repeating: offset))
        sums &+= whole
      }
      scaleBase(token)[block] = bits < 0x7F80_0000 ? largest / 127 : .nan
      sumBase(token)[block] = integer_lanes_total(sums)
    }
  }
}

/// The floats at `x`, zeros beyond the first `count`.
@inline(__always) private func floats(_ x: UnsafePointer<Float>, _ count: Int) -> Lane {
  if count >= 16 { return UnsafeRawPointer(x).loadUnaligned(as: Lane.self) }
  var lane = Lane.zero
  for i in 0..<max(0, count) { lane[i] = x[i] }
  return lane
}

/// The bits of the floats at `x`, zeros beyond the first `count`.
@inline(__always) private func bits(_ x: UnsafePointer<Float>, _ count: Int) -> SIMD16<Int32> {
  unsafeBitCast(floats(x, count), to: SIMD16<Int32>.self)
}
