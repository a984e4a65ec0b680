import Courses
import Tensors
import Transformer

/// How fast a model is on this machine, measured beside others.
public struct Pace: Sendable {
  /// The time from one token to the next for a single text, in milliseconds: the median, and what 95
  /// of 100 tokens keep.
  public let median, percentile95: Double

  /// How many tokens of a text are read a second.
  public let reading: Double

  /// How many tokens are written a second, of 64 texts side by side.
  public let writing: Double

  /// What a thousand tokens of a single text cost, in seconds of all processors together.
  public let processorSeconds: Double

  /// Measures models in turns, since what else a machine does is not the same from one second to the
  /// next.
  ///
  /// - Parameters:
  ///   - prompt: what the texts begin with.
  ///   - rounds: how many turns each model gets.
  /// - Returns: the pace of each model, the best of the rounds for whole texts.
  public static func measure(
    _ models: [Transformer], prompt: [Int32], rounds: Int = 5, onRound: () -> Void = {}
  ) -> [Pace] {
    let timer = ContinuousClock()
    func seconds(_ work: () -> Void) -> Double { timer.measure(work) / .seconds(1) }
    let limit = 96
    let alone = models.map { Writer($0, sampling: .greedy, limit: limit, batch: 1) }
    let together = models.map { Writer($0, seed: 1, limit: limit, batch: 64) }
    let packed = models.map { $0.packed() }
    let passage = Passage(
      (0..<256).map { prompt[$0 % prompt.count] }, lengths: [256])
    var gaps: [[Double]] = models.map { _ in [] }
    var (reading, writing) = (models.map { _ in 0.0 }, models.map { _ in 0.0 })
    var cost = models.map { _ in Double.infinity }
    for round in 0...rounds {
      for index in models.indices {
        let began = processorTime()
        var last = timer.now
        var own: [Double] = []
        _ = alone[index]([prompt]) { _, _ in
          let now = timer.now
          own.append((now - last) / .milliseconds(1))
          last = now
          return true
        }
        let spent = processorTime() - began
        let read = seconds { _ = packed[index].hidden(passage) }
        var tokens = 0
        let written = seconds {
          let texts = together[index](Array(repeating: prompt, count: 64))
          tokens = texts.reduce(0) { $0 + $1.tokens.count }
        }
        // The first round warms up; the first token of a text reads the prompt as well.
        guard round > 0 else { continue }
        gaps[index] += own.dropFirst()
        cost[index] = min(cost[index], 1000 * spent / Double(own.count))
        reading[index] = max(reading[index], 256 / read)
        writing[index] = max(writing[index], Double(tokens) / written)
      }
      onRound()
    }
    return models.indices.map { index in
      let sorted = gaps[index].sorted()
      return Pace(
        median: sorted[sorted.count / 2], percentile95: sorted[sorted.count * 95 / 100],
        reading: reading[index], writing: writing[index], processorSeconds: cost[index])
    }
  }
}
