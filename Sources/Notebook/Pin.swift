/// A value that can be pinned: it has one exact text, and equal values have equal texts.
public protocol Pinnable {
  /// The exact text. For floating point, the shortest that reads back to the same bits; a NaN is
  /// `nan`, since its other bits mean nothing and depend on the processor.
  var pinnedText: String { get }
}

extension Double: Pinnable { public var pinnedText: String { isNaN ? "nan" : description } }
extension Float: Pinnable { public var pinnedText: String { isNaN ? "nan" : description } }
extension Int: Pinnable { public var pinnedText: String { description } }
extension Bool: Pinnable { public var pinnedText: String { description } }
extension String: Pinnable { public var pinnedText: String { self } }

/// Records a value that every run must reproduce to the last bit.
///
/// It is printed as `name = value`; in the prose `{{name}}` stands for it. The committed value is
/// in `book/pins/`, and only `make accept` changes it.
public func pin(_ name: String, _ value: some Pinnable, line: Int = #line) {
  let text = value.pinnedText
  Session.current.say(
    "\(Terminal.styled(name, .dim)) = \(text)", .pin(name: name, value: text), line: line)
}

/// Records a value that is true of this run only, such as a time or a rate.
///
/// The book shows the last accepted text, marked †, and nothing ever compares it. `{{name}}` in the
/// prose stands for the value with its unit.
public func measured(
  _ name: String, _ value: some Pinnable, _ unit: String = "", line: Int = #line
) {
  let text = (value as? any BinaryFloatingPoint)?.significant(3) ?? value.pinnedText
  Session.current.say(
    "\(Terminal.styled(name, .dim)) ≈ \(text)\(unit.isEmpty ? "" : " ")\(unit)",
    .measured(name: name, value: value.pinnedText, unit: unit), line: line)
}
