import Experts
import Tensors
import Transformer

/// What all linear layers of a model see of some texts, from one pass over them.
///
///     let calibration = try Calibration(of: model, on: texts)
///     calibration["model.layers.0.mlp.down_proj"].gram      // H = X Xᵀ, [inner, inner]
///
/// Every technique asks the same questions: which inputs are large, which go together, what is an
/// output made of. The answers are in the Gram matrices, and what they cost is one forward pass.
public struct Calibration {
  /// How many tokens went through the model.
  public let tokens: Int

  /// What the experts of each mixture did, by layer.
  public let experts: [Int: ExpertActivity]

  private let statistics: [String: InputStatistics]

  /// Lets `model` read `texts`, one at a time.
  ///
  /// - Parameter texts: tokens, as the model's own tokenizer makes them, each text at most as long
  ///   as the context. Some ten thousand tokens like those that the model is for will do.
  /// - Throws: `CompressionError` if there are no texts, if one is empty, too long, or has a token
  ///   beyond the vocabulary, or if a layer of the model is not dense.
  public init(of model: Transformer, on texts: [[Int32]]) throws(CompressionError) {
    try validate(texts, for: model.configuration)
    var statistics: [String: InputStatistics] = [:]
    for linear in try model.denseLinears() where statistics[linear.name] == nil {
      let twin = twin(of: linear.name)
      statistics[linear.name] =
        twin.flatMap { statistics[$0] } ?? InputStatistics(width: linear.weight.shape[1])
    }
    var recorder = ExpertRecorder(model)
    var observed = model
    var seen: Set<ObjectIdentifier> = []
    observed.forEachLinear { linear in
      guard let dense = linear.projection as? DenseProjection else { return }
      let own = statistics[dense.linearName]!
      linear.projection = RecordingProjection(
        dense, inputs: seen.insert(ObjectIdentifier(own)).inserted ? own : nil,
        outputs: recorder.norms(of: dense.linearName))
    }
    var tokens = 0
    for text in texts {
      let hidden = observed.hidden(Passage(text, lengths: [text.count]))
      statistics[headName]?.add(hidden)
      recorder.takeDown()
      tokens += text.count
    }
    self.tokens = tokens
    self.statistics = statistics
    experts = recorder.activities
  }

  /// The statistics of the inputs of a layer, by its name.
  public subscript(name: String) -> InputStatistics {
    guard let found = statistics[name] else { fatalError("no layer is called \(name)") }
    return found
  }

  /// The statistics of a layer that is to be fitted to its inputs.
  ///
  /// - Throws: `CompressionError` if no token came to the layer, an expert that is hardly chosen.
  public func inputs(of name: String) throws(CompressionError) -> InputStatistics {
    let found = self[name]
    guard found.rows > 0 else {
      throw CompressionError(
        "\(name): none of the \(tokens) tokens of calibration came here; use more texts, or remove "
          + "the expert first")
    }
    return found
  }
}

/// The head, if it is not the embedding table. Its inputs are the hidden vectors; its logits, the
/// largest product of all, are not needed.
private let headName = "lm_head"

/// The layer that sees the same inputs as another and comes before it, if there is one.
private func twin(of name: String) -> String? {
  let leaders = ["k_proj": "q_proj", "v_proj": "q_proj", "up_proj": "gate_proj", "w3": "w1"]
  guard let dot = name.lastIndex(of: "."),
    let leader = leaders[String(name[name.index(after: dot)...])]
  else { return nil }
  return name[...dot] + leader
}

private func validate(
  _ texts: [[Int32]], for configuration: Configuration
) throws(CompressionError) {
  if texts.isEmpty {
    throw CompressionError("no texts to calibrate with; some ten thousand tokens will do")
  }
  for (number, text) in texts.enumerated() {
    if text.isEmpty || text.count > configuration.context {
      throw CompressionError(
        "text \(number) of calibration has \(text.count) tokens; the model takes 1 to "
          + "\(configuration.context)")
    }
    if let token = text.first(where: { $0 < 0 || $0 >= configuration.vocabulary }) {
      throw CompressionError(
        "text \(number) of calibration holds the token \(token), and the model knows "
          + "0..<\(configuration.vocabulary); encode it with the model's own tokenizer")
    }
  }
}
