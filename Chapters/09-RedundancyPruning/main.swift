import Calibration
import Compression
import Courses
import Curriculum
import Factorizations
import Finishing
import Foundation
import Kernels
import Notebook
import Shipping
import Storeroom
import Tensors
import Text
import Training
import Transformer
import WidePretraining

chapter(
  9, "RedundancyPruning",
  shows: "which units say the same as others, and which layers could be left out",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

// snippet.hide
let writing = writingApart()
// After the few steps of `tiny` nothing is known, and nothing is claimed.
let isTrained = Size.current != .tiny
// snippet.show

//: @Result Exact duplicates merge to the bit, and trained units have none. A layer less costs {{shallow.change|.0}} points of accuracy after healing, as many numbers less by width {{narrow.change|.0}}.
//:
//: Chapter 8 removed what says little. This chapter removes what says nothing *new*: a unit may be loud, and another
//: be as loud with the same words. And there is a larger kind of part of which the same can be asked, the whole
//: layer: if a layer hardly changes what passes through it, could it be left out?
//:
//: ## Two units that are one
//:
//: When do two units say the same? With $h_i = \mathrm{silu}(g_i \cdot x)\,(u_i \cdot x)$, where $g_i$ and $u_i$ are rows of $W_g$
//: and $W_u$: whenever $g_i = g_j$ and $u_i = c\,u_j$, then $h_i = c\,h_j$ for every input. The gates must be equal; a
//: multiple does not do, since silu of twice a number is not twice its silu. Then one unit can speak for both:
//:
//: $$ W_d[:, j] \leftarrow W_d[:, j] + c\, W_d[:, i], \qquad \text{unit } i \text{ goes} $$
//:
//: and nothing is lost. To see it, we plant duplicates into the finished model, so that its function stays the same: the
//: first units of each layer get a **twin** with the same gate and twice the row of $W_u$. What the two say
//: adds up to what the one said, if the first keeps half of its column of $W_d$ and the twin gets a quarter.

let finished = try FinishedModel.shelved()
let original = finished.model
func parameter(_ model: Transformer, _ layer: Int, _ matrix: String) -> Parameter {
  model.parameters.all.first { $0.name == "model.layers.\(layer).mlp.\(matrix)_proj.weight" }!
}
func withTwins(_ model: Transformer, _ twins: Int) -> Transformer {
  var configuration = model.configuration
  let (width, units) = (configuration.width, configuration.feedForwardWidth)
  configuration.feedForwardWidth += twins
  let wider = Transformer(configuration, seed: nil)
  for (new, old) in zip(wider.parameters.all, model.parameters.all) where new.shape == old.shape {
    new.set(old.tensor)
  }
  for layer in 0..<configuration.layers {
    for (matrix, factor) in [("gate", Float(1)), ("up", 2)] {
      let rows = parameter(model, layer, matrix).tensor.floats
      parameter(wider, layer, matrix).set(
        Tensor([units + twins, width], rows + rows.prefix(twins * width).map { factor * $0 }))
    }
    let down = parameter(model, layer, "down").tensor
    let columns = (0..<width).flatMap { row in
      let row = down.row(row)
      return row.prefix(twins).map { $0 / 2 } + row.dropFirst(twins)
        + row.prefix(twins).map { $0 / 4 }
    }
    parameter(wider, layer, "down").set(Tensor([width, units + twins], columns))
  }
  return wider
}
let planted = withTwins(original, 48)
let probe = Passage(finished.validation[0].tokens, lengths: [finished.validation[0].tokens.count])
func apart(_ a: Transformer, _ b: Transformer) -> Double {
  zip(a(probe).floats, b(probe).floats).map { Double(abs($0 - $1)) }.max()!
}
pin("planted.apart", apart(planted, original))
claim("the planted twins change nothing but the rounding", apart(planted, original) < 1e-4)

//: Naively we compare each unit with each that is already kept, and let the kept one speak for it.

func merged(_ gate: [[Float]], _ up: [[Float]], _ down: [[Float]]) -> (kept: [Int], down: [[Float]])
{
  var (kept, down): ([Int], [[Float]]) = ([], down)
  for unit in gate.indices {
    let leader = kept.first { leader in
      let c = up[unit][0] / up[leader][0]
      return gate[unit] == gate[leader] && up[unit] == up[leader].map { c * $0 }
    }
    guard let leader else {
      kept.append(unit)
      continue
    }
    for row in down.indices { down[row][leader] += up[unit][0] / up[leader][0] * down[row][unit] }
  }
  return (kept, down.map { row in kept.map { row[$0] } })
}
func rows(_ tensor: Tensor) -> [[Float]] { (0..<tensor.shape.rows).map { tensor.row($0) } }
let naive = merged(
  rows(parameter(planted, 0, "gate").tensor), rows(parameter(planted, 0, "up").tensor),
  rows(parameter(planted, 0, "down").tensor))
let (single, removed) = try DuplicateUnits()(planted)
show("units merged", removed)
claim(
  "the library merges as the few lines do",
  naive.down.joined().elementsEqual(parameter(single, 0, "down").tensor.floats))
claim(
  "merged, the model is to the bit what it was",
  single.parameters.all.map(\.tensor.floats) == original.parameters.all.map(\.tensor.floats))

//: @Source(Compression/DuplicateUnits.swift, DuplicateUnits.merged(gate:up:down:), code)
//:
//: Not only the function came back: every weight did. (Halves and quarters are exact in binary.) The control is to see the twins and just delete them.

let effort = Effort.current
let plantedCalibration = try Calibration(of: planted, on: finished.calibrationTexts(effort))
func surprise(_ model: Transformer) -> Double { model.meanSurprisal(on: finished.validation) }
func without(_ repair: NearDuplicateUnits.Repair) throws -> Transformer {
  try NearDuplicateUnits(similarity: 0.99999, repair: repair)(planted, plantedCalibration)
}
let deleted = try without(.none)
let regressed = try without(.partner)
table(
  "Twins, and what is done about them", columns: ["", "units of a layer", "nats a token"],
  rows: [
    ("planted", planted), ("merged", single), ("deleted", deleted), ("regressed", regressed),
  ].map { [$0, "\(try! ModelShape(of: $1).widths)", surprise($1)] })
pin("twins.deleted", surprise(deleted))
pin("twins.merged", surprise(single))
claim(
  "to delete twins costs what to merge them does not",
  !isTrained || surprise(deleted) > surprise(single))

//: Deleted, they take half a unit's word with them, and the surprise at validation texts goes from {{twins.merged|.3}} to
//: {{twins.deleted|.3}} nats. The last row has found them in another way, by their *activations*: over some texts, two units that are multiples
//: of each other have a cosine of 1. That needs data, and is not exact. But it also finds what is not quite equal.
//:
//: ## How many are similar
//:
//: For each unit we look for the one that is most similar: the largest cosine, in size, of its activations with those of another
//: unit of its layer. All cosines are in the Gram matrix:
//:
//: $$ \cos(i, j) = \frac{G_{ij}}{\sqrt{G_{ii} G_{jj}}}, \qquad G = H H^\top $$

nonisolated func nearest(_ gram: DoubleMatrix) -> [Double] {
  let energies = gram.diagonal
  return energies.indices.map { unit in
    var most = 0.0
    for other in energies.indices where other != unit {
      let scale = (energies[unit] * energies[other]).squareRoot()
      if scale > 0 { most = max(most, abs(gram[unit, other]) / scale) }
    }
    return most
  }
}
func nearest(_ model: Transformer, _ calibration: Calibration) -> [Double] {
  model.blocks.indices.flatMap { nearest(calibration["model.layers.\($0).mlp.down_proj"].gram) }
}
let wide = try WideModel(contentsOf: WideModel.shelved())
let drill = Drill(wide.tokenizer, seed: Seed.current)
let drills = (4_000_000..<4_000_032).map { drill.row($0, length: 256) }
let wideCalibration = try Calibration(
  of: wide.model, on: drills.map { Array($0.tokens.dropLast()) })
let calibration = try finished.calibration(of: original, effort)
let similar = [nearest(wide.model, wideCalibration), nearest(original, calibration)]
let bins = (0..<20).map { Double($0) / 20 }
func share(_ cosines: [Double], _ bin: Double) -> Double {
  Double(cosines.count { $0 >= bin && $0 < bin + 0.05 }) / Double(cosines.count)
}
plot(
  "similar", title: "The most similar other unit", x: Axis("cosine"), y: Axis("share of the units"),
  series: [
    Series("wide", x: bins.map { $0 + 0.025 }, y: bins.map { share(similar[0], $0) }),
    Series("finished", x: bins.map { $0 + 0.025 }, y: bins.map { share(similar[1], $0) }),
  ],
  caption: "For each unit of a layer, its largest cosine with another: how many units have which.")
pin("wide.similar", Double(similar[0].count { $0 > 0.9 }) / Double(similar[0].count))
pin("finished.similar", Double(similar[1].count { $0 > 0.9 }) / Double(similar[1].count))
let exact = try [wide.model, original].map { try DuplicateUnits()($0).removed.reduce(0, +) }
show("exact duplicates, wide and finished", exact)

//: So there we are. Neither model has an exact duplicate. Of the wide model's units {{wide.similar|.2%}} have a partner with a
//: cosine above \num{0.9}, of the finished model's {{finished.similar|.1%}}. Training from random weights does not make the same
//: unit twice. This is worth a second look, because the wide model *could* lose most of its units in chapter 8: its
//: redundancy is real, and it is not in pairs. Any unit can be said by many others together, and by no other alone.
//: And it is the tighter model that has more look-alikes, which says as much about cosines as about redundancy.
//:
//: ## Near-duplicates
//:
//: Where $h_i \approx a\,h_j$, the best $a$ is the **regression** of one on the other, $a = G_{ij} / G_{jj}$, and
//: the partner's column takes over $a\,W_d[:, i]$. Or all units that stay take over together, which is the least-squares repair of chapter 8 with another choice of who
//: goes. The control chooses by contribution instead of similarity, as many units, with the same repair.

nonisolated func right(_ model: Transformer, _ tokenizer: BytePairs) -> Double {
  let steps = Step.elementary
  let results = Writer(model, sampling: .greedy, limit: 1)(
    steps.map { tokenizer.encode($0.question) })
  let right = zip(steps, results).count { tokenizer.decode($1.tokens) == "\($0.result)" }
  return Double(right) / Double(steps.count)
}
func right(_ model: Transformer) -> Double { right(model, finished.tokenizer) }
typealias Cells = [any CustomStringConvertible]
func rightSteps(_ cells: Cells, _ column: Int) -> Double { cells[column] as! Double }
func sweep(_ model: Transformer, _ calibration: Calibration, _ similarities: [Double]) throws
  -> [Cells]
{
  try similarities.map { similarity in
    let versions = try NearDuplicateUnits.Repair.allCases.map {
      try NearDuplicateUnits(similarity: similarity, largestShare: 0.5, repair: $0)(
        model, calibration)
    }
    let widths = try ModelShape(of: versions[0]).widths
    let before = model.configuration.feedForwardWidth * widths.count
    let quiet = try ActivationPruning(
      .contribution, .width(widths.reduce(0, +) / widths.count), repair: .leastSquares)(
        model, calibration)
    return [similarity, 1 - Double(widths.reduce(0, +)) / Double(before)]
      + (versions + [quiet]).map { right($0) }
  }
}
let columns = [
  "cosine of at least", "units that go", "deleted", "partner", "least squares",
  "the quietest instead",
]
let similarities = Size.current.pick(
  tiny: [0.9, 0.5], book: [0.95, 0.9, 0.8, 0.7, 0.6], large: [0.95, 0.9, 0.8, 0.7, 0.6])
pin("wide.right", right(wide.model))
pin("finished.right", right(original))
let wideSweep = try sweep(wide.model, wideCalibration, similarities)
let finishedSweep = try sweep(original, calibration, similarities)
table("Single steps right, wide model", columns: columns, rows: wideSweep)
table("Single steps right, finished model", columns: columns, rows: finishedSweep)

let last = similarities.count - 1
for (name, rows) in [("wide", wideSweep), ("finished", finishedSweep)] {
  pin("\(name).gone", rightSteps(rows[last], 1))
  for (column, repair) in ["deleted", "partner", "fitted", "quiet"].enumerated() {
    pin("\(name).\(repair)", rightSteps(rows[last], column + 2))
  }
}
claim(
  "where pairs are loose, all units together speak better than one partner",
  !isTrained
    || [wideSweep, finishedSweep].allSatisfy { rightSteps($0[last], 4) > rightSteps($0[last], 3) })

claim(
  "on the finished model one partner is worse than none",
  !isTrained || rightSteps(finishedSweep[last], 3) < rightSteps(finishedSweep[last], 2))
claim(
  "and at every cosine the quietest are a better choice than the similar",
  !isTrained || finishedSweep.allSatisfy { rightSteps($0, 5) > rightSteps($0, 4) })

//: At the loosest cosine {{wide.gone|.0%}} of the wide model's units go. Deleted, it knows {{wide.deleted|.1%}} of the steps, with a partner
//: speaking for each {{wide.partner|.1%}}, with all of them {{wide.fitted|.1%}}, where it knew {{wide.right|.1%}}. So far as expected: a partner
//: is better than nothing, and everybody is better than a partner.
//:
//: On the finished model a partner is *worse* than nothing, {{finished.partner|.1%}} after {{finished.deleted|.1%}}. The regression is
//: right about the unit that goes, on average over all texts; but a partner that is made louder says the wrong thing wherever the two
//: differ, and what a unit says where it differs is what it is for. And the last column is the one that decides: as many units, chosen
//: because they are quiet and not because they look alike, with the same repair, leave {{finished.quiet|.1%}} instead of {{finished.fitted|.1%}}, and on the
//: wide model {{wide.quiet|.1%}}. We found no use for similarity here.
//:
//: ## A layer less
//:
//: A block adds something to the vectors that pass through it. If it adds little, it leaves them where they point, and the
//: thought is near that the model could do without. **Block influence** (Men et al. 2024) measures it:
//:
//: $$ \mathrm{BI}_l = 1 - \mathrm{E}_t \frac{x_{l,t} \cdot x_{l+1,t}}{\lVert x_{l,t} \rVert \, \lVert x_{l+1,t} \rVert} $$
//:
//: The alternative is to ask what one wants to know: the loss when the block is left out. That takes as many passes as
//: there are blocks.

let influences = original.blockInfluences(
  on: finished.validation.map { Array($0.tokens.dropLast()) })
let losses = original.lossesWithoutBlock(on: finished.validation)
let layers = influences.indices.map { "layer \($0)" }
let whole = surprise(original)
bars(
  "layers", title: "Which layer could go", labels: layers, axis: Axis("share of the largest"),
  [
    Bars("block influence", influences.map { $0 / influences.max()! }),
    Bars("loss when left out", losses.map { ($0 - whole) / (losses.max()! - whole) }),
  ],
  caption: "Two opinions on every layer of the finished model, each in units of its largest.")
func order(_ values: [Double]) -> [Int] { values.indices.sorted { values[$0] < values[$1] } }
show("by influence, least first", order(influences))
show("by loss, least first", order(losses))

let (byInfluence, byLoss) = (order(influences)[0], order(losses)[0])
pin("layer.influence", byInfluence)
pin("layer.loss", byLoss)
pin("layer.whole", whole)
pin("layer.influence.nats", losses[byInfluence])
pin("layer.loss.nats", losses[byLoss])
claim(
  "the first layer is the last to go, say both",
  !isTrained || order(influences).last == order(losses).last)

//: They agree on the first layer, without which there is no model, and on little else. Influence would remove layer {{layer.influence}}, the loss
//: layer {{layer.loss}}: {{layer.influence.nats|.3}} nats a token without the one, {{layer.loss.nats|.3}} without the other, and {{layer.whole|.3}}
//: with all. Whichever goes, the model is broken, and has to be healed as in chapter 8. So the opinion that counts is a third: how far does healing get?
//: With so few layers we can afford to ask. (Layer \num{0} is spared the trial.)
//:
//: ## What goes with it
//:
//: It is known of large models that removing layers keeps their language and loses their arithmetic. To tell such things apart we divide the tokens of the
//: model's own texts: the **results**, which follow an equals sign and have to be calculated, and all others: which numbers are
//: tried, brackets, verdicts, the form. And we look at what becomes of the answers. The control loses as many numbers by *width*, and is
//: healed on the same texts for as many steps.

let equals = finished.tokenizer.encode("=")[0]
func divided(_ model: Transformer) -> (results: Double, others: Double) {
  let surprisals = model.surprisals(of: finished.heldOut)
  let follows = finished.heldOut.flatMap { example in
    example.lessons.joined().map { example.tokens[$0 - 1] == equals }
  }
  func mean(_ wanted: Bool) -> Double {
    let some = zip(surprisals, follows).filter { $1 == wanted }.map(\.0)
    return some.reduce(0, +) / Double(some.count)
  }
  return (mean(true), mean(false))
}
func healed(without layer: Int) throws -> Transformer {
  if layer == 2 { return try Treatment.shallow.shelved(finished).model() }
  return try finished.shallowed(without: layer, effort).model
}
let shorter = try [1, 2, 3].map(healed)
let healedBest = 1 + order(shorter.map(surprise))[0]
let thinner = try ActivationPruning(.contribution, .width(208), repair: .leastSquares)(
  original, calibration)
let versions = [
  ("original", original), ("without layer \(byLoss)", try original.removingBlocks([byLoss])),
  ("without 1, healed", shorter[0]), ("without 2, healed", shorter[1]),
  ("without 3, healed", shorter[2]), ("narrower, repaired", thinner),
  ("narrower, healed", try Treatment.narrowLikeShallow.shelved(finished).model()),
]
let kinds = versions.map { divided($0.1) }
let singles = versions.map { right($0.1) }
let asked = Exam.heldOut.problems(Size.current.pick(tiny: 8, book: 128, large: 256), of: [])
let marks = versions.map {
  Marks($0.1, finished.tokenizer, on: asked, drawn: 2, asksGreedily: false)
}
table(
  "What depth and width are good for",
  columns: [
    "", "numbers", "nats, results", "nats, others", "single steps", "true steps", "stops at a hit",
    "solved",
  ],
  rows: versions.indices.map { index in
    [
      versions[index].0, versions[index].1.liveParameterCount, kinds[index].results,
      kinds[index].others, singles[index], marks[index].arithmetic, marks[index].stops,
      marks[index].accuracy,
    ]
  })
bars(
  "damage", title: "By how much more surprised", labels: versions.dropFirst(2).map(\.0),
  axis: Axis("more surprised", unit: "nats"),
  [
    Bars("at results", kinds.dropFirst(2).map { $0.results - kinds[0].results }),
    Bars("at other tokens", kinds.dropFirst(2).map { $0.others - kinds[0].others }),
  ],
  caption: "On the finished model's own texts about held-out problems, in comparison with it.")
let pinned = [
  ("original", 0), ("cut", 1), ("one", 2), ("shallow", 3), ("three", 4), ("narrow", 6),
]
for (name, index) in pinned {
  pin("\(name).results", kinds[index].results)
  pin("\(name).others", kinds[index].others)
  pin("\(name).steps", singles[index])
  pin("\(name).true", marks[index].arithmetic)
  pin("\(name).stops", marks[index].stops)
  pin("\(name).solved", marks[index].accuracy)
}
pin("healed.best", healedBest)
claim(
  "neither opinion names the layer after which healing gets furthest",
  !isTrained || healedBest != byInfluence && healedBest != byLoss)
claim(
  "at equal numbers a layer less costs more than width, at validation texts",
  !isTrained || surprise(shorter[healedBest - 1]) > surprise(versions[6].1))

//: Before healing little is left: without layer {{layer.loss}}, {{cut.steps|.0%}} of the single steps and {{cut.solved|.0%}} of the
//: problems. After it the layers part, and not as foretold. By validation texts layer {{healed.best}} is the one to remove, which neither opinion had named. What
//: healing can give back depends on what the layers that stay could learn to do, and a pass over the broken model does not tell.
//:
//: Now the rows without layers \num{1} and \num{3}. They are warnings. Their loss differs from the original's by a few hundredths of a nat, and
//: their steps are true: {{one.true|.0%}} and {{three.true|.0%}}, of {{original.true|.0%}} before. They write like the original, they calculate like
//: it, and they solve {{one.solved|.0%}} and {{three.solved|.0%}} of the problems instead of {{original.solved|.0%}}. What they have lost is in another column:
//: they stop at a hit in {{one.stops|.0%}} and {{three.stops|.0%}} of cases. They calculate on and do not see that they have arrived. A verdict is one
//: token of a line, most texts hold few that matter, and a mean over tokens hides them. Without layer \num{2} the model has kept its judgement
//: ({{shallow.stops|.0%}}) and solves {{shallow.solved|.0%}}.
//:
//: So is it arithmetic that depth is for? Asked for single steps out of the blue, the shallower model knows {{shallow.steps|.0%}} of them, where the original knew
//: {{original.steps|.0%}}: a heavy loss. But the control, a narrower model with all its layers, knows {{narrow.steps|.0%}}. At results its surprise is {{narrow.results|.3}} nats to
//: the shallower one's {{shallow.results|.3}}, at other tokens {{narrow.others|.3}} to {{shallow.others|.3}}, with {{original.results|.3}} and {{original.others|.3}} for the original. Facts go with
//: the numbers that hold them, by whichever way these are taken. The two differ at the other tokens, where a search is steered, and in the
//: problems, of which the narrower model solves {{narrow.solved|.0%}}. At equal numbers width was the cheaper thing to give up, and not because of arithmetic.
//:
//: ## The finished model, shallower
//:
//: The artefacts: the model without its third layer, which validation texts chose, and its control by width, both ordinary models that any program reads.

let board = try Scoreboard(
  [.original, .shallow, .narrowLikeShallow], of: finished, memory: writing)
board.show()
let before = board[.original].inspection
for (name, treatment) in [("shallow", Treatment.shallow), ("narrow", .narrowLikeShallow)] {
  let after = board[treatment].inspection
  pin("\(name).change", 100 * after.lead(over: before).mean)
  pin("\(name).wrong", after.flips(from: before).becameWrong)
  pin("\(name).right", after.flips(from: before).becameRight)
}

//: In the exam of held-out problems the shallower model changes by {{shallow.change|.1}} points and the narrower by {{narrow.change|.1}}. Of the
//: greedy answers {{shallow.wrong}} and {{narrow.wrong}} became wrong, {{shallow.right}} and {{narrow.right}} right. What speaks for depth is the clock: a layer that is not there is
//: waited for by nobody, while narrower layers are as many calls as before.
//:
//: ## Where it breaks
//:
//: - Exact duplicates have to be planted to be found. A model that was widened by copying its units would have them; one that was trained has not.
//: - A cosine is an average over the calibration's texts. Two units that agree there need not agree elsewhere, and a sum of squares hardly notices
//:   the few tokens for which one of them is needed.
//: - A layer of four is a quarter of the depth. In models of eighty layers the published curves begin flat. Ours cannot.
//: - To heal every candidate is affordable with four layers. With eighty one would heal a few, and would not know what was missed.
//: - The healing is short. Both ways would gain from more of it, and which would gain more we have not asked.
//: - One seed, and one finished model. That layers \num{1} and \num{3} carry the verdicts is a fact about it and not about layers.
//:
//: ## Summary
//:
//: - Units with equal gates and proportional values merge exactly; ours came back to the bit.
//: - Trained units do not come in pairs. Their redundancy is between many, and the least-squares repair finds it without looking for pairs.
//: - To choose by similarity was no better here than to choose by contribution, and mostly worse.
//: - Block influence, the loss without the layer, and the loss after healing name three different layers. The last is the one that counts.
//: - A mean loss can hide the loss of a skill, as that of judgement after layers \num{1} and \num{3}: the texts look the same and solve next to nothing.
//: - At equal numbers, a layer less costs more than a narrower model.
//:
//: ## References
//:
//: - Kim et al., *Neuron Merging: Compensating for Pruned Neurons*, 2020, arXiv:2010.13160. Srinivas and Babu, *Data-free Parameter Pruning for Deep Neural
//:   Networks*, 2015, arXiv:1507.06149: duplicates merged.
//: - Men et al., *ShortGPT: Layers in Large Language Models are More Redundant Than You Expect*, 2024, arXiv:2403.03853: block influence.
//: - Song et al., *SLEB: Streamlining LLMs through Redundancy Verification and Elimination of Transformer Blocks*, 2024, arXiv:2402.09025: the loss without a block.
//: - Muralidharan et al., *Compact Language Models via Pruning and Knowledge Distillation*, 2024, arXiv:2407.14679: width against depth.
//: - arXiv:2602.01997, 2026: what depth pruning keeps, and that arithmetic is not among it.
