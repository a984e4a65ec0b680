import Kernels
import Tensors
import Testing
import Text

@testable import Transformer

@Suite struct WriterTests {
  private let prompts = (0..<70).map { Sample.tokens(1 + $0 % 9, seed: UInt64($0)) }

  @Test(arguments: [1, 7, 64])
  func `a text does not depend on its batch`(_ batch: Int) {
    let model = Sample.model(Sample.llama)
    let alone = Writer(model, seed: 5, limit: 20, stopTokens: [3], batch: 1)(prompts)
    let together = Writer(model, seed: 5, limit: 20, stopTokens: [3], batch: batch)(prompts)
    #expect(alone == together)
    #expect(Set(alone.map(\.tokens)).count > 20)
    #expect(alone.contains { $0.ending == .stop } && alone.contains { $0.ending == .length })
  }

  /// With 16 sequences for each thread the threads go their own ways, with fewer they do not.
  @Test(arguments: [1, 2, 3, 5])
  func `a text does not depend on the threads`(_ threads: Int) {
    let model = Sample.model(Sample.llama)
    let alone = Writer(model, seed: 5, limit: 20, stopTokens: [3], batch: 1)(prompts)
    var told: [Int: [Int32]] = [:]
    let together = Parallel.$threads.withValue(threads) {
      Writer(model, seed: 5, limit: 20, stopTokens: [3], batch: 50)(prompts) { prompt, token in
        told[prompt, default: []].append(token)
        return true
      }
    }
    #expect(alone == together)
    // A stop token ends a text without being told.
    #expect(
      prompts.indices.map { told[$0, default: []] }
        == alone.map { $0.ending == .stop ? $0.tokens.dropLast() : $0.tokens })
  }

  @Test(arguments: [false, true])
  func `log-probabilities are those of reading, to the bit`(_ roundsCache: Bool) {
    var model = Sample.model(Sample.qwen)
    model.roundsCache = roundsCache
    let completions = Writer(model, seed: 6, limit: 30, batch: 16)(prompts)
    for (prompt, completion) in zip(prompts, completions) {
      let text = prompt + completion.tokens
      let logits = model(Passage(text, lengths: [text.count]))
      for (index, token) in completion.tokens.enumerated() {
        let row = prompt.count + index - 1
        // The training loss of one token is minus its log-probability.
        let loss = Tensor([1, 37], logits.row(row)).crossEntropy([token]).scalar
        #expect(-loss == completion.logProbabilities[index])
      }
    }
  }

  @Test func `greedy decoding takes the likeliest token`() {
    let model = Sample.model(Sample.llama)
    let completion = Writer(model, sampling: .greedy, limit: 12)([[4, 8]])[0]
    var text: [Int32] = [4, 8]
    for token in completion.tokens {
      let row = model(Passage(text, lengths: [text.count])).row(text.count - 1)
      #expect(row[Int(token)] == row.max()!)
      text.append(token)
    }
    #expect(completion.tokens.count == 12)
  }

  @Test func `the end of the context ends a text`() {
    let model = Sample.model(Sample.llama)
    let completion = Writer(model, seed: 1, limit: 1000)([Sample.tokens(150)])[0]
    #expect(completion.tokens.count == 10 && completion.ending == .length)
  }

  /// The tokens of the sample models are read as bytes, so every text is one of control characters
  /// and a few signs.
  @Test(arguments: [1, 7, 64])
  func `a text ends at a string, in any batch`(_ batch: Int) {
    let model = Sample.model(Sample.llama)
    let bytes = CharacterTokenizer(of: "")
    let whole = Writer(model, seed: 5, limit: 20, stopTokens: [3], batch: 1)(prompts)
    // Strings across two and three tokens that are known to be written, and one that is not.
    let long = whole.filter { $0.tokens.count > 9 }
    let stops = [
      bytes.decode(long[0].tokens[4...5]), bytes.decode(long[1].tokens[7...9]), "tin",
    ]
    let written = Writer(
      model, seed: 5, limit: 20, stopTokens: [3], watch: { stopping(at: stops, bytes) },
      batch: batch)(prompts)
    var stopped = 0
    for (whole, written) in zip(whole, written) {
      let ends = whole.tokens.indices.filter { end in
        stops.contains { bytes.decode(whole.tokens[...end]).hasSuffix($0) }
      }
      guard let end = ends.first else {
        #expect(written == whole)
        continue
      }
      stopped += 1
      #expect(written.tokens == Array(whole.tokens[...end]) && written.ending == .stop)
      #expect(written.logProbabilities == Array(whole.logProbabilities[...end]))
      let text = bytes.decode(written.tokens, upTo: stops)
      #expect(stops.contains { text + $0 == bytes.decode(written.tokens) })
    }
    #expect(stopped >= 2 && stopped < 60)
  }

  @Test func `the last token of a stop string is reported, and who has enough then has stopped`() {
    let model = Sample.model(Sample.llama)
    var seen: [Int32] = []
    let completions = Writer(
      model, seed: 2, limit: 50,
      watch: {
        var count = 0
        return { _ in
          count += 1
          return count == 4
        }
      }
    )([[1], [2]]) { prompt, token in
      if prompt == 1 { seen.append(token) }
      return prompt == 0 || seen.count < 4
    }
    #expect(completions.map(\.ending) == [.stop, .stop])
    #expect(completions.map(\.tokens.count) == [4, 4] && seen == completions[1].tokens)
  }

  @Test func `a caller may have enough`() {
    let model = Sample.model(Sample.llama)
    var seen = 0
    let completions = Writer(model, seed: 2, limit: 50)([[1], [2]]) { prompt, _ in
      if prompt == 1 { seen += 1 }
      return prompt == 0 || seen < 4
    }
    #expect(completions[1].tokens.count == 4 && completions[1].ending == .cancelled)
    #expect(completions[0].tokens.count == 50)
  }
}
