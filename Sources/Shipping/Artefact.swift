import Compression
import Files
import Foundation
import GGUF
import Transformer

/// A model as it would be shipped: files in a folder, and how they came about.
///
/// The files are a checkpoint (`config.json`, `model.safetensors`), ordinary or compressed, or one
/// `model.gguf`.
public struct Artefact {
  public let folder: URL
  public let making: Making

  /// What it took.
  public struct Making: Codable, Hashable, Sendable {
    /// How many tokens were looked at and learned, those of the basis included.
    public var tokens: Int

    /// How long that took, in seconds of a clock.
    public var seconds: Double

    public init(tokens: Int, seconds: Double) {
      self.tokens = tokens
      self.seconds = seconds
    }
  }

  /// What `make` leaves in `folder`, with what it took.
  ///
  /// - Parameters:
  ///   - basis: the artefact that it goes on from, if that is one.
  ///   - make: writes the files, and returns how many tokens it looked at and learned.
  public static func make(
    in folder: URL, after basis: Artefact? = nil, _ make: (URL) throws -> Int
  ) throws {
    let clock = ContinuousClock()
    let began = clock.now
    let tokens = try make(folder)
    var making = Making(tokens: tokens, seconds: (clock.now - began) / .seconds(1))
    if let earlier = basis?.making {
      making.tokens += earlier.tokens
      making.seconds += earlier.seconds
    }
    try AtomicFile.write(JSONEncoder().encode(making), to: folder.appending(path: makingFile))
  }

  /// What was left in `folder`.
  public init(contentsOf folder: URL) throws {
    self.folder = folder
    making = try JSONDecoder().decode(
      Making.self, from: Data(contentsOf: folder.appending(path: Self.makingFile)))
  }

  private static let makingFile = "making.json"

  private var gguf: URL? {
    let file = folder.appending(path: "model.gguf")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }

  /// The model, ready to run as it is stored: what has eight bits is multiplied in eight bits.
  public func model() throws -> Transformer {
    if let gguf { return try GGUFModel(contentsOf: gguf).model }
    return try CompressedCheckpoint(contentsOf: folder).running
  }

  /// The same model in floats, to be worked on; not for a GGUF file.
  public func floats() throws -> Transformer {
    try CompressedCheckpoint(contentsOf: folder).model
  }

  /// What it weighs.
  public func report() throws -> ArtefactReport {
    if let gguf { return try ArtefactReport(ofFile: gguf, parts: .init(of: GGUFFile(gguf))) }
    return try ArtefactReport(of: folder)
  }
}

extension ArtefactReport.Parts {
  /// What the bytes of the tensors in a GGUF file are.
  init(of file: GGUFFile) {
    self.init()
    for tensor in file.tensors {
      if ["token_embd.weight", "output.weight"].contains(tensor.name) {
        embeddings += tensor.byteCount
      } else {
        scales += tensor.scaleByteCount
        weights += tensor.byteCount - tensor.scaleByteCount
      }
    }
  }
}
