import Kernels
import Synchronization
import Tensors

/// What a model wrote after one prompt.
public struct Completion: Equatable, Sendable {
  /// The new tokens, without the prompt and with the stop token, or all of the stop string, if one
  /// came.
  public var tokens: [Int32] = []

  /// For each new token the logarithm of the probability that the model gave it, in nats, before
  /// temperature and cut-offs: the same bits that training computes for the same text.
  public var logProbabilities: [Float] = []

  public enum Ending: Equatable, Sendable {
    /// A stop token came, or what watches the text said that it ends here.
    case stop
    /// The limit of new tokens, or the end of the context, was reached.
    case length
    /// The caller had enough.
    case cancelled
  }
  public var ending = Ending.length

  public init() {}
}

/// Lets a model write: one prompt or thousands, in batches.
///
/// What is written for a prompt depends on the model, the prompt, the seed and the prompt's number,
/// and on nothing else: each draw has its own random number, keyed by seed, prompt and position, and
/// the arithmetic gives a row the same bits in any company. So the batch is only a matter of speed,
/// and a finished sequence's place is given to the next prompt at once.
public struct Writer {
  /// The model with its weights packed for products with few rows.
  private let model: Transformer
  public var sampling: Sampling
  public var seed: UInt64

  /// The most new tokens for one prompt.
  public var limit: Int

  /// Tokens that end a text.
  public var stopTokens: Set<Int32>

  /// Makes what watches a text: for each prompt once, on any thread, a function that is told the new tokens one by
  /// one and says whether the text ends with this one. It finds what no single token tells, such as
  /// a string that stops the text.
  public var watch: (() -> (_ token: Int32) -> Bool)?

  /// How many sequences are written side by side.
  public var batch: Int

  /// A writer for the weights that `model` has now; later changes do not show.
  public init(
    _ model: Transformer, sampling: Sampling = Sampling(), seed: UInt64 = 0, limit: Int = 128,
    stopTokens: Set<Int32> = [], watch: (() -> (_ token: Int32) -> Bool)? = nil, batch: Int = 64
  ) {
    self.model = model.packed()
    self.sampling = sampling
    self.seed = seed
    self.limit = limit
    self.stopTokens = stopTokens
    self.watch = watch
    self.batch = batch
  }

  private struct Sequence {
    let prompt: Int
    var history: [Int32]
    var pending: [Int32]
    var completion = Completion()
    let ends: ((_ token: Int32) -> Bool)?
  }

  /// Writes a completion for each prompt.
  ///
  /// - Parameters:
  ///   - prompts: tokens, at least one each and fewer than the context.
  ///   - onToken: called with the prompt's number and each new token, stop tokens excepted, in the
  ///     order of a text but not of the texts, on any thread but one call at a time; false ends that
  ///     text.
  /// - Returns: the completions, in the order of the prompts.
  public func callAsFunction(
    _ prompts: [[Int32]], onToken: (_ prompt: Int, _ token: Int32) -> Bool = { _, _ in true }
  ) -> [Completion] {
    let context = model.configuration.context
    for (number, prompt) in prompts.enumerated() {
      require(
        !prompt.isEmpty && prompt.count < context,
        "prompt \(number) has \(prompt.count) tokens; it needs 1 to \(context - 1)")
    }
    var completions = prompts.map { _ in Completion() }
    if limit == 0 { return completions }
    let slots = min(batch, prompts.count)
    let capacity = min(context, (prompts.map(\.count).max() ?? 0) + limit)
    let threads = writesApart(slots) ? Parallel.threads : 1
    let next = Mutex(0)
    let caller = Mutex(())
    completions.withUnsafeMutableBufferPointer { completions in
      parallel(threads) { thread in
        let own = (thread + 1) * slots / threads - thread * slots / threads
        write(prompts, slots: own, capacity: capacity) {
          next.withLock { next in
            defer { next += 1 }
            return next < prompts.count ? next : nil
          }
        } onToken: { prompt, token in
          caller.withLock { _ in onToken(prompt, token) }
        } finish: {
          completions[$0] = $1
        }
      }
    }
    return completions
  }

  /// Whether each thread writes some of the sequences by itself.
  ///
  /// Sequences share nothing but the weights. Where there are enough of them for the products to be
  /// efficient, threads that go their own ways need not wait for each other at every operation, and
  /// one can compute while another reads its cache: 64 sequences on two threads took up to a fifteenth
  /// less time, and a fifth less on cores that had something else to do as well. Fewer sequences are
  /// written a step at a time by all threads together; and so are those of a model of more than 32 MiB of
  /// weights, as much as a third-level cache may hold, because each thread would fetch all of them from
  /// memory for itself: 64 sequences took a ninth more time apart, of a mixture of 57 MiB and of a dense model of
  /// 104.
  private func writesApart(_ sequences: Int) -> Bool {
    let weights = model.parameters.all.reduce(0) { $0 + $1.shape.count }
    return sequences >= 16 * Parallel.threads && weights <= 8 << 20
  }

  /// Writes side by side, in slots of its own, the prompts that `take` gives, until it gives none.
  private func write(
    _ prompts: [[Int32]], slots: Int, capacity: Int, take: () -> Int?,
    onToken: (Int, Int32) -> Bool, finish: (Int, Completion) -> Void
  ) {
    let cache = KeyValueCache(
      model.configuration, slots: slots, capacity: capacity, isRounded: model.roundsCache)
    var running: [Sequence?] = Array(repeating: nil, count: slots)
    while true {
      for slot in 0..<slots where running[slot] == nil {
        guard let prompt = take() else { break }
        running[slot] = Sequence(
          prompt: prompt, history: prompts[prompt], pending: prompts[prompt], ends: watch?())
        cache.clear(slot)
      }
      let active = (0..<slots).filter { running[$0] != nil }
      if active.isEmpty { return }
      advance(active, &running, cache, onToken)
      for slot in active {
        guard let sequence = running[slot], sequence.pending.isEmpty else { continue }
        finish(sequence.prompt, sequence.completion)
        running[slot] = nil
      }
    }
  }

  /// Gives the model the pending tokens of the active sequences, and draws the next of each.
  private func advance(
    _ active: [Int], _ running: inout [Sequence?], _ cache: KeyValueCache,
    _ onToken: (Int, Int32) -> Bool
  ) {
    let passage = cache.passage(active.map { ($0, running[$0]!.pending) })
    let hidden = model.hidden(passage, cache: cache)
    let ends = passage.lengths.indices.map { passage.lengths[...$0].reduce(0, +) - 1 }
    let logits = model.logits(of: hidden.rows(ends.map(Int32.init)))
    let draws = draw(from: logits, for: active.map { running[$0]! })
    for (slot, (token, logProbability)) in zip(active, draws) {
      var sequence = running[slot]!
      sequence.history.append(token)
      sequence.completion.tokens.append(token)
      sequence.completion.logProbabilities.append(logProbability)
      sequence.pending = [token]
      if stopTokens.contains(token) {
        sequence.completion.ending = .stop
        sequence.pending = []
      } else if sequence.ends?(token) == true {
        _ = onToken(sequence.prompt, token)
        sequence.completion.ending = .stop
        sequence.pending = []
      } else if !onToken(sequence.prompt, token) {
        sequence.completion.ending = .cancelled
        sequence.pending = []
      } else if sequence.completion.tokens.count >= limit
        || sequence.history.count >= cache.capacity
      {
        sequence.pending = []
      }
      running[slot] = sequence
    }
  }

  /// The next token of each sequence and its log-probability, from a row of logits each.
  private func draw(
    from logits: Tensor, for sequences: [Sequence]
  ) -> [(token: Int32, logProbability: Float)] {
    var draws = sequences.map { _ in (token: Int32(0), logProbability: Float(0)) }
    draws.withUnsafeMutableBufferPointer { draws in
      parallel(sequences.count) { row in
        let sequence = sequences[row]
        var random = Generator(seed: seed)
          .stream(UInt64(sequence.prompt), UInt64(sequence.history.count))
        draws[row] = draw(logits.row(row), sequence.history, random.uniform())
      }
    }
    return draws
  }

  private func draw(
    _ logits: [Float], _ history: [Int32], _ uniform: Float
  ) -> (token: Int32, logProbability: Float) {
    var logSum: Float = 0
    logSumExp(logits, into: &logSum, rows: 1, columns: logits.count)
    var scores = logits
    let token = scores.withUnsafeMutableBufferPointer {
      sampling.draw(from: $0, history: history, uniform: uniform)
    }
    return (token, logits[Int(token)] - logSum)
  }
}
