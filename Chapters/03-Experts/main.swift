import Domains
import Experts
import Foundation
import Kernels
import Notebook
import Tensors
import Training
import Transformer
import Trials

chapter(
  3, "Experts",
  shows: "a mixture of experts, from one layer too wide to afford to a small Llama 4",
  needs: "nothing but this checkout",
  takes: "two to three minutes the first time, and seconds from then on")

//: @Result With equal work for each token, a mixture of experts knows {{recall.loss|.0%}} of a phone book by heart and a dense model {{recall.dense|.0%}}; on text with little to memorise the two are hard to tell apart.
//:
//: The feed-forward layers of a decoder hold most of its weights. Every token is multiplied with all of
//: them, the one that ends a sentence in French as well as the one that adds two numbers. A **mixture of
//: experts** gives a layer several small feed-forward networks, the **experts**, and a **router** that
//: sends each token to a few of them. So the weights of a model and the work for a token, which were one
//: number until now, become two. Llama 4, Mixtral, DeepSeek and Qwen are all built like this.
//:
//: ## A wide layer is a sum of narrow ones
//:
//: Here is a feed-forward layer with \num{32} neurons inside. Each neuron has a row in the gate's matrix,
//: one in the other, and one that it adds to the output.

var generator = Generator(seed: 11)
let (tokens, width, neurons) = (6, 8, 32)
let gate = Tensor([neurons, width], normal: 0.5, from: &generator)
let up = Tensor([neurons, width], normal: 0.5, from: &generator)
let down = Tensor([neurons, width], normal: 0.5, from: &generator)

func feedForward(_ x: Tensor, neurons: Range<Int32>) -> Tensor {
  let some = Array(neurons)
  return x.projected(by: gate.rows(some)).swiglu(x.projected(by: up.rows(some)))
    .product(with: down.rows(some))
}
let x = Tensor([tokens, width], normal: 1, from: &generator)
let whole = feedForward(x, neurons: 0..<32)

//: No neuron looks at another. So we can cut the layer into four of eight neurons each, and add up what
//: they say.

let slices: [Range<Int32>] = [0..<8, 8..<16, 16..<24, 24..<32]
let parts = slices.map { feedForward(x, neurons: $0) }
func distance(_ a: Tensor, _ b: Tensor) -> Float {
  zip(a.floats, b.floats).map { abs($0 - $1) }.max()!
}
let sum = parts.dropFirst().reduce(parts[0], +)
pin("slices.apart", distance(whole, sum))
claim("the layer is the sum of its slices", distance(whole, sum) < 1e-5)

//: An expert is such a slice: just a feed-forward layer, and a narrow one. If for a given token two of the
//: four have little to say, we could save half of the work by not asking them. The art is to know which,
//: before asking. Better still: if slices are trained knowing that they will not always be asked, they can
//: become good at different things.
//:
//: ## The router, by hand
//:
//: The router is one more matrix, with a row for each expert. The inner product of a token with that row
//: is a **logit**, a softmax turns the logits of a token into probabilities, and the token goes to the
//: experts with the largest, here to the best two. This is **top-k routing** (Shazeer et al. 2017), and
//: in the form of today Mixtral's.

var configuration = Configuration(
  vocabulary: 16, width: width, layers: 1, heads: 1, feedForwardWidth: neurons, context: 64)
var mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 8)
mixture.renormalizes = true
let layer = MixtureOfExperts(configuration, mixture, layer: 0, Scope(Parameters(), seed: 5))

let logits = x.projected(by: layer.router.weight!.tensor)
let probabilities = logits.softmax()
let choices = (0..<tokens).map { token in
  (0..<4).sorted { (probabilities[token, $1], $0) < (probabilities[token, $0], $1) }.prefix(2)
}
let shares = choices.enumerated().map { token, chosen in
  let total = chosen.map { probabilities[token, $0] }.reduce(0, +)
  return chosen.map { probabilities[token, $0] / total }
}
table(
  "Where six tokens go", columns: ["token", "best", "second", "weight", "weight of the second"],
  rows: (0..<tokens).map { [$0, choices[$0][0], choices[$0][1], shares[$0][0], shares[$0][1]] })

//: The two probabilities are divided by their sum, so that they add up to one again: **renormalised**. The
//: output for the token is the average of its two experts, weighted so.

let passage = Passage([1, 2, 3, 4, 5, 6], lengths: [tokens])
let byHand = (0..<tokens).flatMap { token -> [Float] in
  let row = x.rows([Int32(token)])
  let answers = zip(choices[token], shares[token]).map { layer.experts[$0](row).scaled(by: $1) }
  return (answers[0] + answers[1]).floats
}
let mixed = layer(x, passage)
pin("mixture.apart", distance(mixed, Tensor([tokens, width], byHand)))
claim("the library's layer computes just this", distance(mixed, Tensor([tokens, width], byHand)) < 1e-6)

//: @Source(Experts/Router.swift, Router.callAsFunction(_:_:))
//:
//: ## Dispatch
//:
//: Going through the tokens one by one, as we just did, is how many tutorials do it, or they copy the
//: weights of its two experts for every token. Both turn matrix products into products with single rows,
//: which spend their time fetching weights. It is better to sort: all tokens of an expert side by side
//: make one block of rows, and each expert costs three products, whoever comes.
//:
//: @Source(Experts/MixtureOfExperts.swift, MixtureOfExperts.mixed(_:_:))
//:
//: Where the tokens were gathered they are brought back by one operation, the weighted sum. In the backward
//: pass it hands each expert's row its share of the gradient, in the same order.

let large = MixtureOfExperts(
  Configuration(vocabulary: 16, width: 64, layers: 1, heads: 1, feedForwardWidth: 256, context: 64),
  {
    var mixture = MixtureConfiguration(experts: 8, expertsPerToken: 2, expertWidth: 64)
    mixture.renormalizes = true
    return mixture
  }(), layer: 0, Scope(Parameters(), seed: 1))
let many = Tensor([1024, 64], normal: 1, from: &generator)
let manyPassage = Passage([Int32](repeating: 0, count: 1024), lengths: [1024])
let routing = large.router(many, manyPassage)

func oneByOne() -> [Tensor] {
  (0..<1024).map { token in
    let row = many.rows([Int32(token)])
    let (a, b) = (Int(routing.choices[2 * token]), Int(routing.choices[2 * token + 1]))
    return large.experts[a](row).scaled(by: routing.weights[token, 0])
      + large.experts[b](row).scaled(by: routing.weights[token, 1])
  }
}
func milliseconds(_ body: () -> Void) -> Double {
  (0..<5).map { _ in ContinuousClock().measure(body) / .milliseconds(1) }.min()!
}
measured("1024 tokens, one by one", milliseconds { _ = oneByOne() }, "ms")
measured("1024 tokens, sorted", milliseconds { _ = large(many, manyPassage) }, "ms")

//: Nothing is lost on the way: no token is dropped, however many want the same expert, and none notices who
//: its neighbours are.

let together = large(many, manyPassage)
claim(
  "a token has the same bits alone as among a thousand",
  [0, 511, 1023].allSatisfy {
    large(many.rows([Int32($0)]), Passage([0], lengths: [1])).row(0) == together.row($0)
  })

//: ## What the router learns from
//:
//: Which experts are chosen is decided by comparisons, and a comparison has no slope. The router learns all
//: the same, through the *weights* of those chosen: if an expert's answer was good, its weight should grow.
//: What that says to the logits depends on when the softmax is taken. We ask for the slopes of a token's
//: result with respect to its four logits, when the two chosen experts have answered \num{1} and \num{-1}.

let someLogits = Tensor([[1.2, 0.4, -0.3, 0.1]])
let answers = Tensor([[1, -1]])
func slopes(_ weights: @escaping (Tensor) -> Tensor) -> [Float] {
  gradient(at: [someLogits]) { (weights($0[0]) * answers).sum() }.gradients[0].floats
}
let overAll = slopes { $0.softmax().picked([0, 1], count: 2) }
let overChosen = slopes { $0.picked([0, 1], count: 2).softmax() }
let renormalized = slopes { $0.softmax().picked([0, 1], count: 2).renormalized() }
show("softmax over all, then select", overAll)
show("select, then softmax", overChosen)
show("softmax over all, select, renormalise", renormalized)
claim("experts that were not chosen are heard only without renormalisation",
  overAll[2] != 0 && overChosen[2] == 0 && abs(renormalized[2]) < 1e-7)
claim("to select first or to renormalise after is the same",
  zip(overChosen, renormalized).allSatisfy { abs($0 - $1) < 1e-6 })

//: With one expert for each token there is a trap that several tutorials fall into: renormalised, a single
//: weight is one, always, and the router learns nothing. The library refuses to build that.

do {
  var trap = MixtureConfiguration(experts: 4, expertsPerToken: 1, expertWidth: 8)
  trap.renormalizes = true
  _ = try Transformer(configuration, mixture: trap, seed: 1)
} catch { show("refused", error) }

//: ## One comparison, fair on every side
//:
//: Is a mixture better than the dense layer that costs as much? That is an experiment, and it needs care:
//: the same text, the same optimiser, the same first weights outside of the layers in question, and for each
//: token the same work. We train small decoders whose feed-forward layers are either dense or eight
//: experts, on two kinds of text.
//:
//: - The **phone book** has thousands of lines such as `qzk=4831`, drawn at random. There is nothing to
//:   understand. A model has to hold it, and what it can hold is a matter of how many weights it has.
//: - The **eight domains** are arithmetic, Countdown, dates, sorting, reversal, sentences, Roman numerals and
//:   small programs. There is little to hold and much to compute.
//:
//: One layout is no mixture and no equal either: *wide* is a dense layer with as many weights as all experts
//: together, and does several times the work.
//:
//: @Source(Trials/Trial.swift, Trial.run(onStep:))

func outcome(_ workload: Workload, _ layout: Layout) throws -> Outcome {
  let steps = Size.current.pick(tiny: 10, book: workload.steps, large: 2 * workload.steps)
  let trial = Trial(workload, layout, seed: Seed.current, steps: steps)
  let folder = try workspace(
    "trial-\(workload)-\(layout)", key: "\(trial) \(steps)", madeBy: "Trials", takes: "some seconds"
  ) { folder in
    let outcome = try progress("\(workload), \(layout)", total: steps) { bar in
      try trial.run { bar.advance("loss \(Float($0.loss))") }
    }
    try JSONEncoder().encode(outcome).write(to: folder.appending(path: "outcome.json"))
  }
  return try JSONDecoder().decode(
    Outcome.self, from: Data(contentsOf: folder.appending(path: "outcome.json")))
}

//: ### By heart

let phoneLayouts: [Layout] = [.dense, .wide, .unbalanced, .loss, .random, .hash]
let phone = try phoneLayouts.map { try outcome(.recall, $0) }
table(
  "A phone book", columns: ["layout", "recalled", "nats a number", "active weights", "weights"],
  rows: zip(phoneLayouts, phone).map {
    ["\($0)", $1.recall!.rate, $1.loss, $1.activeParameters, $1.parameters]
  })
for (layout, outcome) in zip(phoneLayouts, phone) { pin("recall.\(layout)", outcome.recall!.rate) }

//: ### By understanding

let textLayouts: [Layout] = [
  .dense, .wide, .unbalanced, .loss, .bias, .noise, .capacity, .expertChoice, .random, .hash, .llama4,
]
let text = Dictionary(uniqueKeysWithValues: try textLayouts.map { ($0, try outcome(.text, $0)) })
func violation(_ outcome: Outcome) -> Double {
  let loads = outcome.routing.last?.loads ?? []
  return loads.map(\.maximumViolation).reduce(0, +) / Double(max(1, loads.count))
}
table(
  "Texts of eight domains, one seed",
  columns: ["layout", "nats a character", "MaxVio", "dead experts", "dropped", "weights"],
  rows: textLayouts.map { layout in
    let outcome = text[layout]!
    return [
      "\(layout)", outcome.loss, violation(outcome),
      outcome.routing.last!.loads.map(\.dead).reduce(0, +), outcome.droppedFraction,
      outcome.parameters,
    ]
  })
