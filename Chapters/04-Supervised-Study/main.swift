import Courses
import Foundation
import Notebook

study(
  4, "Supervised",
  shows: "how much of a key is memorised, by its size and by what learns it",
  needs: "nothing but this checkout; the base model of chapter 2 is trained if it is missing",
  takes: "about fifteen minutes")

//: Chapter 4 trains the base model once on a key of 512 answers. Here the keys have 64 to 8192 answers, and
//: what learns is all weights or an adapter. Everything is done with three seeds, which decide the
//: problems of the key, their answers and their order. All courses take the same number of steps with the same
//: number of texts, so small keys are seen more often.

//: The learning rate of all weights, and that of adapters of any rank, were chosen with a fourth seed on \num{332}
//: validation problems.

let seeds: [UInt64] = [1, 2, 3]
let sizes = Size.current.pick(
  tiny: [64, 512], book: [64, 512, 8192], large: [64, 512, 2048, 8192])
let ranks: [Int?] = [nil, 1, 8]
func course(_ problems: Int, rank: Int?, seed: UInt64, rate: Double) -> Course {
  var course = Course(.key, seed: seed, learningRate: rate, rank: rank)
  course.problems = problems
  course.steps = Size.current.pick(tiny: 4, book: course.steps, large: 2 * course.steps)
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
  columns: ["examples"] + columns, rows: sizes.map { row($0, $0, nil) })
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
  "the smallest key is known best, and helps least, on every seed",
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
//: Each curve is the mean of three seeds over a few problems. Early stopping would end the smaller keys long
//: before the last step.

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

//: ## The rank of the adapter

table(
  "Right answers after a key of 512 examples, by what learned it",
  columns: ["rank"] + columns,
  rows: ranks.map { rank in
    row(rank.map { "\($0)" } ?? "all weights", 512, rank)
  })
