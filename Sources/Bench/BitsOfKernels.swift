import Files
import Kernels
import Tensors

/// Every kernel but the products, on sizes with ragged ends and with work for several threads.
let otherKernels: [HashedKernel] =
  [(3, 7), (130, 259), (700, 96), (2, 40_001)].flatMap { rows, columns in
    kernelsOfRows(rows, columns).map { name, results, run in
      HashedKernel(name: "\(name)-\(rows)×\(columns)") {
        let count = rows * columns
        let arrays = (0..<5).map { Floats(max(count, 2 * rows), seed: UInt64($0 + 2)) }
        run(arrays.map(\.base))
        return combined(results.map { arrays[$0] })
      }
    }
  } + attentionKernels + decoding + [tables]

private typealias RowKernel = (
  name: String, results: [Int], run: @Sendable ([UnsafeMutablePointer<Float>]) -> Void
)

private func kernelsOfRows(_ rows: Int, _ columns: Int) -> [RowKernel] {
  let count = rows * columns
  let targets = (0..<rows).map { Int32($0 % 5 == 4 ? -1 : $0 % columns) }
  let indices = (0..<rows).map { Int32(($0 * 7) % rows) }
  return [
    ("exponential", [4], { exponential($0[0], into: $0[4], count: count) }),
    ("logarithm", [4], { logarithm($0[0], into: $0[4], count: count) }),
    (
      "sums", [4],
      {
        sumRows($0[0], into: $0[4], rows: rows, columns: columns)
        $0[4][0] += sum($0[0], count: count) + dot($0[0], $0[1], count: count)
        $0[4][rows] = Float(sumOfSquares($0[0], count: count))
      }
    ),
    ("column-sums", [4], { addColumnSums($0[0], to: $0[4], rows: rows, columns: columns) }),
    ("softmax", [4], { softmax($0[0], into: $0[4], rows: rows, columns: columns) }),
    (
      "softmax-backward", [4],
      {
        softmaxBackward(
          y: $0[0], dy: $0[1], into: $0[4], rows: rows, columns: columns, accumulate: true)
      }
    ),
    (
      "cross-entropy", [2, 3, 4],
      {
        crossEntropy(
          logits: $0[0], targets: targets, into: $0[2], logSums: $0[3], rows: rows,
          classes: columns)
        crossEntropyBackward(
          logits: $0[0], targets: targets, logSums: $0[3], weights: $0[1], into: $0[4],
          rows: rows, classes: columns, accumulate: true)
      }
    ),
    (
      "rms-norm", [2, 3, 4],
      {
        rmsNormalize(
          $0[0], gain: $0[1], epsilon: 1e-6, into: $0[2], inverseRoots: $0[3], rows: rows,
          columns: columns)
        rmsNormalizeBackward(
          x: $0[0], gain: $0[1], inverseRoots: $0[3], dy: $0[0], into: $0[2], rows: rows,
          columns: columns, accumulate: true)
        addGainGradient(
          x: $0[0], inverseRoots: $0[3], dy: $0[0], to: $0[4], rows: rows, columns: columns)
      }
    ),
    (
      "swiglu", [2, 3, 4],
      {
        swiglu(gate: $0[0], up: $0[1], into: $0[4], count: count)
        swigluBackward(
          gate: $0[0], up: $0[1], dy: $0[4], dgate: $0[2], dup: $0[3], count: count,
          accumulate: true)
      }
    ),
    (
      "activations", [3, 4],
      {
        for activation in Activation.allCases {
          activate(activation, $0[0], into: $0[4], count: count)
          activateBackward(
            activation, x: $0[0], dy: $0[4], into: $0[3], count: count, accumulate: true)
        }
      }
    ),
    (
      "clamp", [3, 4],
      {
        clamp($0[0], to: 0.7, into: $0[4], count: count)
        clampBackward(x: $0[0], limit: 0.7, dy: $0[4], into: $0[3], count: count, accumulate: true)
      }
    ),
    (
      "adamw", [1, 3, 4],
      {
        exponential($0[3], into: $0[3], count: count)
        adamW(
          values: $0[1], gradients: $0[0], firstMoments: $0[4], secondMoments: $0[3],
          count: count, learningRate: 1e-2, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
          weightDecay: 0.1, step: 3)
      }
    ),
    (
      "log-sum-exp", [3, 4],
      {
        logSumExp($0[0], into: $0[3], rows: rows, columns: columns)
        logSumExpBackward(
          x: $0[0], y: $0[3], dy: $0[1], into: $0[4], rows: rows, columns: columns,
          accumulate: true)
      }
    ),
    (
      "renormalize", [2, 3, 4],
      {
        exponential($0[0], into: $0[2], count: count)
        renormalize($0[2], into: $0[4], sums: $0[3], rows: rows, columns: columns)
        renormalizeBackward(
          y: $0[4], sums: $0[3], dy: $0[1], into: $0[2], rows: rows, columns: columns,
          accumulate: true)
      }
    ),
    (
      "scale-rows", [3, 4],
      {
        scaleRows($0[0], by: $0[1], into: $0[4], rows: rows, columns: columns, accumulate: true)
        dotRows($0[0], $0[4], into: $0[3], rows: rows, columns: columns)
      }
    ),
    (
      "pick", [3, 4],
      {
        var chosen = [Int32](repeating: 0, count: 2 * rows)
        selectTop(2, of: $0[0], into: &chosen, rows: rows, columns: columns)
        pickColumns(
          $0[0], indices: chosen, into: $0[3], rows: rows, columns: columns, picks: 2)
        scatterAddColumns(
          $0[3], indices: chosen, to: $0[4], rows: rows, columns: columns, picks: 2)
      }
    ),
    (
      "combine", [2, 3, 4],
      { arrays in
        let sources = (0..<2 * rows).map { pair -> UnsafePointer<Float>? in
          pair % 5 == 4 ? nil : UnsafePointer(arrays[0] + (pair * 3 % rows) * columns)
        }
        combineRows(
          sources, weights: arrays[1], into: arrays[4], count: rows, slots: 2, width: columns)
        combineRowsWeightGradient(
          sources, dy: arrays[4], into: arrays[3], count: rows, slots: 2, width: columns,
          accumulate: false)
        combineRowsSourceGradient(
          arrays[4], weights: arrays[1], pairs: indices, into: arrays[2], count: rows, slots: 2,
          width: columns, accumulate: true)
      }
    ),
    (
      "gather", [3, 4],
      {
        gatherRows(
          $0[0], indices: indices, into: $0[4], count: rows, entries: rows, width: columns)
        scatterAddRows(
          $0[4], indices: indices, to: $0[3], count: rows, entries: rows, width: columns)
      }
    ),
  ]
}

private let attentionKernels = [
  AttentionShape(queries: 70, heads: 2, headWidth: 10),
  AttentionShape(sequences: 3, queries: 130, heads: 6, keyHeads: 2, headWidth: 32),
  AttentionShape(sequences: 2, queries: 5, keys: 150, heads: 4, keyHeads: 2, headWidth: 64),
].map { shape in
  HashedKernel(
    name: "attention-\(shape.sequences)×\(shape.queries)×\(shape.keys)-\(shape.headWidth)"
  ) {
    let rows = shape.sequences * shape.queries * shape.heads
    let tokens = shape.sequences * shape.keys * shape.keyHeads * shape.headWidth
    let q = (0..<4).map { Floats(rows * shape.headWidth, seed: UInt64($0 + 2)) }
    let k = (0..<4).map { Floats(tokens, seed: UInt64($0 + 6)) }
    let logSums = Floats(rows)
    attend(
      queries: q[0].base, keys: k[0].base, values: k[1].base, into: q[1].base,
      logSums: logSums.base, shape: shape)
    attendBackward(
      queries: q[0].base, keys: k[0].base, values: k[1].base, y: q[1].base,
      logSums: logSums.base, dy: q[2].base, dqueries: q[3].base, dkeys: k[2].base,
      dvalues: k[3].base, shape: shape, accumulate: false)
    return combined([q[1], logSums, q[3], k[2], k[3]])
  }
}

/// A prompt of 70 tokens and then one at a time, out of a cache of floats and out of a rounded one.
private let decoding = [false, true].map { isRounded in
  HashedKernel(name: isRounded ? "attention-rounded" : "attention-packed") {
    let (heads, keyHeads, width, tokens) = (6, 2, 24, 140)
    let cache = AttentionCache(
      slots: 1, capacity: tokens, keyHeads: keyHeads, headWidth: width, isRounded: isRounded)
    let floats = [heads, keyHeads, keyHeads].enumerated().map {
      Floats(tokens * $1 * width, seed: UInt64($0 + 1))
    }
    let y = Floats(tokens * heads * width)
    for piece in [0..<70] + (70..<tokens).map({ $0..<$0 + 1 }) {
      func rows(_ x: Floats, _ heads: Int) -> Tensor {
        let row = heads * width
        let first = x.base + piece.lowerBound * row
        return Tensor(
          [piece.count, heads, width],
          Array(UnsafeBufferPointer(start: first, count: piece.count * row)))
      }
      let answers = cache.attend(
        queries: rows(floats[0], heads), keys: rows(floats[1], keyHeads),
        values: rows(floats[2], keyHeads),
        pieces: [.init(slot: 0, start: piece.lowerBound, count: piece.count)])
      for (place, answer) in answers.floats.enumerated() {
        y.base[piece.lowerBound * heads * width + place] = answer
      }
    }
    return combined([y])
  }
}

/// Random numbers, and rotations by the tables of sines and cosines.
private let tables = HashedKernel(name: "random-rotated") {
  let (x, y) = (Floats(100 * 3 * 32), Floats(100 * 3 * 32))
  var generator = Generator(seed: 1).stream(2, 3)
  generator.fillNormal(x.base, count: x.count)
  generator.fillUniform(y.base, count: y.count)
  let table = RotaryTable(headWidth: 32, positions: 5000, base: 10_000)
  let positions = (0..<100).map { Int32($0 * 49) }
  for pairing in [RotaryPairing.halves, .neighbours] {
    rotate(
      x.base, into: x.base, table: table, positions: positions, tokens: 100, heads: 3,
      headWidth: 32, pairing: pairing)
  }
  return combined([x, y])
}

private func combined(_ floats: [Floats]) -> UInt64 {
  floats.reduce(into: FNV(state: 0)) { $0.combine($1.hash) }.state
}
