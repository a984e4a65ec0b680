import Files
import Foundation
import StrictJSON

/// A configuration in the form of Hugging Face, such as the `config.json` of a checkpoint: its keys,
/// read without trust.
///
/// What it means is the matter of an `Architecture`, or of whoever else has such a file. What would
/// change the mathematics and is not supported is refused by name.
public struct HubConfiguration {
  /// The path of the file.
  public let file: String

  private let root: JSON

  /// What stands before a key in messages, if this is an object within another.
  private let path: String

  /// - Parameter owner: whose folder the file is in, for the message that it is not there.
  public init(contentsOf url: URL, of owner: String = "a model") throws(CheckpointError) {
    file = url.path
    path = ""
    let bytes: [UInt8]
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= 1 << 20 else {
        throw CheckpointError(url.path, "a configuration of \(size) bytes is none")
      }
      bytes = [UInt8](try Data(contentsOf: url))
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(url.path, "cannot be read; is this the folder of \(owner)?")
    }
    do {
      root = try JSON(parsing: bytes)
    } catch {
      throw CheckpointError(url.path, at: "byte \(error.offset)", error.problem)
    }
    guard case .object = root else {
      throw CheckpointError(url.path, "expected an object, found \(root.kind)")
    }
  }

  private init(_ parent: HubConfiguration, _ key: String, _ value: JSON) {
    file = parent.file
    path = "\(parent.path)\(key)."
    root = value
  }

  /// The members, in the order of the file.
  public var members: [JSON.Member] {
    if case .object(let members) = root { members } else { [] }
  }

  /// The object under `key`, if it is one: a multimodal model keeps the configuration of its
  /// language model under `text_config`.
  public func section(_ key: String) -> HubConfiguration? {
    guard case .object = root[key] ?? .null else { return nil }
    return HubConfiguration(self, key, root[key]!)
  }

  /// The object under `key`; nil if there is nothing.
  public func object(_ key: String) throws(CheckpointError) -> HubConfiguration? {
    if !has(key) { return nil }
    guard let section = section(key) else { throw mismatch(key, "an object") }
    return section
  }

  /// Whether there is something under `key`.
  public func has(_ key: String) -> Bool {
    if case .null = root[key] ?? .null { false } else { true }
  }

  /// An error about `key`.
  public func error(_ key: String, _ problem: String) -> CheckpointError {
    CheckpointError(file, at: printable(path + key), problem)
  }

  /// The error that there is something else under `key` than what was `expected`, or nothing.
  private func mismatch(_ key: String, _ expected: String) -> CheckpointError {
    guard has(key), let found = root[key] else {
      return error(key, "missing; it must be \(expected)")
    }
    return error(key, "expected \(expected), found \(found.kind)")
  }

  /// What `model_type` names: the family of the model.
  public var modelType: String? {
    if case .string(let name) = root["model_type"] { name } else { nil }
  }

  /// The one among `architectures` that `model_type` names.
  func architecture(
    among architectures: [any Architecture]
  ) throws(CheckpointError) -> any Architecture {
    guard let name = modelType else {
      throw error("model_type", "missing; it names the family of the model")
    }
    guard let architecture = architectures.first(where: { $0.modelTypes.contains(name) }) else {
      let known = architectures.flatMap(\.modelTypes).joined(separator: ", ")
      throw error("model_type", "\(quoted(name)) is not supported; these are: \(known)")
    }
    return architecture
  }

  /// A token or a list of tokens, such as those that end a text; empty if there are none. Those of a
  /// multimodal model may be with its language model.
  public func tokens(_ key: String) throws(CheckpointError) -> [Int32] {
    switch root[key] {
    case nil, .null: return try section("text_config")?.tokens(key) ?? []
    case .integer(let token): return [try token32(token, key)]
    case .array(let elements):
      var tokens: [Int32] = []
      for element in elements {
        guard case .integer(let token) = element else {
          throw error(key, "expected tokens, found \(element.kind)")
        }
        tokens.append(try token32(token, key))
      }
      return tokens
    case let other?: throw error(key, "expected a token, found \(other.kind)")
    }
  }

  /// A whole number in `range`.
  ///
  /// - Parameter otherwise: the value if there is none; without it, it must be there.
  public func size(
    _ key: String, in range: ClosedRange<Int>, otherwise: Int? = nil
  ) throws(CheckpointError) -> Int {
    if !has(key), let otherwise { return otherwise }
    guard case .integer(let value) = root[key], range.contains(value) else {
      throw mismatch(key, "a whole number in \(range)")
    }
    return value
  }

  /// Whole numbers in `range`; nil if there are none.
  public func sizes(_ key: String, in range: ClosedRange<Int>) throws(CheckpointError) -> [Int]? {
    if !has(key) { return nil }
    guard case .array(let elements) = root[key] else { throw mismatch(key, "whole numbers") }
    var sizes: [Int] = []
    for element in elements {
      guard case .integer(let value) = element, range.contains(value) else {
        throw error(key, "expected whole numbers in \(range), found \(element.kind)")
      }
      sizes.append(value)
    }
    return sizes
  }

  /// A number, in `range` if there is one.
  ///
  /// - Parameter otherwise: the value if there is none; without it, it must be there.
  public func number(
    _ key: String, in range: ClosedRange<Double>? = nil, otherwise: Double? = nil
  ) throws(CheckpointError) -> Double {
    if !has(key), let otherwise { return otherwise }
    let value: Double? =
      switch root[key] {
      case .integer(let value): Double(value)
      case .number(let value): value
      default: nil
      }
    guard let value, range?.contains(value) ?? true else {
      throw mismatch(key, "a number" + (range.map { " in \($0)" } ?? ""))
    }
    return value
  }

  /// Whether something is so. Zero is false and other whole numbers are true, since Llama 4 was
  /// published with `"attn_temperature_tuning": 4`.
  public func flag(_ key: String, otherwise: Bool) throws(CheckpointError) -> Bool {
    switch root[key] ?? .null {
    case .null: return otherwise
    case .bool(let value): return value
    case .integer(let value): return value != 0
    default: throw mismatch(key, "true or false")
    }
  }

  /// Refuses `layer_types` that are not those we compute, if there are any.
  ///
  /// - Parameter expected: the type of a layer, from 0.
  public func requireLayerTypes(
    _ layers: Int, _ expected: (Int) -> String
  ) throws(CheckpointError) {
    let key = "layer_types"
    if !has(key) { return }
    guard case .array(let types) = root[key], types.count >= layers else {
      throw error(key, "expected a type for each of \(layers) layers")
    }
    for layer in 0..<layers {
      guard case .string(let type) = types[layer], type == expected(layer) else {
        throw error(key, "layer \(layer) must be of type \(expected(layer)); no other is supported")
      }
    }
  }

  /// A text; nil if there is none.
  public func text(_ key: String) throws(CheckpointError) -> String? {
    has(key) ? try requiredText(key) : nil
  }

  /// A text, which must be there.
  public func requiredText(_ key: String) throws(CheckpointError) -> String {
    guard case .string(let text) = root[key] else { throw mismatch(key, "a string") }
    return text
  }

  /// Texts; nil if there are none.
  public func texts(_ key: String) throws(CheckpointError) -> [String]? {
    if !has(key) { return nil }
    guard case .array(let elements) = root[key] else { throw mismatch(key, "a list of names") }
    var texts: [String] = []
    for element in elements {
      guard case .string(let text) = element else {
        throw error(key, "expected a list of names, found \(element.kind) in it")
      }
      texts.append(text)
    }
    return texts
  }

  /// Refuses a key whose value is present and none of those that we compute.
  public func refuse(_ key: String, unless allowed: [String]) throws(CheckpointError) {
    let text: String
    switch root[key] ?? .null {
    case .null: return
    case .string(let value): text = value
    case let other: text = other.kind
    }
    guard allowed.contains(text) else { throw error(key, "\(quoted(text)) is not supported") }
  }

  private func token32(_ token: Int, _ key: String) throws(CheckpointError) -> Int32 {
    guard let token = Int32(exactly: token), token >= 0 else {
      throw error(key, "\(token) is no token")
    }
    return token
  }
}
