import StrictJSON

// `tokenizer_config.json` belongs to `transformers`; of what it holds, only the roles of the special
// tokens concern us. (The chat template is a matter of the conversations that use it.)

extension Tokenizer {
  /// The tokenizer as `tokenizer_config.json`.
  public var configurationJSON: JSON {
    let roles = pipeline.roles
    func token(_ content: String?) -> JSON { content.map { .string($0) } ?? .null }
    return .object([
      .init("bos_token", token(roles.beginning)),
      .init("clean_up_tokenization_spaces", .bool(false)),
      .init("eos_token", token(roles.end)),
      .init("pad_token", token(roles.padding)),
      .init("tokenizer_class", .string("PreTrainedTokenizerFast")),
    ])
  }
}

/// Which tokens begin, end and pad a sequence. `transformers` would add tokens that only its own file
/// knows; we insist that the vocabulary has them.
func readRoles(
  _ configuration: JSONField?, _ vocabulary: Vocabulary
) throws(TokenizerError) -> Pipeline.Roles {
  guard let configuration else { return Pipeline.Roles() }
  let added = configuration["added_tokens_decoder"]
  for (name, entry) in try added.entries(emptyIfMissing: true) {
    let content = try entry["content"].string()
    guard let id = vocabulary.token(of: content), String(id) == name else {
      throw entry.invalid("the vocabulary has no token \(quoted(content)) with this id")
    }
  }
  return Pipeline.Roles(
    beginning: try readToken(configuration["bos_token"], vocabulary),
    end: try readToken(configuration["eos_token"], vocabulary),
    padding: try readToken(configuration["pad_token"], vocabulary))
}

/// A token given by its text, or in older files by an object with its `content`.
private func readToken(
  _ field: JSONField, _ vocabulary: Vocabulary
) throws(TokenizerError) -> String? {
  if field.isNull { return nil }
  let field = if case .object = field.value { field["content"] } else { field }
  let content = try field.string()
  guard vocabulary.token(of: content) != nil else {
    throw field.invalid("the vocabulary has no token \(quoted(content))")
  }
  return content
}
