import Bookshelf
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

let writing = writingApart()

//: @Result RESULT
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
claim("the planted twins change nothing but the rounding", apart(planted, original) < 1e-3)

//: Naively we compare each unit with each that is already kept, and let the kept one speak for it.

func merged(_ gate: [[Float]], _ up: [[Float]], _ down: [[Float]]) -> (kept: [Int], down: [[Float]]) {
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
func surprise(_ model: Transformer) -> Double {
  let surprisals = model.surprisals(of: finished.validation)
  return surprisals.reduce(0, +) / Double(surprisals.count)
}
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
claim("to delete twins costs what to merge them does not", surprise(deleted) > surprise(single))

//: The last row has found them in another way, by their *activations*: over some texts, two units that are multiples
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
let wideCalibration = try Calibration(of: wide.model, on: drills.map { Array($0.tokens.dropLast()) })
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

//: SIMILAR PROSE
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
func sweep(_ model: Transformer, _ calibration: Calibration, _ similarities: [Double]) throws -> [Cells] {
  try similarities.map { similarity in
    let versions = try NearDuplicateUnits.Repair.allCases.map {
      try NearDuplicateUnits(similarity: similarity, largestShare: 0.5, repair: $0)(model, calibration)
    }
    let widths = try ModelShape(of: versions[0]).widths
    let before = model.configuration.feedForwardWidth * widths.count
    let quiet = try ActivationPruning(
      .contribution, .width(widths.reduce(0, +) / widths.count), repair: .leastSquares)(model, calibration)
    return [similarity, 1 - Double(widths.reduce(0, +)) / Double(before)]
      + (versions + [quiet]).map { right($0) }
  }
}
let columns = ["cosine of at least", "units that go", "deleted", "partner", "least squares", "the quietest instead"]
let similarities = Size.current.pick(tiny: [0.9, 0.5], book: [0.95, 0.9, 0.8, 0.7, 0.6], large: [0.95, 0.9, 0.8, 0.7, 0.6])
pin("wide.right", right(wide.model))
pin("finished.right", right(original))
let wideSweep = try sweep(wide.model, wideCalibration, similarities)
let finishedSweep = try sweep(original, calibration, similarities)
table("Single steps right, wide model", columns: columns, rows: wideSweep)
table("Single steps right, finished model", columns: columns, rows: finishedSweep)

//: NEAR PROSE
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

let influences = original.blockInfluences(on: finished.validation.map { Array($0.tokens.dropLast()) })
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

//: LAYER PROSE
//:
//: ## What goes with it
//:
//: A model that has lost a layer may still *talk* as before and calculate no more. To tell the two apart we divide the tokens of
//: its own texts: the **results**, which follow an equals sign and have to be calculated, and everything else: which numbers are
//: tried, brackets, verdicts, the form.

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
let shallow = try original.removingBlocks([order(losses)[0]])
let narrow = try ActivationPruning(.contribution, .width(208), repair: .leastSquares)(original, calibration)
let healed = try [Treatment.shallow, .narrowLikeShallow].map { try $0.shelved(finished).model() }
let versions = [
  ("original", original), ("a layer less", shallow), ("a layer less, healed", healed[0]),
  ("narrower, repaired", narrow), ("narrower, healed", healed[1]),
]
let kinds = versions.map { divided($0.1) }
let singles = versions.map { right($0.1) }
table(
  "What depth and width are good for",
  columns: ["", "numbers", "nats, results", "nats, other tokens", "single steps"],
  rows: versions.indices.map { index in
    [
      versions[index].0, versions[index].1.liveParameterCount, kinds[index].results,
      kinds[index].others, singles[index],
    ]
  })
for (name, index) in [("original", 0), ("shallow", 2), ("narrow", 4)] {
  pin("\(name).results", kinds[index].results)
  pin("\(name).others", kinds[index].others)
  pin("\(name).steps", singles[index])
}

//: DEPTH PROSE
//:
//: ## The finished model, shallower

let board = try Scoreboard([.original, .shallow, .narrowLikeShallow], of: finished, memory: writing)
table("What they weigh", columns: Scoreboard.weightColumns, rows: board.weights)
table("What they can do", columns: Scoreboard.answerColumns, rows: board.answers)
table("How near they are", columns: Scoreboard.nearnessColumns, rows: board.nearness)
table("How fast they are", columns: Scoreboard.paceColumns, rows: board.paces, measured: true)
