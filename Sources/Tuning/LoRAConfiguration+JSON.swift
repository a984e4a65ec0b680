import StrictJSON
import Transformer

// The file `adapter_config.json` of `peft`.

extension LoRAConfiguration {
  /// The members of the file, by name as `peft` sorts them.
  func json(baseName: String?) -> JSON {
    func strings(_ names: [String]) -> JSON { .array(names.map(JSON.string)) }
    func exceptions<Value>(_ list: [Exception<Value>], _ json: (Value) -> JSON) -> JSON {
      .object(list.map { JSON.Member($0.module, json($0.value)) })
    }
    let targetModules: JSON =
      switch targets {
      case .allLinear: .string("all-linear")
      case .modules(let names): strings(names)
      }
    return .object([
      .init("alpha_pattern", exceptions(alphas, number)),
      .init("base_model_name_or_path", baseName.map(JSON.string) ?? .null),
      .init("bias", .string("none")),
      .init("exclude_modules", excluded.isEmpty ? .null : strings(excluded)),
      .init("fan_in_fan_out", .bool(false)),
      .init("inference_mode", .bool(true)),
      .init("init_lora_weights", .bool(true)),
      .init("lora_alpha", number(alpha)),
      .init("lora_dropout", number(dropout)),
      .init("modules_to_save", .null),
      .init("peft_type", .string("LORA")),
      .init("r", .integer(rank)),
      .init("rank_pattern", exceptions(ranks) { .integer($0) }),
      .init("target_modules", targetModules),
      .init("task_type", .string("CAUSAL_LM")),
      .init("use_dora", .bool(false)),
      .init("use_rslora", .bool(isRankStabilized)),
    ])
  }

  /// Reads the file at the path `file`. What would change the mathematics and is not supported is
  /// refused by its name.
  init(_ json: JSON, file: String) throws(CheckpointError) {
    let reader = Reader(file: file, json: json)
    guard case .object(let members) = json else {
      throw CheckpointError(file, "expected an object, found \(json.kind)")
    }
    let type = try reader.string("peft_type")
    guard type == "LORA" else {
      throw reader.error("peft_type", "\(quoted(type)) is not supported; only \"LORA\" is")
    }
    if reader.has("bias"), try reader.string("bias") != "none" {
      throw reader.error(
        "bias", "only \"none\" is supported: the biases of the base stay as they are")
    }
    if case .string(let name)? = json["init_lora_weights"], !harmlessInitializations.contains(name)
    {
      throw reader.error(
        "init_lora_weights", "\(quoted(name)) changes the weights of the base; convert the adapter")
    }
    for member in members where !known.contains(member.name) && !member.value.isOff {
      throw CheckpointError(
        file, at: quoted(member.name), "this feature of peft is not supported; switch it off")
    }
    self.init(rank: try reader.rank("r", json["r"]), alpha: try reader.number("lora_alpha"))
    isRankStabilized = try reader.bool("use_rslora")
    if reader.has("lora_dropout") { dropout = try reader.number("lora_dropout") }
    guard (0..<1).contains(dropout) else {
      throw reader.error("lora_dropout", "\(dropout) is not in 0..<1")
    }
    excluded = try reader.has("exclude_modules") ? reader.strings("exclude_modules") : []
    ranks = try reader.exceptions("rank_pattern") { name, value throws(CheckpointError) in
      try reader.rank(name, value)
    }
    alphas = try reader.exceptions("alpha_pattern") { name, value throws(CheckpointError) in
      try reader.number(name, value)
    }
    if case .string(let name)? = json["target_modules"] {
      guard name == "all-linear" else {
        throw reader.error(
          "target_modules", "regular expressions are not supported; list the names")
      }
      targets = .allLinear
    } else {
      targets = .modules(try reader.strings("target_modules"))
    }
  }
}

/// What is understood, or says nothing about the mathematics.
private let known: Set<String> = [
  "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "exclude_modules",
  "inference_mode", "init_lora_weights", "lora_alpha", "lora_dropout", "megatron_core",
  "peft_type", "peft_version", "qalora_group_size", "r", "rank_pattern", "revision",
  "target_modules", "task_type", "use_rslora",
]

/// Ways to draw the first values that leave the base alone.
private let harmlessInitializations: Set<String> = ["gaussian", "orthogonal", "eva"]

private func number(_ value: Double) -> JSON {
  Int(exactly: value).map(JSON.integer) ?? .number(value)
}

extension JSON {
  /// Whether it stands for a feature that is not used.
  fileprivate var isOff: Bool {
    switch self {
    case .null, .bool(false): true
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }
}

/// Values by their names, or an error that says which is wrong.
private struct Reader {
  let file: String
  let json: JSON

  func error(_ key: String, _ problem: String) -> CheckpointError {
    CheckpointError(file, at: key, problem)
  }

  func has(_ key: String) -> Bool { if case .null = json[key] ?? .null { false } else { true } }

  func string(_ key: String) throws(CheckpointError) -> String {
    guard case .string(let value)? = json[key] else { throw expected("a string", key) }
    return value
  }

  func bool(_ key: String) throws(CheckpointError) -> Bool {
    if !has(key) { return false }
    guard case .bool(let value)? = json[key] else { throw expected("true or false", key) }
    return value
  }

  func number(_ key: String) throws(CheckpointError) -> Double { try number(key, json[key]) }

  func number(_ key: String, _ value: JSON?) throws(CheckpointError) -> Double {
    switch value {
    case .integer(let value)?: return Double(value)
    case .number(let value)?: return value
    default: throw expected("a number", key, value)
    }
  }

  func rank(_ key: String, _ value: JSON?) throws(CheckpointError) -> Int {
    guard case .integer(let rank)? = value, 1...1 << 16 ~= rank else {
      throw expected("a rank in 1...65536", key, value)
    }
    return rank
  }

  func strings(_ key: String) throws(CheckpointError) -> [String] {
    guard case .array(let elements)? = json[key] else { throw expected("a list of names", key) }
    var strings: [String] = []
    for element in elements {
      guard case .string(let string) = element else {
        throw expected("a list of names", key, element)
      }
      strings.append(string)
    }
    return strings
  }

  func exceptions<Value>(
    _ key: String, _ read: (String, JSON) throws(CheckpointError) -> Value
  ) throws(CheckpointError) -> [LoRAConfiguration.Exception<Value>] {
    guard has(key) else { return [] }
    guard case .object(let members)? = json[key] else { throw expected("an object", key) }
    var exceptions: [LoRAConfiguration.Exception<Value>] = []
    for member in members {
      let name = "\(key).\(quoted(member.name))"
      // `peft` takes them for regular expressions, which plain names are, too.
      guard member.name.allSatisfy({ $0.isLetter || $0.isNumber || "._-".contains($0) }) else {
        throw error(name, "regular expressions are not supported; write whole names")
      }
      exceptions.append(.init(member.name, try read(name, member.value)))
    }
    return exceptions
  }

  private func expected(_ what: String, _ key: String) -> CheckpointError {
    expected(what, key, json[key])
  }

  private func expected(_ what: String, _ key: String, _ value: JSON?) -> CheckpointError {
    error(key, value.map { "expected \(what), found \($0.kind)" } ?? "missing")
  }
}
