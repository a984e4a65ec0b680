import Files
import Foundation

/// The tensors of a model's directory, in one file or in several (**shards**).
///
///     let model = try SafetensorsDirectory(URL(filePath: "Qwen2-0.5B"))
///     let norm = try model.tensor(named: "model.norm.weight", shape: [896]).floats()
///
/// As `transformers` does, it prefers `model.safetensors`, and otherwise goes by
/// `model.safetensors.index.json`:
///
///     {"metadata": {"total_size": 1024},
///      "weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors", …}}
///
/// The tensors are those of all shards together; the index must not contradict them. A shard is
/// named by a plain file name, so that an index cannot reach outside its directory. Symbolic links
/// are followed: the cache of Hugging Face consists of them, and a link is made by whoever owns the
/// directory and not by the index.
public struct SafetensorsDirectory: Sendable {
  /// The name of a model in one file.
  public static let fileName = "model.safetensors"

  /// The name of the list of shards.
  public static let indexName = "model.safetensors.index.json"

  /// The path of the directory.
  public let path: String

  /// The one file, or the shards by name.
  public let files: [SafetensorsFile]

  /// Which of `files` holds a tensor.
  private let places: [String: Int]

  /// All tensors, file by file, in the order of their data.
  public var tensors: [StoredTensor] { files.flatMap(\.tensors) }

  /// Opens all files and checks their headers and the index.
  ///
  /// - Throws: an error that names the file, directory or index, and the tensor at fault.
  public init(_ url: URL) throws(SafetensorsError) {
    path = url.path
    let file = url.appending(path: SafetensorsDirectory.fileName)
    if FileManager.default.fileExists(atPath: file.path) {
      let file = try SafetensorsFile(file)
      files = [file]
      places = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, 0) })
      return
    }
    let index = url.appending(path: SafetensorsDirectory.indexName)
    guard FileManager.default.fileExists(atPath: index.path) else {
      throw SafetensorsError(.noCheckpoint, file: url.path)
    }
    let shards = try SafetensorsDirectory.shards(index)
    let names = Set(shards.values).sorted(by: precedes)
    var files: [SafetensorsFile] = []
    var places: [String: Int] = [:]
    for (place, name) in names.enumerated() {
      let shard = url.appending(path: name)
      guard FileManager.default.fileExists(atPath: shard.path) else {
        throw SafetensorsError(.shardMissing(name), file: index.path)
      }
      let file = try SafetensorsFile(shard)
      for tensor in file.tensors {
        if let other = places.updateValue(place, forKey: tensor.name) {
          throw SafetensorsError(
            .inTwoShards(names[other], name), file: url.path, tensor: tensor.name)
        }
      }
      files.append(file)
    }
    for (tensor, shard) in shards.sorted(by: { precedes($0.key, $1.key) }) {
      guard let place = places[tensor], names[place] == shard else {
        throw SafetensorsError(.missingFromShard(shard), file: index.path, tensor: tensor)
      }
    }
    self.files = files
    self.places = places
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
      throw SafetensorsError(.missing(among: places.count), file: path, tensor: name)
    }
    return try files[place].tensor(named: name, shape: shape)
  }

  /// The index's `weight_map`: the shard of each tensor.
  private static func shards(_ url: URL) throws(SafetensorsError) -> [String: String] {
    let file = try SafetensorsError.stating { () throws(FileError) in try OpenFile(url) }
    guard file.count <= Header.maximumLength else {
      throw SafetensorsError(.headerTooLong(UInt64(file.count)), file: file.path)
    }
    let json = try SafetensorsError.stating { () throws(FileError) in
      try file.bytes(0..<file.count)
    }
    var scanner = JSONScanner(json, file: file.path)
    var shards: [String: String]?
    try scanner.object { (scanner, name) throws(SafetensorsError) in
      guard name == "weight_map" else { return try scanner.skip() }
      if shards != nil { throw scanner.failure("a second weight_map") }
      shards = try scanner.strings()
    }
    try scanner.end()
    guard let shards else { throw scanner.failure("no weight_map before the end") }
    for (tensor, shard) in shards.sorted(by: { precedes($0.key, $1.key) }) {
      let isPlain = !shard.isEmpty && shard != "." && shard != ".."
      guard isPlain, !shard.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }) else {
        throw SafetensorsError(.shardOutside(shard), file: file.path, tensor: tensor)
      }
    }
    return shards
  }
}
