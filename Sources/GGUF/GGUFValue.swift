/// The value of a key, of one of the types that the format has.
///
/// An array of numbers is kept as its bytes, so that it takes no more memory than in the file.
public enum GGUFValue: Equatable, Sendable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case bool(Bool)
  case string(String)
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)
  /// Texts.
  case strings([String])
  /// Numbers or truth values of one type, little-endian.
  case numbers(NumberType, [UInt8])

  /// The types of fixed size, under their numbers in the file.
  public enum NumberType: UInt32, Sendable, CaseIterable {
    case uint8 = 0
    case int8 = 1
    case uint16 = 2
    case int16 = 3
    case uint32 = 4
    case int32 = 5
    case float32 = 6
    case bool = 7
    case uint64 = 10
    case int64 = 11
    case float64 = 12

    /// The size of one in bytes.
    public var size: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .uint64, .int64, .float64: 8
      }
    }
  }

  static let stringType: UInt32 = 8
  static let arrayType: UInt32 = 9

  /// An array of 32-bit integers.
  public static func int32s(_ values: [Int32]) -> GGUFValue {
    .numbers(.int32, values.flatMap { bytes(UInt32(bitPattern: $0)) })
  }

  /// The value as a whole number, if it is one that fits.
  public var integer: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(value)
    default: nil
    }
  }

  /// The value as a number, if it is one with a fraction.
  public var number: Double? {
    switch self {
    case .float32(let value): Double(value)
    case .float64(let value): value
    default: nil
    }
  }

  /// In a few words, for messages.
  var summary: String {
    switch self {
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64:
      integer.map { "\($0)" } ?? "a large number"
    case .float32, .float64: "\(number!)"
    case .bool(let value): "\(value)"
    case .string(let value): "\"\(value.unicodeScalars.count > 40 ? "…" : value)\""
    case .strings(let values): "\(values.count) texts"
    case .numbers(let type, let bytes): "\(bytes.count / type.size) numbers"
    }
  }
}

/// A key and its value.
public struct GGUFEntry: Equatable, Sendable {
  public let key: String
  public let value: GGUFValue

  public init(_ key: String, _ value: GGUFValue) {
    self.key = key
    self.value = value
  }
}

/// The bytes of a number, lowest first.
func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
