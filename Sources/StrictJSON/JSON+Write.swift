extension JSON: CustomStringConvertible {
  /// The value on lines indented by two spaces, byte for byte as Rust's `serde_json` writes it, and
  /// so as the `tokenizers` library saves its files.
  public var description: String {
    var text = ""
    write(to: &text, indentation: "\n")
    return text
  }

  /// The value on one line, with a space after each comma and colon, as Python writes it.
  public var line: String {
    var text = ""
    write(to: &text, indentation: nil)
    return text
  }

  /// - Parameter indentation: what begins each line, the end of the one before included; nil for a
  ///   value on one line.
  private func write(to text: inout String, indentation: String?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += String(value)
    case .string(let value): writeString(value, to: &text)
    case .array(let elements):
      list(elements, "[", "]", &text, indentation) { element, text, indentation in
        element.write(to: &text, indentation: indentation)
      }
    case .object(let members):
      list(members, "{", "}", &text, indentation) { member, text, indentation in
        writeString(member.name, to: &text)
        text += ": "
        member.value.write(to: &text, indentation: indentation)
      }
    }
  }
}

private func list<Item>(
  _ items: [Item], _ opening: String, _ closing: String, _ text: inout String,
  _ indentation: String?, _ write: (Item, inout String, String?) -> Void
) {
  text += opening
  let inner = indentation.map { $0 + "  " }
  for (index, item) in items.enumerated() {
    text += index == 0 ? inner ?? "" : "," + (inner ?? " ")
    write(item, &text, inner)
  }
  text += items.isEmpty ? closing : (indentation ?? "") + closing
}

private func writeString(_ string: String, to text: inout String) {
  text += "\""
  for scalar in string.unicodeScalars {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\u{8}": text += "\\b"
    case "\u{C}": text += "\\f"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case "\0"..<" ":
      let digits = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: text.unicodeScalars.append(scalar)
    }
  }
  text += "\""
}

/// `text` as a JSON string on one line, cut to 40 scalars: how messages quote what they found.
public func quoted(_ text: String) -> String {
  var result = ""
  writeString(String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))), to: &result)
  return text.unicodeScalars.count > 40 ? result + "…" : result
}
