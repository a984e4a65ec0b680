/// A published layout of weights in blocks: so many neighbours of a row share a scale, and each is
/// a small whole number of such steps.
///
///     BlockFormat.q40.bitsPerWeight    // 4.5
///
/// The names and the bytes are those of ggml, so that files written here are read by others.
/// Source: `ggml-common.h` and `ggml-quants.c` in https://github.com/ggml-org/ggml, and the
/// package `gguf` on PyPI, whose bytes the tests compare with ours.
public enum BlockFormat: String, CaseIterable, Sendable {
  /// 32 weights of 8 bits with one scale.
  case q80 = "Q8_0"
  /// 32 weights of 4 bits with one scale.
  case q40 = "Q4_0"
  /// 256 weights of 4 bits: eight groups with a scale and an offset of 6 bits each. It is read, not
  /// written: its encoder is a search that no two versions of ggml agree about.
  case q4K = "Q4_K"

  /// How many neighbours of a row make a block; rows must be a multiple as long.
  public var weightsPerBlock: Int { self == .q4K ? 256 : 32 }

  /// The size of a block.
  public var bytesPerBlock: Int {
    switch self {
    case .q80: 34
    case .q40: 18
    case .q4K: 144
    }
  }

  /// How many bytes of a block are scales and offsets.
  public var scaleBytesPerBlock: Int {
    switch self {
    case .q80, .q40: 2
    case .q4K: 16
    }
  }

  /// What a weight costs, its share of the scales included.
  public var bitsPerWeight: Double { Double(8 * bytesPerBlock) / Double(weightsPerBlock) }

  /// Decodes the block at `bytes` into `weightsPerBlock` floats.
  func decode(_ bytes: UnsafePointer<UInt8>, into weights: UnsafeMutablePointer<Float>) {
    switch self {
    case .q80: Q8_0.decode(bytes, into: weights)
    case .q40: Q4_0.decode(bytes, into: weights)
    case .q4K: Q4_K.decode(bytes, into: weights)
    }
  }
}
