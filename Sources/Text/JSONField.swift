/// A value in a JSON file together with the way to it, such as `model.merges[3]`, so that every
/// complaint says where to look.
struct JSONField {
  let file: String
  let key: String
  let value: JSON

  /// The value of member `name`; a missing one is null.
  subscript(name: String) -> JSONField {
    JSONField(file: file, key: key.isEmpty ? name : "\(key).\(name)", value: value[name] ?? .null)
  }

  var isNull: Bool {
    if case .null = value { true } else { false }
  }

  func invalid(_ problem: String) -> TokenizerError {
    .invalid(file: file, key: key.isEmpty ? "the file" : key, problem: problem)
  }

  func unsupported() -> TokenizerError {
    let text =
      switch value {
      case .string(let string): quoted(string)
      default: value.kind
      }
    return .unsupported(file: file, key: key, value: text)
  }

  /// The members of an object, which may only have the names in `known`.
  func check(known: Set<String>) throws(TokenizerError) {
    for member in try members() where !known.contains(member.name) {
      throw .unsupported(file: file, key: key.isEmpty ? "the file" : key, value: quoted(member.name))
    }
  }

  func members() throws(TokenizerError) -> [JSON.Member] {
    guard case .object(let members) = value else {
      throw invalid("expected an object, found \(value.kind)")
    }
    return members
  }

  /// The members of an object as fields of their own.
  func entries() throws(TokenizerError) -> [(name: String, field: JSONField)] {
    try members().map { member in
      let name = "\(key)[\(quoted(member.name))]"
      return (member.name, JSONField(file: file, key: name, value: member.value))
    }
  }

  func elements() throws(TokenizerError) -> [JSONField] {
    guard case .array(let elements) = value else {
      throw invalid("expected an array, found \(value.kind)")
    }
    return elements.enumerated().map { index, element in
      JSONField(file: file, key: "\(key)[\(index)]", value: element)
    }
  }

  func string() throws(TokenizerError) -> String {
    guard case .string(let string) = value else {
      throw invalid("expected a string, found \(value.kind)")
    }
    return string
  }

  /// A whole number from 0 to the largest `Int32`: the id of a token.
  func identifier() throws(TokenizerError) -> Int32 {
    guard case .integer(let integer) = value, let id = Int32(exactly: integer), id >= 0 else {
      throw invalid("expected a token's id, found \(value.kind)")
    }
    return id
  }

  /// A truth value, false if it is missing.
  func flag() throws(TokenizerError) -> Bool {
    switch value {
    case .null: return false
    case .bool(let flag): return flag
    default: throw invalid("expected true or false, found \(value.kind)")
    }
  }

  /// Refuses everything but null, false, and the empty string.
  func checkAbsent() throws(TokenizerError) {
    switch value {
    case .null, .bool(false): return
    case .string(let string) where string.isEmpty: return
    default: throw unsupported()
    }
  }
}
