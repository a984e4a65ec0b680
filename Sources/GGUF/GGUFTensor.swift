import Files
import Quantization
import Tensors

/// A tensor in a file: known, checked, and not yet read. It keeps its file open.
public struct GGUFTensor: Sendable {
  public let name: String
  public let type: GGUFType

  /// Its sizes, the number of columns last; the file has them the other way round.
  public let shape: [Int]

  /// Where its bytes lie in the file.
  let range: Range<Int>
  private let source: OpenFile

  private init(
    _ name: String, _ type: GGUFType, _ shape: [Int], _ range: Range<Int>, _ source: OpenFile
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.range = range
    self.source = source
  }

  /// Reads what the file says of its next tensor, whose data is to begin at `start` of all data.
  init(
    _ scanner: inout GGUFScanner, _ source: OpenFile, from start: Int
  ) throws(GGUFError) {
    let name = try scanner.string()
    scanner.place = .tensor(name)
    defer { scanner.place = nil }
    guard (1...63).contains(name.utf8.count) else {
      throw scanner.failure(.nameLength(name.utf8.count))
    }
    let rank = try scanner.integer(UInt32.self)
    guard (1...4).contains(rank) else {
      throw scanner.failure(.dimensions(Array(repeating: 0, count: Int(min(rank, 5)))))
    }
    var sizes: [UInt64] = []
    for _ in 0..<rank { sizes.append(try scanner.integer(UInt64.self)) }
    let code = try scanner.integer(UInt32.self)
    let offset = try scanner.integer(UInt64.self)
    guard sizes.allSatisfy({ $0 > 0 }) else { throw scanner.failure(.dimensions(sizes)) }
    guard let type = GGUFType(code: code) else {
      throw scanner.failure(.unknownTensorType(code))
    }
    let shape = sizes.reversed().compactMap { Int(exactly: $0) }
    guard shape.count == sizes.count, let count = type.byteCount(of: shape), count < 1 << 62 else {
      throw scanner.failure(.impossibleSize(type.name, shape: sizes))
    }
    guard offset == UInt64(start) else {
      throw scanner.failure(.misplaced(offset: offset, expected: start))
    }
    guard count <= source.count - start else {
      throw scanner.failure(.wrongLength(found: source.count, expected: start + count))
    }
    self.init(name, type, shape, start..<start + count, source)
  }

  /// The same tensor in a file whose data begins at `start`.
  func moved(by start: Int) -> GGUFTensor {
    GGUFTensor(
      name, type, shape, range.lowerBound + start..<range.upperBound + start, source)
  }

  /// How many numbers it has.
  public var count: Int { shape.reduce(1, *) }

  /// How many bytes it takes in the file.
  public var byteCount: Int { range.count }

  /// How many of these are scales and offsets of weights in blocks.
  public var scaleByteCount: Int {
    guard case .blocks(let format) = type else { return 0 }
    return byteCount / format.bytesPerBlock * format.scaleBytesPerBlock
  }

  /// The bytes as they are in the file.
  public func bytes() throws(GGUFError) -> [UInt8] {
    try GGUFError.stating { () throws(FileError) in try source.bytes(range) }
  }

  /// The numbers, row after row.
  ///
  /// - Throws: `notFinite` at the first NaN or infinity; `file`.
  public func floats() throws(GGUFError) -> [Float] {
    let bytes = try bytes()
    let floats: [Float] =
      switch type {
      case .float32:
        bytes.withUnsafeBytes { bytes in
          (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
      case .float16: widened(halves: bytes)
      case .blocks(let format):
        // The shape was checked when the file was opened.
        try! BlockMatrix(
          format, rows: count / shape.last!, columns: shape.last!, bytes: bytes
        ).decoded().floats
      }
    var largest: UInt32 = 0
    for value in floats { largest = max(largest, value.bitPattern & 0x7FFF_FFFF) }
    if largest >= 0x7F80_0000, let index = floats.firstIndex(where: { !$0.isFinite }) {
      throw GGUFError(.notFinite(index: index), file: source.path, at: .tensor(name))
    }
    return floats
  }
}
