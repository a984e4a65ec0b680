import Foundation
import Testing

@testable import Kernels

@Suite struct AttentionTests {
  static let shapes = [
    AttentionShape(queries: 1, heads: 1, headWidth: 1),
    AttentionShape(queries: 7, heads: 2, headWidth: 10),
    AttentionShape(queries: 65, heads: 2, keyHeads: 1, headWidth: 16),
    AttentionShape(sequences: 3, queries: 130, heads: 6, keyHeads: 2, headWidth: 32),
    AttentionShape(sequences: 2, queries: 64, heads: 4, headWidth: 64, scale: 0.3),
    AttentionShape(sequences: 2, queries: 5, keys: 150, heads: 4, keyHeads: 2, headWidth: 40),
    AttentionShape(queries: 1, keys: 64, heads: 3, keyHeads: 1, headWidth: 32),
    AttentionShape(queries: 200, keys: 333, heads: 1, headWidth: 24),
  ]

  @Test(arguments: shapes) func forwardAgreesWithItsDefinition(_ shape: AttentionShape) {
    let input = Input(shape)
    let result = onAnyThreads { input.attend() }
    let truth = input.naive()
    // Scores of size four within some ten roundings, made relative by the exponential; then
    // averages of values of size three.
    expectClose(result, truth.y + truth.logSums, relative: 0x1p-20, absolute: 0x1p-18)
  }

  @Test(arguments: shapes) func backwardAgreesWithItsDefinition(_ shape: AttentionShape) {
    let input = Input(shape)
    let dy = normals(input.queries.count, seed: 4)
    let truth = input.naiveBackward(dy.map(Double.init))
    for accumulate in [false, true] {
      let before = normals(truth.count, seed: 5)
      let gradients = onAnyThreads { input.attendBackward(dy, accumulate ? before : nil) }
      let expected = accumulate ? zip(truth, before).map { $0 + Double($1) } : truth
      // Sums over up to two hundred rows of products of size ten.
      expectClose(gradients, expected, relative: 0x1p-18, absolute: 0x1p-14)
    }
  }

  /// The definition that the kernel is held against, held itself against finite differences.
  @Test func theDefinitionsGradientIsThatOfItsValue() {
    let shape = AttentionShape(queries: 5, keys: 7, heads: 4, keyHeads: 2, headWidth: 3)
    let input = Input(shape)
    let dy = normals(input.queries.count, seed: 4).map(Double.init)
    let gradient = input.naiveBackward(dy)
    let all = (input.queries + input.keys + input.values).map(Double.init)
    func loss(_ x: [Double]) -> Double {
      zip(input.naive(x).y, dy).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for i in all.indices {
      var (up, down) = (all, all)
      up[i] += 1e-5
      down[i] -= 1e-5
      #expect(abs((loss(up) - loss(down)) / 2e-5 - gradient[i]) < 1e-7)
    }
  }

  @Test(arguments: [1, 3, 64, 100]) func decodingHasTheBitsOfPrefill(_ step: Int) {
    let length = 200
    let shape = AttentionShape(queries: length, heads: 4, keyHeads: 2, headWidth: 32)
    let input = Input(shape)
    let prefill = input.attend()
    for start in Swift.stride(from: 0, to: length, by: step) {
      let end = min(length, start + step)
      let part = AttentionShape(
        queries: end - start, keys: end, heads: 4, keyHeads: 2, headWidth: 32)
      let decoded = Input(
        part, queries: Array(input.queries[start * 128..<end * 128]),
        keys: Array(input.keys[..<(end * 64)]), values: Array(input.values[..<(end * 64)]))
      let y = onAnyThreads { decoded.attend() }
      let logSums = input.queries.count + start * 4..<input.queries.count + end * 4
      let expected = Array(prefill[start * 128..<end * 128] + prefill[logSums])
      #expect(bits(y) == bits(expected))
    }
  }

  @Test func aSequenceAloneHasTheBitsOfTheSequenceInABatch() {
    let shape = AttentionShape(sequences: 5, queries: 70, heads: 6, keyHeads: 3, headWidth: 20)
    let input = Input(shape)
    let dy = normals(input.queries.count, seed: 4)
    let (y, gradients) = (input.attend(), input.attendBackward(dy, nil))
    let alone = AttentionShape(queries: 70, heads: 6, keyHeads: 3, headWidth: 20)
    let (wide, narrow) = (70 * 6 * 20, 70 * 3 * 20)
    for sequence in 0..<5 {
      let (from, to) = (sequence * wide..<(sequence + 1) * wide, sequence * narrow)
      let one = Input(
        alone, queries: Array(input.queries[from]), keys: Array(input.keys[to..<to + narrow]),
        values: Array(input.values[to..<to + narrow]))
      #expect(bits(Array(one.attend()[..<wide])) == bits(Array(y[from])))
      let gradient = one.attendBackward(Array(dy[from]), nil)
      let keys = 5 * wide + to
      let values = 5 * (wide + narrow) + to
      let expected =
        gradients[from] + gradients[keys..<keys + narrow] + gradients[values..<values + narrow]
      #expect(bits(gradient) == bits(Array(expected)))
    }
  }

  @Test func futureKeysDoNotMatter() {
    let shape = AttentionShape(queries: 100, heads: 2, headWidth: 16)
    let input = Input(shape)
    var changed = input
    for i in 60 * 32..<100 * 32 {
      changed.keys[i] += 100
      changed.values[i] -= 7
    }
    let (y, other) = (input.attend(), changed.attend())
    #expect(bits(Array(y[..<(60 * 32)])) == bits(Array(other[..<(60 * 32)])))
    #expect(y[60 * 32] != other[60 * 32])
  }

  @Test func largeScoresDoNotOverflow() {
    var input = Input(AttentionShape(queries: 80, heads: 1, headWidth: 16))
    input.queries = input.queries.map { $0 * 1000 }
    #expect(input.attend().filter { !$0.isFinite }.isEmpty)
    input.keys[70 * 16] = .nan
    let y = input.attend()
    #expect(y[69 * 16].isFinite && y[70 * 16].isNaN)
  }
}

private struct Input {
  let shape: AttentionShape
  var queries, keys, values: [Float]

  init(_ shape: AttentionShape) {
    let tokens = shape.sequences * shape.keys * shape.keyHeads * shape.headWidth
    let count = shape.sequences * shape.queries * shape.heads * shape.headWidth
    self.init(
      shape, queries: normals(count, seed: 1), keys: normals(tokens, seed: 2),
      values: normals(tokens, seed: 3))
  }

  init(_ shape: AttentionShape, queries: [Float], keys: [Float], values: [Float]) {
    self.shape = shape
    (self.queries, self.keys, self.values) = (queries, keys, values)
  }

  /// The result, followed by the logarithms of the sums.
  func attend() -> [Float] {
    var y = [Float](repeating: .nan, count: queries.count)
    var logSums = [Float](repeating: .nan, count: queries.count / shape.headWidth)
    Kernels.attend(
      queries: queries, keys: keys, values: values, into: &y, logSums: &logSums, shape: shape)
    return y + logSums
  }

  /// The gradients of queries, keys and values, one after the other, added to `before`.
  func attendBackward(_ dy: [Float], _ before: [Float]?) -> [Float] {
    let result = attend()
    let before = before ?? .init(repeating: .nan, count: queries.count + 2 * keys.count)
    var dqueries = Array(before[..<queries.count])
    var dkeys = Array(before[queries.count..<queries.count + keys.count])
    var dvalues = Array(before[(queries.count + keys.count)...])
    Kernels.attendBackward(
      queries: queries, keys: keys, values: values, y: Array(result[..<queries.count]),
      logSums: Array(result[queries.count...]), dy: dy, dqueries: &dqueries, dkeys: &dkeys,
      dvalues: &dvalues, shape: shape, accumulate: !before[0].isNaN)
    return dqueries + dkeys + dvalues
  }

  /// Attention by its definition, in `Double`, of queries, keys and values one after the other.
  func naive(_ x: [Double]? = nil) -> (y: [Double], logSums: [Double], weights: [[Double]]) {
    let x = x ?? (queries + keys + values).map(Double.init)
    let (k, v) = (queries.count, queries.count + keys.count)
    var y = [Double](repeating: 0, count: queries.count)
    var (logSums, weights): ([Double], [[Double]]) = ([], [])
    forEachRow { row, visible, key in
      let q = row * shape.headWidth
      let scores = (0..<visible).map { j in
        (0..<shape.headWidth).reduce(0.0) { $0 + x[q + $1] * x[k + key(j) + $1] }
          * Double(shape.scale)
      }
      let largest = scores.max()!
      let logSum = largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
      logSums.append(logSum)
      weights.append(scores.map { exp($0 - logSum) })
      for j in 0..<visible {
        for d in 0..<shape.headWidth { y[q + d] += weights[row][j] * x[v + key(j) + d] }
      }
    }
    return (y, logSums, weights)
  }

  func naiveBackward(_ dy: [Double]) -> [Double] {
    let x = (queries + keys + values).map(Double.init)
    let (k, v) = (queries.count, queries.count + keys.count)
    let (y, _, weights) = naive()
    var gradient = [Double](repeating: 0, count: x.count)
    forEachRow { row, visible, key in
      let q = row * shape.headWidth
      let mean = (0..<shape.headWidth).reduce(0.0) { $0 + dy[q + $1] * y[q + $1] }
      for j in 0..<visible {
        let slope = (0..<shape.headWidth).reduce(0.0) { $0 + dy[q + $1] * x[v + key(j) + $1] }
        let dscore = weights[row][j] * (slope - mean) * Double(shape.scale)
        for d in 0..<shape.headWidth {
          gradient[v + key(j) + d] += weights[row][j] * dy[q + d]
          gradient[q + d] += dscore * x[k + key(j) + d]
          gradient[k + key(j) + d] += dscore * x[q + d]
        }
      }
    }
    return gradient
  }

  /// Calls `body` with each row of the queries, the number of keys it sees, and where key j begins.
  private func forEachRow(_ body: (Int, Int, (Int) -> Int) -> Void) {
    for row in 0..<queries.count / shape.headWidth {
      let (token, head) = row.quotientAndRemainder(dividingBy: shape.heads)
      let (sequence, query) = token.quotientAndRemainder(dividingBy: shape.queries)
      let keyHead = head / (shape.heads / shape.keyHeads)
      body(row, shape.keys - shape.queries + query + 1) { j in
        ((sequence * shape.keys + j) * shape.keyHeads + keyHead) * shape.headWidth
      }
    }
  }
}
