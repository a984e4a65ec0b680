import Calibration
import Compression
import Distillation
import Finishing
import Foundation
import GGUF
import Quantization
import Tensors
import Training
import Transformer

/// What may be done to the finished model before it is shipped: one for each technique's best use, the
/// controls, and compositions.
public enum Treatment: String, Codable, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  /// Nothing.
  case original

  /// What it is called in tables.
  public var description: String {
    switch self {
    case .original: "original"
    }
  }

  /// Treats the finished model and leaves an `Artefact` in `folder`.
  ///
  /// - Parameter onStep: called after each step of training, with how many there are.
  public func make(
    in folder: URL, from finished: FinishedModel, _ effort: Effort,
    onStep: (_ of: Int) -> Void = { _ in }
  ) throws {
    try Artefact.make(in: folder) { folder in
      switch self {
      case .original:
        try CompressedCheckpoint(finished.model, ends: [finished.end]).write(to: folder)
        return 0
      }
    }
  }
}
