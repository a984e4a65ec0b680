import StrictJSON

/// A value in a JSON file together with the way to it, such as `model.merges[3]`, so that every
/// complaint says where to look.
///
/// The way is spelt out only in a complaint: a vocabulary has a hundred thousand values, most of them
/// sound.
struct JSONField {
  let file: String
  let value: JSON
  /// The key of the value that holds this one, and the step from there.
  private var parent = ""
  private var step = Step.none

  private enum Step {
    case none
    case known(String)
    case entry(String)
    case place(Int)
  }

  init(file: String, value: JSON) {
    self.file = file
    self.value = value
  }

  private init(_ value: JSON, in holder: JSONField, key: String, _ step: Step) {
    file = holder.file
    self.value = value
    parent = key
    self.step = step
  }

  var key: String {
    switch step {
    case .none: "the file"
    case .known(let name): parent.isEmpty ? name : "\(parent).\(name)"
    case .entry(let name): "\(parent)[\(quoted(name))]"
    case .place(let place): "\(parent)[\(place)]"
    }
  }

  /// The beginning of the keys of what is in here.
  private var prefix: String {
    if case .none = step { "" } else { key }
  }

  /// The value of member `name`; a missing one is null.
  subscript(name: String) -> JSONField {
    JSONField(value[name] ?? .null, in: self, key: prefix, .known(name))
  }

  var isNull: Bool {
    if case .null = value { true } else { false }
  }

  func invalid(_ problem: String) -> TokenizerError {
    .invalid(file: file, key: key, problem: problem)
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
      throw .unsupported(
        file: file, key: key, value: quoted(member.name))
    }
  }

  func members() throws(TokenizerError) -> [JSON.Member] {
    guard case .object(let members) = value else {
      throw invalid("expected an object, found \(value.kind)")
    }
    return members
  }

  /// The members of an object as fields of their own.
  func entries(
    emptyIfMissing: Bool = false
  ) throws(TokenizerError) -> some Collection<(name: String, field: JSONField)> {
    let prefix = prefix
    let members = emptyIfMissing && isNull ? [] : try members()
    return members.lazy.map { member in
      (member.name, JSONField(member.value, in: self, key: prefix, .entry(member.name)))
    }
  }

  /// The elements of an array.
  func elements(
    emptyIfMissing: Bool = false
  ) throws(TokenizerError) -> some RandomAccessCollection<JSONField> {
    let prefix = prefix
    var elements: [JSON] = []
    switch value {
    case .array(let array): elements = array
    case .null where emptyIfMissing: break
    default: throw invalid("expected an array, found \(value.kind)")
    }
    return elements.indices.lazy.map { [elements] place in
      JSONField(elements[place], in: self, key: prefix, .place(place))
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
