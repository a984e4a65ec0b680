import StrictJSON

/// A published family of decoders, as far as its files are concerned: what its `config.json` means,
/// what ours would say, and where in the tensors of a file each parameter lies.
///
/// A family is added by adding a value of a type like this one to the list that a `Checkpoint` is
/// read or written with; nothing that reads or writes need know of it.
public protocol Architecture: Sendable {
  /// What `model_type` says, first the name that we write.
  var modelTypes: [String] { get }

  /// The class of `transformers` that reads what we write.
  var className: String { get }

  /// What stands before the names of all tensors in some publications of this family.
  var prefix: String? { get }

  /// The beginnings of the names of tensors that are not part of the language model.
  var foreignPrefixes: [String] { get }

  /// What `config.json` describes.
  ///
  /// - Throws: `CheckpointError` for anything that we would not compute as the family does.
  func blueprint(_ hub: HubConfiguration) throws(CheckpointError) -> Blueprint

  /// Why the model is not one of this family, nil if it is.
  func objection(to model: Transformer) -> String?

  /// The members of `config.json` that only this family has, for a model of it.
  func members(for model: Transformer) -> [JSON.Member]

  /// Where the parameters lie that are not tensors of their own, by their names.
  func places(in model: Transformer) -> [String: TensorPlace]
}

extension Architecture {
  public var prefix: String? { nil }
  public var foreignPrefixes: [String] { [] }
  public func places(in model: Transformer) -> [String: TensorPlace] { [:] }
}

/// A model that is known but not yet made, so that a file can be checked before memory is spent.
public struct Blueprint {
  public var configuration: Configuration

  /// How many parameters the model has beyond those of the configuration as a dense model.
  public let surplus: Int

  /// Makes the model, all zeros.
  public let make: (Configuration) -> Transformer

  public init(
    _ configuration: Configuration, surplus: Int = 0,
    make: @escaping (Configuration) -> Transformer
  ) {
    self.configuration = configuration
    self.surplus = surplus
    self.make = make
  }

  var parameterCount: Int { configuration.parameterCount + surplus }
}

/// Where in the tensors of a file a parameter lies.
public enum TensorPlace: Equatable, Sendable {
  /// It is the tensor of this name.
  case whole(String)

  /// The parameter `[out, in]` is part of a stack of matrices `shape = [matrices, in, columns]` that
  /// multiply from the other side: its row `o` is the column `firstColumn + o` of one of them.
  case stacked(in: String, shape: [Int], matrix: Int, firstColumn: Int)
}
