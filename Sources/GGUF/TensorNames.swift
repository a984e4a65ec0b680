import Transformer

/// A parameter of a decoder and the tensor it is in a GGUF file.
struct NamedTensor {
  /// The name in our own files, which is Hugging Face's.
  let parameter: String

  /// The name in a GGUF file.
  let name: String
  let shape: [Int]

  /// How many heads' rows are interleaved; nil if the rows are as they are.
  ///
  /// Rotary embeddings turn pairs of coordinates. With Hugging Face's Llama the pairs are the first
  /// and second half of a head, with llama.cpp's they are neighbours; so its converter moves the rows
  /// of queries and keys, and so do we. Other families keep the halves.
  let interleavedHeads: Int?
}

/// All tensors of a dense decoder, in the order in which we write them.
func namedTensors(of configuration: Configuration) -> [NamedTensor] {
  let (width, inner) = (configuration.width, configuration.feedForwardWidth)
  let queries = configuration.heads * configuration.headWidth
  let shared = configuration.keyValueHeads * configuration.headWidth
  var tensors: [NamedTensor] = []
  func add(_ parameter: String, _ name: String, _ shape: [Int], heads: Int? = nil) {
    tensors.append(
      NamedTensor(
        parameter: parameter, name: name, shape: shape,
        interleavedHeads: configuration.family == .llama ? heads : nil))
  }
  add("model.embed_tokens.weight", "token_embd.weight", [configuration.vocabulary, width])
  add("model.norm.weight", "output_norm.weight", [width])
  if !configuration.tiesEmbeddings {
    add("lm_head.weight", "output.weight", [configuration.vocabulary, width])
  }
  for layer in 0..<configuration.layers {
    let (ours, theirs) = ("model.layers.\(layer)", "blk.\(layer)")
    add("\(ours).input_layernorm.weight", "\(theirs).attn_norm.weight", [width])
    for (letter, rows, heads) in [
      ("q", queries, configuration.heads), ("k", shared, configuration.keyValueHeads),
      ("v", shared, nil),
    ] {
      add(
        "\(ours).self_attn.\(letter)_proj.weight", "\(theirs).attn_\(letter).weight",
        [rows, width], heads: heads)
      if configuration.hasQueryKeyValueBias {
        add("\(ours).self_attn.\(letter)_proj.bias", "\(theirs).attn_\(letter).bias", [rows])
      }
    }
    add("\(ours).self_attn.o_proj.weight", "\(theirs).attn_output.weight", [width, queries])
    add("\(ours).post_attention_layernorm.weight", "\(theirs).ffn_norm.weight", [width])
    add("\(ours).mlp.gate_proj.weight", "\(theirs).ffn_gate.weight", [inner, width])
    add("\(ours).mlp.up_proj.weight", "\(theirs).ffn_up.weight", [inner, width])
    add("\(ours).mlp.down_proj.weight", "\(theirs).ffn_down.weight", [width, inner])
  }
  return tensors
}

/// The rows of queries or keys with the two halves of each of `heads` heads interleaved: row `2i + j`
/// of a head is what was row `i` of its half `j`.
func interleaved<Element>(_ values: [Element], rows: Int, heads: Int) -> [Element] {
  let (half, width) = (rows / heads / 2, values.count / rows)
  return (0..<rows).flatMap { row in
    let (head, place) = (row / (2 * half), row % (2 * half))
    let old = head * 2 * half + place % 2 * half + place / 2
    return values[old * width..<(old + 1) * width]
  }
}

/// The reverse of `interleaved`.
func separated<Element>(_ values: [Element], rows: Int, heads: Int) -> [Element] {
  let (half, width) = (rows / heads / 2, values.count / rows)
  return (0..<rows).flatMap { row in
    let (head, place) = (row / (2 * half), row % (2 * half))
    let old = head * 2 * half + place % half * 2 + place / half
    return values[old * width..<(old + 1) * width]
  }
}
