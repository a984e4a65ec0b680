import Calibration
import Compression
import Courses
import Factorizations
import Finishing
import Foundation
import GGUF
import Kernels
import Notebook
import Quantization
import Shipping
import Storeroom
import Synchronization
import Tensors
import Transformer

chapter(
  11, "Quantization",
  shows: "how few bits a weight needs, and what that is worth in bytes and in time",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about two minutes")

let writing = writingApart()

//: @Result Eight bits a weight cost {{loss.q80|.4}} nats a token and four {{loss.nearest|.4}}, or {{loss.trained|.4}} if the weights are trained for it; at two bits, training takes away {{two.saved|.0%}} of the loss.
//:
//: A weight of our model is a number of 32 bits. Most of them say how it differs from its neighbours
//: in the seventh digit. **Quantization** stores fewer: a small whole number for each weight, and for many weights
//: together a **scale**, the width of a step.
//:
//: Of all compressions this is the one that everybody uses, since it asks for little and gives much. A weight of eight
//: bits takes a quarter of the memory, and the time that it takes to write a token is mostly the time
//: to read the weights. And processors multiply many more small whole numbers at once than floats.
//:
//: ## One number, one scale
//:
//: Let $w$ be the weights that share a scale. The largest of them is to be the largest code, and every other
//: becomes the nearest step:
//:
//: $$ s = \frac{\max_j |w_j|}{127}, \qquad q_j = \operatorname{round}(w_j / s), \qquad w_j \approx s\, q_j $$
//:
//: This is **symmetric** rounding: zero is a code, and a code has its opposite. A scale for each row of
//: a matrix is the usual choice, as a row makes one output. Here is a row:

let finished = try FinishedModel.shelved()
func weight(_ name: String, of model: Transformer = finished.model) -> Tensor {
  model.parameters.all.first { $0.name == "model.layers.\(name).weight" }!.tensor
}

func eightBits(_ row: [Float]) -> (codes: [Int8], scale: Float) {
  let scale = row.map(abs).max()! / 127
  return (row.map { Int8(($0 * (1 / scale)).rounded(.toNearestOrAwayFromZero)) }, scale)
}
let up = weight("0.mlp.up_proj")
let (codes, scale) = eightBits(up.row(0))
show("weights", up.row(0).prefix(6).map { Double($0) })
show("codes", codes.prefix(6).map { Int($0) })
show("scale", scale)

//: The library does the same for whole matrices, and refuses what is not a number:

let matrix = try Int8Matrix(rounding: up)
claim(
  "row by row it has the same codes and scales",
  (0..<matrix.rows).allSatisfy { row in
    let own = eightBits(up.row(row))
    return own.scale == matrix.scales[row]
      && own.codes[...] == matrix.values[row * matrix.columns..<(row + 1) * matrix.columns]
  })

//: What does it cost? A weight lies anywhere between two codes, so its error is spread evenly
//: over a step, from $-s/2$ to $s/2$, and the mean of its square is
//:
//: $$ \frac{1}{s} \int_{-s/2}^{s/2} e^2\, de = \frac{s^2}{12} $$
//:
//: Each bit less doubles the step, and four times the error is what remains. The formula asks for nothing
//: but steps that are small beside the weights:

func errorOverPrediction(_ matrix: Int8Matrix, _ weight: Tensor) -> Double {
  let error = (matrix.decoded() - weight).floats.reduce(0.0) { $0 + Double($1 * $1) }
  let predicted = matrix.scales.reduce(0.0) { $0 + Double($1 * $1) / 12 }
  return error / (predicted * Double(matrix.columns))
}
pin("error.ratio", errorOverPrediction(matrix, up))

//: The error is {{error.ratio|.3}} of the predicted one.
//:
//: ## Whole numbers times whole numbers
//:
//: If the activations are whole numbers as well, the products are. A scale for a token's activations
//: is found as they come, which is called **dynamic**; weights and activations of eight bits each are **W8A8**. The
//: scales stand outside of the sum,
//:
//: $$ y_i = s_i\, s_x \sum_j q_{ij}\, q_j^x $$
//:
//: and the sum is *exact*. Whole numbers do not round, so their order does not matter, and the same bits come
//: out of any number of threads and any width of registers, with no chain to be kept.

func integerProduct(_ x: [Float], _ matrix: Int8Matrix) -> [Float] {
  let largest = x.map(abs).max()!
  let codes = x.map { Int32(($0 * (127 / largest)).rounded(.toNearestOrEven)) }
  return (0..<matrix.rows).map { row in
    let weights = matrix.values[row * matrix.columns..<(row + 1) * matrix.columns]
    let sum = zip(codes, weights).reduce(Int32(0)) { $0 + $1.0 * Int32($1.1) }
    return Float(sum) * (matrix.scales[row] * (largest / 127))
  }
}
let tokens = Array(finished.validation[0].tokens.dropLast())
let inputs = finished.model.blocks[0].feedForwardNorm(finished.model.embedding.tensor.rows(tokens))
let products = Int8Projection(matrix)(inputs)
claim(
  "the vector instructions give the bits of the loop",
  tokens.indices.allSatisfy { products.row($0) == integerProduct(inputs.row($0), matrix) })
func distance(_ ours: Tensor, _ truth: Tensor) -> Double {
  let difference = ours - truth
  return Double(
    ((difference * difference).sum().scalar / (truth * truth).sum().scalar).squareRoot())
}
pin("w8a8", distance(products, inputs.projected(by: up)))
pin("w8", distance(inputs.projected(by: matrix.decoded()), inputs.projected(by: up)))

//: Relative to the outputs, rounded weights alone are {{w8|.2%}} off, and with rounded activations it is {{w8a8|.2%}}.
//: In the kernel one instruction (VNNI's `vpdpbusd`) multiplies and adds 64 pairs. It wants one side without a sign, so
//: 128 is added to the codes of the weights, and what that is too much is taken away before the sum begins.
//:
//: ## Blocks
//:
//: A row with one large weight has large steps for all the others. So with fewer bits fewer weights share a
//: scale. The formats of llama.cpp put 32 neighbours into a **block**, with one scale in half precision.
//: `Q8_0` rounds as above:

func half(_ scale: Float) -> [UInt8] {
  let bits = Float16(scale).bitPattern
  return [UInt8(bits & 255), UInt8(bits >> 8)]
}
func q8(_ block: [Float]) -> [UInt8] {
  let (codes, scale) = eightBits(block)
  return half(scale) + codes.map { UInt8(bitPattern: $0) }
}

//: With four bits there are sixteen codes, from $-8$ to $7$, and to leave one unused would be a waste. So `Q4_0` lets
//: the weight of the largest magnitude, whatever its sign, be $-8$ steps, and the step may be negative. Two codes share a
//: byte: the first half of the block lies in the low bits, the second in the high ones.

func q4(_ block: [Float]) -> [UInt8] {
  let extreme = block.reduce(block[0]) { abs($1) > abs($0) ? $1 : $0 }
  let scale = extreme / -8
  let codes = block.map { min(15, UInt8($0 * (1 / scale) + 8.5)) }
  return half(scale) + (0..<16).map { codes[$0] | codes[$0 + 16] << 4 }
}
func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
let block = Array(up.row(0).prefix(32))
show("Q8_0", hexadecimal(q8(block)))
show("Q4_0", hexadecimal(q4(block)))
for (format, byHand) in [(BlockFormat.q80, q8(block)), (.q40, q4(block))] {
  let library = try BlockMatrix(rounding: Tensor([1, 32], block), to: format)
  claim("in \(format.rawValue) the library writes these bytes", library.bytes == byHand)
}

//: The tests compare many blocks with those of the PyPI package `gguf`, byte for byte.
//:
//: `Q4_K` holds 256 weights in eight groups; each group has a scale and, as weights need not lie evenly around zero, an
//: offset, of six bits each, and the block has two scales for these.
//:
//: @Source(Quantization/Q4_K.swift, Q4_K.decode(_:into:))

let scales: [UInt8] = [1, 2, 3, 4, 0, 1, 2, 3, 5 | 4 << 4, 6 | 5 << 4, 7 | 6 << 4, 8 | 7 << 4]
let bytes = half(0.5) + half(0.25) + scales + Array(repeating: 9 | 4 << 4, count: 128)
let groups = try BlockMatrix(.q4K, rows: 1, columns: 256, bytes: bytes).decoded().floats
show("the first of each group", stride(from: 0, to: 256, by: 32).map { Double(groups[$0]) })
claim(
  "group g with scale g + 1, offset g and code q is 0.5 (g + 1) q - 0.25 g",
  (0..<256).allSatisfy { i in
    let (group, code) = (Float(i / 32), i / 32 % 2 == 0 ? Float(9) : 4)
    return groups[i] == 0.5 * (group + 1) * code - 0.25 * group
  })

//: We read it and do not write it. Its encoder is a search over scales and offsets, which no specification fixes, so there are no
//: bytes to be equal to. And its 256 neighbours do not fit into the rows of a model as narrow as ours.
//:
//: A block of 32 fits, but for one thing: our feed-forward layers have \num{336} units, ten and a half blocks.
//: So we add units whose weights are zero. They say nothing, to the bit, and cost a few kilobytes.

let padded = try finished.padded()
pin("units", padded.configuration.feedForwardWidth)
let passage = Passage(tokens, lengths: [tokens.count])
claim(
  "with units of zeros the logits have the same bits",
  Engine.$current.withValue(.lanes) {
    padded(passage).floats == finished.model(passage).floats
  })

//: How much do blocks gain, and what does a bit cost? We round all matrices with `Q4_0`'s rule to
//: any number of bits, with a scale for each row or for each 32, and count the scales.

func rounded(_ weight: Tensor, bits: Int, sharing: Int = 32) -> Tensor {
  var weights = weight.floats
  let levels = Float(1 << (bits - 1))
  for start in stride(from: 0, to: weights.count, by: sharing) {
    let range = start..<start + sharing
    let extreme = weights[range].reduce(weights[start]) { abs($1) > abs($0) ? $1 : $0 }
    let (scale, inverse) = (Float(Float16(extreme / -levels)), 1 / (extreme / -levels))
    if extreme == 0 { continue }
    for i in range {
      let code = min(2 * levels - 1, (weights[i] * inverse + levels + 0.5).rounded(.down))
      weights[i] = scale * (code - levels)
    }
  }
  return Tensor(weight.shape, weights)
}
claim(
  "with four bits and 32 to a scale it is Q4_0",
  rounded(up, bits: 4).floats == (try BlockMatrix(rounding: up, to: .q40)).decoded().floats)

//: The error is that of all matrices, as a share of their own size; the bits are those of the codes and of the scales.

let matrices = padded.parameters.all.filter { $0.shape.rank == 2 }.map(\.tensor)
func error(_ round: (Tensor) throws -> Tensor) rethrows -> Double {
  let pairs = try matrices.map { (try round($0) - $0, $0) }
  func square(_ x: Tensor) -> Double { x.floats.reduce(0) { $0 + Double($1 * $1) } }
  return (pairs.reduce(0) { $0 + square($1.0) } / pairs.reduce(0) { $0 + square($1.1) })
    .squareRoot()
}
//: We sweep the bits of a code from two to eight, and beside the curves show the formats with their real bytes.

let sizes = Array(2...8)
let perRow = matrices.reduce(0) { $0 + 16 * $1.shape.rows }
let scaleOfRow = Double(perRow) / Double(matrices.reduce(0) { $0 + $1.shape.count })
let inRows = sizes.map { bits in error { rounded($0, bits: bits, sharing: $0.shape.width) } }
let inBlocks = sizes.map { bits in error { rounded($0, bits: bits) } }
let formats: [(String, Double, Double)] = [
  (
    "int8 rows", 8 + 2 * scaleOfRow,
    try error { try Int8Matrix(rounding: $0).decoded() }
  ),
  ("Q8_0", 8.5, try error { try BlockMatrix(rounding: $0, to: .q80).decoded() }),
  ("Q4_0", 4.5, try error { try BlockMatrix(rounding: $0, to: .q40).decoded() }),
]
plot(
  "bits", title: "What a bit is worth", x: Axis("bits a weight, with its share of the scales"),
  y: Axis("error, relative to the weights", scale: .log),
  series: [
    Series("a scale for each row", x: sizes.map { Double($0) + scaleOfRow }, y: inRows),
    Series("a scale for each 32", x: sizes.map { Double($0) + 0.5 }, y: inBlocks),
  ] + formats.map { Series($0.0, x: [$0.1], y: [$0.2], style: .points) },
  caption: "The error of all matrices. Int8 rows have scales of 32 bits, all others of 16.")
let halving = inBlocks[2] / inBlocks[3]
pin("halving", halving)
pin("blocks.gain", inRows[2] / inBlocks[2])
pin("blocks.price", halving.squareRoot())
claim("a bit more is less error", zip(inBlocks, inBlocks.dropFirst()).allSatisfy { $0 > $1 })

//: From four bits to five the error falls by a factor of {{halving|.2}}, as the formula says. At four bits a scale for each
//: row makes {{blocks.gain|.2}} times the error of a scale for each \num{32}. But the scales of the blocks cost half a bit,
//: and half a bit of code, if there were such a thing, would be worth a factor of {{blocks.price|.2}}. So, for the same
//: bytes, rows win here: ours are short, and their weights much alike. Blocks are for rows of thousands with a few large
//: weights among them; and they are what others read.
//:
//: ## What the outputs lose
//:
//: The error of the weights is not what counts. A layer is asked for its outputs, and an error at an input that is
//: always small, or that another error cancels, is none. With $H = XX^\top$ of the inputs, the loss of a layer is
//:
//: $$ \lVert (W - Q) X \rVert^2 = \operatorname{tr}\, (W - Q)\, H\, (W - Q)^\top $$
//:
//: This is the loss of chapter 7, and the same $H$ from the same pass over some texts. Two ways to make it small are in
//: common use.
//:
//: **GPTQ** rounds one column after the other and lets the later ones make up for the error. Say
//: weight $j$ of a row goes to its level, $q_j$. How should the others, still free, move by $\delta$ to lose least?
//: Minimise $\delta H \delta^\top$ with $\delta_j = q_j - w_j$ given; with a Lagrange multiplier
//:
//: $$ \delta = \frac{q_j - w_j}{(H^{-1})_{jj}}\, (H^{-1})_{j,:} $$
//:
//: Then $j$ is done and leaves $H$. All these inverses of ever smaller matrices are in one triangle, $U$ with $H^{-1} = U^\top
//: U$, whose row $j$ is what is needed at step $j$. It is chapter 7's SparseGPT with another target: there $q_j$ was zero.

func compensated(_ row: [Double], _ upper: DoubleMatrix) -> (levels: [Float], loss: Double) {
  var (row, levels, loss, scale) = (row, [Float](), 0.0, Float(0))
  for j in row.indices {
    if j % 32 == 0 {
      let extreme = row[j..<j + 32].reduce(0) { abs($1) > abs($0) ? $1 : $0 }
      scale = Float(Float16(Float(extreme / -8)))
    }
    let steps = (row[j] / Double(scale)).rounded(.toNearestOrAwayFromZero)
    levels.append(scale * Float(max(-8, min(7, steps))))
    let error = (row[j] - Double(levels[j])) / upper[j, j]
    for k in j + 1..<max(j + 1, row.count) { row[k].addProduct(-error, upper[j, k]) }
    loss += error * error
  }
  return (levels, loss)
}
let calibration = try finished.calibration(of: padded, .current)
let gram = try calibration.inputs(of: "model.layers.0.mlp.up_proj").gram
let factor = try InverseFactor(gram)
let byColumns = try BlockMatrix(
  compensating: up, upper: factor.upper.elements, to: .q40
).decoded()
let byHand = (0..<up.shape.rows).map { compensated(up.row($0).map { Double($0) }, factor.upper) }
claim(
  "the library rounds every row the same",
  byHand.indices.allSatisfy { byHand[$0].levels == byColumns.row($0) })

//: The loop adds up $e_j^2$, and that is no accident: as $U H U^\top$ is the identity, the sum over all columns *is* the loss
//: of the layer, before anything is multiplied. (Of an $H$ with one hundredth of its mean diagonal added, which keeps
//: it invertible.)

var damped = gram
let added = factor.damping * gram.diagonal.reduce(0, +) / Double(gram.rows)
for i in 0..<gram.rows { damped[i, i] += added }
let sumOfErrors = byHand.reduce(0) { $0 + $1.loss }
let layer = Quantization.layerLoss(up, byColumns, damped.elements)
show("sum of squared errors", sumOfErrors)
show("loss of the layer", layer)
claim("they are the same number", abs(sumOfErrors - layer) < 1e-4 * layer)

//: **AWQ** moves nothing. It multiplies a weight by $s > 1$ before it is rounded, and the input that it meets by $1/s$.
//: As long as the step stays, the error that arrives is $s$ times smaller. So the channels with the largest activations
//: get a large $s$, at the expense of the others, whose steps may grow. One exponent rules them all,
//: $s_j = (\operatorname{mean} |X_j|)^\alpha$, and of twenty the best is taken. The $1/s$ costs nothing where
//: it can go into the gains of a norm:
//:
//: @Source(Quantization/ChannelScaling.swift, scaleChannels(_:by:))
//:
//: That is possible for two of the four inputs of a block. We compare what the layers lose, relative to their
//: outputs.

typealias Losses = (nearest: Double, scaled: Double, compensated: Double)
func layerLosses(_ layer: Int, _ names: [String], _ site: ChannelSite?) throws -> Losses {
  let inputs = try calibration.inputs(of: "model.layers.\(layer).\(names[0])")
  let (gram, upper) = (inputs.gram.elements, try InverseFactor(inputs.gram).upper.elements)
  let weights = names.map { weight("\(layer).\($0)", of: padded) }
  func nearest(_ weight: Tensor) throws(QuantizationError) -> Tensor {
    try BlockMatrix(rounding: weight, to: .q40).decoded()
  }
  func loss(_ round: (Tensor) throws -> Tensor) rethrows -> Double {
    try weights.reduce(0) { $0 + Quantization.layerLoss($1, try round($1), gram) }
  }
  let whole = loss { Tensor($0.shape, repeating: 0) }
  let scaled = try site.map { _ in
    try ActivationAwareScaling(
      weights, meanMagnitudes: inputs.meanMagnitudes, gram: gram, rounding: nearest
    ).loss
  }
  let plain = try loss(nearest)
  let better = try loss { try BlockMatrix(compensating: $0, upper: upper, to: .q40).decoded() }
  return (plain / whole, (scaled ?? plain) / whole, better / whole)
}
//: A block has four such inputs. We take the mean over all layers of the model.

let inputsOfABlock: [(String, [String], ChannelSite?)] = [
  ("queries, keys, values", ["q_proj", "k_proj", "v_proj"].map { "self_attn.\($0)" }, .attention),
  ("attention's output", ["self_attn.o_proj"], nil),
  ("gate and up", ["mlp.gate_proj", "mlp.up_proj"], .feedForward),
  ("down", ["mlp.down_proj"], nil),
]
let layerCount = padded.configuration.layers
let losses = try inputsOfABlock.map { _, names, site in
  try (0..<layerCount).map { try layerLosses($0, names, site) }
}
func means(_ way: KeyPath<Losses, Double>) -> [Double] {
  losses.map { layers in layers.reduce(0) { $0 + $1[keyPath: way] } / Double(layerCount) }
}
bars(
  "layers", title: "What four bits cost a layer", labels: inputsOfABlock.map(\.0),
  axis: Axis("loss, relative to the outputs"),
  [
    Bars("nearest", means(\.nearest)), Bars("AWQ", means(\.scaled)),
    Bars("GPTQ", means(\.compensated)),
  ],
  caption:
    "Means over the layers, on the texts of the calibration. AWQ does not reach the second and the fourth."
)
claim(
  "GPTQ loses less than the nearest levels in every layer",
  losses.joined().allSatisfy { $0.compensated < $0.nearest })
claim(
  "AWQ never loses more, since no scaling is among its choices",
  losses.joined().allSatisfy { $0.scaled <= $0.nearest })
pin("gptq.share", zip(means(\.compensated), means(\.nearest)).reduce(0) { $0 + $1.0 / $1.1 } / 4)
pin("awq.share", means(\.scaled)[0] / means(\.nearest)[0])

//: GPTQ leaves {{gptq.share|.0%}} of the loss, on the mean of the four; AWQ {{awq.share|.0%}} of that of queries, keys and
//: values. We shall see what the model makes of it.
//:
//: ## Weights that learn to be rounded
//:
//: The layers are not independent either. The surest way to make a model say the same with few bits is to train it to:
//: **quantization-aware training**. It computes with the rounded weights, so its loss is that of the model that will be
//: shipped. But what is the slope of a staircase? Zero, and at the jumps there is none. The **straight-through
//: estimator** pretends that it is one:
//:
//: $$ y = x\, Q(W)^\top, \qquad \frac{\partial L}{\partial W} := \frac{\partial L}{\partial Q(W)} $$
//:
//: @Source(Quantization/StraightThroughProjection.swift, StraightThroughProjection.rounded)
//:
//: The floats stay in the background and gather small steps, until a weight tips over to its next level. The goal
//: is what the model says itself, in floats: the distillation of chapter 6, with the model as its own teacher, on its own
//: texts.
//:
//: The control has as many steps on the same texts. It begins with the rounded weights, learns in floats,
//: and is rounded again. (To begin with the original would be no control: it is its own teacher, and learns nothing.)

var effort = Effort.current
effort.textsAtOnce = max(1, effort.textsAtOnce / 4)
func learned(
  rate: Double, startingWith start: (Parameter) throws -> Tensor,
  student: (Transformer) throws -> Transformer
) throws -> Transformer {
  let model = try padded.duplicate()
  for parameter in model.parameters.all where parameter.shape.rank == 2 {
    parameter.set(try start(parameter))
  }
  try progress("learning", total: effort.healingSteps) { bar in
    _ = try finished.heal(
      try student(model), effort, learningRate: rate, onStep: { _ in bar.advance() })
  }
  return model
}
let control = try learned(rate: 3e-5) {
  try BlockMatrix(rounding: $0.tensor, to: $0.name == padded.embedding.name ? .q80 : .q40).decoded()
} student: {
  $0
}

//: In all models from here on the table of embeddings, which is the head as well, stays at eight bits: it is a small part,
//: and what is lost in it is lost at the beginning of everything. All ways at four bits, on texts about validation
//: problems, beside eight bits:

func fidelity(_ model: Transformer) -> Fidelity {
  Fidelity(of: model, to: finished.model, on: finished.validation)
}
let ways: [(String, String, Fidelity)] = [
  ("q80", "Q8_0, nearest", fidelity(try padded.roundedToNearest(.q80))),
  ("nearest", "Q4_0, nearest", fidelity(try padded.roundedToNearest(.q40))),
  ("awq", "Q4_0, AWQ", fidelity(try finished.rounded(.scaled, to: .q40, .current).model)),
  ("gptq", "Q4_0, GPTQ", fidelity(try finished.rounded(.compensated, to: .q40, .current).model)),
  ("control", "Q4_0, learned in floats", fidelity(try control.roundedToNearest(.q40))),
  ("trained", "Q4_0, learned rounded", fidelity(try Treatment.q40.shelved(finished).model())),
]
table(
  "How near the rounded models are, in nats a token, on validation problems",
  columns: ["", "more surprised", "from", "to", "divergence", "same token"],
  rows: ways.map { _, name, near in
    [
      name, near.lossDifference, near.interval.lowerBound, near.interval.upperBound,
      near.divergence, near.agreement,
    ]
  })
//: The order of the ways is what we look for, and eight bits say how small all of it is.

for (name, _, near) in ways {
  pin("loss.\(name)", near.lossDifference)
  pin("divergence.\(name)", near.divergence)
}
let divergences = Dictionary(uniqueKeysWithValues: ways.map { ($0.0, $0.2.divergence) })
claim(
  "eight bits are nearer than four, however they are rounded",
  divergences.allSatisfy { $0.key == "q80" || $0.value > divergences["q80"]! })
claim(
  "learning rounded weights brings the model nearer than learning floats",
  divergences["trained"]! < divergences["control"]!)
claim("GPTQ is nearer than the nearest levels", divergences["gptq"]! < divergences["nearest"]!)

//: Four bits at the nearest levels cost {{loss.nearest|.4}} nats a token, which is little to begin with. GPTQ halves it,
//: {{loss.gptq|.4}}, as its layers promised, and training brings it to {{loss.trained|.4}}. Of these two each is the better
//: by one measure, and their intervals overlap: GPTQ looks at the texts once, and training goes over them for \num{200}
//: steps. We ship the one that is less surprised, the trained one. To learn in floats for as long gains little,
//: {{loss.control|.4}}: the second rounding undoes the steps. And AWQ, whose layers lose less than the nearest levels, does
//: not make a better model here: {{loss.awq|.4}}.
//:
//: With less room there is more to be gained. The same with three bits and with two, which no file format here has:

func atBits(_ bits: Int) throws -> (nearest: Fidelity, trained: Fidelity) {
  func levels(_ name: String, _ weight: Tensor) throws(QuantizationError) -> Tensor {
    name == padded.embedding.name
      ? try BlockMatrix(rounding: weight, to: .q80).decoded() : rounded(weight, bits: bits)
  }
  func round(_ model: Transformer) throws -> Transformer {
    try model.replacingWeights { name, weight throws(QuantizationError) in
      PackedProjection(try levels(name, weight))
    }
  }
  let trained = try learned(rate: 3e-4) {
    $0.tensor
  } student: {
    try $0.learningRounded(levels)
  }
  return (fidelity(try round(padded)), fidelity(try round(trained)))
}
//: As before, with a larger rate, since there is further to go:

let three = try atBits(3)
let two = try atBits(2)
let nearest = [two.nearest, three.nearest, ways[1].2].map(\.lossDifference)
let trained = [two.trained, three.trained, ways[5].2].map(\.lossDifference)
plot(
  "trained", title: "Rounded, or trained to be rounded", x: Axis("bits of a code"),
  y: Axis("loss above the original", unit: "nats a token", scale: .log),
  series: [
    Series("rounded to the nearest", x: [2, 3, 4], y: nearest),
    Series("trained", x: [2, 3, 4], y: trained),
  ],
  caption: "On validation problems. The table of embeddings has eight bits throughout.")
pin("two.nearest", two.nearest.lossDifference)
pin("two.trained", two.trained.lossDifference)
pin("two.saved", 1 - two.trained.lossDifference / two.nearest.lossDifference)
claim(
  "trained for two bits, the model is nearer than rounded to them",
  two.trained.divergence < two.nearest.divergence)

//: Two bits, that is four levels, cost {{two.nearest|.3}} nats, and {{two.trained|.3}} after a few seconds of training.
//: (The rate was chosen on the validation problems, for four bits among \num{1e-5} to \num{1e-4}, for fewer among
//: \num{3e-4} and \num{1e-3}.)
//:
//: ## Activations, and their outliers
//:
//: Weights wait to be rounded as long as it takes; activations come and go, and each token has one scale for all its
//: channels. In large models a few channels are a hundred times as large as the others (Dettmers et al. 2022). Then a step
//: is as wide as all the others are large, and they become zero. Are there such **outliers** here?

let texts = finished.calibrationTexts(.current)
func eightBits(_ model: Transformer) throws -> Transformer {
  try model.replacingWeights { _, weight throws(QuantizationError) in
    Int8Projection(try Int8Matrix(rounding: weight))
  }
}
let ranges = finished.model.inputRanges(on: texts)
func ratio(_ range: InputRange) -> Double { Double(range.largest.max()!) / range.mean }
let normed = ranges.filter { $0.key.contains("q_proj") || $0.key.contains("gate_proj") }
pin("outliers.norms", normed.values.map(ratio).max()!)
pin("outliers.down", ranges.filter { $0.key.contains("down_proj") }.values.map(ratio).max()!)

//: Behind the norms the largest activation is {{outliers.norms|.0}} times the mean. That is no outlier. Within the
//: feed-forward layers it is {{outliers.down|.0}} times: hidden units are products of two factors, mostly small and now and
//: then very large. Eight bits bear it, as the table below will show, and what follows could not help, since no norm stands
//: there.
//:
//: So behind the norms we make some. We multiply the gain at three channels by \num{64}, and the weights that it feeds by
//: $1/64$: the same `scaleChannels` as above, and since it is a power of two, the same model to the bit. Only its
//: activations are now like those of large models.
//:
//: **SmoothQuant** is the way back. It shares the difficulty between activations and weights,
//:
//: $$ s_j = \frac{\max |X_j|^\alpha}{\max |W_j|^{1-\alpha}}, \qquad (x \oslash s)\,(W \odot s)^\top = x\, W^\top $$
//:
//: with $\alpha = 1/2$, so that after it both have the same range in each channel. Whatever the scales, the function is the
//: same; only what rounding makes of it is not.

let injected = try finished.model.duplicate()
let outliers = (0..<injected.configuration.width).map {
  [9, 40, 101].contains($0) ? Float(1) / 64 : 1
}
for block in injected.blocks {
  for site in ChannelSite.allCases { try block.scaleChannels(site, by: outliers) }
}
claim(
  "with outliers the floats are the same, to the bit",
  injected(passage).floats == finished.model(passage).floats)

func smoothed(_ model: Transformer) throws -> Transformer {
  let ranges = model.inputRanges(on: texts)
  let model = try model.duplicate()
  for block in model.blocks {
    for site in ChannelSite.allCases {
      let weights = try block.channels(site).weights
      let largest = ranges[weights[0].name]!.largest
      try block.scaleChannels(
        site, by: smoothingScales(largest: largest, weights: weights.map(\.tensor)))
    }
  }
  return model
}
let smooth = try smoothed(injected)
pin("smooth.apart", distance(smooth(passage), finished.model(passage)))
claim(
  "smoothed, they are the same up to rounding",
  distance(smooth(passage), finished.model(passage)) < 1e-5)
//: Four models then, all of which compute the same in floats:

let eights: [(String, Fidelity)] = [
  ("as it is", fidelity(try eightBits(finished.model))),
  ("as it is, smoothed", fidelity(try eightBits(smoothed(finished.model)))),
  ("with outliers", fidelity(try eightBits(injected))),
  ("with outliers, smoothed", fidelity(try eightBits(smooth))),
]
table(
  "Weights and activations of eight bits (W8A8)",
  columns: ["the model", "more surprised", "from", "to", "divergence", "same token"],
  rows: eights.map { name, near in
    [
      name, near.lossDifference, near.interval.lowerBound, near.interval.upperBound,
      near.divergence, near.agreement,
    ]
  })
pin("eight.plain", eights[0].1.divergence)
pin("eight.plainSmooth", eights[1].1.divergence)
pin("eight.outliers", eights[2].1.divergence)
pin("eight.smooth", eights[3].1.divergence)
claim("outliers hurt", eights[2].1.divergence > eights[0].1.divergence)
claim("smoothing restores", eights[3].1.divergence < eights[2].1.divergence)
//: And this is what the first layer of attention is given:

let key = "model.layers.0.self_attn.q_proj.weight"
let channels = (0..<finished.model.configuration.width).map(Double.init)
plot(
  "outliers", title: "The largest activation of each channel", x: Axis("channel"),
  y: Axis("largest magnitude", scale: .log),
  series: [
    ("with outliers", injected.inputRanges(on: texts)), ("as it is", ranges),
    ("smoothed", smooth.inputRanges(on: texts)),
  ].map { Series($0.0, x: channels, y: $0.1[key]!.largest.map(Double.init)) },
  caption: "Inputs of the first attention layer, over the texts of the calibration.")

//: From {{eight.plain|.5}} nats the divergence rises to {{eight.outliers|.3}}, and falls to {{eight.smooth|.5}} when the
//: outliers are smoothed. Where there are none, smoothing has little to do: {{eight.plainSmooth|.5}}. A technique can be
//: right and have no use; one has to look.
//:
//: ## The cache
//:
//: What grows while a text is written is not the weights but the keys and values of all tokens before. They can be
//: rounded as they come, each head's key and each head's value to eight bits a coordinate with a scale of its own:
//:
//: @Source(Kernels/EightBits.swift, EightBits.codes(_:scale:))

var cached = finished.model
cached.roundsCache = true
func cacheBytes(isRounded: Bool) -> Int {
  let configuration = finished.model.configuration
  let cache = KeyValueCache(
    configuration, slots: 1, capacity: configuration.context, isRounded: isRounded)
  return cache.bytes / configuration.context
}
pin("cache.floats", cacheBytes(isRounded: false))
pin("cache.rounded", cacheBytes(isRounded: true))
let near = fidelity(cached)
pin("cache.loss", near.lossDifference)
pin("cache.divergence", near.divergence)
let problems = Exam.heldOut.problems(Inspection.Rigour.current.problems, of: [])
let marks = [finished.model, cached].map { model in
  Marks(model, finished.tokenizer, on: problems, drawn: 2)
}
pin("cache.accuracy", marks[1].accuracy)
pin("cache.before", marks[0].accuracy)
let cacheFlips = Flips(before: marks[0].greedy, after: marks[1].greedy)
show(
  "greedy answers that became right, and wrong", [cacheFlips.becameRight, cacheFlips.becameWrong])

//: A token takes {{cache.rounded|,}} bytes instead of {{cache.floats|,}}. The divergence is {{cache.divergence|.6}} nats,
//: and {{cache.accuracy|.1%}} of held-out problems are solved, where it was {{cache.before|.1%}}. Attention still computes
//: with floats: it reads a block of 64 tokens out of its codes, works on it while it is in the nearest cache of the
//: processor, and forgets it. So what is computed is what floats would give that had been rounded beforehand, to the bit,
//: and a text that is read at once sees what one sees that is written token by token:

let writtenTexts = Writer(cached, limit: 60, batch: 4)(finished.validation.prefix(4).map(\.prompt))
let reread = zip(finished.validation.prefix(4), writtenTexts).map { text, written in
  let tokens = text.prompt + written.tokens
  let logits = cached(Passage(tokens, lengths: [tokens.count]))
  let rows = (text.prompt.count - 1..<tokens.count - 1).map(Int32.init)
  return logits.rows(rows).surprisals(written.tokens).floats.map { -$0 }
}
claim(
  "a text has the same probabilities, written out of the rounded cache and read without one",
  reread == writtenTexts.map(\.logProbabilities))

//: ## What it is worth in time
//:
//: Our model of {{parameters|,}} numbers fits into the caches of a processor, so little is to be gained from reading less. One of
//: five million, with random weights, does not:

pin("parameters", finished.model.liveParameterCount)
let larger = Transformer(
  Configuration(
    vocabulary: 512, width: 256, layers: 6, heads: 8, feedForwardWidth: 768, context: 384),
  seed: 1)
var cachedLarger = larger
cachedLarger.roundsCache = true
let halved = try larger.replacingWeights { _, weight throws(QuantizationError) in
  // Which two of four neighbours are zero makes no difference to the time.
  let kept = weight.floats.enumerated().map { $0.offset % 4 < 2 ? $0.element : 0 }
  return try TwoOfFourProjection(Int8Matrix(rounding: Tensor(weight.shape, kept)))
}
let inFormats: [(String, Transformer)] = [
  ("float32", larger), ("int8 rows", try eightBits(larger)),
  ("Q8_0", try larger.roundedToNearest(.q80)), ("Q4_0", try larger.roundedToNearest(.q40)),
  ("float32, cache of 8 bits", cachedLarger), ("int8 rows, 2:4", halved),
]
let paces = Pace.measure(
  inFormats.map(\.1), prompt: finished.validation[0].prompt,
  rounds: Size.current.pick(tiny: 1, book: 3, large: 10))
table(
  "How fast a model of five million numbers is",
  columns: ["weights", "ms a token", "95 %", "reads, k/s", "writes 64, k/s"],
  rows: zip(inFormats, paces).map {
    [$0.0, $1.median, $1.percentile95, $1.reading / 1000, $1.writing / 1000]
  }, measured: true)
measured("alone.int8", paces[0].median / paces[1].median, "times")
measured("alone.q40", paces[0].median / paces[3].median, "times")
let onOneThread = Parallel.$threads.withValue(1) {
  Pace.measure(
    [0, 1, 3, 5].map { inFormats[$0].1 }, prompt: finished.validation[0].prompt,
    rounds: Size.current.pick(tiny: 1, book: 3, large: 10)
  ).map(\.median)
}
measured("thread.int8", onOneThread[0] / onOneThread[1], "times")
measured("thread.q40", onOneThread[0] / onOneThread[2], "times")
measured("thread.twoOfFour", onOneThread[1] / onOneThread[3], "times")
measured("reading.int8", paces[1].reading / paces[0].reading, "times")
measured("reading.q40", paces[3].reading / paces[0].reading, "times")
measured("writing.q40", paces[3].writing / paces[0].writing, "times")
measured("writing.cache", paces[4].writing / paces[0].writing, "times")

//: One text is written {{alone.int8}} as fast with int8 rows and {{alone.q40}} with four bits: all weights are read for
//: a single token, and fewer bytes are read sooner. On one thread it is {{thread.int8}} and {{thread.q40}}: for a single
//: token floats are shared by the threads, and products of whole numbers are over too soon to be worth sharing. With
//: zeros in the pattern 2:4 eight bits are {{thread.twoOfFour}} as fast as without.
//:
//: A prompt is read {{reading.int8}} as fast with int8 rows and {{reading.q40}} with four bits, and \num{64} texts side by
//: side are written {{writing.q40}}. There a weight, once read, serves many tokens, and what counts is arithmetic: four
//: bits take as much of it as eight, and have to be unpacked besides, so they gain far less than their bytes suggest.
//: Whoever has no kernels for them unpacks to floats before each product, and then a prompt is read slower than with the
//: floats themselves; in llama.cpp's own tables prompts are fastest in half precision.
//:
//: How far can reading less take us? A model that fits into no cache waits for memory and for nothing else. We put
//: one token through eight matrices of \num{16} million weights each, one after the other, and read as many bytes of floats, just
//: to add them up:

nonisolated func gigabytesPerSecond(_ format: BlockFormat) throws -> (
  weights: Double, floats: Double
) {
  var draws = Generator(seed: 1)
  let side = Size.current.pick(tiny: 256, book: 4096, large: 4096)
  let weight = Tensor([side, side], normal: 0.02, from: &draws)
  // Each a copy of its own in memory.
  let matrices = try (0..<8).map { _ in
    BlockProjection(try BlockMatrix(rounding: weight, to: format))
  }
  let token = Tensor([1, side], normal: 1, from: &draws)
  let bytes = Double(8 * side * side) * format.bitsPerWeight / 8
  let floats = Tensor([Int(bytes) / 4], repeating: 1)
  let total = Mutex(SIMD16<Float>.zero)
  var times = (weights: [Duration](), floats: [Duration]())
  for _ in 0..<9 {
    times.weights.append(
      ContinuousClock().measure { for matrix in matrices { _ = matrix(token) } })
    times.floats.append(
      ContinuousClock().measure {
        floats.withFloats { floats in
          floats.bytes.withUnsafeBytes { bytes in
            parallel(over: bytes.count / 64, grain: 1) { range in
              var sum = SIMD16<Float>.zero
              for index in range {
                sum += bytes.load(fromByteOffset: 64 * index, as: SIMD16<Float>.self)
              }
              total.withLock { $0 += sum }
            }
          }
        }
      })
  }
  func speed(_ times: [Duration]) -> Double { bytes * 1e-9 / (times.min()! / .seconds(1)) }
  return (speed(times.weights), speed(times.floats))
}
let fromMemory = try [("Q8_0", BlockFormat.q80), ("Q4_0", .q40)].map {
  ($0, try gigabytesPerSecond($1))
}
table(
  "Gigabytes a second, out of memory", columns: ["format", "weights", "floats"],
  rows: fromMemory.map { [$0, $1.weights, $1.floats] }, measured: true)
measured("memory.q80", fromMemory[0].1.weights / fromMemory[0].1.floats)
measured("memory.q40", fromMemory[1].1.weights / fromMemory[1].1.floats)

//: Unpacking and multiplying hide behind the reading: with eight bits, weights pass at {{memory.q80|.0%}} of the speed
//: at which floats can be read, with four at {{memory.q40|.0%}}. There a token costs the bytes of its weights.
//:
//: With the cache in eight bits, and the weights in floats, the \num{64} texts are written {{writing.cache}} as fast: so
//: many texts have more keys and values to be read than the model has weights.
//:
//: ## A file that others read
//:
//: **GGUF** is llama.cpp's format: keys that describe the model and its tokenizer, a list of tensors, and their bytes as
//: above. Rows of queries and keys are in another order there, because it rotates neighbours where we rotate halves. What
//: is written comes back, and written again it is the same file.

let folder = FileManager.default.temporaryDirectory.appending(path: "espalier-\(UUID())")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
let (file, again) = (folder.appending(path: "a.gguf"), folder.appending(path: "b.gguf"))
let small = try padded.roundedToNearest(.q40)
try GGUFModel(small, tokenizer: finished.tokenizer).write(to: file)
let read = try GGUFModel(contentsOf: file)
try read.write(to: again)
let written = try Data(contentsOf: file)
for entry in read.entries.prefix(5) { show(entry.key, entry.value) }
show("tensors", Set(read.types.values.map(\.name)).sorted().joined(separator: ", "))
pin("file.bytes", written.count)
pin("file.bits", 8 * Double(written.count) / Double(finished.model.liveParameterCount))
//: What does the file say, asked without sampling?

let question = finished.validation[0].prompt
for (name, model) in [("the original", finished.model), ("the file", read.model)] {
  let text = Writer(model, sampling: .greedy, limit: 40, stopTokens: [finished.end])([question])
  show("\(name) goes on", finished.tokenizer.decode(text[0].tokens))
}
claim("the same bytes are written again", try written == Data(contentsOf: again))
claim("what is read computes the same", read.model(passage).floats == small(passage).floats)
try FileManager.default.removeItem(at: folder)

//: {{file.bytes|,}} bytes, tokenizer and names included, are {{file.bits|.2}} bits for each number of the model. The
//: package `gguf` reads the same floats from such files, which a test checks where there is a Python. And llama.cpp itself
//: loads them: another test, for machines where it is installed, compares its logits with ours, and the greedy text of a
//: trained model.
//:
//: What cannot be rounded is refused, in a line that names the weight:

func complaint(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "none"
  } catch { return "\(error)" }
}
let broken = try padded.duplicate()
let gate = broken.parameters.all.first { $0.name.contains("0.mlp.gate_proj") }!
gate.set(Tensor(gate.shape, [.nan] + gate.tensor.floats.dropFirst()))
let complaints = [
  complaint { _ = try finished.model.roundedToNearest(.q40) },
  complaint { _ = try finished.calibration(of: small, .current) },
  complaint { try small.blocks[0].scaleChannels(.attention, by: outliers) },
  complaint { _ = try broken.roundedToNearest(.q80) },
  complaint { _ = try BlockMatrix(rounding: up, to: .q4K) },
]
for (number, text) in complaints.enumerated() { show("refused \(number + 1)", text) }
claim("none of it is accepted", !complaints.contains("none"))

//: ## The artefacts
//:
//: Four files beside the original: int8 rows in the form of our checkpoints, and three in GGUF, of which the nearest levels of
//: four bits are the control of the trained ones.

let board = try Scoreboard(
  [.original, .int8, .q80, .q40, .q40Rounded], of: finished, memory: writing)
board.show()
let original = board[.original].inspection
pin("ship.original.right", original.marks.accuracy)
for (name, treatment) in [
  ("int8", Treatment.int8), ("q80", .q80), ("q40", .q40), ("q40Rounded", .q40Rounded),
] {
  let inspection = board[treatment].inspection
  pin("ship.\(name).bytes", Double(inspection.weight.bytes) / Double(original.weight.bytes))
  pin(
    "ship.\(name).zipped", Double(inspection.weight.zippedBytes) / Double(inspection.weight.bytes))
  pin("ship.\(name).right", inspection.marks.accuracy)
  let flips = inspection.flips(from: original)
  pin("ship.\(name).flips", flips.becameWrong + flips.becameRight)
  measured(
    "ship.\(name).pace", board[.original].pace.median / board[treatment].pace.median, "times")
}

//: Eight bits are {{ship.int8.bytes|.0%}} of the bytes as rows and {{ship.q80.bytes|.0%}} as blocks, whose scales are
//: closer; four bits are {{ship.q40.bytes|.0%}}. `gzip` takes little off any of them, {{ship.q40.zipped|.0%}} of the four
//: bits are left: what is rounded well uses its codes evenly. (The numbers of the blocks count the units that were added,
//: and the work executed, too.)
//:
//: Of the drawn answers {{ship.original.right|.1%}} were right. Now it is {{ship.q80.right|.1%}} with eight bits in blocks,
//: {{ship.q40.right|.1%}} with four that were trained, and {{ship.q40Rounded.right|.1%}} with four at the nearest levels.
//: Of the greedy answers {{ship.q80.flips}} flip with eight bits in blocks, {{ship.q40.flips}} with four that were trained,
//: and {{ship.q40Rounded.flips}} with four at the nearest levels. A mean that stays hides most of that. The peak of memory
//: is much the same for all: a process that writes a text needs more for itself than for a model as small as this one, and
//: each model keeps its floats beside its codes, from which the tables say what a token is.
//:
//: ## Where it breaks
//:
//: - Everything here is a matter of size. Our model loses so little at four bits that the ways of rounding differ
//:   by thousandths of a nat. Their order is that of the validation texts, and the intervals overlap.
//: - AWQ lowers the loss of the layers that it reaches by a hundredth or two, and the model says so little of it that we see none. Its paper's
//:   models have channels that stand out behind their norms; ours has none, which leaves SmoothQuant nothing to do, either.
//: - Training in floats and rounding afterwards lose what they gained. Quantization, or training with it, comes last.
//: - Static scales for activations, four bits for activations, and codes that are not evenly spaced are not here. The head and the table
//:   are at eight bits in every file.
//: - A cache of eight bits is read into floats a block at a time. A kernel that multiplies the codes themselves would save that, too.
//: - Our own model gains less time than the larger one: {{ship.int8.pace}} as fast a token with int8 rows, {{ship.q40.pace}} with four bits. It fits
//:   into a processor's caches, and a token waits for other things than weights.
//:
//: ## Summary
//:
//: - A code and a step for each weight; the mean squared error is a twelfth of the squared step, so each bit quarters it.
//: - Products of whole numbers are exact, whatever their order; only scales round.
//: - With few bits few weights share a scale. What counts is the loss of the outputs: GPTQ passes errors on, AWQ and SmoothQuant
//:   move the difficulty, and none of them needs training.
//: - Straight-through training pays where bits are very few.
//: - Fewer bytes are fewer milliseconds where weights are read for one token, and if there is a kernel for them.
//:
//: ## References
//:
//: - Frantar et al., *GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers*, 2022, arXiv:2210.17323.
//: - Lin et al., *AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration*, 2023, arXiv:2306.00978.
//: - Xiao et al., *SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models*, 2022, arXiv:2211.10438.
//: - Dettmers et al., *LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale*, 2022, arXiv:2208.07339: outliers.
//: - Bengio et al., *Estimating or Propagating Gradients Through Stochastic Neurons for Conditional Computation*, 2013,
//:   arXiv:1308.3432: the straight-through estimator. Jacob et al., *Quantization and Training of Neural Networks for Efficient
//:   Integer-Arithmetic-Only Inference*, 2017, arXiv:1712.05877.
//: - Hassibi and Stork, *Second Order Derivatives for Network Pruning: Optimal Brain Surgeon*, 1993: where the formula of GPTQ is from.
//: - The formats: `ggml-common.h`, `ggml-quants.c` and `docs/gguf.md` in https://github.com/ggml-org/ggml.
