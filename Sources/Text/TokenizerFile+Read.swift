import StrictJSON

/// Reads `tokenizer.json`, the file of the `tokenizers` library, as far as it describes a
/// byte-level BPE: our own, GPT-2's, Qwen2's, Llama 3's.
///
/// A key that would change the result and that we do not know is refused by name.
///
/// - Parameter configuration: `tokenizer_config.json`, if there is one.
func readTokenizer(
  _ root: JSONField, configuration: JSONField?
) throws(TokenizerError) -> any Tokenizer {
  try root.check(known: [
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
    "post_processor", "decoder", "model",
  ])
  try root["truncation"].checkAbsent()
  try root["padding"].checkAbsent()
  guard try root["decoder"]["type"].string() == "ByteLevel" else {
    throw root["decoder"]["type"].unsupported()
  }
  let model = root["model"]
  try checkOptions(of: model)
  let spellings = try readVocabulary(model["vocab"])
  let vocabulary = try joinedVocabulary(spellings, model["vocab"], root["added_tokens"])
  let merges = try readMerges(model["merges"], spellings)
  let ignoresMerges = try model["ignore_merges"].flag()
  let template = try readTemplate(root["post_processor"], vocabulary)
  let pipeline = Pipeline(
    vocabulary: vocabulary, splitting: try readSplitting(root["pre_tokenizer"]),
    composesCharacters: try readNormalizer(root["normalizer"]),
    prefix: template.prefix, suffix: template.suffix,
    roles: try readRoles(configuration, vocabulary))
  if pipeline.splitting == .characters, ignoresMerges, merges.isEmpty,
    !pipeline.composesCharacters
  {
    return CharacterTokenizer(pipeline: pipeline)
  }
  return BytePairs(pipeline: pipeline, merges: merges, ignoresMerges: ignoresMerges)
}

private func checkOptions(of model: JSONField) throws(TokenizerError) {
  try model.check(known: [
    "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
    "byte_fallback", "ignore_merges", "vocab", "merges",
  ])
  let type = model["type"].isNull ? "BPE" : try model["type"].string()
  guard type == "BPE" else {
    throw model["type"].unsupported()
  }
  // `unk_token` and `fuse_unk` are of no consequence: every byte has a token, so none is unknown.
  for option in ["dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"] {
    try model[option].checkAbsent()
  }
}

/// The spellings of the model's tokens by id. Ids must be all the numbers from 0 on.
private func readVocabulary(_ field: JSONField) throws(TokenizerError) -> Spellings {
  let entries = try field.entries()
  var byID = [String?](repeating: nil, count: entries.count)
  for (spelling, entry) in entries {
    let id = try entry.identifier()
    guard id < entries.count else {
      throw entry.invalid("id \(id) in a vocabulary of \(entries.count): ids may not have gaps")
    }
    guard byID[Int(id)] == nil else {
      throw entry.invalid("id \(id) is also that of \(quoted(byID[Int(id)]!))")
    }
    guard !spelling.isEmpty else { throw entry.invalid("the token is empty") }
    byID[Int(id)] = spelling
  }
  return Spellings(byID.map { $0! })
}

/// The spellings of the model's tokens, by id and the other way round.
private struct Spellings {
  let byID: [String]
  private var ids = ByteStrings()

  init(_ byID: [String]) {
    self.byID = byID
    for spelling in byID { ids.insert(Array(spelling.utf8).span) }
  }

  func id(of spelling: String) -> Int32? {
    ids.find(Array(spelling.utf8).span).map { Int32($0) }
  }
}

private func joinedVocabulary(
  _ spellings: Spellings, _ field: JSONField, _ added: JSONField
) throws(TokenizerError) -> Vocabulary {
  var byteTokens: [Int32] = []
  for scalar in ByteAlphabet.scalars {
    guard let id = spellings.id(of: String(scalar)) else {
      let byte = String(byteTokens.count, radix: 16, uppercase: true)
      throw field.invalid("no token \(quoted(String(scalar))), which is byte 0x\(byte)")
    }
    byteTokens.append(id)
  }
  var tokens: [AddedToken] = []
  var ids: [Int32] = []
  var seen = ByteStrings()
  var next = Int32(spellings.byID.count)
  var text = 0
  for entry in try added.elements(emptyIfMissing: true) {
    let token = try readAddedToken(entry)
    text += token.content.utf8.count
    guard text <= mostAddedText else { throw added.invalid("more than \(mostAddedText) bytes") }
    guard seen.insert(Array(token.content.utf8).span) == tokens.count else {
      throw entry.invalid("\(quoted(token.content)) is added twice")
    }
    // The library ignores the ids in the file and numbers the tokens itself.
    let id = spellings.id(of: token.content) ?? next
    if id == next { next += 1 }
    guard try entry["id"].identifier() == id else {
      throw entry["id"].invalid("\(quoted(token.content)) must have id \(id), without a gap")
    }
    tokens.append(token)
    ids.append(id)
  }
  return Vocabulary(
    spellings: spellings.byID, byteTokens: byteTokens, addedTokens: tokens, addedTokenIDs: ids)
}

/// The longest text of an added token, in bytes, which is what looking for them may cost at each
/// place; and of all together, which is what the search tree may take in memory.
private let (longestAddedToken, mostAddedText) = (1 << 10, 1 << 20)

private func readAddedToken(_ entry: JSONField) throws(TokenizerError) -> AddedToken {
  try entry.check(known: [
    "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
  ])
  for flag in ["single_word", "lstrip", "rstrip"] { try entry[flag].checkAbsent() }
  let content = try entry["content"].string()
  guard 1...longestAddedToken ~= content.utf8.count else {
    throw entry["content"].invalid("\(content.utf8.count) bytes; 1 to \(longestAddedToken) will do")
  }
  return AddedToken(
    content, isSpecial: try entry["special"].flag(), isNormalized: try entry["normalized"].flag())
}

/// The merges, written as `["a", "b"]` or, in older files, as `"a b"`.
private func readMerges(
  _ field: JSONField, _ spellings: Spellings
) throws(TokenizerError) -> [BytePairs.Merge] {
  var merges: [BytePairs.Merge] = []
  var seen: Set<BytePairs.Pair> = []
  for entry in try field.elements() {
    var parts: [String] = []
    if case .string(let pair) = entry.value {
      parts = pair.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
        .map { String($0) }
    } else {
      for part in try entry.elements() { parts.append(try part.string()) }
    }
    guard parts.count == 2 else { throw entry.invalid("expected two tokens, found \(parts.count)") }
    func id(_ spelling: String) throws(TokenizerError) -> Int32 {
      guard let id = spellings.id(of: spelling) else {
        throw entry.invalid("\(quoted(spelling)) is not in the vocabulary")
      }
      return id
    }
    let pair = BytePairs.Pair(left: try id(parts[0]), right: try id(parts[1]))
    guard seen.insert(pair).inserted else { throw entry.invalid("the merge occurs twice") }
    merges.append(
      BytePairs.Merge(left: pair.left, right: pair.right, token: try id(parts[0] + parts[1])))
  }
  return merges
}
