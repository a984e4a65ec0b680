/// A JSON value as it stands in a file: members in their order, integers exact, names compared by
/// their scalars.
///
/// Foundation's reader is of no use for a tokenizer's vocabulary. It gives a dictionary of Swift
/// strings, which are equal when they are *canonically* equivalent, so two different tokens can
/// share a key; it takes the last of two equal names in silence; and it forgets their order.
public enum JSON: Sendable {
  /// A named value of an object.
  public struct Member: Sendable {
    public let name: String
    public let value: JSON

    public init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  case null
  case bool(Bool)
  /// A number written without fraction and exponent that fits 64 bits.
  case integer(Int)
  /// Any other number.
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  /// A number, or null for one that is not finite, for which JSON has no word.
  public static func finite(_ value: Double) -> JSON { value.isFinite ? .number(value) : .null }

  /// The first member called `name`, or nil if there is none or this is not an object.
  public subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  /// What kind of value this is, for messages: "an object", "null".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
