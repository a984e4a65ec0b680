/// A named look at numbers in memory, to be written to a file.
///
/// It does not keep the memory alive: whoever makes it does, until the file is written.
public struct TensorView {
  /// Where the numbers are, and whether they have to be converted.
  enum Contents {
    case floats(UnsafePointer<Float>)
    case bytes(UnsafeRawPointer)
    case made(() -> [Float])
  }

  public let name: String
  public let shape: [Int]
  public let dataType: DataType

  /// The size in the file.
  let byteCount: Int
  let contents: Contents

  /// A tensor of `shape` whose numbers begin at `floats`, to be stored as `dataType`: `float32`
  /// as they are, `float16` or `bfloat16` rounded to nearest with ties to even.
  public init(
    _ name: String, _ shape: [Int], floats: UnsafePointer<Float>, as dataType: DataType = .float32
  ) {
    guard [.float32, .float16, .bfloat16].contains(dataType) else {
      fatalError("tensor \(name): floats are written as F32, F16 or BF16, not \(dataType.rawValue)")
    }
    self.init(name, shape, .floats(floats), dataType)
  }

  /// A tensor of `shape` whose numbers are little-endian `bytes` of type `dataType` already.
  public init(
    _ name: String, _ shape: [Int], bytes: UnsafeRawBufferPointer, as dataType: DataType
  ) {
    // An empty buffer may have no address; any will do, since nothing is read from it.
    let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    self.init(name, shape, .bytes(start), dataType)
    guard byteCount == bytes.count else {
      fatalError(
        "tensor \(name): \(bytes.count) bytes for \(dataType.rawValue) of shape \(shape), "
          + "which takes \(byteCount)")
    }
  }

  /// A tensor of `shape` whose floats `make` makes when they are written, so that only one such
  /// tensor is in memory at a time.
  public init(_ name: String, _ shape: [Int], making make: @escaping () -> [Float]) {
    self.init(name, shape, .made(make), .float32)
  }

  private init(_ name: String, _ shape: [Int], _ contents: Contents, _ dataType: DataType) {
    guard shape.allSatisfy({ $0 >= 0 }), let byteCount = dataType.byteCount(of: shape) else {
      fatalError("tensor \(name): no \(dataType.rawValue) tensor has shape \(shape)")
    }
    self.name = name
    self.shape = shape
    self.dataType = dataType
    self.contents = contents
    self.byteCount = byteCount
  }
}
