import Notebook
import Text
import Transformer

/// How a model goes on from the first words of the held-out text.
struct Sample {
  let prompt: String
  let continuation: String

  init(_ model: Transformer, _ corpus: TextCorpus, seed: UInt64) throws {
    let tokenizer = corpus.tokenizer
    let prompt = try corpus.file.tokens(
      min(32, corpus.context / 2), in: corpus.parts.heldOut, by: tokenizer)
    let writer = Writer(
      model, sampling: Sampling(temperature: 0.8), seed: seed, limit: 200,
      stopTokens: Set([tokenizer.end].compactMap { $0 }))
    self.prompt = tokenizer.decode(prompt)
    continuation = tokenizer.decode(writer([prompt])[0].tokens, skippingSpecialTokens: true)
  }

  func print() {
    Terminal.write(
      "what it writes after \(shown(prompt).debugDescription):\n\(shown(continuation))")
  }

  /// `text` without the control characters to which a terminal would listen.
  private func shown(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter {
          $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t"
        }))
  }
}
