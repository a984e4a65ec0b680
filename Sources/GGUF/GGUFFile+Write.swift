import Files
import Foundation
import Quantization

/// A tensor to be written: its name, its shape, and whence its bytes come when their turn has come.
public struct GGUFOutput {
  public let name: String
  public let type: GGUFType

  /// Its sizes, the number of columns last.
  public let shape: [Int]
  let make: () throws(GGUFError) -> [UInt8]

  /// - Parameter make: the bytes in the file; called once, so that one such tensor is in memory at a
  ///   time.
  public init(
    _ name: String, _ type: GGUFType, _ shape: [Int],
    making make: @escaping () throws(GGUFError) -> [UInt8]
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.make = make
  }

  /// A tensor as it is in another file.
  public init(_ tensor: GGUFTensor) {
    self.init(tensor.name, tensor.type, tensor.shape) { () throws(GGUFError) in
      try tensor.bytes()
    }
  }
}

extension GGUFFile {
  /// Writes keys and tensors, in this order, to a file that appears complete or not at all.
  ///
  /// The tensors and entries of a file that was written here give the same bytes again.
  ///
  /// - Throws: `duplicate`, `nameLength`, `dimensions`, `alignment`, `impossibleSize`, `file`, or
  ///   what making a tensor throws. The old file, if any, is then untouched.
  public static func write(
    _ entries: [GGUFEntry], _ tensors: [GGUFOutput], to url: URL
  ) throws(GGUFError) {
    let alignment = try alignment(of: entries, path: url.path)
    let header = try header(entries, tensors, alignment, path: url.path)
    let file = try GGUFError.stating { () throws(FileError) in try AtomicFile(replacing: url) }
    try append(header, to: file, filledTo: alignment)
    for tensor in tensors {
      let bytes = try tensor.make()
      let expected = tensor.type.byteCount(of: tensor.shape)
      guard bytes.count == expected else {
        fatalError("tensor \(tensor.name): \(bytes.count) bytes made for \(tensor.shape)")
      }
      try append(bytes, to: file, filledTo: alignment)
    }
    try GGUFError.stating { () throws(FileError) in try file.commit() }
  }

  private static func alignment(of entries: [GGUFEntry], path: String) throws(GGUFError) -> Int {
    guard let value = entries.first(where: { $0.key == alignmentKey })?.value else { return 32 }
    guard let given = value.integer, (8...65536).contains(given), given & (given - 1) == 0 else {
      throw GGUFError(.alignment(value.summary), file: path, at: .key(alignmentKey))
    }
    return given
  }

  private static func header(
    _ entries: [GGUFEntry], _ tensors: [GGUFOutput], _ alignment: Int, path: String
  ) throws(GGUFError) -> [UInt8] {
    var header =
      magic + bytes(version) + bytes(UInt64(tensors.count)) + bytes(UInt64(entries.count))
    var names: Set<String> = []
    for entry in entries {
      guard names.insert(entry.key).inserted else {
        throw GGUFError(.duplicate, file: path, at: .key(entry.key))
      }
      append(entry.key, to: &header)
      append(entry.value, to: &header)
    }
    names = []
    var offset = 0
    for tensor in tensors {
      let place = GGUFError.Place.tensor(tensor.name)
      guard names.insert(tensor.name).inserted else {
        throw GGUFError(.duplicate, file: path, at: place)
      }
      guard (1...63).contains(tensor.name.utf8.count) else {
        throw GGUFError(.nameLength(tensor.name.utf8.count), file: path, at: place)
      }
      let sizes = tensor.shape.reversed().map(UInt64.init)
      guard (1...4).contains(sizes.count), sizes.allSatisfy({ $0 > 0 }) else {
        throw GGUFError(.dimensions(sizes), file: path, at: place)
      }
      guard let count = tensor.type.byteCount(of: tensor.shape) else {
        throw GGUFError(.impossibleSize(tensor.type.name, shape: sizes), file: path, at: place)
      }
      append(tensor.name, to: &header)
      header += bytes(UInt32(sizes.count)) + sizes.flatMap { bytes($0) }
      header += bytes(tensor.type.code) + bytes(UInt64(offset))
      offset = (offset + count + alignment - 1) / alignment * alignment
    }
    return header
  }

  private static func append(_ text: String, to header: inout [UInt8]) {
    header += bytes(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private static func append(_ value: GGUFValue, to header: inout [UInt8]) {
    func number(_ type: GGUFValue.NumberType, _ bytes: [UInt8]) {
      header += GGUF.bytes(type.rawValue) + bytes
    }
    switch value {
    case .uint8(let value): number(.uint8, bytes(value))
    case .int8(let value): number(.int8, bytes(value))
    case .uint16(let value): number(.uint16, bytes(value))
    case .int16(let value): number(.int16, bytes(value))
    case .uint32(let value): number(.uint32, bytes(value))
    case .int32(let value): number(.int32, bytes(value))
    case .float32(let value): number(.float32, bytes(value.bitPattern))
    case .bool(let value): number(.bool, [value ? 1 : 0])
    case .uint64(let value): number(.uint64, bytes(value))
    case .int64(let value): number(.int64, bytes(value))
    case .float64(let value): number(.float64, bytes(value.bitPattern))
    case .string(let text):
      header += bytes(GGUFValue.stringType)
      append(text, to: &header)
    case .strings(let texts):
      header += bytes(GGUFValue.arrayType) + bytes(GGUFValue.stringType)
      header += bytes(UInt64(texts.count))
      for text in texts { append(text, to: &header) }
    case .numbers(let type, let content):
      header += bytes(GGUFValue.arrayType) + bytes(type.rawValue)
      header += bytes(UInt64(content.count / type.size)) + content
    }
  }

  private static func append(
    _ bytes: [UInt8], to file: AtomicFile, filledTo alignment: Int
  ) throws(GGUFError) {
    let filling = (alignment - bytes.count % alignment) % alignment
    try GGUFError.stating { () throws(FileError) in
      try file.write(bytes)
      try file.write([UInt8](repeating: 0, count: filling))
    }
  }
}
