import Domains
import Experts
import Foundation
import Notebook
import Trials

study(
  3, "Experts",
  shows: "where a mixture of experts beats a dense model of equal work, and where not",
  needs: "nothing but this checkout",
  takes: "about twenty minutes")

//: Chapter 3 compares dense layers with mixtures of experts, each once. Here every layout is trained with
//: three seeds on both workloads. A seed decides the text or the phone book and the first weights; all
//: layouts of a seed read the same batches in the same order. The claims on this page hold on every seed.
//: Where the order of two layouts changes with the seed, the tables say so.

let seeds: [UInt64] = [1, 2, 3]
let steps = Size.current.pick(tiny: 20, book: nil, large: 6000) as Int?
func arms(_ workload: Workload) -> [Arm] {
  Layout.allCases.flatMap { layout in
    seeds.map { Arm(trial: Trial(workload, layout, seed: $0, steps: steps)) }
  }
}
let all = arms(.recall) + arms(.text)
let found = Dictionary(uniqueKeysWithValues: zip(all.map(\.trial), try outcomes(of: all)))
func outcomes(_ workload: Workload, _ layout: Layout) -> [Outcome] {
  seeds.map { found[Trial(workload, layout, seed: $0, steps: steps)]! }
}

//: ## What a number is worth
//:
//: We give the mean of the three seeds and half the distance between the best and the worst. *Better* is on how
//: many of the seeds a layout beats the dense layer of the same seed. MaxVio is by how much the busiest expert
//: exceeds the mean, in the last step, averaged over the layers, and an expert is dead that gets less than a
//: tenth of the mean.

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
func spread(_ values: [Double]) -> Double { (values.max()! - values.min()!) / 2 }
func violation(_ outcome: Outcome) -> Double {
  guard let last = outcome.routing.last, !last.counts.isEmpty else { return 0 }
  return mean(last.loads.map(\.maximumViolation))
}
func dead(_ outcome: Outcome) -> Int { outcome.routing.last?.loads.map(\.dead).reduce(0, +) ?? 0 }
func better(_ workload: Workload, _ layout: Layout, than other: Layout) -> Int {
  zip(outcomes(workload, layout), outcomes(workload, other)).count { $0.loss < $1.loss }
}
let columns = ["layout", "nats", "±", "better", "MaxVio", "dead", "active weights", "weights"]
func rows(_ workload: Workload) -> [[any CustomStringConvertible]] {
  Layout.allCases.map { layout in
    let found = outcomes(workload, layout)
    return [
      "\(layout)", mean(found.map(\.loss)), spread(found.map(\.loss)),
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
  labels: Layout.allCases.map { "\($0)" }, axis: Axis("share of entries", range: 0...1),
  seeds.indices.map { seed in
    Bars("seed \(seeds[seed])", Layout.allCases.map { outcomes(.recall, $0)[seed].recall!.rate })
  },
  caption: "Every layout but wide does the same work for a token.")
for layout in Layout.allCases {
  pin("recall.\(layout)", mean(outcomes(.recall, layout).map { $0.recall!.rate }))
}

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

//: ## What it costs

table(
  "Training, in tokens a second", columns: ["layout", "phone book", "texts"],
  rows: Layout.allCases.map { layout in
    [
      "\(layout)", mean(outcomes(.recall, layout).map(\.tokensPerSecond)),
      mean(outcomes(.text, layout).map(\.tokensPerSecond)),
    ]
  }, measured: true)
