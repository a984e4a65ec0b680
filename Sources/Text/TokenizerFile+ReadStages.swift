/// Whether the normalizer composes characters (`NFC`); there may be none, and no other.
func readNormalizer(_ field: JSONField) throws(TokenizerError) -> Bool {
  if field.isNull { return false }
  try field.check(known: ["type"])
  guard try field["type"].string() == "NFC" else { throw field["type"].unsupported() }
  return true
}

/// The pre-tokenizer: `ByteLevel` with its own rule, which is GPT-2's, or one `Split` by a pattern
/// that we have a scanner for, and `ByteLevel` after it without a rule.
func readSplitting(_ field: JSONField) throws(TokenizerError) -> Splitting {
  switch try field["type"].string() {
  case "ByteLevel":
    guard try readByteLevel(field) else {
      throw TokenizerError.unsupported(
        file: field.file, key: field.key, value: "ByteLevel without a rule to split by")
    }
    return .gpt2
  case "Sequence":
    try field.check(known: ["type", "pretokenizers"])
    let stages = Array(try field["pretokenizers"].elements())
    guard stages.count == 2 else { throw field["pretokenizers"].unsupported() }
    let splitting = try readSplit(stages[0])
    guard try stages[1]["type"].string() == "ByteLevel" else {
      throw stages[1]["type"].unsupported()
    }
    guard try !readByteLevel(stages[1]) else { throw stages[1]["use_regex"].unsupported() }
    return splitting
  default: throw field["type"].unsupported()
  }
}

/// Whether a `ByteLevel` pre-tokenizer splits by its own rule.
private func readByteLevel(_ field: JSONField) throws(TokenizerError) -> Bool {
  try field.check(known: ["type", "add_prefix_space", "trim_offsets", "use_regex"])
  // Both are true if they are missing.
  guard case .bool(false) = field["add_prefix_space"].value else {
    throw .unsupported(file: field.file, key: "\(field.key).add_prefix_space", value: "true")
  }
  return field["use_regex"].isNull ? true : try field["use_regex"].flag()
}

private func readSplit(_ field: JSONField) throws(TokenizerError) -> Splitting {
  guard try field["type"].string() == "Split" else { throw field["type"].unsupported() }
  try field.check(known: ["type", "pattern", "behavior", "invert"])
  try field["pattern"].check(known: ["Regex"])
  let pattern = field["pattern"]["Regex"]
  let text = try pattern.string()
  guard let splitting = Splitting.allCases.first(where: { $0 != .gpt2 && $0.pattern == text })
  else { throw pattern.unsupported() }
  guard try field["behavior"].string() == "Isolated" else { throw field["behavior"].unsupported() }
  try field["invert"].checkAbsent()
  return splitting
}

/// The tokens that a post-processor puts before and after a text. `ByteLevel` puts none: it only
/// trims offsets.
func readTemplate(
  _ field: JSONField, _ vocabulary: Vocabulary
) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
  if field.isNull { return ([], []) }
  switch try field["type"].string() {
  case "ByteLevel": return ([], [])
  case "Sequence":
    try field.check(known: ["type", "processors"])
    var (prefix, suffix): ([Int32], [Int32]) = ([], [])
    for stage in try field["processors"].elements() {
      guard try stage["type"].string() != "Sequence" else { throw stage["type"].unsupported() }
      let inner = try readTemplate(stage, vocabulary)
      (prefix, suffix) = (inner.prefix + prefix, suffix + inner.suffix)
    }
    return (prefix, suffix)
  case "TemplateProcessing":
    try field.check(known: ["type", "single", "pair", "special_tokens"])
    var (prefix, suffix): ([Int32], [Int32]) = ([], [])
    var texts = 0
    let items = try field["single"].elements()
    guard items.count <= 16 else { throw field["single"].invalid("more than 16 items") }
    for item in items {
      try item.check(known: ["SpecialToken", "Sequence"])
      if item["SpecialToken"].isNull {
        guard try item["Sequence"]["id"].string() == "A" else { throw item.unsupported() }
        texts += 1
      } else {
        let name = try item["SpecialToken"]["id"].string()
        let ids = try readTemplateTokens(field["special_tokens"][name]["ids"], vocabulary)
        if texts == 0 { prefix += ids } else { suffix += ids }
      }
    }
    guard texts == 1 else { throw field["single"].invalid("the text occurs \(texts) times") }
    return (prefix, suffix)
  default: throw field["type"].unsupported()
  }
}

private func readTemplateTokens(
  _ field: JSONField, _ vocabulary: Vocabulary
) throws(TokenizerError) -> [Int32] {
  var ids: [Int32] = []
  for element in try field.elements() {
    let id = try element.identifier()
    guard vocabulary.bytes(of: id) != nil else { throw element.invalid("no token has id \(id)") }
    ids.append(id)
  }
  return ids
}
