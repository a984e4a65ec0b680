import Quantization

/// How the numbers of a tensor are stored.
public enum GGUFType: Equatable, Hashable, Sendable {
  case float32
  case float16
  case blocks(BlockFormat)

  /// The number that stands for it in a file.
  var code: UInt32 {
    switch self {
    case .float32: 0
    case .float16: 1
    case .blocks(.q40): 2
    case .blocks(.q80): 8
    case .blocks(.q4K): 12
    }
  }

  static let all: [GGUFType] =
    [.float32, .float16] + BlockFormat.allCases.map { .blocks($0) }

  init?(code: UInt32) {
    guard let type = GGUFType.all.first(where: { $0.code == code }) else { return nil }
    self = type
  }

  /// The format's name for it.
  public var name: String {
    switch self {
    case .float32: "F32"
    case .float16: "F16"
    case .blocks(let format): format.rawValue
    }
  }

  /// How many neighbours of a row are stored together, and in how many bytes.
  var block: (count: Int, bytes: Int) {
    switch self {
    case .float32: (1, 4)
    case .float16: (1, 2)
    case .blocks(let format): (format.weightsPerBlock, format.bytesPerBlock)
    }
  }

  /// The bytes that a tensor takes whose rows are `shape.last` long; nil if rows are no multiple of a
  /// block, or if no file could hold it.
  func byteCount(of shape: [Int]) -> Int? {
    guard let width = shape.last, width % block.count == 0 else { return nil }
    var total = block.bytes
    for size in shape.dropLast() + [width / block.count] {
      let (product, overflows) = total.multipliedReportingOverflow(by: size)
      if overflows { return nil }
      total = product
    }
    return total
  }
}
