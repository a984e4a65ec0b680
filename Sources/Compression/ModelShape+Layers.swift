import Tensors
import Transformer

extension ModelShape {
  /// The shape of a dense model that compression has changed.
  init(
    _ configuration: Configuration, widths: [Int], biased: Set<Int>, ranks: [String: Int]
  ) {
    self.configuration = configuration
    self.widths = widths
    biasedLayers = biased
    self.ranks = ranks
    setWidths(widths)
  }

  /// The linear layers of a dense model, each with `(out, in)`.
  var linears: [String: (Int, Int)] {
    let width = configuration.width
    let queries = configuration.heads * configuration.headWidth
    let shared = configuration.keyValueHeads * configuration.headWidth
    var linears: [String: (Int, Int)] = [:]
    for layer in 0..<configuration.layers {
      let scope = "model.layers.\(layer)"
      linears["\(scope).self_attn.q_proj"] = (queries, width)
      linears["\(scope).self_attn.k_proj"] = (shared, width)
      linears["\(scope).self_attn.v_proj"] = (shared, width)
      linears["\(scope).self_attn.o_proj"] = (width, queries)
      linears["\(scope).mlp.gate_proj"] = (widths[layer], width)
      linears["\(scope).mlp.up_proj"] = (widths[layer], width)
      linears["\(scope).mlp.down_proj"] = (width, widths[layer])
    }
    if !configuration.tiesEmbeddings { linears["lm_head"] = (configuration.vocabulary, width) }
    return linears
  }

  /// How many numbers a model of this shape computes with, and how many more its dense matrices of
  /// attention would have, which are in memory all the same.
  var counts: (live: Double, dead: Double) {
    let width = Double(configuration.width)
    var live = Double(configuration.vocabulary) * width + width
    var dead = 0.0
    for (name, (outputs, inputs)) in linears {
      let whole = Double(outputs) * Double(inputs)
      guard let rank = ranks[name] else {
        live += whole
        continue
      }
      live += Double(rank) * (Double(outputs) + Double(inputs))
      if !name.contains(".mlp.") { dead += whole }
    }
    return (live, dead)
  }
}
