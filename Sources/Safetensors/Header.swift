#if _endian(big)
  #error("safetensors is a little-endian format, and the reader copies its bytes as they are")
#endif

/// The first part of a safetensors file: what the tensors are called and where they lie.
///
///     8 bytes     the length n of the JSON, little-endian
///     n bytes     {"__metadata__":{"format":"pt"},
///                  "norm.weight":{"dtype":"F32","shape":[64],"data_offsets":[0,256]}, …}
///     the rest    the numbers, little-endian, row-major, without gaps
///
/// Source: https://github.com/huggingface/safetensors, section *Format* of its README, and
/// `Metadata::validate` in `safetensors/src/tensor.rs`.
struct Header {
  /// One tensor; `range` counts the bytes from the start of the data.
  struct Entry {
    let name: String
    let dataType: DataType
    let shape: [Int]
    let range: Range<Int>
  }

  /// The longest JSON that the format allows, in bytes.
  static let maximumLength = 100_000_000

  /// The most dimensions that NumPy has; a limit, so that shapes take no memory to speak of.
  static let maximumRank = 64

  static let metadataName = "__metadata__"

  var metadata: [String: String] = [:]

  /// In the order of their data.
  var entries: [Entry] = []

  /// Reads the JSON of a header and checks that its tensors cover `dataCount` bytes exactly, each
  /// once.
  ///
  /// What it keeps takes three to four times the memory of the JSON itself. Two names that
  /// differ in their Unicode normalisation only are the same name.
  init(_ json: [UInt8], dataCount: Int, file: String) throws(SafetensorsError) {
    var scanner = JSONScanner(json, at: 8, file: file)
    guard json.first == UInt8(ascii: "{") else { throw scanner.failure("{ is missing") }
    var metadata: [String: String]?
    var spans: [Span] = []
    var names: Set<String> = []
    try scanner.object { (scanner, name) throws(SafetensorsError) in
      guard names.insert(name).inserted else {
        throw SafetensorsError(.duplicateName, file: file, tensor: name)
      }
      if name == Header.metadataName {
        metadata = try scanner.strings()
      } else {
        spans.append(try Span(name, from: &scanner, file: file))
      }
    }
    try scanner.end()
    spans.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    self.metadata = metadata ?? [:]
    entries.reserveCapacity(spans.count)
    for span in spans {
      entries.append(try span.entry(after: entries.last?.range.upperBound ?? 0, file: file))
    }
    let end = entries.last?.range.upperBound ?? 0
    if end > dataCount {
      let first = entries.first { $0.range.upperBound > dataCount }
      throw SafetensorsError(
        .truncated(dataBytes: dataCount, promised: end), file: file, tensor: first?.name)
    }
    if end < dataCount { throw SafetensorsError(.trailingBytes(dataCount - end), file: file) }
  }
}

/// One tensor as the header describes it, before anything is believed.
private struct Span {
  let name: String
  let dataType: DataType
  let shape: [Int]
  let start: Int
  let end: Int

  init(
    _ name: String, from scanner: inout JSONScanner, file: String
  ) throws(SafetensorsError) {
    scanner.tensor = name
    var dataType: DataType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, key) throws(SafetensorsError) in
      switch key {
      case "dtype" where dataType == nil:
        let type = try scanner.string()
        dataType = DataType(rawValue: type)
        if dataType == nil {
          throw SafetensorsError(.unknownDataType(type), file: file, tensor: name)
        }
      case "shape" where shape == nil: shape = try scanner.sizes(atMost: Header.maximumRank)
      case "data_offsets" where offsets == nil: offsets = try scanner.sizes(atMost: 2)
      case "dtype", "shape", "data_offsets": throw scanner.failure("a second \(key)")
      default: try scanner.skip()
      }
    }
    guard let dataType, let shape, let offsets, offsets.count == 2 else {
      throw scanner.failure("no dtype, shape or pair of data_offsets before")
    }
    self.name = name
    self.dataType = dataType
    self.shape = shape
    (start, end) = (offsets[0], offsets[1])
    scanner.tensor = nil
  }

  /// The entry, if it starts where the previous one ends and is as long as it should be.
  func entry(after previousEnd: Int, file: String) throws(SafetensorsError) -> Header.Entry {
    let problem: SafetensorsError.Problem
    if start != previousEnd || end < start {
      problem = .misplaced(start: start, end: end, previousEnd: previousEnd)
    } else if let needed = dataType.byteCount(of: shape) {
      if needed == end - start {
        return Header.Entry(name: name, dataType: dataType, shape: shape, range: start..<end)
      }
      problem = .wrongByteCount(found: end - start, needed: needed)
    } else {
      problem = .impossibleSize(dataType, shape: shape)
    }
    throw SafetensorsError(problem, file: file, tensor: name)
  }
}

extension JSONScanner {
  /// Reads `[2, 3]`.
  fileprivate mutating func sizes(atMost limit: Int) throws(SafetensorsError) -> [Int] {
    var sizes: [Int] = []
    try array { (scanner) throws(SafetensorsError) in
      if sizes.count == limit { throw scanner.failure("more than \(limit) numbers") }
      sizes.append(try scanner.unsigned())
    }
    return sizes
  }

  /// Reads `{"name": "text", …}`.
  mutating func strings() throws(SafetensorsError) -> [String: String] {
    var strings: [String: String] = [:]
    try object { (scanner, name) throws(SafetensorsError) in
      if strings.updateValue(try scanner.string(), forKey: name) != nil {
        throw scanner.failure("a second \"\(name)\"")
      }
    }
    return strings
  }
}
