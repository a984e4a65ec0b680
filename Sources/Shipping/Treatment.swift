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

  /// A quarter of the weights, brought up from nothing on what the model holds possible, and then on what
  /// it thinks of the student's own texts.
  case distilled

  /// As small as `distilled` and brought up on as many texts, without a teacher: the control of that, and
  /// the small dense model of everything else.
  case untaught

  /// Brought up like `untaught`, half as wide again, and in eight bits: the small dense model with about
  /// the bytes of the compositions.
  case untaughtInt8

  /// Eight bits a weight, one scale a row, each rounded to the nearest: the control of whatever else is
  /// stored in eight bits.
  case int8

  /// Six of ten weights zero, anywhere, healed, the others in eight bits.
  case sparse

  /// Two of each four neighbours zero, healed, the others in eight bits.
  case twoOfFour

  /// Blocks of eight bits in a GGUF file, each weight rounded to the nearest.
  case q80

  /// Blocks of four bits in a GGUF file, with weights that were trained to be rounded.
  case q40

  /// Blocks of four bits in a GGUF file, each weight rounded to the nearest: the control.
  case q40Rounded

  /// 256 hidden units in each layer, those that contribute most, fitted anew and healed.
  case narrow

  /// One layer less, the third, healed: of all layers the one after whose loss the healed model is least
  /// surprised at validation texts.
  case shallow

  /// As small as `shallow` by having fewer hidden units: the control of that.
  case narrowLikeShallow

  /// Factors with six tenths of the weights in the place of each matrix, healed.
  case lowRank

  /// As many units as in `narrow`, in eight bits.
  case narrowInt8

  /// As many units as in `narrow`, two of each four weights zero, the others in eight bits.
  case composed

  /// As many units as in `narrow`, and blocks of four bits that were trained to be rounded.
  case narrowQ40

  /// What `distilled` is, in eight bits.
  case distilledInt8

  /// The treatment whose artefact this one goes on from; nil if that is the finished model.
  public var basis: Treatment? {
    switch self {
    case .distilledInt8: .distilled
    case .narrowInt8, .composed, .narrowQ40: .narrow
    default: nil
    }
  }

  /// The techniques that are put together, for treatments that take units away and do not end in four
  /// bits; nil for others.
  public var composition: Composition? {
    switch self {
    case .narrow: Composition(units: Self.units, isRounded: false)
    case .narrowLikeShallow: Composition(units: 208, isRounded: false)
    case .narrowInt8: Composition(units: Self.units)
    case .composed: Composition(units: Self.units, zeros: .twoOfFour)
    default: nil
    }
  }

  /// Whether several techniques are put together.
  public var isComposed: Bool {
    [.narrowInt8, .composed, .narrowQ40, .distilledInt8].contains(self)
  }

  /// How many steps of training it takes, after those of its basis.
  public func trainingSteps(_ effort: Effort) -> Int {
    switch self {
    case .original, .int8, .q80, .q40Rounded, .narrowInt8, .distilledInt8: 0
    case .distilled, .untaught, .untaughtInt8: 17 * effort.healingSteps / 2
    default: effort.healingSteps
    }
  }

  /// How many hidden units a layer keeps in what is narrower.
  private static let units = 256

  /// What it is called in tables.
  public var description: String {
    switch self {
    case .original: "original"
    case .int8: "8 bits"
    case .distilled: "distilled"
    case .untaught: "without a teacher"
    case .untaughtInt8: "the same, wider, 8 bits"
    case .sparse: "60 % zeros, 8 bits"
    case .twoOfFour: "2:4, 8 bits"
    case .lowRank: "low rank"
    case .q80: "Q8_0"
    case .q40: "Q4_0, trained"
    case .q40Rounded: "Q4_0, nearest"
    case .narrow: "narrower"
    case .shallow: "shallower"
    case .narrowLikeShallow: "as small by width"
    case .narrowInt8: "narrower, 8 bits"
    case .composed: "narrower, 2:4, 8 bits"
    case .narrowQ40: "narrower, Q4_0"
    case .distilledInt8: "distilled, 8 bits"
    }
  }

  /// Treats the finished model and leaves an `Artefact` in `folder`.
  ///
  /// - Parameters:
  ///   - earlier: the artefact of the `basis`, if there is one.
  ///   - onStep: called after each step of training.
  public func make(
    in folder: URL, from finished: FinishedModel, after earlier: Artefact?, _ effort: Effort,
    onStep: () -> Void = {}
  ) throws {
    require(
      (earlier == nil) == (basis == nil),
      "'\(self)' is made after \(basis.map { "'\($0)'" } ?? "nothing else")")
    let begun = try earlier?.floats()
    try Artefact.make(in: folder, after: earlier) { folder in
      switch self {
      case .original:
        try CompressedCheckpoint(finished.model, ends: [finished.end]).write(to: folder)
        return 0
      case .int8:
        try CompressedCheckpoint(
          finished.model, rounded: finished.model.eightBits(), ends: [finished.end]
        ).write(to: folder)
        return 0
      case .distilled, .untaught, .untaughtInt8:
        let isRounded = self == .untaughtInt8
        let (model, tokens) = try finished.schooled(
          taught: self == .distilled, width: isRounded ? 96 : 64, effort, onStep: onStep)
        try CompressedCheckpoint(
          model, rounded: isRounded ? model.eightBits() : [:], ends: [finished.end]
        ).write(to: folder)
        return tokens
      case .distilledInt8:
        try CompressedCheckpoint(
          begun!, rounded: begun!.eightBits(), ends: [finished.end]
        ).write(to: folder)
        return 0
      case .sparse, .twoOfFour:
        let (sparse, tokens) = try finished.zeroPruned(
          self == .sparse ? .share(0.6) : .twoOfFour, effort, onStep: onStep)
        try finished.checkpoint(sparse).write(to: folder)
        return tokens
      case .lowRank:
        let (model, tokens) = try finished.factorised(keeping: 0.6, effort, onStep: onStep)
        try CompressedCheckpoint(model, ends: [finished.end]).write(to: folder)
        return tokens
      case .q80, .q40, .q40Rounded, .narrowQ40:
        let isTrained = [.q40, .narrowQ40].contains(self)
        let (model, tokens) = try finished.rounded(
          isTrained ? .trained : .nearest, to: self == .q80 ? .q80 : .q40, effort, of: begun,
          onStep: { _ in onStep() })
        try GGUFModel(model, tokenizer: finished.tokenizer).write(
          to: folder.appending(path: "model.gguf"))
        return tokens
      case .shallow:
        let (model, tokens) = try finished.shallowed(without: 2, effort, onStep: onStep)
        try CompressedCheckpoint(model, ends: [finished.end]).write(to: folder)
        return tokens
      case .narrow, .narrowLikeShallow:
        let (stages, tokens) = try composition!.stages(of: finished, effort, onStep: onStep)
        try stages.last!.checkpoint.write(to: folder)
        return tokens
      case .narrowInt8, .composed:
        let (stages, tokens) = try composition!.finishing(
          begun!, of: finished, effort, onStep: onStep)
        try stages.last!.checkpoint.write(to: folder)
        return tokens
      }
    }
  }
}
