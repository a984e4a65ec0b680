import Calibration
import Compression
import Curriculum
import Distillation
import Factorizations
import Finishing
import Foundation
import Kernels
import Notebook
import Pretraining
import Shipping
import SparsePretraining
import Storeroom
import Tensors
import Text
import Training
import Transformer
import WidePretraining

chapter(
  8, "ActivationPruning",
  shows: "which hidden units, heads and experts hardly do anything, and a model without them",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

// snippet.hide
let writing = writingApart()
// After the few steps of `tiny` nothing is known, and nothing is claimed.
let isTrained = Size.current != .tiny
// snippet.show

//: @Result Of a deliberately wide model {{best.smaller|.0%}} of the numbers and {{best.bytes|.0%}} of the bytes go for {{best.lost|.1}} points of accuracy; a model without room to spare gives up {{narrow.bytes|.0%}} at a price.
//:
//: Chapter 7 made weights zero and left them where they were. A dense kernel multiplies by zeros as slowly as by
//: anything else, so that needed formats and kernels of its own. This chapter removes whole *units*: what is left
//: is an ordinary model, with smaller matrices, that any program runs faster. The question is which units.
//:
//: ## A sum of units
//:
//: A feed-forward layer makes hidden **units** of its input and adds up what they say:
//:
//: $$ h = \mathrm{silu}(W_g x) \odot W_u x, \qquad y = W_d h = \sum_i h_i \, W_d[:, i] $$
//:
//: Unit $i$ owns a row of $W_g$, a row of $W_u$ and a column of $W_d$, and touches nothing else. Without it the
//: sum has one term less, and the layer $3d$ numbers less at a width of $d$. **Activation pruning** looks at the
//: activations $h_i$ over some texts and removes the units whose term is small.
//:
//: That presumes units to spare, and our finished model was given about as many as its task needs. So we train
//: one with four times as many. It begins with the attention and the embeddings of the base model of chapter 2,
//: its feed-forward layers are new, and it practises the first lesson of the curriculum alone: single steps such
//: as $17-8=9$. It is too large on purpose, as many a published model is by chance. That is a convenient
//: assumption, and the last sections of this chapter take it away.
//:
//: @Source(WidePretraining/WideModel.swift, WideModel.pretrain(from:_:onStep:))

let wide = try WideModel(contentsOf: WideModel.shelved())
let tokenizer = wide.tokenizer
let drill = Drill(tokenizer, seed: Seed.current)
func rows(from first: Int, _ count: Int) -> [Example] {
  (first..<first + count).map { drill.row($0, length: 256) }
}
let steps = {
  var steps = Step.elementary
  var generator = Generator(seed: 8)
  generator.shuffle(&steps)
  return (
    validation: Array(steps[..<(steps.count / 2)]), heldOut: Array(steps[(steps.count / 2)...])
  )
}()
nonisolated func right(_ model: Transformer, _ steps: [Step], _ tokenizer: BytePairs) -> Double {
  let answers = Writer(model, sampling: .greedy, limit: 1)(
    steps.map { tokenizer.encode($0.question) })
  let right = zip(steps, answers).count { tokenizer.decode($1.tokens) == "\($0.result)" }
  return Double(right) / Double(steps.count)
}
typealias Cells = [any CustomStringConvertible]
func chosenBy(_ model: Transformer) -> Double { right(model, steps.validation, tokenizer) }
func measuredBy(_ model: Transformer) -> Double { right(model, steps.heldOut, tokenizer) }
pin("wide.parameters", wide.model.liveParameterCount)
pin("wide.units", wide.model.configuration.feedForwardWidth)
pin("wide.chosenBy", chosenBy(wide.model))
pin("wide.right", measuredBy(wide.model))
pin("steps.asked", steps.heldOut.count)

//: Of its {{wide.parameters|,}} numbers almost all are in {{wide.units|,}} units a layer. Asked for the results of
//: steps, greedily, it gives {{wide.right|.1%}} right. There is nothing to generalise here: each step was on its
//: pages, and we ask what is still known after some of the model is gone. But we choose with one half of the steps,
//: and report on the other, {{steps.asked|,}} of them, so that what we choose does not flatter what we report.
//:
//: ## What a unit does
//:
//: To see activations we put a tap before $W_d$: a projection that keeps what it is given and lets another work.

final class Seen { nonisolated(unsafe) var rows: [[Float]] = [] }
nonisolated struct Tap: Projection {
  let base: any Projection
  let seen: Seen
  var shape: Shape { base.shape }
  func callAsFunction(_ x: Tensor) -> Tensor {
    seen.rows += (0..<x.shape.rows).map { x.row($0) }
    return base(x)
  }
  func packed() -> any Projection { self }
}
func activations(_ model: Transformer, layer: Int, on texts: [[Int32]]) -> [[Float]] {
  var tapped = model
  let seen = Seen()
  tapped.blocks[layer].feedForward.forEachLinear { linear in
    if linear.name.hasSuffix("down_proj") {
      linear.projection = Tap(base: linear.projection, seen: seen)
    }
  }
  for text in texts { _ = tapped.hidden(Passage(text, lengths: [text.count])) }
  return seen.rows
}

//: Here are the units of the first layer, on \num{32} pages that the model has not read. They are our validation set.

let texts = rows(from: 4_000_000, 32).map { Array($0.tokens.dropLast()) }
let seen = activations(wide.model, layer: 0, on: texts)
let means = seen[0].indices.map { unit in
  seen.reduce(0.0) { $0 + Double($1[unit]) } / Double(seen.count)
}
let deviations = seen[0].indices.map { unit in
  (seen.reduce(0.0) { $0 + pow(Double($1[unit]) - means[unit], 2) } / Double(seen.count))
    .squareRoot()
}
plot(
  "units", title: "Units of the first layer", x: Axis("size of the mean"),
  y: Axis("deviation"),
  series: [Series("a unit", x: means.map(abs), y: deviations, style: .points)],
  caption: "Each point is a hidden unit: its mean activation, and how far it swings around it.")

//: The rule in its plain form
//: takes the mean of $|h_i|$ alone. A unit whose mean is small may swing widely, though, as
//: the figure shows, so the better rule wants both to be small, the mean and the deviation, in comparison with the
//: average of the layer:
//:
//: $$ \text{remove } i \quad\text{if}\quad \max\left(|\mathrm{E} h_i|, \sigma(h_i)\right) < \lambda \cdot \text{their mean} $$

let calibration = try Calibration(of: wide.model, on: texts)
let known = calibration["model.layers.0.mlp.down_proj"]
let loudness = zip(means, deviations).map { max(abs($0), $1) }
let threshold = loudness.reduce(0, +) / Double(loudness.count)
let silent = loudness.indices.filter { loudness[$0] < threshold }
let rule = ActivationPruning(.meanAndDeviation, .threshold(1))
let narrow = try rule(wide.model, calibration)
let widths = try ModelShape(of: narrow).widths
show("units that stay", widths)
claim(
  "the library's statistics are the naive ones",
  zip(known.means, means).allSatisfy { abs($0 - $1) < 1e-6 })
claim(
  "the library keeps as many units of the first layer", widths[0] == loudness.count - silent.count)

//: @Source(Calibration/RecordingProjection.swift, RecordingProjection.callAsFunction(_:))
//:
//: That is the library's tap. One pass of a `Calibration` records, for every layer at once, the sums of what comes in and its Gram matrix $H = XX^\top$: means,
//: variances, and what goes together with what. All of this chapter and the next is made from these.
//:
//: To remove a unit is to cut a row out of two matrices and a column out of a third. The naive way is to put zeros
//: into the column. Both must give the same logits, and since a product by zero adds nothing, the same bits.

func silenced(_ model: Transformer, _ scores: [[Double]]) throws -> Transformer {
  let copy = try model.duplicate()
  for (layer, scores) in scores.enumerated() {
    let name = "model.layers.\(layer).mlp.down_proj.weight"
    let weight = copy.parameters.all.first { $0.name == name }!
    let mean = scores.reduce(0, +) / Double(scores.count)
    var floats = weight.tensor.floats
    for place in floats.indices where scores[place % scores.count] < mean { floats[place] = 0 }
    weight.set(Tensor(weight.shape, floats))
  }
  return copy
}
let probe = Passage(texts[0], lengths: [texts[0].count])
let zeroed = try silenced(wide.model, rule.scores(of: wide.model, calibration))
claim(
  "a unit removed or its column zero: the same bits", zeroed(probe).floats == narrow(probe).floats)
pin("narrow.parameters", narrow.liveParameterCount)
pin("narrow.right", chosenBy(narrow))
claim("the matrices are smaller", narrow.liveParameterCount < wide.model.liveParameterCount)

//: {{narrow.parameters|,}} numbers instead of {{wide.parameters|,}}, really. And {{narrow.right|.1%}} of the steps right
//: instead of {{wide.chosenBy|.1%}}: this was too much, or the wrong units, or both.
//:
//: ## The right score
//:
//: A unit matters by what it adds to the *output*. That is $h_i W_d[:, i]$, and its mean square is
//: $\mathrm{E} h_i^2 \cdot \lVert W_d[:, i] \rVert^2$. So $\sqrt{\mathrm{E} h_i^2}\, \lVert W_d[:, i] \rVert$ is the
//: **contribution** of a unit. And if a bias may stand in for what is always the same, only the *variation* around
//: the mean is lost: $\sigma(h_i)\, \lVert W_d[:, i] \rVert$. The control draws the score at random.
//:
//: @Source(Compression/ActivationPruning.swift, ActivationPruning.Score)

let scores: [ActivationPruning.Score] = [
  .random, .magnitude, .meanAndDeviation, .contribution, .variation,
]
let half = loudness.count / 2
let ranked = try scores.map { score in
  try [1.5, 1, 0.5].map { share in
    chosenBy(
      try ActivationPruning(score, .width(Int(share * Double(half))))(wide.model, calibration))
  }
}
table(
  "Steps right when so many units of each layer stay",
  columns: ["score", "three in four", "one in two", "one in four"],
  rows: zip(scores, ranked).map { ["\($0)"] + $1 })
claim(
  "every score is better than chance",
  !isTrained || ranked.dropFirst().allSatisfy { $0[1] > ranked[0][1] })
claim(
  "what looks at the output is better than what looks at the activation alone",
  !isTrained || min(ranked[3][1], ranked[4][1]) > max(ranked[1][1], ranked[2][1]))

let contributions = try ActivationPruning(.contribution, .width(1)).scores(
  of: wide.model, calibration)
let finished = try FinishedModel.shelved()
let effort = Effort.current
let ownCalibration = try finished.calibration(of: finished.model, effort)
let ownContributions = try ActivationPruning(.contribution, .width(1))
  .scores(of: finished.model, ownCalibration)
func spread(_ name: String, _ scores: [[Double]]) -> Series {
  let relative = scores.flatMap { scores in
    scores.map { $0 * Double(scores.count) / scores.reduce(0, +) }
  }.sorted(by: >)
  return Series(
    name, x: relative.indices.map { Double($0) / Double(relative.count) }, y: relative)
}
plot(
  "contributions", title: "What units contribute", x: Axis("share of the units"),
  y: Axis("contribution over the layer's mean", scale: .log),
  series: [spread("wide", contributions), spread("finished", ownContributions)],
  caption: "The units of all layers, the loudest first, each beside the mean of its layer.")

//: Every score is far better than chance. Where many units go the mean alone is the worst of them, the deviation helps, and what looks at the
//: output, too, is best. Between the last two there is nothing to choose here; we go on with the variation.
//:
//: The curve says how much room there is. Where a few units do all the work it falls at once, and the quiet ones
//: can go for nothing. Neither of our models is like that: both curves are much alike. So what makes a model
//: prunable is not seen in how loud its units are. It must be in what they say.
//:
//: ## A repair without training
//:
//: To cut a unit is to assume that no other can say what it said. But activations are correlated, so the
//: columns that stay can be refitted to say as much of it as they can. With the activations of all units in the columns of $H$ and of
//: those that stay in $H_K$:
//:
//: $$ W' = \arg\min_{W'} \lVert W_d H - W' H_K \rVert_F^2 $$
//:
//: The gradient with respect to $W'$ is $2\,(W' H_K - W_d H) H_K^\top$. Where it vanishes stand the **normal equations**, and
//: all they ask of the data is the Gram matrix $G = H H^\top$ that the calibration has kept:
//:
//: $$ W' \, G_{KK} = W_d \, G_{:K} $$
//:
//: A Cholesky factorisation solves them. Written out with nothing added to the diagonal, they must hold; and what
//: is lost must be the energy before less the energy after, as in every orthogonal projection.

let down = wide.model.parameters.all.first { $0.name == "model.layers.0.mlp.down_proj.weight" }!
let weight = down.tensor.doubles
let loudest = contributions[0].indices.sorted { contributions[0][$0] > contributions[0][$1] }
let kept = loudest.prefix(loudest.count / 4).sorted()
let across = known.gram.columns(kept)
let within = across.rows(kept)
let fitted = try LeastSquaresRepair(weight, known, keeping: kept, damping: 0).weight
func energy(_ weight: DoubleMatrix, _ gram: DoubleMatrix) -> Double {
  zip(weight.product(with: gram).elements, weight.elements).reduce(0) { $0 + $1.0 * $1.1 }
}
let equations = fitted.product(with: within) - weight.product(with: across)
let residual = (equations.sumOfSquares / weight.product(with: across).sumOfSquares).squareRoot()
var (spreadOut, cut) = (
  DoubleMatrix(rows: weight.rows, columns: weight.columns),
  DoubleMatrix(rows: weight.rows, columns: weight.columns)
)
for row in 0..<weight.rows {
  for (place, unit) in kept.enumerated() {
    spreadOut[row, unit] = fitted[row, place]
    cut[row, unit] = weight[row, unit]
  }
}
let whole = energy(weight, known.gram)
let lostByRepair = layerLoss(weight, spreadOut, gram: known.gram)
let lostByCut = layerLoss(weight, cut, gram: known.gram)
pin("repair.residual", residual)
pin("repair.lost", lostByRepair / whole)
pin("cut.lost", lostByCut / whole)
claim("the normal equations hold", residual < 1e-8)
claim(
  "what is lost is the energy before less the energy after",
  abs(lostByRepair - (whole - energy(fitted, within))) < 1e-8 * whole)
claim("the repair loses less than the cut", lostByRepair < lostByCut)

//: With the loudest quarter of the first layer's units, the cut loses {{cut.lost|.1%}} of the energy of what the layer
//: says on these texts, and the repair {{repair.lost|.1%}}, without a step of training. A bias is one more input that is always 1; to fit it alone is to **fold the mean**:
//: $b = W_d[:, S]\, \mathrm{E} h_S$ over the removed units $S$. It is the smallest repair, and the other end of the same formula.
//:
//: @Source(Compression/LeastSquaresRepair.swift, LeastSquaresRepair.init(_:_:keeping:hasBias:damping:), code)
//:
//: ## The threshold
//:
//: Now the table for which this technique is known: the threshold $\lambda$, what is left of the model, and what it
//: still knows of the validation half. Each layer keeps the units whose variation reaches $\lambda$ times the layer's mean.

let lambdas = Size.current.pick(
  tiny: [1, 2], book: [0.5, 1, 1.25, 1.5, 1.75, 2], large: [0.5, 1, 1.25, 1.5, 1.75, 2])
let repairs = ActivationPruning.Repair.allCases
func pruned(_ lambda: Double, _ repair: ActivationPruning.Repair) throws -> Transformer {
  try ActivationPruning(.variation, .threshold(lambda), repair: repair)(wide.model, calibration)
}
let knows = try lambdas.map { lambda in
  try repairs.map { chosenBy(try pruned(lambda, $0)) }
}
let repaired = try lambdas.map { try pruned($0, .leastSquaresWithBias) }
func smaller(_ model: Transformer) -> Double {
  1 - Double(model.liveParameterCount) / Double(wide.model.liveParameterCount)
}
var thresholdRows: [Cells] = []
for (index, model) in repaired.enumerated() {
  let widths = try ModelShape(of: model).widths.map(String.init).joined(separator: " ")
  thresholdRows.append([lambdas[index], widths, smaller(model)] + knows[index])
}
table(
  "Validation steps right, before any training",
  columns: ["λ", "units that stay", "smaller by"] + repairs.map { "\($0)" }, rows: thresholdRows)
plot(
  "repairs", title: "What the repair is worth", x: Axis("share of the numbers that went"),
  y: Axis("steps right", range: 0...1),
  series: repairs.enumerated().map { place, repair in
    Series("\(repair)", x: repaired.map(smaller), y: knows.map { $0[place] })
  },
  caption: "The wide model at each threshold, by how the weights that stay were repaired.")

pin("one.smaller", smaller(repaired[lambdas.firstIndex(of: 1)!]))
pin("one.cut", knows[lambdas.firstIndex(of: 1)!][0])
pin("one.repaired", knows[lambdas.firstIndex(of: 1)!][2])
claim(
  "at every threshold the repair knows more than the cut",
  !isTrained || knows.dropFirst().allSatisfy { $0[2] > $0[0] })

//: The repair is the difference between a technique and a mishap. At λ = \num{1} the model is
//: {{one.smaller|.0%}} smaller; cut, it still knows {{one.cut|.1%}} of the steps, and with the weights fitted anew {{one.repaired|.1%}}: one
//: pass over \num{32} pages, one factorisation a layer, and not a step of training. Folding the means does nothing: as the first
//: figure shows, our units swing around zero, so there is little to fold. A bias beside the fitted weights adds as little.
//: The plain story, that a unit which hardly activates is hardly needed, is only half of it. A unit can
//: go if the others can say what it said.
//:
//: ## Healing
//:
//: What a repair cannot give back, a little training can. The wide model is the teacher: its narrow version learns to
//: predict what it predicts, on new pages, as in chapter 6.

func healed(_ student: Transformer) throws -> Transformer {
  let copy = try student.duplicate()
  let options = Distiller.Options(
    steps: Size.current.pick(tiny: 3, book: 160, large: 600), learningRate: 1e-3)
  let distiller = try Distiller(wide.model, copy, options) { step in
    rows(from: 1_000_000 + step * 4, 4)
  }
  try distiller.run()
  return copy
}
let again = try repaired.map(healed)
let knowAgain = again.map(chosenBy)
table(
  "Validation steps right, after healing",
  columns: ["λ", "smaller by", "cut", "mean folded", "repaired", "repaired, healed"],
  rows: lambdas.indices.map { index in
    [
      lambdas[index], smaller(repaired[index]), knows[index][0], knows[index][1],
      knows[index][3], knowAgain[index],
    ]
  })

//: Healing is worth most where most was lost. Where the repair has left nothing to heal, a few steps of training
//: do a little harm: every training forgets something, that of a whole model as well.
//:
//: The rule for the choice was set beforehand: the smallest model that has lost less than a point on the validation
//: half. On the other half it is measured once, with its file and its speed.

let limit = chosenBy(wide.model) - 0.01
let best = lambdas.indices.last { knowAgain[$0] > limit } ?? 0
let result = again[best]

func bytes(_ model: Transformer) throws -> Int {
  let folder = FileManager.default.temporaryDirectory.appending(path: "espalier-\(getpid())")
  defer { try? FileManager.default.removeItem(at: folder) }
  try CompressedCheckpoint(model).write(to: folder)
  return try ArtefactReport(of: folder).bytes
}
let line: [(name: String, model: Transformer)] =
  [("wide", wide.model)] + lambdas.indices.map { ("λ = \(lambdas[$0])", again[$0]) }
let sizes = try line.map { try bytes($0.model) }
table(
  "The threshold and what it leaves, on the held-out half",
  columns: ["", "right", "points lost", "numbers", "smaller by", "bytes", "smaller by"],
  rows: line.enumerated().map { index, entry in
    let right = measuredBy(entry.model)
    return [
      entry.name, right, 100 * (measuredBy(wide.model) - right), entry.model.liveParameterCount,
      smaller(entry.model), sizes[index], 1 - Double(sizes[index]) / Double(sizes[0]),
    ]
  })
let paces = Pace.measure(
  line.map(\.model), prompt: texts[0], rounds: Size.current.pick(tiny: 1, book: 2, large: 10))
table(
  "And how fast that is", columns: ["", "ms a token", "reads, k/s"],
  rows: zip(line, paces).map { [$0.name, $1.median, $1.reading / 1000] }, measured: true)
pin("best.lambda", lambdas[best])
pin("best.smaller", smaller(result))
pin("best.bytes", 1 - Double(sizes[best + 1]) / Double(sizes[0]))
pin("best.right", measuredBy(result))
pin("best.lost", 100 * (measuredBy(wide.model) - measuredBy(result)))

claim(
  "it is at least 72 % smaller in numbers and in bytes",
  !isTrained || min(smaller(result), 1 - Double(sizes[best + 1]) / Double(sizes[0])) >= 0.72)
claim(
  "and has lost less than a point", !isTrained || measuredBy(wide.model) - measuredBy(result) < 0.01
)

//: At λ = {{best.lambda}} the model has {{best.smaller|.1%}} fewer numbers, its file {{best.bytes|.1%}} fewer bytes, and
//: {{best.right|.1%}} of the held-out steps are right: {{best.lost|.2}} points are lost. This is the table that made the
//: technique known, *parameters minus \num{72} %, accuracy minus \num{0.62}*, found again in a transformer. And it is
//: faster without any help, since the matrices are smaller. (Not in proportion: attention, the head and everything
//: between the products are as they were.)
//:
//: What would have happened without the ideas? Three controls of the same size: healed without a repair; with units
//: that were drawn at random; and with no model before it, new weights that learn from the same teacher for as many steps.

func fresh() throws -> Transformer {
  var configuration = wide.model.configuration
  let widths = try ModelShape(of: result).widths
  configuration.feedForwardWidth = widths.reduce(0, +) / widths.count
  return Transformer(configuration, seed: 5)
}
let width = try fresh().configuration.feedForwardWidth
let atRandom = try ActivationPruning(.random, .width(width), repair: .leastSquaresWithBias)(
  wide.model, calibration)
let controls: [(String, Transformer)] = [
  ("chosen, repaired, healed", result),
  ("chosen, cut, healed", try healed(pruned(lambdas[best], .none))),
  ("at random, repaired, healed", try healed(atRandom)),
  ("new weights, trained as long", try healed(try fresh())),
]
let controlled = controls.map { measuredBy($0.1) }
table(
  "Without the idea, held-out half", columns: ["", "numbers", "right"],
  rows: zip(controls, controlled).map { [$0.0, $0.1.liveParameterCount, $1] })

for (name, value) in zip(["best", "cut", "random", "fresh"], controlled) {
  pin("control.\(name)", value)
}
claim("new weights do not get there", !isTrained || controlled[3] < controlled[0])
//: New weights learn next to nothing in so few steps ({{control.fresh|.1%}}), so the model is not the work of the
//: healing. Without the repair the same healing ends at {{control.cut|.1%}}, and units drawn at random, repaired and
//: healed, at {{control.random|.1%}}, against {{control.best|.1%}}. Those are a handful of steps apart. So this is the sobering part: where one can
//: train, the healing makes up for a poor choice and for no repair, if there is as much to spare as here. Score
//: and repair are for those who cannot, or not for long.
//:
//: ## A model without room
//:
//: And now the same on the finished model, whose layers are a quarter as wide.

let tight = finished.model
let shares = Size.current.pick(
  tiny: [0.5], book: [0.9, 0.8, 0.65, 0.5, 0.35], large: [0.9, 0.8, 0.65, 0.5, 0.35])
func curve(_ model: Transformer, _ calibration: Calibration, _ repair: ActivationPruning.Repair)
  throws
  -> [(smaller: Double, lost: Double)]
{
  let (before, numbers) = (chosenBy(model), Double(model.liveParameterCount))
  return try [(0, 0)]
    + shares.map { share in
      let width = Int(share * Double(model.configuration.feedForwardWidth))
      let cut = try ActivationPruning(.variation, .width(width), repair: repair)(model, calibration)
      return (1 - Double(cut.liveParameterCount) / numbers, 100 * (before - chosenBy(cut)))
    }
}
let curves = [
  ("wide, cut", try curve(wide.model, calibration, .none)),
  ("wide, repaired", try curve(wide.model, calibration, .leastSquaresWithBias)),
  ("finished, cut", try curve(tight, ownCalibration, .none)),
  ("finished, repaired", try curve(tight, ownCalibration, .leastSquaresWithBias)),
]
plot(
  "tight", title: "Room, and none", x: Axis("share of the numbers that went"),
  y: Axis("points lost"),
  series: curves.map { Series($0, x: $1.map(\.smaller), y: $1.map(\.lost)) },
  caption: "Single steps right before less after, in points, with no training in between.")

let middle = curves[1].1.count / 2
pin("tight.share", 1 - shares[middle - 1])
for (name, index) in [
  ("wide.cut", 0), ("wide.repaired", 1), ("tight.cut", 2), ("tight.repaired", 3),
] {
  pin("lost.\(name)", curves[index].1[middle].lost)
}
claim(
  "at equal shares of its units the tight model loses more, cut or repaired",
  !isTrained
    || curves[3].1[middle].lost > curves[1].1[middle].lost
      && curves[2].1[middle].lost > curves[0].1[middle].lost
)

//: With {{tight.share|.0%}} of the units of every layer gone and the rest repaired, the wide model has lost
//: {{lost.wide.repaired|.1}} points and the finished one {{lost.tight.repaired|.1}}; without the repair it is
//: {{lost.wide.cut|.1}} and {{lost.tight.cut|.1}}. The scores looked alike, and the fates are not. Nor is this only
//: a matter of what is asked: the finished model has more to remember besides single steps, in a quarter of the units. **Redundancy has to exist**
//: before it can be removed, and the one test for it is to remove something.
//:
//: ## Heads
//:
//: The same thought removes **heads**: a head's word in the output is its part of $W_O$, and the root mean square of
//: what it adds is its score. A head takes its keys and values along, so the cache shrinks as well.

let heads = try HeadPruning(keeping: 1).scores(of: tight, ownCalibration)
heatmap(
  "heads", title: "What heads add to the output", rows: heads.indices.map { "layer \($0)" },
  columns: heads[0].indices.map { "head \($0)" }, values: heads,
  caption:
    "The root mean square of each head's part of the output of attention, in the finished model.")
func surprise(_ model: Transformer) -> Double { model.meanSurprisal(on: finished.validation) }
let headless = try [3, 2, 1].map { groups in
  try [false, true].map { try HeadPruning(keeping: groups, repairs: $0)(tight, ownCalibration) }
}
var headRows: [Cells] = [
  [4, 0.0, surprise(tight), surprise(tight), chosenBy(tight), chosenBy(tight)]
]
for (index, models) in headless.enumerated() {
  let share = Double(models[0].liveParameterCount) / Double(tight.liveParameterCount)
  headRows.append([3 - index, 1 - share] as Cells + models.map(surprise) + models.map(chosenBy))
}
table(
  "Fewer heads in every layer of the finished model",
  columns: ["heads", "smaller by", "nats, cut", "nats, repaired", "steps, cut", "steps, repaired"],
  rows: headRows)

pin("heads.before", surprise(tight))
pin("heads.cut", surprise(headless[0][0]))
pin("heads.repaired", surprise(headless[0][1]))
claim("no head is spare", !isTrained || surprise(headless[0][1]) > surprise(tight))

//: No head is to spare. One of four less in every layer, and the surprise at its own texts goes from {{heads.before|.3}}
//: nats a token to {{heads.cut|.3}}, and to {{heads.repaired|.3}} with $W_O$ fitted anew. (The repair minds the layer's output and
//: nothing else; what is best for that need not be best for single steps, and here it is not.) Heads are few, and each does
//: something of its own, and no linear combination of the others replaces it. Units come in hundreds.
//:
//: ## Experts
//:
//: In a mixture the unit is an **expert**. It is called for some tokens only, so its score is the mean over the tokens
//: that it is given: its weight times the size of its answer. This is REAP, published for models of hundreds of experts:
//:
//: $$ S_j = \frac{1}{N_j} \sum_{t \text{ routed to } j} g_j(t)\, \lVert f_j(t) \rVert_2 $$
//:
//: We take the sparse twin of chapter 3, eight experts to a layer and two to a token, and keep fewer. The
//: alternatives: those that are asked most often, and, as the control, those with the *smallest* score.

let sparse = try SparseBaseModel(contentsOf: SparseBaseModel.shelved())
let curriculum = Curriculum(seed: Seed.current)
func pages(from first: Int, _ count: Int) -> [Example] {
  (first..<first + count).map { Example(tokenizer.encode(curriculum[$0])) }
}
let visits = try Calibration(of: sparse.model, on: pages(from: 1_000_000_000, 128).map(\.tokens))
let unseen = pages(from: 2_000_000_000, 100)
heatmap(
  "experts", title: "What experts add where they are asked",
  rows: visits.experts.keys.sorted().map { "layer \($0)" }, columns: (0..<8).map { "expert \($0)" },
  values: visits.experts.keys.sorted().map { visits.experts[$0]!.saliencies },
  caption: "The saliency of REAP, for each expert of the sparse twin.")
func loss(_ model: Transformer) -> Double { model.meanSurprisal(on: unseen) }
let kinds = ExpertPruning.Score.allCases
let fewer = try [7, 6, 5, 4].map { count in
  try kinds.map { try ExpertPruning(keeping: count, for: $0)(sparse.model, visits) }
}
let expertLosses = fewer.map { $0.map(loss) }
let none = [Double](repeating: loss(sparse.model), count: kinds.count)
var expertRows: [Cells] = [[8, 0.0] as Cells + none + [measuredBy(sparse.model)]]
for (index, models) in fewer.enumerated() {
  let share = Double(models[0].liveParameterCount) / Double(sparse.model.liveParameterCount)
  expertRows.append(
    [7 - index, 1 - share] as Cells + expertLosses[index] + [measuredBy(models[0])])
}
table(
  "Fewer experts",
  columns: ["experts", "smaller by"] + kinds.map { "nats, \($0)" } + ["steps, saliency"],
  rows: expertRows)

pin("experts.before", none[0])
pin("experts.seven", expertLosses[0][0])
pin("experts.seven.frequency", expertLosses[0][1])
pin("experts.seven.least", expertLosses[0][2])
pin("experts.four", expertLosses[3][0])
claim(
  "saliency chooses better than frequency", !isTrained || expertLosses.allSatisfy { $0[0] < $0[1] })
claim("every expert that goes costs something", !isTrained || expertLosses[0][0] > none[0])

//: Without one expert in each layer the surprise goes from {{experts.before|.3}} to {{experts.seven|.3}} nats if the least salient
//: goes, and to {{experts.seven.frequency|.3}} if the least asked goes. That is worse than to remove
//: the *most* salient ({{experts.seven.least|.3}}): an expert that is asked least seems to be a specialist, loud where it is asked, and no other knows
//: its subject. Frequency is the wrong question, and REAP's the right one. But at four experts the model is broken by any score, at {{experts.four|.3}} nats.
//: Large models have given up half of their experts for a point or less; others, with fewer to spare, collapsed as ours does. It is
//: the same lesson a third time. (Nothing is repaired here: a router's choice is not linear, and no least squares apply.)
//:
//: ## The finished model, narrower
//:
//: What can be had of it all the same: \num{256} of {{tight.units}} units in each layer, the loudest, repaired and healed for as many
//: steps as every treatment of these chapters. The width was chosen on validation problems, among multiples of \num{32} that
//: later formats ask for. It is an ordinary model, without biases, which any program reads.

pin("tight.units", tight.configuration.feedForwardWidth)

let board = try Scoreboard([.original, .narrow], of: finished, memory: writing)
board.show()
let change = board[.narrow].inspection.lead(over: board[.original].inspection)
pin("narrow.change", 100 * change.mean)
pin("narrow.low", 100 * change.low)
pin("narrow.high", 100 * change.high)
pin(
  "narrow.bytes",
  1 - Double(board[.narrow].inspection.weight.bytes)
    / Double(board[.original].inspection.weight.bytes))
pin("narrow.facts", board[.narrow].inspection.facts)
pin("original.facts", board[.original].inspection.facts)
pin("narrow.wrong", board[.narrow].inspection.flips(from: board[.original].inspection).becameWrong)
pin(
  "narrow.right.flips",
  board[.narrow].inspection.flips(from: board[.original].inspection).becameRight)

//: {{narrow.bytes|.0%}} fewer bytes, and the accuracy changes by {{narrow.change|.1}} points, between {{narrow.low|.1}} and {{narrow.high|.1}} with
//: 95 per cent confidence. The flips say more: {{narrow.wrong}} greedy answers became wrong and {{narrow.right.flips}} right. And of single steps it knows
//: {{narrow.facts|.1%}} where the original knew {{original.facts|.1%}}. It is a small step at a real price, and that is what
//: there is to say about pruning a model that was made to measure.
//:
//: ## Where it breaks
//:
//: - On a model without room. The wide model was made wide; nobody should expect \num{72} % of a model that was not.
//: - What we asked is what the calibration looked at. Whatever a model can do that the calibration's texts do not ask for, the
//:   repair does not know of, and it goes first.
//: - The wide model's accuracy is over steps that it has practised. It says what a model still knows, not how it generalises.
//: - Thresholds are relative to each layer's mean. They compare units within a layer and say nothing on which layer can spare more;
//:   with one $\lambda$ ours came out almost equally wide.
//: - The least squares mind one layer at a time, on the inputs of the whole model. After the first layer has changed, the second sees other inputs; the
//:   healing is there for that.
//: - One seed, and a difference of half a point between two rows is a handful of steps.
//:
//: ## Summary
//:
//: - Removing a unit cuts three matrices, to the same bits as zeros would give, and what is left is an ordinary model that is faster everywhere.
//: - What a unit adds to the output is a better score than its activation; with a repair, the choice matters less.
//: - The least-squares repair needs a Gram matrix and a Cholesky factorisation, and does what most of the healing would have to.
//: - {{best.smaller|.0%}} of a wide model went for {{best.lost|.2}} points. A tight model, its heads, and its twin's experts had nothing like it to give.
//:
//: ## References
//:
//: - Hu et al., *Network Trimming: A Data-Driven Neuron Pruning Approach*, 2016, arXiv:1607.03250: units by their activations.
//: - Chawla, *Activation Pruning*, Daily Dose of Data Science, 2023: the table of thresholds.
//: - Frantar and Alistarh, *Optimal Brain Compression*, 2022, arXiv:2208.11580, and Hassibi and Stork, *Optimal Brain Surgeon*, 1993: repair by second-order statistics.
//: - Muralidharan et al., *Compact Language Models via Pruning and Knowledge Distillation* (Minitron), 2024, arXiv:2407.14679.
//: - Michel et al., *Are Sixteen Heads Really Better than One?*, 2019, arXiv:1905.10650.
//: - Lasby et al., *REAP the Experts*, 2025, arXiv:2510.13999.
