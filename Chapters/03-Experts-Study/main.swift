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
//: We give the mean of the three seeds and half the distance between the best and the worst. MaxVio is by
//: how much the busiest expert exceeds the mean, in the last step, averaged over the layers.

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
func spread(_ values: [Double]) -> Double { (values.max()! - values.min()!) / 2 }
func violation(_ outcome: Outcome) -> Double {
  guard let last = outcome.routing.last, !last.counts.isEmpty else { return 0 }
  return mean(last.loads.map(\.maximumViolation))
}
func dead(_ outcome: Outcome) -> Int { outcome.routing.last?.loads.map(\.dead).reduce(0, +) ?? 0 }
func row(_ layout: Layout, _ outcomes: [Outcome], _ values: [Double]) -> [any CustomStringConvertible] {
  [
    "\(layout)", mean(values), spread(values), mean(outcomes.map(violation)),
    mean(outcomes.map { Double(dead($0)) }), outcomes[0].activeParameters, outcomes[0].parameters,
  ]
}

//: ## A phone book

table(
  "What is still surprising about a number of the phone book, in nats",
  columns: ["layout", "nats", "±", "MaxVio", "dead", "active weights", "weights"],
  rows: Layout.allCases.map { layout in
    let outcomes = outcomes(.recall, layout)
    return row(layout, outcomes, outcomes.map(\.loss))
  })
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
  "How surprising texts are that were never learned, in nats a character",
  columns: ["layout", "nats", "±", "MaxVio", "dead", "active weights", "weights"],
  rows: Layout.allCases.map { layout in
    let outcomes = outcomes(.text, layout)
    return row(layout, outcomes, outcomes.map(\.loss))
  })
