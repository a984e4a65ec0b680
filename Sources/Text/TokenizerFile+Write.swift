import StrictJSON

extension Tokenizer {
  /// The tokenizer as `tokenizer.json`, byte for byte as the `tokenizers` library saves it.
  public var tokenizerJSON: JSON {
    let merges = (self as? BytePairs)?.merges ?? []
    // A character tokenizer is, in the library's terms, byte pairs without merges whose pieces are
    // characters, each taken whole where it has a token.
    let ignoresMerges = (self as? BytePairs)?.ignoresMerges ?? true
    let spellings = vocabulary.spellings
    return .object([
      .init("version", .string("1.0")),
      .init("truncation", .null),
      .init("padding", .null),
      .init("added_tokens", .array(addedTokens)),
      .init("normalizer", pipeline.composesCharacters ? stage("NFC") : .null),
      .init("pre_tokenizer", preTokenizer),
      .init("post_processor", postProcessor),
      .init("decoder", byteLevel(splits: true, addsPrefixSpace: true)),
      .init(
        "model",
        stage(
          "BPE",
          .init("dropout", .null),
          .init("unk_token", .null),
          .init("continuing_subword_prefix", .null),
          .init("end_of_word_suffix", .null),
          .init("fuse_unk", .bool(false)),
          .init("byte_fallback", .bool(false)),
          .init("ignore_merges", .bool(ignoresMerges)),
          .init(
            "vocab",
            .object(spellings.enumerated().map { .init($0.element, .integer($0.offset)) })),
          .init(
            "merges",
            .array(
              merges.map {
                .array([.string(spellings[Int($0.left)]), .string(spellings[Int($0.right)])])
              })))),
    ])
  }

  private var addedTokens: [JSON] {
    let tokens = zip(vocabulary.addedTokenIDs, vocabulary.addedTokens)
    return tokens.sorted { $0.0 < $1.0 }.map { id, token in
      .object([
        .init("id", .integer(Int(id))),
        .init("content", .string(token.content)),
        .init("single_word", .bool(false)),
        .init("lstrip", .bool(false)),
        .init("rstrip", .bool(false)),
        .init("normalized", .bool(token.isNormalized)),
        .init("special", .bool(token.isSpecial)),
      ])
    }
  }

  private var preTokenizer: JSON {
    if pipeline.splitting == .gpt2 { return byteLevel(splits: true) }
    let pattern = JSON.object([.init("Regex", .string(pipeline.splitting.pattern))])
    let split = stage(
      "Split", .init("pattern", pattern), .init("behavior", .string("Isolated")),
      .init("invert", .bool(false)))
    return stage("Sequence", .init("pretokenizers", .array([split, byteLevel(splits: false)])))
  }

  /// The tokens around a text; the library wants to know what to do with two texts as well.
  private var postProcessor: JSON {
    if pipeline.prefix.isEmpty, pipeline.suffix.isEmpty { return .null }
    func name(_ id: Int32) -> String {
      let added = vocabulary.addedTokenIDs.firstIndex(of: id)
      return added.map { vocabulary.addedTokens[$0].content } ?? vocabulary.spellings[Int(id)]
    }
    func item(_ kind: String, _ id: String, _ text: Int) -> JSON {
      .object([
        .init(kind, .object([.init("id", .string(id)), .init("type_id", .integer(text))]))
      ])
    }
    func around(_ sequence: String, _ text: Int) -> [JSON] {
      pipeline.prefix.map { item("SpecialToken", name($0), text) }
        + [item("Sequence", sequence, text)]
        + pipeline.suffix.map { item("SpecialToken", name($0), text) }
    }
    let used = Set(pipeline.prefix + pipeline.suffix).sorted { name($0) < name($1) }
    let tokens = used.map { id in
      JSON.Member(
        name(id),
        .object([
          .init("id", .string(name(id))), .init("ids", .array([.integer(Int(id))])),
          .init("tokens", .array([.string(name(id))])),
        ]))
    }
    return stage(
      "TemplateProcessing", .init("single", .array(around("A", 0))),
      .init("pair", .array(around("A", 0) + around("B", 1))),
      .init("special_tokens", .object(tokens)))
  }
}

private func stage(_ type: String, _ members: JSON.Member...) -> JSON {
  .object([.init("type", .string(type))] + members)
}

private func byteLevel(splits: Bool, addsPrefixSpace: Bool = false) -> JSON {
  stage(
    "ByteLevel", .init("add_prefix_space", .bool(addsPrefixSpace)),
    .init("trim_offsets", .bool(true)), .init("use_regex", .bool(splits)))
}
