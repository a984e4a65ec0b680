import Files
import Foundation

extension SafetensorsFile {
  /// Writes tensors to a file, which appears complete or not at all.
  ///
  ///     try weights.withUnsafeBufferPointer { weights in
  ///       try SafetensorsFile.write(
  ///         [TensorView("norm.weight", [64], floats: weights.baseAddress!)], to: url)
  ///     }
  ///
  /// Equal tensors give equal bytes in whatever order they come, and the same bytes as the
  /// reference writer's (which orders several lines of metadata at random, where we go by name).
  /// Nothing is gathered in memory beyond the header and an eighth of a megabyte.
  ///
  /// - Parameter metadata: lines of text for the header; `format: pt` is what Hugging Face writes
  ///   and older versions of `transformers` insist on.
  /// - Throws: `duplicateName`, `reservedName`, `headerTooLong`; `tooLarge` for a finite number that
  ///   its narrower type cannot hold; `file`. The old file, if any, is then untouched.
  public static func write(
    _ tensors: [TensorView], metadata: [String: String] = ["format": "pt"], to url: URL
  ) throws(SafetensorsError) {
    let tensors = tensors.sorted { a, b in
      a.dataType == b.dataType ? precedes(a.name, b.name) : a.dataType.rank > b.dataType.rank
    }
    let header = try Header(tensors, metadata: metadata, file: url.path).encoded
    if header.count - 8 > Header.maximumLength {
      throw SafetensorsError(.headerTooLong(UInt64(header.count - 8)), file: url.path)
    }
    let file = try SafetensorsError.stating { () throws(FileError) in try AtomicFile(replacing: url)
    }
    try SafetensorsError.stating { () throws(FileError) in try file.write(header) }
    for tensor in tensors {
      switch tensor.contents {
      case .bytes(let start):
        try append(UnsafeRawBufferPointer(start: start, count: tensor.byteCount), to: file)
      case .floats(let start) where tensor.dataType == .float32:
        try append(UnsafeRawBufferPointer(start: start, count: tensor.byteCount), to: file)
      case .made(let make):
        let floats = make()
        guard 4 * floats.count == tensor.byteCount else {
          fatalError("tensor \(tensor.name): \(floats.count) floats made for \(tensor.shape)")
        }
        try floats.withUnsafeBufferPointer { (floats) throws(SafetensorsError) in
          try append(UnsafeRawBufferPointer(floats), to: file)
        }
      case .floats(let start):
        try append(start, of: tensor, to: file, path: url.path)
      }
    }
    try SafetensorsError.stating { () throws(FileError) in try file.commit() }
  }

  /// Appends the floats of `tensor` in its 16-bit type.
  private static func append(
    _ floats: UnsafePointer<Float>, of tensor: TensorView, to file: AtomicFile, path: String
  ) throws(SafetensorsError) {
    let count = tensor.byteCount / 2
    let pieceCount = min(1 << 16, count)
    var halves = [UInt16](repeating: 0, count: pieceCount)
    for start in stride(from: 0, to: count, by: max(pieceCount, 1)) {
      let piece = floats + start
      let pieceCount = min(pieceCount, count - start)
      let infinity: UInt16
      if tensor.dataType == .float16 {
        narrowToFloat16(piece, into: &halves, count: pieceCount)
        infinity = 0x7C00
      } else {
        narrowToBFloat16(piece, into: &halves, count: pieceCount)
        infinity = 0x7F80
      }
      for i in 0..<pieceCount where halves[i] & 0x7FFF == infinity && piece[i].isFinite {
        throw SafetensorsError(
          .tooLarge(piece[i], index: start + i, tensor.dataType), file: path, tensor: tensor.name)
      }
      try halves.withUnsafeBufferPointer { (halves) throws(SafetensorsError) in
        let piece = UnsafeBufferPointer(rebasing: halves[..<pieceCount])
        try append(UnsafeRawBufferPointer(piece), to: file)
      }
    }
  }

  private static func append(
    _ bytes: UnsafeRawBufferPointer, to file: AtomicFile
  ) throws(SafetensorsError) {
    try SafetensorsError.stating { () throws(FileError) in try file.write(bytes) }
  }
}
