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

  /// Reads the file. What would change the mathematics and is not supported is refused by its name.
  init(_ hub: HubConfiguration) throws(CheckpointError) {
    let type = try hub.requiredText("peft_type")
    guard type == "LORA" else {
      throw hub.error("peft_type", "\(quoted(type)) is not supported; only \"LORA\" is")
    }
    if let bias = try hub.text("bias"), bias != "none" {
      throw hub.error("bias", "only \"none\" is supported: the biases of the base stay as they are")
    }
    for member in hub.members {
      if case ("init_lora_weights", .string(let name)) = (member.name, member.value),
        !harmlessInitializations.contains(name)
      {
        throw hub.error(
          member.name, "\(quoted(name)) changes the weights of the base; convert the adapter")
      }
      if !known.contains(member.name) && !member.value.isOff {
        throw hub.error(
          quoted(member.name), "this feature of peft is not supported; switch it off")
      }
    }
    self.init(rank: try hub.size("r", in: rankRange), alpha: try hub.number("lora_alpha"))
    isRankStabilized = try hub.flag("use_rslora", otherwise: false)
    dropout = try hub.number("lora_dropout", otherwise: dropout)
    guard (0..<1).contains(dropout) else {
      throw hub.error("lora_dropout", "\(dropout) is not in 0..<1")
    }
    excluded = try hub.texts("exclude_modules") ?? []
    ranks = try exceptions(hub, "rank_pattern") { section, name throws(CheckpointError) in
      try section.size(name, in: rankRange)
    }
    alphas = try exceptions(hub, "alpha_pattern") { section, name throws(CheckpointError) in
      try section.number(name)
    }
    if case .string(let name)? = hub.members.first(where: { $0.name == "target_modules" })?.value {
      guard name == "all-linear" else {
        throw hub.error(
          "target_modules", "regular expressions are not supported; list the names")
      }
      targets = .allLinear
    } else if let names = try hub.texts("target_modules") {
      targets = .modules(names)
    } else {
      throw hub.error("target_modules", "missing; it must be a list of names")
    }
  }
}

private let rankRange = 1...1 << 16

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

/// What differs from the rule in some modules.
private func exceptions<Value>(
  _ hub: HubConfiguration, _ key: String,
  _ read: (HubConfiguration, String) throws(CheckpointError) -> Value
) throws(CheckpointError) -> [LoRAConfiguration.Exception<Value>] {
  guard let section = try hub.object(key) else { return [] }
  var exceptions: [LoRAConfiguration.Exception<Value>] = []
  for member in section.members {
    // `peft` takes them for regular expressions, which plain names are, too.
    guard member.name.allSatisfy({ $0.isLetter || $0.isNumber || "._-".contains($0) }) else {
      throw section.error(
        quoted(member.name), "regular expressions are not supported; write whole names")
    }
    exceptions.append(.init(member.name, try read(section, member.name)))
  }
  return exceptions
}
