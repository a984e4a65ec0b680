import Calibration
import Foundation
import Safetensors

/// What a model weighs on the disk, as the system sees it: no nominal bits, no formulas.
///
///     let report = try ArtefactReport(of: folder)
///     report.bytes          // 3_412_992
///     report.zippedBytes    // 3_151_006
public struct ArtefactReport: Equatable, Codable, Sendable {
  /// The size of all files that hold tensors, by `stat`.
  public let bytes: Int

  /// How many of the bytes are what. What is left over are headers.
  public let parts: Parts

  /// The size after `gzip -9`: the control. Zeros in a dense file look like a saving only until somebody
  /// compresses the dense file.
  public let zippedBytes: Int

  public struct Parts: Equatable, Codable, Sendable {
    /// Weights of the layers, biases and gains.
    public var weights = 0
    /// Scales and offsets of weights that are stored with few bits.
    public var scales = 0
    /// What says where weights are: masks and lists of places.
    public var indices = 0
    /// The embedding table and the head, with all that belongs to them.
    public var embeddings = 0

    public init() {}
  }

  /// Of the model in `folder`, in one file or in several.
  ///
  /// - Throws: `CompressionError` if it cannot be read, or if there is no `gzip` on this machine.
  public init(of folder: URL) throws(CompressionError) {
    do {
      let directory = try SafetensorsDirectory(folder)
      let files = directory.files.map { URL(filePath: $0.path) }
      var parts = Parts()
      for tensor in directory.tensors {
        parts[keyPath: part(of: tensor.name)] += tensor.byteCount
      }
      self.parts = parts
      bytes = try files.reduce(0) { try $0 + size(of: $1) }
      zippedBytes = try files.reduce(0) { try $0 + zippedSize(of: $1) }
    } catch let error as CompressionError {
      throw error
    } catch {
      throw CompressionError("\(error)")
    }
  }

  /// Of any other file that is a model.
  ///
  /// - Parameter parts: what its bytes are, as far as is known.
  public init(ofFile file: URL, parts: Parts = Parts()) throws(CompressionError) {
    self.parts = parts
    bytes = try size(of: file)
    zippedBytes = try zippedSize(of: file)
  }
}

/// What a tensor is, by its name.
private func part(of name: String) -> WritableKeyPath<ArtefactReport.Parts, Int> {
  if name.contains("embed_tokens") || name.hasPrefix("lm_head") { return \.embeddings }
  switch name.split(separator: ".").last {
  case "mask", "indices", "positions": return \.indices
  case "scale", "scales", "offset", "offsets", "minimums": return \.scales
  default: return \.weights
  }
}

private func size(of file: URL) throws(CompressionError) -> Int {
  var status = stat()
  guard stat(file.path, &status) == 0 else {
    throw CompressionError("\(file.path): \(String(cString: strerror(errno)))")
  }
  return Int(status.st_size)
}

/// The size of what `gzip -9` makes of a file, which is nowhere written.
private func zippedSize(of file: URL) throws(CompressionError) -> Int {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["gzip", "-9", "-n", "-c", file.path]
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  do {
    try process.run()
    var count = 0
    while let piece = try pipe.fileHandleForReading.read(upToCount: 1 << 20), !piece.isEmpty {
      count += piece.count
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CompressionError("\(file.path): gzip failed; is it installed, and the file readable?")
    }
    return count
  } catch let error as CompressionError {
    throw error
  } catch {
    throw CompressionError("\(file.path): gzip cannot be run: \(error)")
  }
}
