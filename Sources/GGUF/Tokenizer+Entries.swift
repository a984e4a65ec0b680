import StrictJSON
import Text

extension Tokenizer {
  /// The keys that describe a tokenizer to llama.cpp: byte pairs, in the spelling of GPT-2.
  ///
  /// - Parameters:
  ///   - vocabulary: how many rows the model's embedding has; tokens that nobody writes fill it up.
  ///   - path: the file, for messages.
  func entries(vocabulary count: Int, path: String) throws(GGUFError) -> [GGUFEntry] {
    func inexpressible(_ what: String) -> GGUFError {
      GGUFError(.inexpressible(what), file: path, at: .key("tokenizer.ggml.pre"))
    }
    let rule: String
    switch pipeline.splitting {
    case .gpt2: rule = "gpt-2"
    case .qwen2: rule = "qwen2"
    case .llama3: rule = "llama-bpe"
    case .characters: throw inexpressible("llama.cpp has no tokenizer of characters")
    }
    guard vocabularyCount <= count else {
      throw inexpressible("\(vocabularyCount) tokens, and embeddings for \(count)")
    }
    // The spelling is that of `tokenizer.json`.
    guard case .object(let members)? = tokenizerJSON["model"]?["vocab"],
      case .array(let pairs)? = tokenizerJSON["model"]?["merges"]
    else { fatalError("tokenizer.json has no vocabulary") }
    var tokens = (0..<count).map { "[PAD\($0)]" }
    var types = [Int32](repeating: TokenType.unused.rawValue, count: count)
    for member in members {
      guard case .integer(let id) = member.value else { continue }
      tokens[id] = member.name
      types[id] = TokenType.normal.rawValue
    }
    for (token, id) in zip(self.vocabulary.addedTokens, self.vocabulary.addedTokenIDs) {
      tokens[Int(id)] = token.content
      types[Int(id)] = (token.isSpecial ? TokenType.control : .userDefined).rawValue
    }
    let merges = pairs.map { pair in
      guard case .array(let two) = pair, case .string(let left) = two[0],
        case .string(let right) = two[1]
      else { fatalError("a merge is a pair of texts") }
      return "\(left) \(right)"
    }
    var entries = [
      GGUFEntry("tokenizer.ggml.model", .string("gpt2")),
      GGUFEntry("tokenizer.ggml.pre", .string(rule)),
      GGUFEntry("tokenizer.ggml.tokens", .strings(tokens)),
      GGUFEntry("tokenizer.ggml.token_type", .int32s(types)),
      GGUFEntry("tokenizer.ggml.merges", .strings(merges)),
    ]
    for (role, token) in [("bos", beginning), ("eos", end), ("padding", padding)] {
      if let token {
        entries.append(GGUFEntry("tokenizer.ggml.\(role)_token_id", .uint32(UInt32(token))))
      }
    }
    let begins = beginning.map { pipeline.prefix == [$0] } ?? false
    entries.append(GGUFEntry("tokenizer.ggml.add_bos_token", .bool(begins)))
    return entries
  }
}

/// What a token is to llama.cpp.
private enum TokenType: Int32 {
  case normal = 1
  case control = 3
  case userDefined = 4
  case unused = 5
}
