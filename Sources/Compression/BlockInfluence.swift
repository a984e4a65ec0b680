import Calibration
import Kernels
import Tensors
import Training
import Transformer

extension Transformer {
  /// How much each block turns the vectors that pass through it, from 0 to 2:
  /// `1 − E cos(x_l, x_{l+1})` over all tokens of some texts (ShortGPT: Men et al. 2024,
  /// arXiv:2403.03853). A block that hardly turns them can hardly matter, so the thought.
  ///
  /// - Parameter texts: tokens, each text at least one and at most as many as the context holds.
  public func blockInfluences(on texts: [[Int32]]) -> [Double] {
    var sums = [Double](repeating: 0, count: blocks.count)
    var tokens = 0
    let rotary = RotaryTable(
      frequencies: configuration.rotaryFrequencies, positions: texts.map(\.count).max() ?? 1)
    for text in texts {
      let passage = Passage(text, lengths: [text.count])
      var x = embedding.tensor.rows(text)
      for (index, block) in blocks.enumerated() {
        let y = block(x, passage, rotary: rotary)
        for row in 0..<text.count { sums[index] += 1 - cosine(x.row(row), y.row(row)) }
        x = y
      }
      tokens += text.count
    }
    return sums.map { $0 / Double(max(1, tokens)) }
  }

  /// The mean surprisal of what is learned in `examples`, in nats, if each of the blocks, and no other,
  /// is left out: the influence that one would want to know, at the price of as many passes as there are
  /// blocks.
  public func lossesWithoutBlock(on examples: [Example]) -> [Double] {
    blocks.indices.map { index in
      var shorter = self
      shorter.blocks.remove(at: index)
      return shorter.meanSurprisal(on: examples)
    }
  }
}

private func cosine(_ a: [Float], _ b: [Float]) -> Double {
  var (across, first, second) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    across.addProduct(Double(x), Double(y))
    first.addProduct(Double(x), Double(x))
    second.addProduct(Double(y), Double(y))
  }
  let scale = (first * second).squareRoot()
  return scale > 0 ? across / scale : 1
}
