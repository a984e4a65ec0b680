import Calibration
import Compression
import Factorizations
import Finishing
import Foundation
import Kernels
import Notebook
import Quantization
import Shipping
import Storeroom
import Tensors
import Transformer

chapter(
  10, "LowRank",
  shows: "what a matrix loses that is written as the product of two narrow ones",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

let writing = writingApart()

//: @Result Factors with six tenths of the weights cost {{before.plain|.2}} nats a token if they fit the matrices, {{before.whitened|.3}} if they fit what passes through them, and {{after.balanced|.3}} after healing; then {{lowRank.right|.0%}} of the answers are right instead of {{original.right|.0%}}, at {{lowRank.share|.0%}} of the bytes.
//:
//: Chapter 4 found that an *update* of a weight matrix can have a low rank. Why not the matrix? Written as the
//: product of a tall matrix and a wide one, it has fewer weights and takes fewer multiplications, and all of that
//: with ordinary dense products: no masks, no special kernels.
//:
//: $$ W \approx B A, \qquad W: n \times m, \quad B: n \times r, \quad A: r \times m $$
//:
//: That is **low-rank factorisation**. It is elegant, and it has theorems, which we shall
//: execute. Its practice has a poor reputation: the matrices of trained models hardly have a low rank. That is true here as
//: well, and it is not the whole story.
//:
//: ## The break-even rank
//:
//: The factors have $r\,(n + m)$ weights instead of $n m$. So they are fewer only if
//:
//: $$ r < \frac{n m}{n + m} $$
//:
//: and for a square matrix that is half of its side: to save *anything*, half of all directions must go.

let finished = try FinishedModel.shelved()
let effort = Effort.current
let isTrained = Size.current != .tiny
let linears = try finished.model.denseLinears()
let kinds = [
  "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
  "mlp.up_proj", "mlp.down_proj",
]
let shapes: [(name: String, shape: Shape)] = [
  ("attention", linears[0].weight.shape), ("feed-forward", linears[4].weight.shape),
  ("embedding", finished.model.embedding.shape),
]
let ranks = (1...16).map { 8 * $0 }
plot(
  "break-even", title: "What a rank costs", x: Axis("rank"),
  y: Axis("weights of the factors over those of the matrix"),
  series: shapes.map { name, shape in
    Series(
      "\(name), \(shape[0]) × \(shape[1])", x: ranks.map(Double.init),
      y: ranks.map { Double($0 * (shape[0] + shape[1])) / Double(shape[0] * shape[1]) })
  } + [Series("the matrix itself", x: [8, 128], y: [1, 1])],
  caption:
    "Every matrix here has rank 128 at most, and at rank 128 the factors are larger than the matrix."
)
table(
  "The largest rank that saves anything", columns: ["matrix", "full rank", "break-even"],
  rows: shapes.map {
    ["\($0.name) \($0.shape)", min($0.shape[0], $0.shape[1]), Rank.breakEven($0.shape)]
  })
pin("square.breakEven", Rank.breakEven(shapes[0].shape))
pin("square.full", shapes[0].shape[0])

//: @Source(Compression/Rank.swift, Rank.breakEven(_:))
//:
//: ## The best factors there are
//:
//: Which two factors? Every matrix is a sum of outer products of orthonormal vectors, with weights in descending
//: order, its **singular value decomposition**:
//:
//: $$ W = U \Sigma V^\top = \sum_i \sigma_i\, u_i v_i^\top, \qquad \sigma_1 \ge \sigma_2 \ge \dots \ge 0 $$
//:
//: It can be found with high-school geometry. If the rows of a matrix were orthogonal to each other, it would be
//: plain to see: their lengths are the $\sigma_i$. So turn two rows in their plane until they are orthogonal, then
//: another two, and go on until all are (Hestenes 1958). The angle for rows $a$ and $b$ has
//: $\tan 2\theta = 2 ab / (aa - bb)$.

func rowLengths(afterTurning matrix: DoubleMatrix, sweeps: Int) -> [Double] {
  var rows = (0..<matrix.rows).map { matrix.rows([$0]).elements }
  func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  for _ in 0..<sweeps {
    for i in rows.indices {
      for j in 0..<i {
        let (a, b) = (rows[i], rows[j])
        let angle = 0.5 * atan2(2 * dot(a, b), dot(a, a) - dot(b, b))
        rows[i] = zip(a, b).map { cos(angle) * $0 + sin(angle) * $1 }
        rows[j] = zip(a, b).map { cos(angle) * $1 - sin(angle) * $0 }
      }
    }
  }
  return rows.map { dot($0, $0).squareRoot() }.sorted(by: >)
}
let small = DoubleMatrix([[3, 1, 0, 2], [1, 2, 1, 0], [0, 1, 4, 1]])
let byHand = rowLengths(afterTurning: small, sweeps: 8)
let svd = try SingularValues(small)
show("by hand", byHand)
show("the library", svd.values)
claim("both find the same values", zip(byHand, svd.values).allSatisfy { abs($0 - $1) < 1e-12 })

//: The library's turns pairs of rows on all processors at once and keeps track of the turns, which are $U$. That it
//: finds what LAPACK finds, and so does our Cholesky, is proved in its tests.
//:
//: @Source(Factorizations/SingularValues.swift, rotate(_:_:_:_:floor:))
//:
//: Cut off after $r$ terms, the sum is the best matrix of rank $r$: no other is nearer, and the distance is what was
//: dropped (Eckart and Young 1936).
//:
//: $$ \min_{\mathrm{rank}\, W' \le r} \lVert W - W' \rVert_F^2 = \sum_{i > r} \sigma_i^2 $$
//:
//: The equality can be executed. Of the minimum we can at least try to find an exception, among a thousand random
//: planes through the rows of the small matrix:

func truncated(_ svd: SingularValues, to rank: Int) -> DoubleMatrix {
  let kept = Array(0..<rank)
  return svd.left.columns(kept).scaled(columnsBy: kept.map { svd.values[$0] })
    .product(with: svd.right.rows(kept))
}
func distances(toRandomPlanes count: Int) throws -> [Double] {
  var generator = Generator(seed: 10)
  return try (0..<count).map { _ in
    let plane = DoubleMatrix(rows: 2, columns: 4, (0..<8).map { _ in Double(generator.normal()) })
    let basis = try SingularValues(plane).right
    // The nearest matrix whose rows lie in the plane is the projection onto it.
    return (small - small.product(with: basis.transposed).product(with: basis)).sumOfSquares
  }
}
let distance = (small - truncated(svd, to: 2)).sumOfSquares
claim("the distance is what was dropped", abs(distance - svd.tail(after: 2)) < 1e-12)
let nearest = try distances(toRandomPlanes: 1000).min()!
pin("plane.best", distance)
pin("plane.random", nearest)
claim("none of a thousand random planes is nearer", nearest > distance)

//: ## How flat the spectra are
//:
//: So everything depends on how fast the $\sigma_i$ fall. Here are those of one layer, as the share of the squares that
//: is lost after each rank, beside a matrix of random numbers, which has no structure at all.

/// The share of the squares that is lost after each rank, from 0 on.
func lost(_ values: [Double]) -> [Double] {
  let all = values.reduce(0) { $0 + $1 * $1 }
  var rest = all
  return [1]
    + values.map {
      rest -= $0 * $0
      return max(0, rest) / all
    }
}
func noise(_ shape: Shape) throws -> [Double] {
  var generator = Generator(seed: 1)
  return lost(try SingularValues(Tensor(shape, normal: 1, from: &generator).doubles).values)
}
let layerOne = linears.filter { $0.name.hasPrefix("model.layers.1.") }
let spectra = try layerOne.map {
  (name: $0.name, lost: lost(try SingularValues($0.weight.tensor.doubles).values))
}
let embeddingLost = lost(try SingularValues(finished.model.embedding.tensor.doubles).values)
let noises = try shapes[..<2].map { try noise($0.shape) }
plot(
  "spectra", title: "What is lost by cutting off", x: Axis("rank"),
  y: Axis("share of the squares that is lost"),
  series: spectra.filter { !$0.name.hasSuffix("k_proj") && !$0.name.hasSuffix("gate_proj") }
    .map { Series(String($0.name.dropFirst("model.layers.1.".count)), y: $0.lost) }
    + [
      Series("embedding", y: embeddingLost), Series("random, square", y: noises[0]),
      Series("random, oblong", y: noises[1]),
    ],
  caption:
    "Matrices of layer 1, and the embedding table. A low rank is a curve that falls to the floor at once. The keys' is like the queries', and gate like up."
)

let half = Rank.breakEven(shapes[0].shape)
for (kind, name) in [("query", "q_proj"), ("value", "v_proj"), ("up", "up_proj")] {
  pin("lost.\(kind)", spectra.first { $0.name.hasSuffix(name) }!.lost[half / 2])
}
pin("lost.randomSquare", noises[0][half / 2])
pin("lost.randomOblong", noises[1][half / 2])
pin("lost.rank", half / 2)
pin("embedding.first", 1 - embeddingLost[1])

//: A rank of {{lost.rank}}, which would halve a square matrix, loses {{lost.query|.0%}} of the squares of the query's
//: matrix and {{lost.value|.0%}} of the value's, where a square one of noise loses {{lost.randomSquare|.0%}}; of the matrix
//: up it loses {{lost.up|.0%}}, of noise of that shape {{lost.randomOblong|.0%}}. These matrices are not noise, but they are
//: nearer to it than to a low rank. Training fills all directions that it is given, and this model was given few.
//:
//: One curve does fall to the floor: a single direction holds {{embedding.first|.0%}} of the embedding table. We shall see
//: what that is worth.
//:
//: ## What comes in counts
//:
//: The matrix is not what we want to keep. What counts is what it does to the activations that it meets, the layer
//: loss $\lVert (W - W') X \rVert_F^2$ of chapter 7, and the activations lie in few directions. **ASVD** (Yuan et al.
//: 2023) scales the columns of $W$ by a power of the mean size of their inputs, cuts off, and scales back. That is
//: cheap and a guess. **SVD-LLM** (Wang et al. 2024) is exact: with the Cholesky factor $H = X X^\top = S S^\top$,
//:
//: $$ \lVert (W - W') X \rVert_F^2 = \mathrm{tr}\left((W - W')\, S S^\top (W - W')^\top\right) = \lVert W S - W' S \rVert_F^2 $$
//:
//: so cut off $W S$, where Eckart and Young hold, and undo the $S$: the layer loss *is* the sum of the squares that were
//: dropped, and no factors of that rank have less. By hand:

let calibration = try finished.calibration(of: finished.model, effort)
let name = "model.layers.1.mlp.up_proj"
let w = linears.first { $0.name == name }!.weight.tensor.doubles
let inputs = try calibration.inputs(of: name)
let rank = 40
let s = try Cholesky(inputs.gram)
let cut = truncated(try SingularValues(w.product(with: s.lower)), to: rank).product(
  with: s.inverseOfLower)
let whitened = try LowRankFactors(w, rank: rank, .whitened, inputs)
let apart = (whitened.product - cut).sumOfSquares / w.sumOfSquares
claim("by hand and by the library it is the same matrix", apart < 1e-16)

//: @Source(Compression/LowRankFactors.swift, LowRankFactors.init(_:rank:_:_:name:), code)
//:
//: A triangle $S$ is to be had only if $H$ is positive definite. It is not where a unit is always zero, or where fewer tokens
//: were looked at than there are units. Then a little of the mean of its diagonal is added to the diagonal, and if that does
//: not do, ten times as much, and so on; what it came to is told, since factors of another $H$ are factors of another
//: problem. Ten tokens for sixty-four units:

var draws = Generator(seed: 10)
let ten = Tensor([10, 64], normal: 1, from: &draws).doubles
let helped = try Cholesky(ten.transposed.product(with: ten))
show("times raised", helped.raises)
show("share of the mean that was added", helped.damping)
claim("ten tokens do not determine sixty-four directions", helped.raises > 0)
let raised = try linears.filter { try Cholesky(calibration.inputs(of: $0.name).gram).raises > 0 }
show("raised in our model", raised.map(\.name).joined(separator: ", "))
pin("raised", raised.count)
let seen = Set(finished.calibrationTexts(effort).joined())
pin("seen", seen.count)
pin("width", finished.model.configuration.width)

//: In our model it is so for {{raised}} matrices: the queries, keys and values of the first layer. What comes in there are
//: embeddings and nothing else. The texts that we look at are written with {{seen}} different tokens, and so many vectors
//: cannot point in {{width}} directions.
//:
//: And the theorem, in all matrices of the model, at half of their break-even ranks:

typealias Method = LowRankFactors.Method
let methods: [(name: String, method: Method)] = [
  ("plain", .plain), ("activation-aware", .activationAware(0.5)), ("whitened", .whitened),
]
/// All factors of all matrices, by method and layer: those of a lower rank are their first rows and columns.
func allFactors(_ bar: ProgressBar) throws -> [[String: LowRankFactors]] {
  try methods.map { _, method in
    var factors: [String: LowRankFactors] = [:]
    for (name, weight) in linears {
      factors[name] = try LowRankFactors(
        weight.tensor.doubles, rank: min(weight.shape[0], weight.shape[1]), method,
        calibration.inputs(of: name))
      bar.advance()
    }
    return factors
  }
}
func product(_ factors: LowRankFactors, to rank: Int) -> DoubleMatrix {
  let kept = Array(0..<rank)
  return factors.widen.columns(kept).product(with: factors.narrow.rows(kept))
}
let factors = try progress("factorising", total: 3 * linears.count) { try allFactors($0) }

//: For each matrix: the layer loss by each method, and the sum of the squares that were dropped, as shares of the outputs.

/// A Gram matrix as it was factorised: of too few tokens it is singular, and something is added.
func damped(_ gram: DoubleMatrix, _ share: Double) -> DoubleMatrix {
  var gram = gram
  let mean = gram.diagonal.reduce(0, +) / Double(gram.rows)
  for index in 0..<gram.rows { gram[index, index] += share * mean }
  return gram
}
func theorem(_ name: String, _ weight: Parameter) throws -> (losses: [Double], dropped: Double) {
  let w = weight.tensor.doubles
  let rank = Rank.breakEven(weight.shape) / 2
  let gram = damped(try calibration.inputs(of: name).gram, factors[2][name]!.damping)
  let whole = layerLoss(w, DoubleMatrix(rows: w.rows, columns: w.columns), gram: gram)
  let losses = factors.map {
    layerLoss(w, product($0[name]!, to: rank), gram: gram) / whole
  }
  let dropped = factors[2][name]!.spectrum[rank...].reduce(0) { $0 + $1 * $1 } / whole
  return (losses, dropped)
}
let theorems = try linears.map { try theorem($0.name, $0.weight) }
claim(
  "the layer loss is what was dropped, in every matrix",
  theorems.allSatisfy { abs($0.losses[2] / $0.dropped - 1) < 1e-6 })
claim(
  "and no other method has less, in any",
  theorems.allSatisfy { $0.losses[2] <= min($0.losses[0], $0.losses[1]) })

//: The means over the layers, kind by kind:

func meanLoss(_ kind: String, _ method: Int) -> Double {
  let own = zip(linears, theorems).filter { $0.0.name.hasSuffix(kind) }
  return own.reduce(0) { $0 + $1.1.losses[method] } / Double(own.count)
}
table(
  "The layer loss at half of the break-even rank, as a share of the outputs, mean over the layers",
  columns: ["matrix"] + methods.map(\.name),
  rows: kinds.map { kind in [kind] + methods.indices.map { meanLoss(kind, $0) } })

//: ## The whole model
//:
//: How much more surprised is the model by its own texts about validation problems, if all matrices of its blocks keep
//: a share of their weights? The control is chapter 7's SparseGPT, which keeps as many weights and can choose each
//: of them.

let ownSurprisal = finished.model.meanSurprisal(on: finished.validation)
func excess(_ model: Transformer) -> Double {
  model.meanSurprisal(on: finished.validation) - ownSurprisal
}
/// The model with products in the place of the matrices whose names end so.
func cutOff(_ method: Int, keeping share: Double, only kind: String = "") throws -> Transformer {
  let model = try finished.model.duplicate()
  for (name, weight) in try model.denseLinears() where name.hasSuffix(kind) {
    let low = product(factors[method][name]!, to: max(1, Rank.keeping(share, of: weight.shape)))
    weight.set(Tensor(weight.shape, low.floats))
  }
  return model
}
let shares = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99]
let sweep = try progress("cutting off", total: 4 * shares.count) { bar in
  try (0..<4).map { method in
    try shares.map { share in
      defer { bar.advance() }
      if method < 3 { return excess(try cutOff(method, keeping: share)) }
      return excess(
        try ZeroPruning(.sparseGPT, .share(1 - share))(finished.model, calibration).model)
    }
  }
}

//: All shares, all methods:

plot(
  "kept", title: "The same number of weights", x: Axis("share of the weights kept"),
  y: Axis("more surprised", unit: "nats a token", scale: .log),
  series: zip(methods.map(\.name) + ["SparseGPT"], sweep).map { Series($0, x: shares, y: $1) },
  caption: "All matrices of the blocks, without any training.")
for (method, curve) in zip(["plain", "activationAware", "whitened", "sparse"], sweep) {
  pin("all.\(method)", curve[7])
  pin("seven.\(method)", curve[4])
  pin("nine.\(method)", curve[6])
}
claim(
  "zeros cost less than ranks, at each share",
  !isTrained || shares.indices.allSatisfy { sweep[3][$0] < sweep[2][$0] })

//: To fit the inputs instead of the matrix helps a great deal: with seven tenths of the weights, {{seven.whitened|.3}} nats
//: instead of {{seven.plain|.3}}. The guess of ASVD is hardly better than nothing here, {{seven.activationAware|.3}}: it looks at
//: each input alone, and what makes these activations low-dimensional is how they go together. But zeros, which may be
//: anywhere, cost {{seven.sparse|.4}} for as many weights. And factors that save nothing at all, as large as the
//: matrices, already cost {{all.whitened|.4}}.
//:
//: Which matrices stand it? All matrices of one kind keep half of their weights, the others stay. The embedding table,
//: which is the head as well, is cut off plainly: it has no inputs of which a Gram matrix could be made.

func embeddingCut(keeping share: Double) throws -> Transformer {
  let model = try finished.model.duplicate()
  let table = model.embedding
  let low = truncated(
    try SingularValues(table.tensor.doubles), to: Rank.keeping(share, of: table.shape))
  table.set(Tensor(table.shape, low.floats))
  return model
}
let kindShares = [0.9, 0.7, 0.5]
let byKind = try progress("kind by kind", total: 3 * (kinds.count + 1)) { bar in
  try (kinds + ["embedding"]).map { kind in
    try kindShares.map { share in
      defer { bar.advance() }
      return excess(
        kind == "embedding"
          ? try embeddingCut(keeping: share) : try cutOff(2, keeping: share, only: kind))
    }
  }
}
table(
  "One kind of matrix cut off in all layers, whitened: how much more surprised, in nats a token",
  columns: ["matrix", "9/10 kept", "7/10", "5/10"],
  rows: zip(kinds + ["embedding, plain"], byKind).map { [$0] + $1 })
let labels = kinds.map { String($0.split(separator: ".")[1]) } + ["embedding"]
bars(
  "kinds", title: "Half of the weights of one kind", labels: labels,
  axis: Axis("more surprised", unit: "nats a token"), [Bars("keeping half", byKind.map { $0[2] })],
  caption: "Whitened, in all layers, the others untouched. The embedding plainly.")
for (label, losses) in zip(labels, byKind) { pin("kind.\(label)", losses[2]) }

//: Queries, keys, gate and up, which read the stream between the layers, can be halved for a few thousandths of a nat
//: each: {{kind.q_proj|.4}}, {{kind.k_proj|.4}}, {{kind.gate_proj|.4}}, {{kind.up_proj|.4}}. The matrices that write into
//: it pay more: {{kind.o_proj|.3}} for the output of attention, {{kind.down_proj|.3}} for down. And the embedding table,
//: the only one of really low rank by its spectrum, costs most by far, {{kind.embedding|.2}}. Its large direction is
//: common to all tokens and says nothing about which one it is. What tells tokens apart is in the small rest, and that is
//: what was cut off. A large singular value is not an important one.
//:
//: ## Healing, and in which coordinates
//:
//: The factors are ordinary weights, and can learn. Of all pairs with the same product, $BA = (BM)(M^{-1}A)$, some learn
//: better than others, since an optimiser like Adam moves each weight by about the same step, whatever its size. And the
//: whitened ones are of very different sizes: $S$ grows with the number of tokens that were looked at, so $B$ is too large
//: and $A$, which contains $S^{-1}$, too small. To take the product apart once more, plainly, changes no output and
//: **balances** the factors. Here is the norm of $B$ over that of $A$:

func sizes(_ kind: String) throws -> [Double] {
  func ratio(_ widen: DoubleMatrix, _ narrow: DoubleMatrix) -> Double {
    (widen.sumOfSquares / narrow.sumOfSquares).squareRoot()
  }
  let name = "model.layers.1.\(kind)"
  let all = factors[2][name]!
  let rank = Rank.keeping(0.6, of: [all.widen.rows, all.narrow.columns])
  let kept = Array(0..<rank)
  let again = try LowRankFactors(product(all, to: rank), rank: rank, .plain)
  return [
    ratio(all.widen.columns(kept), all.narrow.rows(kept)), ratio(again.widen, again.narrow),
  ]
}
let sized = try kinds.map { try sizes($0) }
table(
  "The norm of the wide factor over that of the narrow one, in layer 1",
  columns: ["matrix", "whitened", "balanced"], rows: zip(kinds, sized).map { [$0] + $1 })
claim("balanced factors are of one size", sized.allSatisfy { abs($0[1] - 1) < 1e-6 })
claim("whitened ones are not", sized.allSatisfy { $0[0] > 2 })

//: Five starts, six tenths of the weights each, get the same steps and texts. *Resized* is between whitened and balanced:
//: each factor times one number, so that both have one norm. The last is a control of another kind: as many weights are
//: saved by removing hidden units, as chapter 8 does.

var course = effort
course.healingSteps = Size.current.pick(tiny: 3, book: 100, large: 1000)
course.textsAtOnce = min(16, course.textsAtOnce)
func narrowed(toWeights limit: Int) throws -> Transformer {
  let configuration = finished.model.configuration
  let others = 4 * configuration.width * configuration.width
  let width = (limit / configuration.layers - others) / (3 * configuration.width)
  return try ActivationPruning(.contribution, .width(width), repair: .leastSquares)(
    finished.model, calibration)
}
func resized(_ model: Transformer) -> Transformer {
  let weights = Dictionary(uniqueKeysWithValues: model.liveParameters.map { ($0.name, $0) })
  for (name, narrow) in weights where name.hasSuffix("narrow.weight") {
    let widen = weights[name.replacing("narrow.weight", with: "widen.weight")]!
    let ratio = widen.tensor.doubles.sumOfSquares / narrow.tensor.doubles.sumOfSquares
    let factor = Float(ratio.squareRoot().squareRoot())
    narrow.set(narrow.tensor.scaled(by: factor))
    widen.set(widen.tensor.scaled(by: 1 / factor))
  }
  return model
}
let factoredWeights = linears.reduce(0) {
  $0 + Rank.keeping(0.6, of: $1.weight.shape) * ($1.weight.shape[0] + $1.weight.shape[1])
}
let starts: [(name: String, model: Transformer)] = [
  ("plain", try LowRank(.plain, keeping: 0.6)(finished.model).model),
  ("whitened", try LowRank(.whitened, keeping: 0.6)(finished.model, calibration).model),
  ("resized", resized(try LowRank(.whitened, keeping: 0.6)(finished.model, calibration).model)),
  ("balanced", try finished.factorised(calibration, keeping: 0.6)),
  ("narrower", try narrowed(toWeights: factoredWeights)),
]

//: And what becomes of them:

let before = starts.map { excess($0.model) }
try progress("healing", total: starts.count * course.healingSteps) { bar in
  for start in starts {
    try finished.heal(start.model, course, learningRate: 3e-4, onStep: { _ in bar.advance() })
  }
}
let after = starts.map { excess($0.model) }
table(
  "Six tenths of the weights: how much more surprised, in nats a token",
  columns: ["start", "numbers", "before", "after \(course.healingSteps) steps"],
  rows: starts.indices.map {
    [starts[$0].name, starts[$0].model.liveParameterCount, before[$0], after[$0]]
  })
for (index, start) in starts.enumerated() {
  pin("before.\(start.name)", before[index])
  pin("after.\(start.name)", after[index])
}
claim(
  "balanced factors heal better than whitened and plain ones, and than fewer units",
  !isTrained || after[3] < min(after[0], after[1], after[4]))

//: The whitened factors are the better start and learn worst: after the steps they stand at {{after.whitened|.3}},
//: where they began at {{before.whitened|.3}}. The same products end at {{after.resized|.3}} if the factors only have one
//: size, which was all that was wrong with them, and balanced at {{after.balanced|.3}}, and the plain
//: factors, which began much further away, at {{after.plain|.3}}. And the control, with fewer hidden units and as many
//: weights, ends at {{after.narrower|.3}}: to take directions away hurts less than to take units away. One could have
//: thought the opposite from the spectra. But those are of the matrices, and what was kept is what passes through them.
//:
//: ## What it saves
//:
//: Two narrow products instead of one, in dense floats on one thread: the stack of our own matrices, and five of
//: $1024 \times 1024$.

func times(_ shapes: [Shape], rounds: Int) -> [Double] {
  var generator = Generator(seed: 3)
  func matrix(_ rows: Int, _ columns: Int) -> any Projection {
    PackedProjection(Tensor([rows, columns], normal: 1, from: &generator))
  }
  let dense = shapes.map { [matrix($0[0], $0[1])] }
  let forms =
    [dense]
    + timedShares.map { share in
      shapes.map { shape in
        let rank = Rank.keeping(share, of: shape)
        return [matrix(rank, shape[1]), matrix(shape[0], rank)]
      }
    }
  let x = shapes.map { Tensor([1, $0[1]], repeating: 0.5) }
  var all = forms.map { _ in [Double]() }
  Parallel.$threads.withValue(1) {
    for _ in 0..<rounds {
      for (index, form) in forms.enumerated() {
        let duration = ContinuousClock().measure {
          for (projections, x) in zip(form, x) { _ = projections.reduce(x) { $1($0) } }
        }
        all[index].append(duration / .microseconds(1))
      }
    }
  }
  return all.map { $0.sorted()[$0.count / 20] }
}
let timedShares = [0.25, 0.5, 0.6, 0.75, 0.99]
let rounds = Size.current.pick(tiny: 20, book: 400, large: 2000)
let ours = times(linears.map(\.weight.shape), rounds: rounds)
let large = times(Array(repeating: [1024, 1024], count: 5), rounds: rounds)
table(
  "Microseconds a token, and how much faster than the matrix itself",
  columns: ["weights kept", "our matrices", "", "five of 1024²", ""],
  rows: ours.indices.map {
    [
      $0 == 0 ? "dense" : "\(timedShares[$0 - 1])", ours[$0], ours[0] / ours[$0], large[$0],
      large[0] / large[$0],
    ]
  }, measured: true)
measured("factors of six tenths over dense, ours", ours[3] / ours[0])
measured("factors of six tenths over dense, large", large[3] / large[0])

//: No kernel had to be written, and the time falls with the weights where these are many:
//: {{factors of six tenths over dense, large}} of it for six tenths. In our small matrices there are two calls instead of
//: one, and their cost eats most of what is saved: {{factors of six tenths over dense, ours}}.
//:
//: ## What we would ship

let treatments: [Treatment] = [.original, .int8, .sparse, .lowRank]
let board = try Scoreboard(treatments, of: finished, memory: writing)
board.show()
for treatment in treatments {
  let inspection = board[treatment].inspection
  pin("\(treatment.rawValue).right", inspection.marks.accuracy)
  pin(
    "\(treatment.rawValue).share",
    Double(inspection.weight.bytes) / Double(board[.original].inspection.weight.bytes))
}
pin("effort.steps", effort.healingSteps)

//: The balanced factors, healed for {{effort.steps}} steps, get {{lowRank.right|.1%}} of held-out problems right, and the
//: original {{original.right|.1%}}. The file is {{lowRank.share|.0%}} of the original's. Eight bits, which nobody had to
//: train, are {{int8.share|.0%}} of it and get {{int8.right|.1%}}. As a way to a small file, low rank is no rival of fewer
//: bits. It is one of fewer units, as a way to a smaller shape, and a shape can be stored in fewer bits
//: afterwards.
//:
//: ## What is refused

func complaint(_ work: () throws -> Void) -> String {
  do {
    try work()
    return "nothing"
  } catch {
    return "\(error)"
  }
}
show("rank 0", complaint { _ = try LowRankFactors(w, rank: 0, .plain) })
show("rank 129", complaint { _ = try LowRankFactors(w, rank: 129, .plain) })
show("no calibration", complaint { _ = try LowRankFactors(w, rank: 8, .whitened) })
show("no gain", complaint { _ = try LowRank(.plain) { _, _ in 100 }(finished.model) })
show("twice", complaint { _ = try LowRank(.plain, keeping: 0.5)(starts[0].model) })

//: ## Where it breaks
//:
//: - **Small square matrices.** Half of all directions have to go before a byte is saved, and in a model that is narrow
//:   already all of them are used. The published successes are on widths of thousands.
//: - **The theorem is about one layer.** Each matrix is fitted to the inputs of the healthy model; what it gets is what
//:   cut-off layers before it left. All matrices together cost more than their sum.
//: - **$H$ may be singular**: with fewer tokens than inputs, or inputs that are always zero. Then something has to be
//:   added to its diagonal, and the equality holds for that $H$.
//: - **Coordinates matter for training.** Factors that are the best there are can be the worst to learn with. Reports of
//:   low-rank models that could not be fine-tuned may be of this kind; we have seen it, and not studied it.
//: - The same share for all matrices is the simplest choice. A search over ranks by kind would do better, since
//:   output and down pay most.
//:
//: ## Summary
//:
//: - $n \times m$ weights become $r (n + m)$, which are fewer only if $r < nm / (n + m)$.
//: - The singular values tell exactly what a rank loses: of the matrix if it is taken plainly, of the outputs if it is
//:   whitened first.
//: - Whitening pays, a per-input scaling does not; as many weights with zeros anywhere lose less than either.
//: - Bring the factors to one size before they learn.
//: - Healed, it is nearer to the original than a model with fewer hidden units and as many weights.
//: - It needs no kernel, and its time falls with its size in large matrices; at our size hardly.
//:
//: ## References
//:
//: - Eckart and Young, *The Approximation of One Matrix by Another of Lower Rank*, 1936. Hestenes, *Inversion of Matrices by
//:   Biorthogonalization*, 1958: one-sided rotations.
//: - Yuan et al., *ASVD: Activation-aware Singular Value Decomposition for Compressing Large Language Models*, 2023,
//:   arXiv:2312.05821.
//: - Wang et al., *SVD-LLM: Truncation-aware Singular Value Decomposition for Large Language Model Compression*, 2024,
//:   arXiv:2403.07378.
//: - Hu et al., *LoRA*, 2021, arXiv:2106.09685: low rank of the update instead.
