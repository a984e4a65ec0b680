import Courses
import Foundation
import Notebook

study(
  4, "Supervised",
  shows: "how much of a key is memorised, by its size and by what learns it",
  needs: "nothing but this checkout; the base model of chapter 2 is trained if it is missing",
  takes: "about half an hour")

//: @Result A key of \num{64} answers is known at {{practised.64|.0%}} and leaves {{heldOut.64|.0%}} of new problems solved, one of \num{8192} is known at {{practised.8192|.0%}} and leaves {{heldOut.8192|.0%}}; the base solves {{heldOut.base|.0%}}.
//:
//: Chapter 4 trains the base model once on a key of 512 answers. Here the keys have 64 to 8192 answers, and
//: what learns is all weights or an adapter. Everything is done with three seeds, which decide the
//: problems of the key, their answers and their order. All courses but those of *Stopping early* take the same number of
//: steps with the same number of texts, so small keys are seen more often.

//: One learning rate for all weights and one for adapters were chosen with a fourth seed on \num{332} validation problems, for
//: 512 answers, the full length and rank eight, and are used throughout. (Study 5 tried a larger one for the adapter, too: it
//: was worse.)

let seeds: [UInt64] = [1, 2, 3]
let sizes = Size.current.pick(
  tiny: [64, 512], book: [64, 512, 8192], large: [64, 512, 2048, 8192])
let ranks: [Int?] = [nil, 1, 8, 32]
let fullLength = Size.current.pick(tiny: 4, book: 120, large: 240)
func course(_ problems: Int, rank: Int?, seed: UInt64, rate: Double, steps: Int = fullLength)
  -> Course
{
  var course = Course(.key, seed: seed, learningRate: rate, rank: rank)
  course.problems = problems
  course.steps = steps
  return course
}
let tried: [(rank: Int?, rate: Double)] =
  [3e-4, 1e-3, 3e-3].map { (nil, $0) } + [1e-3, 3e-3, 1e-2].map { (8, $0) }
let choices = try outcomes(
  of: tried.map { Arm(course: course(512, rank: $0, seed: 9, rate: $1), isChoice: true) })
let validated = zip(tried, choices).map {
  (rank: $0.rank, rate: $0.rate, accuracy: $1.marks[.validation]!.accuracy)
}
table(
  "Right answers to validation problems", columns: ["rank", "learning rate", "accuracy"],
  rows: validated.map { [$0.rank.map { "\($0)" } ?? "all weights", "\($0.rate)", $0.accuracy] })
func rate(_ rank: Int?) -> Double {
  validated.filter { ($0.rank == nil) == (rank == nil) }.max { $0.accuracy < $1.accuracy }!.rate
}
pin("rate.full", rate(nil))
pin("rate.adapter", rate(8))

let base = try outcomes(
  of: [Arm(course: course(512, rank: nil, seed: seeds[0], rate: rate(nil), steps: 0))])[0]
pin("heldOut.base", base.marks[.heldOut]!.accuracy)
let cases: [(size: Int, rank: Int?)] =
  sizes.map { ($0, nil) } + ranks.dropFirst().map { (512, $0) }
let courses = cases.flatMap { size, rank in
  seeds.map { course(size, rank: rank, seed: $0, rate: rate(rank)) }
}
let found = Dictionary(
  uniqueKeysWithValues: zip(courses, try outcomes(of: courses.map { Arm(course: $0) })))
func outcomes(_ size: Int, _ rank: Int?) -> [Outcome] {
  seeds.map { found[course(size, rank: rank, seed: $0, rate: rate(rank))]! }
}
func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
func spread(_ values: [Double]) -> Double { (values.max()! - values.min()!) / 2 }

//: ## The size of the key

func accuracies(_ size: Int, _ rank: Int?, _ exam: Exam) -> [Double] {
  outcomes(size, rank).map { $0.marks[exam]!.accuracy }
}
func row(_ name: any CustomStringConvertible, _ size: Int, _ rank: Int?)
  -> [any CustomStringConvertible]
{
  let exams: [any CustomStringConvertible] = Exam.final.flatMap { exam in
    [mean(accuracies(size, rank, exam)), spread(accuracies(size, rank, exam))]
  }
  return [name] + exams + [mean(outcomes(size, rank).map(\.distance.forward))]
}
let columns = Exam.final.flatMap { ["\($0)", "±"] } + ["KL to base"]
table(
  "Right answers after a key of so many examples, drawn at temperature 1, with half the distance between the extremes of three seeds",
  columns: ["examples"] + columns,
  rows: [
    ["none"]
      + Exam.final.flatMap { [base.marks[$0]!.accuracy, 0] as [any CustomStringConvertible] }
      + [0]
  ] + sizes.map { row($0, $0, nil) })
plot(
  "size", title: "How much of a key is learned by heart",
  x: Axis("examples in the key", scale: .log), y: Axis("share of right answers", range: 0...1),
  series: [Exam.practised, .heldOut, .larger].map { exam in
    Series("\(exam)", x: sizes.map(Double.init), y: sizes.map { mean(accuracies($0, nil, exam)) })
  },
  caption: "The mean of three seeds. Every key was learned for the same number of steps.")
for size in sizes {
  pin("practised.\(size)", mean(accuracies(size, nil, .practised)))
  pin("heldOut.\(size)", mean(accuracies(size, nil, .heldOut)))
}
claim(
  "the smallest key is known best, and leaves the fewest new problems solved, on every seed",
  sizes.dropFirst().allSatisfy { size in
    zip(accuracies(sizes[0], nil, .practised), accuracies(size, nil, .practised)).allSatisfy {
      $0 > $1
    }
      && zip(accuracies(sizes[0], nil, .heldOut), accuracies(size, nil, .heldOut)).allSatisfy {
        $0 < $1
      }
  })

//: ## On the way
//:
//: Each curve is the mean of three seeds over a few problems.

plot(
  "epochs", title: "Held-out problems while a key is learned", x: Axis("step"),
  y: Axis("share of right answers"),
  series: sizes.map { size in
    let milestones = outcomes(size, nil).map(\.milestones)
    return Series(
      "\(size) examples", x: milestones[0].map { Double($0.step) },
      y: milestones[0].indices.map { place in mean(milestones.map { $0[place].accuracy[.heldOut]! })
      })
  },
  caption: "The base is at step 0.")

//: ## Stopping early
//:
//: How long should a key be learned? The learning rate falls to its end in every course, so a shorter course is more than
//: the beginning of a longer one. We hold courses of several lengths with the fourth seed, choose for each key the length
//: that is best on validation problems, and hold courses of that length with the three seeds.

let lengths = Size.current.pick(
  tiny: [2, fullLength], book: [5, 10, 20, 40, 80, fullLength],
  large: [5, 10, 20, 40, 80, 160, fullLength])
let tries = sizes.flatMap { size in lengths.map { (size: size, steps: $0) } }
let tryouts = zip(
  tries,
  try outcomes(
    of: tries.map { size, steps in
      Arm(course: course(size, rank: nil, seed: 9, rate: rate(nil), steps: steps), isChoice: true)
    })
).map { (size: $0.size, steps: $0.steps, accuracy: $1.marks[.validation]!.accuracy) }
plot(
  "lengths", title: "Right answers to validation problems, by the length of the course",
  x: Axis("steps", scale: .log), y: Axis("share of right answers"),
  series: sizes.map { size in
    let own = tryouts.filter { $0.size == size }
    return Series(
      "\(size) examples", x: own.map { Double($0.steps) }, y: own.map(\.accuracy))
  }, caption: "One seed, by which the length is chosen.")
func chosenLength(_ size: Int) -> Int {
  tryouts.filter { $0.size == size }.max { $0.accuracy < $1.accuracy }!.steps
}
let stopped = Dictionary(
  uniqueKeysWithValues: try sizes.map { size in
    let courses = seeds.map {
      course(size, rank: nil, seed: $0, rate: rate(nil), steps: chosenLength(size))
    }
    return (size, try outcomes(of: courses.map { Arm(course: $0) }))
  })
table(
  "Right answers after as many steps as were best on validation problems, and after all",
  columns: [
    "examples", "steps", "practised", "held out", "±", "KL to base", "held out after all", "±",
  ],
  rows: sizes.map { size in
    let accuracies = stopped[size]!.map { $0.marks[.heldOut]!.accuracy }
    let all = outcomes(size, nil).map { $0.marks[.heldOut]!.accuracy }
    return [
      size, chosenLength(size), mean(stopped[size]!.map { $0.marks[.practised]!.accuracy }),
      mean(accuracies), spread(accuracies), mean(stopped[size]!.map(\.distance.forward)),
      mean(all), spread(all),
    ]
  })
for size in sizes {
  pin("steps.\(size)", chosenLength(size))
  pin("stopped.\(size)", mean(stopped[size]!.map { $0.marks[.heldOut]!.accuracy }))
}
let stoppedBetter = zip(stopped[sizes[0]]!, outcomes(sizes[0], nil)).count {
  $0.marks[.heldOut]!.accuracy > $1.marks[.heldOut]!.accuracy
}
pin("stopped.better", stoppedBetter)

//: For the keys of 512 and 8192 answers the full length was chosen, {{steps.512}} and {{steps.8192}} steps: there is nothing
//: to be gained by stopping. For the smallest it is {{steps.64}} steps, after which {{stopped.64|.1%}} of new problems are
//: solved instead of {{heldOut.64|.1%}}, and more on {{stopped.better}} of the three seeds. So what a small key does to new
//: problems is done early, and to stop in time undoes little of it.

//: ## The rank of the adapter

table(
  "Right answers after a key of 512 examples, by what learned it",
  columns: ["rank"] + columns,
  rows: ranks.map { rank in
    row(rank.map { "\($0)" } ?? "all weights", 512, rank)
  })
