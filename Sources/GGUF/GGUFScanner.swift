import Files

#if _endian(big)
  #error("GGUF is little-endian here, and the reader copies its bytes as they are")
#endif

/// Reads the part of a file that lies before its tensors, from front to back.
struct GGUFScanner {
  private let source: OpenFile

  /// Where the next byte is read.
  private(set) var position = 0

  /// The bytes read ahead, from `start` on.
  private var buffer: [UInt8] = []
  private var start = 0

  /// What is at fault where something is wrong.
  var place: GGUFError.Place?

  /// The most bytes that keys and names may take: sixteen times those of the largest vocabularies.
  static let limit = 256 << 20

  init(_ source: OpenFile) { self.source = source }

  /// How many bytes are left, of those that may be read.
  var left: Int { min(source.count, GGUFScanner.limit) - position }

  /// Puts the next `count` bytes in `buffer`, and returns where in it they begin.
  private mutating func fetch(_ count: Int) throws(GGUFError) -> Int {
    guard count <= left else {
      throw failure(
        count <= source.count - position
          ? .headerTooLong(GGUFScanner.limit) : .endsEarly(at: position))
    }
    if position + count > start + buffer.count {
      start = position
      let range = position..<position + min(left, max(count, 1 << 16))
      buffer = try GGUFError.stating { () throws(FileError) in try source.bytes(range) }
    }
    defer { position += count }
    return position - start
  }

  mutating func bytes(_ count: Int) throws(GGUFError) -> ArraySlice<UInt8> {
    let from = try fetch(count)
    return buffer[from..<from + count]
  }

  mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(GGUFError) -> Integer {
    try bytes(MemoryLayout<Integer>.size).reversed().reduce(0) {
      $0 << 8 | Integer(truncatingIfNeeded: $1)
    }
  }

  /// A count of things that take `size` bytes each at least.
  mutating func count(of size: Int) throws(GGUFError) -> Int {
    let position = position
    let count = try integer(UInt64.self)
    guard count <= UInt64(left / size) else {
      throw failure(
        left == source.count - self.position
          ? .tooMany(count, at: position) : .headerTooLong(GGUFScanner.limit))
    }
    return Int(count)
  }

  mutating func string() throws(GGUFError) -> String {
    let position = position
    let bytes = try bytes(try count(of: 1))
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw failure(.notText(at: position))
    }
    return text
  }

  mutating func value() throws(GGUFError) -> GGUFValue {
    let position = position
    let type = try integer(UInt32.self)
    if type == GGUFValue.stringType { return .string(try string()) }
    if type == GGUFValue.arrayType { return try array() }
    guard let type = GGUFValue.NumberType(rawValue: type) else {
      throw failure(.unknownValueType(type, at: position))
    }
    switch type {
    case .uint8: return .uint8(try integer(UInt8.self))
    case .int8: return .int8(try integer(Int8.self))
    case .uint16: return .uint16(try integer(UInt16.self))
    case .int16: return .int16(try integer(Int16.self))
    case .uint32: return .uint32(try integer(UInt32.self))
    case .int32: return .int32(try integer(Int32.self))
    case .float32: return .float32(Float(bitPattern: try integer(UInt32.self)))
    case .bool:
      let byte = try integer(UInt8.self)
      guard byte < 2 else { throw failure(.notBoolean(byte, at: self.position - 1)) }
      return .bool(byte == 1)
    case .uint64: return .uint64(try integer(UInt64.self))
    case .int64: return .int64(try integer(Int64.self))
    case .float64: return .float64(Double(bitPattern: try integer(UInt64.self)))
    }
  }

  private mutating func array() throws(GGUFError) -> GGUFValue {
    let position = position
    let type = try integer(UInt32.self)
    if type == GGUFValue.stringType {
      var texts: [String] = []
      for _ in 0..<(try count(of: 8)) { texts.append(try string()) }
      return .strings(texts)
    }
    guard let type = GGUFValue.NumberType(rawValue: type) else {
      throw failure(.unknownValueType(type, at: position))
    }
    let bytes = Array(try bytes(type.size * (try count(of: type.size))))
    if type == .bool, let wrong = bytes.firstIndex(where: { $0 > 1 }) {
      throw failure(.notBoolean(bytes[wrong], at: self.position - bytes.count + wrong))
    }
    return .numbers(type, bytes)
  }

  func failure(_ problem: GGUFError.Problem) -> GGUFError {
    GGUFError(problem, file: source.path, at: place)
  }
}
