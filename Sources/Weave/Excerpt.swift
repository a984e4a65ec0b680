import Foundation

/// A declaration of the library as the book shows it: `//: @Source(path, name)`.
struct Excerpt: Equatable {
  /// Relative to `Sources/`, such as `Tensors/Operations/Attend.swift`.
  let path: String
  /// `attended(to:)`, `Tensor`, `Tensor.shape`, `extension Tensor`, `init(_:shape:)`, `*(_:_:)`.
  let name: String
  /// Whether to leave out the doc comment: `@Source(path, name, code)`.
  let isCodeOnly: Bool

  /// Reads the text between the parentheses of `@Source(…)`.
  init?(arguments: String) {
    // The name may hold commas of its own only inside parentheses, where Swift's labels have none.
    var parts = arguments.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    isCodeOnly = parts.count == 3 && parts[2] == "code"
    if isCodeOnly { parts.removeLast() }
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    (path, name) = (parts[0], parts[1])
  }

  /// Finds the declaration in `source` and returns its lines, without the indentation of the first.
  func lines(in source: String) throws(WeaveError) -> [String] {
    let text = SwiftText(source)
    let matches = Declaration.all(in: text).filter { !$0.isLocal && self.matches($0) }
    let types = matches.filter { $0.keyword != "extension" }
    let candidates = types.count == 1 ? types : matches
    guard let declaration = candidates.first else {
      throw WeaveError("Sources/\(path) declares no \(name)")
    }
    guard candidates.count == 1 else {
      let lines = candidates.map { "\($0.signature) on line \($0.lines.lowerBound + 1)" }
      throw WeaveError("\(name) is ambiguous in Sources/\(path): \(lines.joined(separator: ", "))")
    }
    var first = declaration.lines.lowerBound
    while first > 0, belongsAbove(text.lines[first - 1]) { first -= 1 }
    let indent = text.lines[declaration.lines.lowerBound].prefix { $0 == " " }.count
    return text.lines[first...declaration.lines.upperBound]
      .filter { !isCodeOnly || !$0.trimmingCharacters(in: .whitespaces).hasPrefix("///") }
      .map { String($0.dropFirst(min(indent, $0.prefix { $0 == " " }.count))) }
  }

  /// Whether a line above a declaration is its doc comment or attribute.
  private func belongsAbove(_ line: String) -> Bool {
    let line = line.trimmingCharacters(in: .whitespaces)
    return line.hasPrefix("///") || (line.hasPrefix("@") && !line.contains("{"))
  }

  private func matches(_ declaration: Declaration) -> Bool {
    var request = name[...]
    if let space = request.firstIndex(of: " "),
      Declaration.keywords.contains(String(request[..<space]))
    {
      guard request[..<space] == declaration.keyword else { return false }
      request = request[request.index(after: space)...]
    }
    if request == declaration.name || request == declaration.signature { return true }
    // `Type.member`: the last dot before any parenthesis separates them.
    let head = request.prefix { $0 != "(" }
    guard let dot = head.lastIndex(of: ".") else { return false }
    let member = request[request.index(after: dot)...]
    let owners = declaration.enclosing.map(\.name).joined(separator: ".")
    let isNamed = member == declaration.name || member == declaration.signature
    return isNamed && (owners == head[..<dot] || owners.hasSuffix("." + head[..<dot]))
  }
}
