import Domains
import Experts
import Foundation
import Notebook
import Trials

study(
  3, "Experts",
  shows: "where a mixture of experts beats a dense model of equal work, and where not",
  needs: "nothing but this checkout",
  takes: "about a quarter of an hour")

//: Chapter 3 compares dense layers with mixtures of experts, each once. Here every layout is trained with
//: three seeds on both workloads. A seed decides the text or the phone book and the first weights; all
//: layouts of a seed read the same batches in the same order. The claims on this page hold on every seed.
//: Where the order of two layouts changes with the seed, the tables say so. Runs are longer than in the chapter,
//: which has little time; those on texts are made at its length as well.

let seeds: [UInt64] = [1, 2, 3]
let steps: [Workload: Int] = [
  .recall: Size.current.pick(tiny: 5, book: 3000, large: 6000),
  .text: Size.current.pick(tiny: 10, book: 1000, large: 6000),
]
let earlyEnd = Size.current.pick(tiny: 5, book: Workload.text.steps, large: 3000)
func arms(_ workload: Workload, steps: Int) -> [Arm] {
  Layout.allCases.flatMap { layout in
    seeds.map { Arm(trial: Trial(workload, layout, seed: $0, steps: steps)) }
  }
}
let all =
  Workload.allCases.flatMap { arms($0, steps: steps[$0]!) } + arms(.text, steps: earlyEnd)
let found = Dictionary(uniqueKeysWithValues: zip(all.map(\.trial), try outcomes(of: all)))
func outcomes(_ workload: Workload, _ layout: Layout, after end: Int? = nil) -> [Outcome] {
  seeds.map { found[Trial(workload, layout, seed: $0, steps: end ?? steps[workload]!)]! }
}

//: ## What a number is worth
//:
//: We give the mean over the seeds of what is still surprising, in nats, and by how much that is *less* than
//: for the dense layer of the same seed, with half the distance between the extremes of that difference.
//: *Better* is on how many of the three seeds the difference is positive. MaxVio is by how much the busiest
//: expert exceeds the mean, averaged over the layers and the last fifth of the steps, and an expert is dead that gets less
//: than a tenth of the mean.

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
func spread(_ values: [Double]) -> Double { (values.max()! - values.min()!) / 2 }
func violation(_ outcome: Outcome) -> Double {
  let loads = outcome.routing.suffix(10).flatMap(\.loads)
  return loads.isEmpty ? 0 : mean(loads.map(\.maximumViolation))
}
func dead(_ outcome: Outcome) -> Int { outcome.routing.last?.loads.map(\.dead).reduce(0, +) ?? 0 }
func better(_ workload: Workload, _ layout: Layout, than other: Layout) -> Int {
  zip(outcomes(workload, layout), outcomes(workload, other)).count { $0.loss < $1.loss }
}
func gains(_ workload: Workload, _ layout: Layout, after end: Int? = nil) -> [Double] {
  zip(outcomes(workload, .dense, after: end), outcomes(workload, layout, after: end)).map {
    $0.loss - $1.loss
  }
}
let columns = [
  "layout", "nats", "less than dense", "±", "better", "MaxVio", "dead", "active weights", "weights",
]
func rows(_ workload: Workload) -> [[any CustomStringConvertible]] {
  Layout.allCases.map { layout in
    let found = outcomes(workload, layout)
    let gains = gains(workload, layout)
    return [
      "\(layout)", mean(found.map(\.loss)), mean(gains), spread(gains),
      better(workload, layout, than: .dense), mean(found.map(violation)),
      mean(found.map { Double(dead($0)) }), found[0].activeParameters, found[0].parameters,
    ]
  }
}

//: ## A phone book

table(
  "What is still surprising about a number of the phone book, in nats", columns: columns,
  rows: rows(.recall))
bars(
  "recall", title: "How much of the phone book is known by heart",
  labels: Layout.allCases.map { "\($0)" }, axis: Axis("share of entries"),
  seeds.indices.map { seed in
    Bars("seed \(seeds[seed])", Layout.allCases.map { outcomes(.recall, $0)[seed].recall!.rate })
  },
  caption: "Every layout but wide does the same work for a token.")
for layout in Layout.allCases {
  pin("recall.\(layout)", mean(outcomes(.recall, layout).map { $0.recall!.rate }))
}

// After the few steps of `tiny` nothing is known by heart, and nothing is claimed.
let isTrained = Size.current != .tiny
let learnedOrFixed: [Layout] = [.unbalanced, .loss, .bias, .noise, .capacity, .hash, .llama4]
claim(
  "a mixture in which each token chooses, or has its place, knows more than the dense layer",
  !isTrained || learnedOrFixed.allSatisfy { better(.recall, $0, than: .dense) == 3 })
claim(
  "the wide layer knows most, and a fixed table comes next",
  !isTrained
    || Layout.allCases.allSatisfy {
      $0 == .wide
        || (better(.recall, .wide, than: $0) == 3
          && ($0 == .hash || better(.recall, .hash, than: $0) == 3))
    })
claim(
  "experts drawn at random know less than one layer",
  !isTrained || better(.recall, .dense, than: .random) == 3)

//: The order of the others changes with the seed, and their spreads overlap. With the balancing loss the
//: mean is best. Noise, at the strength that we chose once and did not tune, leaves experts dead. Expert
//: choice is trained by one rule and examined by another, since tokens to come cannot be had when a model
//: writes; it beats the dense layer on {{expertChoice.better}} seeds only. Llama 4's layout has fewer
//: weights than the others, because half of its work goes to the expert that all share.

pin("expertChoice.better", better(.recall, .expertChoice, than: .dense))

//: ## Texts of eight domains

table(
  "How surprising texts are that were never learned, in nats a character", columns: columns,
  rows: rows(.text))
bars(
  "text", title: "Nats a character less than the dense layer of the same seed",
  labels: Layout.allCases.dropFirst().map { "\($0)" }, axis: Axis("nats"),
  seeds.indices.map { seed in
    Bars(
      "seed \(seeds[seed])",
      Layout.allCases.dropFirst().map {
        outcomes(.text, .dense)[seed].loss - outcomes(.text, $0)[seed].loss
      })
  },
  caption: "To the right is better than dense.")
for layout in Layout.allCases {
  pin("text.\(layout)", mean(outcomes(.text, layout).map(\.loss)))
  pin("text.\(layout).better", better(.text, layout, than: .dense))
}
pin("text.dense.spread", spread(outcomes(.text, .dense).map(\.loss)))

claim(
  "only more work, or a fixed table, beats the dense layer on every seed",
  !isTrained
    || Layout.allCases.filter { better(.text, $0, than: .dense) == 3 } == [.wide, .hash])
claim(
  "experts drawn at random are worse on every seed",
  !isTrained || better(.text, .random, than: .dense) == 0)

//: No mixture with a learned router is better than the dense layer on all seeds, and none is worse on all: the
//: differences are hundredths of a nat, as large as what a seed makes. That a table which sends each character
//: to fixed experts does better than any router is the result that we did not expect and have to print. These
//: models are small and read little; a router has to learn what the table is given.
//:
//: ### Half as long
//:
//: Runs of half the length, each with a learning rate that falls to its end, say something else:

table(
  "Nats a character less than the dense layer, by the length of the run",
  columns: ["layout"]
    + [earlyEnd, steps[.text]!].flatMap { ["after \($0) steps", "±", "better"] },
  rows: Layout.allCases.dropFirst().map { layout in
    ["\(layout)"]
      + [earlyEnd, steps[.text]!].flatMap { end -> [any CustomStringConvertible] in
        let gains = gains(.text, layout, after: end)
        return [mean(gains), spread(gains), gains.count { $0 > 0 }]
      }
  })
for layout in Layout.allCases.dropFirst() {
  pin("early.\(layout)", mean(gains(.text, layout, after: earlyEnd)))
  pin("early.\(layout).better", gains(.text, layout, after: earlyEnd).count { $0 > 0 })
}
let early = Layout.allCases.filter { layout in
  gains(.text, layout, after: earlyEnd).allSatisfy { $0 > 0 }
}
pin("early.certain", early.map { "\($0)" }.joined(separator: ", "))

//: After the shorter runs these are better than the dense layer on every seed: {{early.certain}}. So where the models
//: have read little, most learned routers are ahead, by one or two hundredths of a nat; with noise, and in Llama 4's
//: layout, it still depends on the seed. When they have read twice as much, most of that lead is gone, and with it the
//: certainty. Whoever compares at one length finds what the length decides.
//:
//: ## What it costs
//:
//: The machine was shared while these runs were made, so the speeds say little more than the order of magnitude.

table(
  "Training, in tokens a second", columns: ["layout", "phone book", "texts"],
  rows: Layout.allCases.map { layout in
    [
      "\(layout)", mean(outcomes(.recall, layout).map(\.tokensPerSecond)),
      mean(outcomes(.text, layout).map(\.tokensPerSecond)),
    ]
  }, measured: true)
