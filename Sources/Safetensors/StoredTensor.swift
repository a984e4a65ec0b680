import Files

/// A tensor in a file: known, checked, and not yet read.
///
/// It keeps its file open. Reading takes no lock, so any number of threads may read at once.
public struct StoredTensor: Sendable {
  public let name: String
  public let dataType: DataType
  public let shape: [Int]

  /// Where its bytes lie in the file.
  let range: Range<Int>
  let file: OpenFile

  /// How many numbers it has.
  public var count: Int { shape.reduce(1, *) }

  /// How many bytes it takes in the file.
  public var byteCount: Int { range.count }

  /// Reads the numbers in row-major order into `floats`, which has room for `count` of them, and
  /// converts them on the way: exactly from F32, F16 and BF16, rounded to nearest from F64.
  ///
  /// Needs a scratch buffer of at most half a megabyte, whatever the size of the tensor.
  ///
  /// - Throws: `notFloats` for any other data type; `notFinite` at the first NaN or infinity,
  ///   unless `allowsNonFinite`; `file`. What `floats` then holds is unspecified.
  public func read(
    into floats: UnsafeMutablePointer<Float>, allowsNonFinite: Bool = false
  ) throws(SafetensorsError) {
    // Small enough to stay in the second-level cache between reading, converting and checking.
    let pieceCount = 1 << 16
    var halves: [UInt16] = []
    var doubles: [Double] = []
    switch dataType {
    case .float32: break
    case .float16, .bfloat16: halves = .init(repeating: 0, count: min(pieceCount, count))
    case .float64: doubles = .init(repeating: 0, count: min(pieceCount, count))
    default: throw failure(.notFloats(dataType))
    }
    let size = dataType.bits / 8
    for start in stride(from: 0, to: count, by: pieceCount) {
      let piece = floats + start
      let pieceCount = min(pieceCount, count - start)
      let offset = range.lowerBound + start * size
      switch dataType {
      case .float16:
        try fill(&halves, pieceCount, at: offset)
        widenFloat16(halves, into: piece, count: pieceCount)
      case .bfloat16:
        try fill(&halves, pieceCount, at: offset)
        widenBFloat16(halves, into: piece, count: pieceCount)
      case .float64:
        try fill(&doubles, pieceCount, at: offset)
        for i in 0..<pieceCount { piece[i] = Float(doubles[i]) }
      default:
        let bytes = UnsafeMutableRawBufferPointer(start: piece, count: pieceCount * size)
        try fill(bytes, at: offset)
      }
      if !allowsNonFinite, let i = firstNonFinite(piece, count: pieceCount) {
        throw failure(.notFinite(piece[i], index: start + i))
      }
    }
  }

  /// The numbers in row-major order, as `read(into:allowsNonFinite:)` reads them.
  ///
  /// The result takes at most twice the memory that the tensor takes in the file.
  public func floats(allowsNonFinite: Bool = false) throws(SafetensorsError) -> [Float] {
    var floats = [Float](repeating: 0, count: count)
    try floats.withUnsafeMutableBufferPointer { (buffer) throws(SafetensorsError) in
      // An empty array may have no address, and there is nothing to read.
      guard let start = buffer.baseAddress else { return }
      try read(into: start, allowsNonFinite: allowsNonFinite)
    }
    return floats
  }

  /// The bytes as they are in the file, whatever their type.
  public func bytes() throws(SafetensorsError) -> [UInt8] {
    try SafetensorsError.stating(tensor: name) { () throws(FileError) in try file.bytes(range) }
  }

  /// Fills the first `count` elements of `scratch` from the file.
  private func fill<Element: BitwiseCopyable>(
    _ scratch: inout [Element], _ count: Int, at offset: Int
  ) throws(SafetensorsError) {
    try scratch.withUnsafeMutableBufferPointer { (buffer) throws(SafetensorsError) in
      let elements = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      try fill(UnsafeMutableRawBufferPointer(elements), at: offset)
    }
  }

  private func fill(
    _ bytes: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SafetensorsError) {
    try SafetensorsError.stating(tensor: name) { () throws(FileError) in
      try file.read(bytes, at: offset)
    }
  }

  private func failure(_ problem: SafetensorsError.Problem) -> SafetensorsError {
    SafetensorsError(problem, file: file.path, tensor: name)
  }
}
