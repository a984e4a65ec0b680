import Files
import Foundation
import Quantization
import Tensors

/// A file of keys and tensors in the format of llama.cpp, version 3.
///
///     let file = try GGUFFile(URL(filePath: "model.gguf"))
///     file["general.architecture"]                  // .string("llama")
///     try file.tensor(named: "blk.0.attn_q.weight").floats()
///
/// Opening reads the keys and the list of tensors alone, and checks them: whatever the file claims,
/// its tensors lie within it, one after the other, each as long as its shape and type demand. What it
/// keeps takes memory in proportion to the bytes of keys and names, of which there may be 256 MiB.
///
///     4 bytes     GGUF
///     4 bytes     the version
///     8 + 8       how many tensors, how many keys
///     keys        each a name, a type and a value
///     tensors     each a name, its sizes (those of a row first), a type and where its data begins
///     filling     to a multiple of the alignment
///     data        of each tensor, filled to a multiple of the alignment
///
/// Source: `docs/gguf.md` in https://github.com/ggml-org/ggml.
public struct GGUFFile: Sendable {
  static let magic: [UInt8] = Array("GGUF".utf8)
  static let version: UInt32 = 3

  /// The key that says to what multiple data is filled, 32 without it.
  static let alignmentKey = "general.alignment"

  /// The keys, in the order of the file.
  public let entries: [GGUFEntry]

  /// The tensors, in the order of the file.
  public let tensors: [GGUFTensor]

  private let source: OpenFile
  private let values: [String: Int]
  private let places: [String: Int]

  /// The path of the file.
  public var path: String { source.path }

  /// Opens a file and checks all of it but the numbers.
  public init(_ url: URL) throws(GGUFError) {
    let source = try GGUFError.stating { () throws(FileError) in try OpenFile(url) }
    var scanner = GGUFScanner(source)
    guard source.count >= 4, try scanner.bytes(4).elementsEqual(GGUFFile.magic) else {
      throw scanner.failure(.notGGUF)
    }
    let version = try scanner.integer(UInt32.self)
    guard version == GGUFFile.version else { throw scanner.failure(.version(version)) }
    // A tensor takes 32 bytes at least; how many keys there are stands before the first of both.
    let tensorCount = try scanner.count(of: 32)
    let keyCount = try scanner.count(of: 13)
    var entries: [GGUFEntry] = []
    var values: [String: Int] = [:]
    for index in 0..<keyCount {
      let key = try scanner.string()
      scanner.place = .key(key)
      guard values.updateValue(index, forKey: key) == nil else { throw scanner.failure(.duplicate) }
      entries.append(GGUFEntry(key, try scanner.value()))
      scanner.place = nil
    }
    var alignment = 32
    if let index = values[GGUFFile.alignmentKey] {
      let value = entries[index].value
      guard let given = value.integer, (8...65536).contains(given), given & (given - 1) == 0 else {
        throw GGUFError(
          .alignment(value.summary), file: source.path, at: .key(GGUFFile.alignmentKey))
      }
      alignment = given
    }
    var tensors: [GGUFTensor] = []
    var places: [String: Int] = [:]
    var end = 0
    for index in 0..<tensorCount {
      let tensor = try GGUFTensor(&scanner, source, from: end)
      guard places.updateValue(index, forKey: tensor.name) == nil else {
        throw GGUFError(.duplicate, file: source.path, at: .tensor(tensor.name))
      }
      end = (tensor.range.upperBound + alignment - 1) / alignment * alignment
      tensors.append(tensor)
    }
    let start = (scanner.position + alignment - 1) / alignment * alignment
    for (index, tensor) in tensors.enumerated() { tensors[index] = tensor.moved(by: start) }
    // Some writers leave the last filling out.
    let shortest = tensors.last.map(\.range.upperBound) ?? scanner.position
    guard source.count >= shortest && source.count <= start + end else {
      throw GGUFError(
        .wrongLength(found: source.count, expected: start + end), file: source.path)
    }
    self.source = source
    self.entries = entries
    self.tensors = tensors
    self.values = values
    self.places = places
    try checkFillings(from: scanner.position)
  }

  /// What is filled is filled with zeros, so that a file says nothing that is not read.
  private func checkFillings(from headerEnd: Int) throws(GGUFError) {
    var end = headerEnd
    for next in tensors.map(\.range) + [source.count..<source.count] {
      if end < next.lowerBound {
        let range = end..<next.lowerBound
        let bytes = try GGUFError.stating { () throws(FileError) in try source.bytes(range) }
        if let wrong = bytes.firstIndex(where: { $0 != 0 }) {
          throw GGUFError(.filling(at: end + wrong), file: path)
        }
      }
      end = next.upperBound
    }
  }

  /// The value of a key, if there is one.
  public subscript(key: String) -> GGUFValue? { values[key].map { entries[$0].value } }

  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// The tensor of this name.
  ///
  /// - Parameter shape: the shape that it must have, if given, rows before columns.
  public func tensor(named name: String, shape: [Int]? = nil) throws(GGUFError) -> GGUFTensor {
    guard let place = places[name] else {
      throw GGUFError(.missing, file: path, at: .tensor(name))
    }
    let tensor = tensors[place]
    if let shape, shape != tensor.shape {
      throw GGUFError(
        .wrongShape(found: tensor.shape, needed: shape), file: path, at: .tensor(name))
    }
    return tensor
  }
}
