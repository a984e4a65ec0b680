import Calibration
import Compression
import Distillation
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
  7, "ZeroPruning",
  shows: "how many weights can become zero, and when that makes a model smaller or faster",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

let writing = writingApart()

//: @Result Half of the weights can go for {{half.sparseGPT|.2}} nats a token, if the others make up for them. With six of ten gone, the rest in eight bits and a bit for each place, the file is {{shipped.ratio|.1}} times smaller, and the share of right answers is {{shipped.right|.0%}} instead of {{original.right|.0%}}.
//:
//: A weight that is zero need not be stored and need not be multiplied. So the first idea of everybody who
//: wants a smaller model is to set weights to zero until it hurts. **Zero pruning** does that, and leaves all
//: shapes as they are. It is the compression about which most is claimed that is not so: a matrix of floats
//: takes as many bytes and as much time whatever floats are in it. This chapter asks three questions, one
//: after the other. Which weights can be zero? When is a file smaller for it? When is a product faster?
//:
//: The model is the finished one of chapter 5. We look at one matrix of it closely, the last of a feed-forward
//: layer, and at what goes into it while the model reads texts that it has written itself.

let finished = try FinishedModel.shelved()
let effort = Effort.current
let isTrained = Size.current != .tiny
let calibration = try finished.calibration(of: finished.model, effort)
let name = "model.layers.1.mlp.down_proj"
let layer = try finished.model.denseLinears().first { $0.name == name }!.weight
let w = layer.tensor.doubles
let inputs = try calibration.inputs(of: name)
show("matrix", "\(name) \(layer.shape)")
pin("calibration.tokens", calibration.tokens)

//: What a change of the matrix does is best measured where it arrives, at the outputs of the layer. With the
//: inputs of all tokens as the columns of $X$, the **layer loss** is
//:
//: $$ L(W') = \lVert (W - W') X \rVert_F^2 = \mathrm{tr}\left( (W - W')\, H\, (W - W')^\top \right), \qquad H = X X^\top $$
//:
//: so all that has to be kept of {{calibration.tokens|,}} tokens is one square matrix, the **Gram matrix** $H$.
//: Chapters 8 to 11 will use the same one.
//:
//: @Source(Compression/LayerLoss.swift, layerLoss(_:_:gram:))
//:
//: ## The smallest weights
//:
//: The oldest criterion is the magnitude, $\lvert W_{ij} \rvert$. Sort all weights of a matrix, and the lower half
//: goes.

/// Which of some numbers stay when the smallest go; of equal ones the first goes first.
func stays(_ scores: [Float], without zeros: Int) -> [Bool] {
  var stays = scores.map { _ in true }
  let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
  for place in order.prefix(zeros) { stays[place] = false }
  return stays
}
let byHand = stays(w.elements.map { Float(abs($0)) }, without: w.elements.count / 2)
let magnitude = try ZeroPruning(.magnitude, .share(0.5)).pruned(w, nil)
claim("magnitude by hand is the library's", byHand == magnitude.mask.keeps)

//: ## The smallest contributions
//:
//: A small weight that meets a large input does more than a large one that meets nothing. If one weight of row
//: $i$ becomes zero, that row's output changes by $W_{ij} x_j$ at each token, and the layer loss is
//:
//: $$ \sum_t \left( W_{ij}\, x_{jt} \right)^2 = \left( \lvert W_{ij} \rvert \, \lVert X_j \rVert_2 \right)^2 $$
//:
//: The root of that is the score of **Wanda** (Sun et al. 2023). It is exact for one weight:

func withoutWeight(_ row: Int, _ column: Int) -> DoubleMatrix {
  var cut = w
  cut[row, column] = 0
  return cut
}
let norms = inputs.norms
let (row, column) = (3, 5)
let alone = layerLoss(w, withoutWeight(row, column), gram: inputs.gram)
let score = abs(w[row, column]) * norms[column]
claim("the loss of one weight is its score, squared", abs(alone / (score * score) - 1) < 1e-9)

//: Wanda compares weights within each row, since each output has its own row. So the naive version is the old
//: one, row by row:

func wandaByHand(_ w: DoubleMatrix, _ norms: [Double]) -> [Bool] {
  (0..<w.rows).flatMap { row in
    stays(
      (0..<w.columns).map { Float(norms[$0] * abs(w[row, $0])) }, without: w.columns / 2)
  }
}
let wanda = try ZeroPruning(.wanda, .share(0.5)).pruned(w, inputs)
claim("Wanda by hand is the library's", wandaByHand(w, norms) == wanda.mask.keeps)

//: ## What stays can make up
//:
//: Both leave the other weights as they are. But inputs go together, and what one weight said, others can say
//: in part. How well? Let $\delta$ be the change of a row, which has to undo weight $j$, and be harmless
//: otherwise:
//:
//: $$ \min_\delta\; \delta H \delta^\top \quad \text{with} \quad \delta_j = -w_j \qquad\Longrightarrow\qquad
//: \delta = -\frac{w_j}{[H^{-1}]_{jj}}\, H^{-1}_{j\cdot}, \qquad L = \frac{w_j^2}{[H^{-1}]_{jj}} $$
//:
//: This is the **optimal brain surgeon** (Hassibi and Stork 1993). We let it operate on the same weight.

let inverse = try Cholesky(inputs.gram).inverse
var operated = w
for k in 0..<w.columns {
  operated[row, k] -= w[row, column] / inverse[column, column] * inverse[column, k]
}
let repaired = layerLoss(w, operated, gram: inputs.gram)
pin("surgeon.share", repaired / alone)
claim(
  "the loss of one weight is what the surgeon says",
  abs(repaired / (w[row, column] * w[row, column] / inverse[column, column]) - 1) < 1e-6)

//: With the others making up for it, the loss of this weight is {{surgeon.share|.0%}} of what it was. The surgeon needs a
//: new inverse after each operation, and each row has operations of its own, which nobody can pay for a whole model.
//: **SparseGPT** (Frantar and Alistarh 2023) goes through the columns from left to right, in all rows alike: a weight
//: that goes is made up for by the columns to its right only. Then one factor $H^{-1} = U^\top U$ serves all rows.
//: Zeroing $w_j$ costs $(w_j / U_{jj})^2$, and the rest of the row moves by
//:
//: $$ w_{j..} \leftarrow w_{j..} - \frac{w_j}{U_{jj}}\, U_{j,j..} $$
//:
//: The sweep by hand, for a row of which is known what stays:

func swept(_ row: [Double], _ stays: ArraySlice<Bool>, _ upper: DoubleMatrix) -> [Double] {
  var row = row
  for (column, stays) in stays.enumerated() where !stays {
    let error = row[column] / upper[column, column]
    for later in column..<row.count { row[later].addProduct(-error, upper[column, later]) }
    row[column] = 0
  }
  return row
}
let upper = try InverseFactor(inputs.gram).upper
let sparseGPT = try ZeroPruning(.sparseGPT, .share(0.5)).pruned(w, inputs)
let sweptRows = (0..<w.rows).map { row in
  swept(
    w.rows([row]).elements, sparseGPT.mask.keeps[row * w.columns..<(row + 1) * w.columns], upper)
}
claim(
  "the sweep by hand is the library's",
  sweptRows == (0..<w.rows).map { sparseGPT.weight.rows([$0]).elements })

//: (The library adds a hundredth of its mean to the diagonal of $H$ before it inverts it, which keeps what is
//: made up modest. What goes, it decides in blocks of \num{128} columns, by the cost as it is then.) One function
//: for the three:
//:
//: @Source(Compression/ZeroPruning.swift, ZeroPruning.callAsFunction(_:_:))
//:
//: ## Anywhere, or two of four
//:
//: Zeros anywhere are **unstructured**. Hardware and vector instructions prefer a pattern: of each four
//: neighbours in a row, two are zero, which is called **2:4**. A pattern takes freedom away, and its price can be
//: read off the layer loss, here as a share of the outputs' own size.

let patterns: [(name: String, sparsity: Sparsity)] = [
  ("half, anywhere", .share(0.5)), ("4 of 8", .groups(zeros: 4, of: 8)), ("2 of 4", .twoOfFour),
]
func relativeLosses(_ sparsity: Sparsity) throws -> [Double] {
  try ZeroPruning.Criterion.allCases.map {
    relativeLayerLoss(
      w, try ZeroPruning($0, sparsity).pruned(w, inputs).weight, gram: inputs.gram)
  }
}
let losses = try patterns.map { try relativeLosses($0.sparsity) }
table(
  "The layer loss as a share of the outputs",
  columns: ["zeros", "magnitude", "Wanda", "SparseGPT"],
  rows: zip(patterns, losses).map { [$0.name] + $1 })
pin("layer.magnitude", losses[0][0])
pin("layer.wanda", losses[0][1])
pin("layer.sparseGPT", losses[0][2])
claim(
  "each criterion that knows more loses less, with every pattern",
  losses.allSatisfy { $0[0] > $0[1] && $0[1] > $0[2] })

//: And in all matrices of the model? The first column counts those in which Wanda loses less than the magnitude,
//: the second those in which SparseGPT loses less than Wanda.

func orderings(_ sparsity: Sparsity) throws -> [Int] {
  var counts = [0, 0]
  let linears = try finished.model.denseLinears()
  for (name, weight) in linears {
    let w = weight.tensor.doubles
    let inputs = try calibration.inputs(of: name)
    let losses = try ZeroPruning.Criterion.allCases.map {
      layerLoss(w, try ZeroPruning($0, sparsity).pruned(w, inputs).weight, gram: inputs.gram)
    }
    if losses[1] < losses[0] { counts[0] += 1 }
    if losses[2] < losses[1] { counts[1] += 1 }
  }
  return counts
}
let matrixCount = try finished.model.denseLinears().count
let counts = try patterns.map { try orderings($0.sparsity) }
pin("matrices", matrixCount)
pin("units", finished.model.configuration.feedForwardWidth)
table(
  "In how many of \(matrixCount) matrices",
  columns: ["zeros", "Wanda below magnitude", "SparseGPT below Wanda"],
  rows: zip(patterns, counts).map { [$0.name] + $1 })

//: ## The whole model, in one shot
//:
//: A layer's loss is a means. What counts is what the model says: how much more it is surprised by texts that
//: it wrote itself, in nats a token. Here and wherever we choose something, these are texts about validation problems.

let ownSurprisal = finished.model.meanSurprisal(on: finished.validation)
func excess(_ model: Transformer) -> Double {
  model.meanSurprisal(on: finished.validation) - ownSurprisal
}
func oneShot(_ criterion: ZeroPruning.Criterion, _ sparsity: Sparsity) throws -> SparseModel {
  try ZeroPruning(criterion, sparsity)(finished.model, calibration)
}
let shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
let curves = try progress("pruning", total: 3 * shares.count) { bar in
  try ZeroPruning.Criterion.allCases.map { criterion in
    try shares.map { share in
      defer { bar.advance() }
      return excess(try oneShot(criterion, .share(share)).model)
    }
  }
}

//: From one zero in ten to nine, by each criterion:

plot(
  "one-shot", title: "What zeros cost, without any training", x: Axis("share of zeros"),
  y: Axis("more surprised", unit: "nats a token", scale: .log),
  series: zip(["magnitude", "Wanda", "SparseGPT"], curves).map { Series($0, x: shares, y: $1) },
  caption: "The matrices of the blocks lose a share of their weights at once.")
claim(
  "SparseGPT is the least surprised at each share",
  !isTrained || shares.indices.allSatisfy { curves[2][$0] < min(curves[0][$0], curves[1][$0]) })

//: And half of the weights in a pattern:

let patterned = try patterns.map { pattern in
  try ZeroPruning.Criterion.allCases.map { excess(try oneShot($0, pattern.sparsity).model) }
}
table(
  "Half of the weights zero: how much more surprised, in nats a token",
  columns: ["zeros", "magnitude", "Wanda", "SparseGPT"],
  rows: zip(patterns, patterned).map { [$0.name] + $1 })
for (index, criterion) in ZeroPruning.Criterion.allCases.enumerated() {
  pin("half.\(criterion)", patterned[0][index])
  pin("twoOfFour.\(criterion)", patterned[2][index])
  pin("seven.\(criterion)", curves[index][6])
}

//: Half of the weights go for {{half.magnitude|.3}} nats by magnitude, {{half.wanda|.3}} by Wanda and
//: {{half.sparseGPT|.3}} if the others make up for them. Wanda, which is so much better than the magnitude in large
//: language models (for LLaMA-2 with seven billion weights, half of which are zero, Sun et al. report a perplexity of
//: \num{6.42} instead of \num{14.89}, and \num{5.12} without zeros), is hardly better here. Those have a few inputs
//: that are far larger than all others, and it is these that the magnitude overlooks. In the pattern 2:4 it is
//: {{twoOfFour.magnitude|.2}}, {{twoOfFour.wanda|.2}} and {{twoOfFour.sparseGPT|.3}}: the stricter the pattern, the
//: more is gained by making up. Beyond six in ten all three curves leave the range in which one would speak of the same
//: model.
//:
//: Not all matrices are alike. We prune one at a time, to seven zeros in ten.

let kinds = [
  "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
  "mlp.up_proj", "mlp.down_proj",
]
func excess(pruningOnly name: String) throws -> Double {
  let model = try finished.model.duplicate()
  let weight = model.parameters.all.first { $0.name == "\(name).weight" }!
  let pruned = try ZeroPruning(.sparseGPT, .share(0.7)).pruned(
    weight.tensor.doubles, calibration.inputs(of: name))
  weight.set(Tensor(weight.shape, pruned.weight.floats))
  return excess(model)
}
let blocks = finished.model.configuration.layers
let singles = try progress("matrix by matrix", total: kinds.count * blocks) { bar in
  try kinds.map { kind in
    try (0..<blocks).map { block in
      defer { bar.advance() }
      return try excess(pruningOnly: "model.layers.\(block).\(kind)")
    }
  }
}
heatmap(
  "matrices", title: "Seven zeros in ten, in one matrix", rows: kinds,
  columns: (0..<blocks).map { "\($0)" }, values: singles.map { $0.map { 1000 * $0 } },
  x: Axis("layer"),
  caption: "How much more surprised the model is, in thousandths of a nat a token.")
let sumOfSingles = singles.joined().reduce(0, +)
pin("singles.sum", sumOfSingles)
pin("singles.largest", singles.joined().max()! / sumOfSingles)

//: One matrix alone is cheap: all {{matrices}} costs together are {{singles.sum|.2}} nats, while all zeros together cost
//: {{seven.sparseGPT|.2}}. The damage of a layer is the input of the next, and SparseGPT, which has made each matrix fit
//: the inputs of the healthy model, no longer knows what it is fed.
//:
//: ## Healing
//:
//: So let the weights that stay learn. The teacher is the model itself, before it was pruned: at each token the sparse
//: model is to give the same distribution (chapter 6). After each step of the optimiser the zeros are put back. Two
//: plans are common: prune in **one shot** and train, or raise the sparsity during training (**gradual** pruning, Zhu
//: and Gupta 2017), along
//:
//: $$ s_t = s_f + (s_i - s_f) \left( 1 - \frac{t - t_0}{n\, \Delta t} \right)^3 $$
//:
//: fast at first, where much is superfluous, and slowly later. Each plan gets the same steps and texts.

var course = effort
course.healingSteps = Size.current.pick(tiny: 3, book: 100, large: 1000)
course.textsAtOnce = min(16, course.textsAtOnce)
let rate = 5e-4

//: What is kept of a run are the model, where its zeros are, and the loss of each step. In one shot:

struct Healed {
  let model: Transformer
  let masks: SparsityMasks
  let losses: [Double]
}
func healed(_ sparse: SparseModel, _ bar: ProgressBar) throws -> Healed {
  var losses: [Double] = []
  try finished.heal(
    sparse.model, course, learningRate: rate, afterStep: sparse.masks.apply(to: sparse.model)
  ) {
    losses.append($0.loss)
    bar.advance()
  }
  return Healed(model: sparse.model, masks: sparse.masks, losses: losses)
}

//: And gradually, in ten changes over the first half of the steps, by magnitude, which needs no calibration and may so be
//: asked again at any time:

func gradual(to share: Double, _ bar: ProgressBar) throws -> Healed {
  let steps = course.healingSteps
  let schedule = try GradualPruning(
    to: share, from: 0, every: max(1, steps / 20),
    times: 10)
  let student = try finished.model.duplicate()
  let pruner = try schedule.pruner(of: student)
  var losses: [Double] = []
  try finished.heal(
    student, course, learningRate: rate, afterStep: pruner.afterStep
  ) {
    losses.append($0.loss)
    bar.advance()
  }
  return Healed(model: student, masks: pruner.masks, losses: losses)
}

//: Three plans for seven zeros in ten:

let plans = try progress("healing", total: 3 * course.healingSteps) { bar in
  [
    (name: "one shot, magnitude", try healed(oneShot(.magnitude, .share(0.7)), bar)),
    (name: "one shot, SparseGPT", try healed(oneShot(.sparseGPT, .share(0.7)), bar)),
    (name: "gradual, magnitude", try gradual(to: 0.7, bar)),
  ]
}
/// Means of five steps; those below a hundredth of a nat, while a model is dense, are left out.
func smoothed(_ losses: [Double]) -> [Double] {
  losses.indices.map { index in
    let window = losses[max(0, index - 4)...index]
    let mean = window.reduce(0, +) / Double(window.count)
    return mean < 0.01 ? .nan : mean
  }
}
plot(
  "healing", title: "Seven zeros in ten, three plans", x: Axis("step"),
  y: Axis("divergence from the original", unit: "nats a token", scale: .log),
  series: plans.map { Series($0.name, y: smoothed($0.1.losses)) },
  caption:
    "The loss of healing, a mean of five steps. The gradual plan begins with a dense model, far below."
)

//: And on texts about validation problems:

let healedExcess = plans.map { excess($0.1.model) }
table(
  "Seven zeros in ten: how much more surprised, in nats a token",
  columns: ["plan", "before", "after \(course.healingSteps) steps"],
  rows: [
    [plans[0].name, curves[0][6], healedExcess[0]],
    [plans[1].name, curves[2][6], healedExcess[1]],
    [plans[2].name, "dense", healedExcess[2]],
  ])
for (name, value) in zip(["magnitude", "sparseGPT", "gradual"], healedExcess) {
  pin("healed.\(name)", value)
}
pin("healed.left", healedExcess[1] / curves[2][6])
claim(
  "healed, each plan is better than the best of them before",
  !isTrained || healedExcess.max()! < curves[2][6])

//: Distillation leaves {{healed.left|.0%}} of SparseGPT's damage, and less of the magnitude's. And then it hardly matters how the weights were chosen:
//: {{healed.magnitude|.3}} nats after the magnitude, {{healed.sparseGPT|.3}} after SparseGPT, which had begun so much
//: better. What the others make up for in closed form, they also learn. The gradual plan ends at
//: {{healed.gradual|.3}}: with so few steps, those that it spends on a model that is not sparse yet are missing at the end.
//:
//: How far can one go? SparseGPT and the same steps, for several shares.

let goals = [0.5, 0.6, 0.8]
let others = try progress("healing", total: goals.count * course.healingSteps) { bar in
  try goals.map { excess(try healed(oneShot(.sparseGPT, .share($0)), bar).model) }
}
let healedShares = [0.5, 0.6, 0.7, 0.8]
let healedCurve = [others[0], others[1], healedExcess[1], others[2]]
plot(
  "healed", title: "Before and after healing", x: Axis("share of zeros"),
  y: Axis("more surprised", unit: "nats a token", scale: .log),
  series: [
    Series("SparseGPT", x: Array(shares[3...7]), y: Array(curves[2][3...7])),
    Series("healed", x: healedShares, y: healedCurve),
  ], caption: "The same model before and after \(course.healingSteps) steps of distillation.")
for (share, value) in zip(["five", "six", "seven", "eight"], healedCurve) {
  pin("healed.\(share)", value)
}

//: Healed, five zeros in ten cost {{healed.five|.3}} nats, six {{healed.six|.3}}, seven {{healed.seven|.3}} and eight
//: {{healed.eight|.2}}. How many zeros are *worth* it, depends on what they save.
//:
//: ## A file that is really smaller
//:
//: A zero in a file of floats takes four bytes. To save them, the file has to say where the others are. A list of
//: places takes sixteen bits for each weight that stays; a **bitmask** takes one bit for each weight there was:
//:
//: $$ \text{bits per weight} = 1 + b\,(1 - s) $$
//:
//: with $b$ bits for each value. (The list is shorter only if fewer than one weight in sixteen stays.) With values of
//: \num{32} bits this is less than plain eight bits, which any model can have (chapter 11), only if
//: $s > 1 - 7/32$, and with values of eight bits less than the \num{4.5} bits of Q4\_0 only if $s > 1 - 3.5/8$. We write
//: all of that, at several sparsities, and let the file system count. (The embedding table, which is not pruned, is
//: not counted here.)

enum Form: String, CaseIterable {
  case floats = "floats, zeros among them"
  case maskedFloats = "floats and a bitmask"
  case eight = "8 bits, zeros among them"
  case maskedEight = "8 bits and a bitmask"
}
func file(
  of model: Transformer, _ masks: SparsityMasks = SparsityMasks(), as form: Form
) throws -> ArtefactReport {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  defer { try? FileManager.default.removeItem(at: folder) }
  let isMasked = form == .maskedFloats || form == .maskedEight
  let isRounded = form == .eight || form == .maskedEight
  try CompressedCheckpoint(
    model, masks: isMasked ? masks : SparsityMasks(), rounded: isRounded ? model.eightBits() : [:]
  ).write(to: folder)
  return try ArtefactReport(of: folder)
}
let prunedCount = try finished.model.denseLinears().reduce(0) { $0 + $1.weight.shape.count }
func bitsPerWeight(_ report: ArtefactReport) -> Double {
  Double(8 * (report.bytes - report.parts.embeddings)) / Double(prunedCount)
}

//: Six sparsities, four forms each:

let stored = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9]
let reports = try progress("writing files", total: stored.count) { bar in
  try stored.map { share in
    defer { bar.advance() }
    let sparse = try oneShot(.magnitude, .share(share))
    return try Form.allCases.map { try file(of: sparse.model, sparse.masks, as: $0) }
  }
}
func formula(_ bits: Double) -> [Double] { shares.map { 1 + bits * (1 - $0) } }
plot(
  "bits", title: "Bits for each weight there was", x: Axis("share of zeros"),
  y: Axis("bits", scale: .log),
  series: [
    Series("1 + 32 (1 - s)", x: shares, y: formula(32)),
    Series("1 + 8 (1 - s)", x: shares, y: formula(8)),
    Series("plain 8 bits", x: shares, y: shares.map { _ in 8 }),
    Series("Q4_0", x: shares, y: shares.map { _ in BlockFormat.q40.bitsPerWeight }),
    Series("file, floats", x: stored, y: reports.map { bitsPerWeight($0[1]) }, style: .points),
    Series("file, 8 bits", x: stored, y: reports.map { bitsPerWeight($0[3]) }, style: .points),
  ],
  caption:
    "Lines are formulas, points are files by `stat`. The files hold headers, gains and scales as well."
)

//: And one of them in detail, with what gzip makes of each file:

table(
  "One model with seven zeros in ten, as a file",
  columns: ["form", "kB", "bits a weight", "gzip, kB"],
  rows: zip(Form.allCases, reports[3]).map {
    [$0.rawValue, Double($1.bytes) / 1000, bitsPerWeight($1), Double($1.zippedBytes) / 1000]
  })
pin("bits.six", bitsPerWeight(reports[2][3]))
pin("file.zipped", Double(reports[3][0].zippedBytes) / Double(reports[3][0].bytes))
pin("file.eightZipped", Double(reports[3][2].zippedBytes) / Double(reports[3][3].bytes))
claim("zeros in a file of floats save no byte", Set(reports.map { $0[0].bytes }).count == 1)
claim(
  "floats with a bitmask are larger than plain 8 bits at seven zeros in ten, and smaller at eight",
  bitsPerWeight(reports[3][1]) > bitsPerWeight(reports[3][2])
    && bitsPerWeight(reports[4][1]) < bitsPerWeight(reports[4][2]))

//: The first row is the lie that is told about sparse models: nothing became smaller until somebody ran gzip, which
//: finds the zeros without being told and leaves {{file.zipped|.0%}} of the file. Whoever reports *that* number has
//: compressed a file and not a model; when it is loaded, the zeros are back. Most of the way goes to the eight bits, and
//: the mask adds the rest. Even in eight bits, gzip makes the dense file {{file.eightZipped|.2}} times as large as the
//: masked one, so what the bitmask has over gzip is not mainly size: a product can be computed from it as it lies
//: in memory.
//:
//: ## A product that is really faster
//:
//: At a single text, each token needs each weight once, and what takes time is to fetch it. A kernel gains by fetching
//: less. Ours for unstructured zeros keeps sixteen rows side by side, with a mask of \num{64} bits for each four
//: columns of them, and one instruction, `vpexpandb`, puts the bytes that are there in their places; then they are
//: multiplied like dense ones, zeros among them. For 2:4 it is the other way round: the weights stay packed, and for each
//: row the two activations out of four that meet one are picked, so there is half as much to multiply.
//:
//: @Source(Quantization/SparsePanels.swift, SparsePanels.multiply(panel:_:from:), code)
//:
//: Both give the same bits as the dense kernel of eight bits.

func random(_ rows: Int, _ columns: Int, zeros share: Float, seed: UInt64) -> Tensor {
  var generator = Generator(seed: seed)
  let floats = (0..<rows * columns).map { _ in
    let (stays, value) = (generator.uniform() >= share, generator.normal())
    return stays ? value : 0
  }
  return Tensor([rows, columns], floats)
}
var generator = Generator(seed: 7)
let activations = Tensor([3, 336], normal: 1, from: &generator)
let seventy = try Int8Matrix(rounding: random(128, 336, zeros: 0.7, seed: 1))
let halved = try Int8Matrix(
  rounding: Tensor(layer.shape, ZeroPruning(.magnitude, .twoOfFour).pruned(w, nil).weight.floats))
let halvedProjection = try TwoOfFourProjection(halved)
claim(
  "the sparse kernels give the bits of the dense one",
  SparseInt8Projection(seventy)(activations).floats == Int8Projection(seventy)(activations).floats
    && halvedProjection(activations).floats == Int8Projection(halved)(activations).floats)

//: We time one token's way through all matrices of two stacks: that of our model, and five matrices of
//: $1024 \times 1024$, which do not fit the second cache of most processors. All forms take turns, on one thread, and of
//: their times we take a low one, that a neighbour did not disturb.

func stack(_ shapes: [Shape], zeros: Float) -> [Tensor] {
  shapes.enumerated().map { random($1[0], $1[1], zeros: zeros, seed: UInt64($0)) }
}
func twoOfFour(_ weight: Tensor) throws -> Tensor {
  let floats = weight.floats.enumerated().map { $0.offset % 4 < 2 ? $0.element : 0 }
  return Tensor(weight.shape, floats)
}
let kernelShares: [Float] = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

//: The clock goes round all forms in turn:

/// Microseconds a token: of dense floats, of floats with zeros, of dense 8 bits, of 2:4, and of sparse 8 bits.
func times(_ shapes: [Shape], rounds: Int) throws -> [Double] {
  let dense = stack(shapes, zeros: 0)
  var forms: [[any Projection]] = [
    dense.map { PackedProjection($0) },
    stack(shapes, zeros: 0.9).map { PackedProjection($0) },
    try dense.map { Int8Projection(try Int8Matrix(rounding: $0)) },
    try dense.map { try TwoOfFourProjection(Int8Matrix(rounding: twoOfFour($0))) },
  ]
  forms += try kernelShares.map { share in
    try stack(shapes, zeros: share).map { SparseInt8Projection(try Int8Matrix(rounding: $0)) }
  }
  let x = shapes.map { Tensor([1, $0[1]], repeating: 0.5) }
  var all = forms.map { _ in [Double]() }
  Parallel.$threads.withValue(1) {
    for _ in 0..<rounds {
      for (index, form) in forms.enumerated() {
        let duration = ContinuousClock().measure {
          for (projection, x) in zip(form, x) { _ = projection(x) }
        }
        all[index].append(duration / .microseconds(1))
      }
    }
  }
  return all.map { $0.sorted()[$0.count / 20] }
}

//: And this is what it shows:

let rounds = Size.current.pick(tiny: 20, book: 400, large: 2000)
let ours = try times(finished.model.denseLinears().map(\.weight.shape), rounds: rounds)
let large = try times(Array(repeating: [1024, 1024], count: 5), rounds: rounds)
let kernelNames =
  ["floats", "floats, nine zeros in ten", "8 bits", "2:4"]
  + kernelShares.map { "sparse, \($0) zeros" }
table(
  "Microseconds a token, and how much faster than dense 8 bits",
  columns: ["", "our matrices", "", "five of 1024²", ""],
  rows: kernelNames.indices.map {
    [kernelNames[$0], ours[$0], ours[2] / ours[$0], large[$0], large[2] / large[$0]]
  }, measured: true)
plot(
  "kernels", title: "Five matrices of 1024²", x: Axis("share of zeros"),
  y: Axis("a token", unit: "µs"),
  series: [
    Series("sparse 8 bits", x: kernelShares.map(Double.init), y: Array(large[4...])),
    Series("dense 8 bits", x: [0.3, 0.95], y: [large[2], large[2]]),
    Series("2:4", x: [0.5], y: [large[3]], style: .points),
  ], caption: "One token, one thread. Floats are far above.", measured: true)

//: Where does sparse begin to pay, that is, to be faster than dense eight bits?

func pays(_ times: [Double]) -> String {
  zip(kernelShares, times[4...]).first { $1 < times[2] }.map { "\($0.0)" } ?? "more than 0.95"
}
measured("zeros from which the sparse kernel is faster, our matrices", pays(ours))
measured("zeros from which the sparse kernel is faster, large ones", pays(large))
measured("floats with zeros over floats", large[1] / large[0])
measured("2:4 over dense 8 bits", large[2] / large[3])

//: The first two rows are the same product: zeros in a dense matrix of floats are multiplied like any other number. With
//: nine of ten weights zero it takes {{floats with zeros over floats}} of the time. Plain eight bits are far faster. To be
//: faster than *these*, the unstructured kernel needs a share of zeros of
//: {{zeros from which the sparse kernel is faster, large ones}} in large matrices, and of
//: {{zeros from which the sparse kernel is faster, our matrices}} in ours, which lie in the
//: cache, where little is gained by reading less. The model bears no such share. The pattern 2:4 is where sparsity pays: it is
//: {{2:4 over dense 8 bits}} times as fast as dense eight bits in large matrices, with half of the weights.
//:
//: ## Large and sparse, or small and dense?
//:
//: Zhu and Gupta (2017) found that of two models of equal size the large one with zeros is better than the small one
//: without. Their sizes count values; ours count bytes, the mask among them. The small dense model is cut from the
//: same one: so many hidden units go in each layer that its file of eight bits is no larger than the sparse one's.
//: (Which units, and how those that stay are fitted anew, is the matter of chapter 8.) Both are healed for the same steps.

func narrowed(toBytes limit: Int) throws -> Transformer {
  var width = finished.model.configuration.feedForwardWidth
  while true {
    width -= 8
    let narrow = try ActivationPruning(.contribution, .width(width), repair: .leastSquares)(
      finished.model, calibration)
    if try file(of: narrow, as: .eight).bytes <= limit { return narrow }
  }
}
let narrow = try narrowed(toBytes: reports[2][3].bytes)
let narrowFile = try file(of: narrow, as: .eight)
let narrowBefore = excess(narrow)
_ = try progress("healing", total: course.healingSteps) { bar in
  try finished.heal(narrow, course, learningRate: rate, onStep: { _ in bar.advance() })
}
let narrowAfter = excess(narrow)
table(
  "At equal bytes, in nats a token more surprised",
  columns: ["", "file, kB", "before", "after healing"],
  rows: [
    ["six zeros in ten", Double(reports[2][3].bytes) / 1000, curves[2][5], healedCurve[1]],
    [
      "dense, \(narrow.configuration.feedForwardWidth) units a layer",
      Double(narrowFile.bytes) / 1000, narrowBefore, narrowAfter,
    ],
  ])
pin("narrow.width", narrow.configuration.feedForwardWidth)
pin("narrow.after", narrowAfter)
claim("large and sparse beats small and dense", !isTrained || healedCurve[1] < narrowAfter)

//: So they were right, here too, and with the indices paid for. The dense model keeps {{narrow.width}} of
//: {{units}} hidden units and is {{narrow.after|.3}} nats more surprised, against {{healed.six|.3}}. In time it is the
//: other way round: a narrow matrix is faster with any kernel.
//:
//: ## What we would ship
//:

let treatments: [Treatment] = [.original, .int8, .sparse, .twoOfFour]
let board = try Scoreboard(treatments, of: finished, memory: writing)
board.show()
func share(_ treatment: Treatment) -> Double {
  Double(board[treatment].inspection.weight.bytes)
    / Double(board[.original].inspection.weight.bytes)
}
func right(_ treatment: Treatment) -> Double { board[treatment].inspection.marks.accuracy }
pin("effort.steps", effort.healingSteps)
pin("shipped.ratio", 1 / share(.sparse))
pin("shipped.right", right(.sparse))
for treatment in [Treatment.original, .int8, .sparse, .twoOfFour] {
  pin("\(treatment.rawValue).right", right(treatment))
  pin("\(treatment.rawValue).share", share(treatment))
  pin("\(treatment.rawValue).facts", board[treatment].inspection.facts)
}

//: Two artefacts, healed for {{effort.steps}} steps each. Six zeros in ten is the first round share at which mask and
//: values take fewer bits than the \num{4.5} of Q4\_0; by `stat`, with scales and headers, they are {{bits.six|.2}}, and the
//: advantage is gone. The control is what one gets for nothing: the same model in eight bits. Of the bytes of
//: the original, eight bits leave {{int8.share|.0%}}, 2:4 {{twoOfFour.share|.0%}} and six zeros in ten
//: {{sparse.share|.0%}}. Right are {{original.right|.1%}} of the answers before, {{int8.right|.1%}} in eight bits,
//: {{twoOfFour.right|.1%}} with 2:4 and {{shipped.right|.1%}} with six zeros in ten. So eight bits are free, and what zeros
//: save on top is paid for in answers.
//:
//: Look at the single steps, too: {{original.facts|.0%}} right before, {{sparse.facts|.0%}} with six zeros in ten and
//: {{twoOfFour.facts|.0%}} with 2:4. The texts that healed the models are searches, in which no step is asked for on its own.
//: What the healing texts do not show is not healed.
//:
//: ## What is refused
//:
//: A sparsity that is none, a pattern that does not fit, nothing to calibrate on, a model that is compressed already:
//: each is one line, and the model that was given stays as it was.

func complaint(_ work: () throws -> Void) -> String {
  do {
    try work()
    return "nothing"
  } catch {
    return "\(error)"
  }
}
show("twelve tenths", complaint { _ = try oneShot(.magnitude, .share(1.2)) })
show("2 of 5", complaint { _ = try oneShot(.magnitude, .groups(zeros: 2, of: 5)) })
show("no texts", complaint { _ = try Calibration(of: finished.model, on: []) })
show("another tokenizer", complaint { _ = try Calibration(of: finished.model, on: [[5, 4000]]) })
show("no calibration", complaint { _ = try ZeroPruning(.wanda, .twoOfFour)(finished.model) })
show(
  "twice",
  complaint { _ = try ZeroPruning(.magnitude, .twoOfFour)(board[.twoOfFour].artefact.model()) })

//: ## Where it breaks
//:
//: - **Without eight bits it does not pay.** Floats with a mask are smaller than plain eight bits only beyond
//:   $s = 1 - 7/32$, where this model is beyond healing. Sparsity is worth bytes on top of quantization, not instead.
//: - **It is not faster where it is good.** The unstructured kernel needs more zeros than the model can bear. Where a
//:   processor has no `vpexpandb`, it is slower still.
//: - **A small model has little to spare.** Ours has fewer than a million weights and uses most of them. An answer takes
//:   a hundred tokens, each of which has to be right, so a hundredth of a nat a token is a matter of several answers in
//:   a hundred.
//: - **Gradual pruning had few steps.** With thousands, as in its paper, it may win; here it spends most of them on a
//:   model that is not yet sparse.
//: - The embedding table, a twentieth of the weights, stays dense: every row of it belongs to one token.
//: - One seed, one model. Differences of a few thousandths of a nat between plans mean nothing.
//:
//: ## Summary
//:
//: - What a zero costs is its weight (magnitude), its weight times the size of its input (Wanda), or what remains of
//:   that when the others make up for it (SparseGPT). The last is clearly best without training.
//: - After healing, the choice of the criterion hardly matters.
//: - Zeros in a dense file save nothing, and zeros in a dense product save nothing. A bitmask saves bytes at any
//:   sparsity beyond one eighth, on top of eight bits.
//: - 2:4 costs more than as many zeros anywhere, and is what makes a product faster.
//: - At equal bytes, large and sparse beats small and dense.
//:
//: ## References
//:
//: - LeCun, Denker, Solla, *Optimal Brain Damage*, 1989. Hassibi and Stork, *Second Order Derivatives for Network
//:   Pruning: Optimal Brain Surgeon*, 1993.
//: - Han, Pool, Tran, Dally, *Learning both Weights and Connections for Efficient Neural Networks*, 2015,
//:   arXiv:1506.02626.
//: - Zhu and Gupta, *To Prune, or Not to Prune*, 2017, arXiv:1710.01878: the gradual schedule, and large-sparse
//:   against small-dense.
//: - Mishra et al., *Accelerating Sparse Deep Neural Networks*, 2021, arXiv:2104.08378: 2:4.
//: - Frantar and Alistarh, *SparseGPT*, 2023, arXiv:2301.00774. Sun, Liu, Bair, Kolter, *A Simple and Effective
//:   Pruning Approach for Large Language Models* (Wanda), 2023, arXiv:2306.11695.
