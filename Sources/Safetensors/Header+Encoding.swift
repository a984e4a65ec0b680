extension Header {
  /// Places the data of `tensors` one after the other, in the order given.
  init(
    _ tensors: [TensorView], metadata: [String: String], file: String
  ) throws(SafetensorsError) {
    self.metadata = metadata
    var names: Set<String> = []
    var end = 0
    for tensor in tensors {
      if tensor.name == Header.metadataName {
        throw SafetensorsError(.reservedName, file: file, tensor: tensor.name)
      }
      guard names.insert(tensor.name).inserted else {
        throw SafetensorsError(.duplicateName, file: file, tensor: tensor.name)
      }
      let start = end
      end += tensor.byteCount
      entries.append(
        Entry(
          name: tensor.name, dataType: tensor.dataType, shape: tensor.shape, range: start..<end))
    }
  }

  /// The length and the JSON, padded with spaces so that the data starts at a multiple of eight.
  var encoded: [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { precedes($0.key, $1.key) }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(Header.metadataName)):{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        """
        \(quoted(entry.name)):{"dtype":"\(entry.dataType.rawValue)","shape":[\(shape)],\
        "data_offsets":[\(entry.range.lowerBound),\(entry.range.upperBound)]}
        """)
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }
}

/// Whether `a` comes before `b` in the order of their bytes, which is not Swift's order of strings.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

/// `text` as a JSON string, escaped as the reference writer escapes it.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{8}": result += "\\b"
    case "\u{C}": result += "\\f"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\0"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
