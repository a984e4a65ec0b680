/// Shows a value under the cell, as `label: value`.
///
/// Floating-point numbers are shown at six significant digits and long lists of numbers abridged;
/// anything else is shown as it describes itself, over several lines if it likes.
public func show<Value>(_ label: String, _ value: Value, line: Int = #line) {
  let text = shownText(value)
  Session.current.say(
    labelled(Terminal.styled(label, .dim), text), .text(label: label, text: text), line: line)
}

/// Shows a piece of text under the cell.
public func show(_ text: String, line: Int = #line) {
  Session.current.say(text, .text(label: nil, text: text), line: line)
}

/// One line stays on the line of its label; several start below it, so that columns align.
public func labelled(_ label: String, _ text: String) -> String {
  text.contains("\n") ? "\(label):\n\(text)" : "\(label): \(text)"
}
