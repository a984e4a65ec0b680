import Foundation

@testable import Safetensors

/// A folder of a test's own, deleted with it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "safetensors-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file of this folder as it is.
  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> URL {
    let file = url.appending(path: name)
    try Data(bytes).write(to: file)
    return file
  }

  /// Writes a model of float tensors of rank 1.
  @discardableResult
  func write(tensors: [String: [Float]], to name: String = "model.safetensors") throws -> URL {
    let file = url.appending(path: name)
    let numbers = tensors.mapValues { UnsafeMutableBufferPointer(copying: $0) }
    defer { for buffer in numbers.values { buffer.deallocate() } }
    try SafetensorsFile.write(
      numbers.map { TensorView($0, [$1.count], floats: $1.baseAddress!) }, to: file)
    return file
  }

  /// The names of the files.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}

extension UnsafeMutableBufferPointer where Element == Float {
  fileprivate init(copying floats: [Float]) {
    self = .allocate(capacity: floats.count)
    _ = update(from: floats)
  }
}

/// A file that `Tests/Oracles/safetensors_format.py` wrote with the reference implementation.
func fixture(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Oracles/Fixtures/safetensors/\(name)").standardizedFileURL
}

/// A file made of a header and as many zero bytes of data.
func file(header: String, dataCount: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + header.utf8
    + [UInt8](repeating: 0, count: dataCount)
}
