import Files
import Foundation

/// A file of named tensors in the `safetensors` format of Hugging Face.
///
///     let file = try SafetensorsFile(URL(filePath: "model.safetensors"))
///     let norm = try file.tensor(named: "model.norm.weight", shape: [64]).floats()
///
/// Opening reads and checks the header alone: whatever the file claims, its tensors lie within it,
/// side by side, each as long as its shape and type demand. Later replacement of the file by
/// another (a rename over it) goes unnoticed; truncation is reported by whoever reads next; bytes
/// changed in place are read as they are then.
public struct SafetensorsFile: Sendable {
  /// What the writer noted, such as `["format": "pt"]`.
  public let metadata: [String: String]

  /// All tensors, in the order of their data.
  public let tensors: [StoredTensor]

  private let file: OpenFile
  private let places: [String: Int]

  /// The path of the file.
  public var path: String { file.path }

  /// Opens a file and checks its header.
  ///
  /// - Throws: an error that names the file and, where there is one, the tensor at fault.
  public init(_ url: URL) throws(SafetensorsError) {
    let file = try SafetensorsError.stating { () throws(FileError) in try OpenFile(url) }
    guard file.count >= 8 else {
      throw SafetensorsError(.tooShort(bytes: file.count), file: file.path)
    }
    let prefix = try SafetensorsError.stating { () throws(FileError) in try file.bytes(0..<8) }
    let length = prefix.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    guard length <= Header.maximumLength else {
      let isPointer = prefix.elementsEqual("version ".utf8)
      throw SafetensorsError(isPointer ? .gitPointer : .headerTooLong(length), file: file.path)
    }
    let start = 8 + Int(length)
    guard start <= file.count else {
      throw SafetensorsError(
        .headerBeyondEnd(length: Int(length), fileBytes: file.count), file: file.path)
    }
    let json = try SafetensorsError.stating { () throws(FileError) in try file.bytes(8..<start) }
    let header = try Header(json, dataCount: file.count - start, file: file.path)
    self.file = file
    metadata = header.metadata
    tensors = header.entries.map { entry in
      StoredTensor(
        name: entry.name, dataType: entry.dataType, shape: entry.shape,
        range: start + entry.range.lowerBound..<start + entry.range.upperBound, file: file)
    }
    places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  /// Whether there is a tensor of this name.
  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// The tensor of this name.
  ///
  /// - Parameter shape: the shape that it must have, if given.
  /// - Throws: `missing`, or `wrongShape` with both shapes.
  public func tensor(
    named name: String, shape: [Int]? = nil
  ) throws(SafetensorsError) -> StoredTensor {
    guard let place = places[name] else {
      throw SafetensorsError(.missing(among: tensors.count), file: path, tensor: name)
    }
    let tensor = tensors[place]
    if let shape, shape != tensor.shape {
      throw SafetensorsError(
        .wrongShape(found: tensor.shape, needed: shape), file: path, tensor: name)
    }
    return tensor
  }
}
