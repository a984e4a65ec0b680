import Curriculum
import Kernels

/// A Countdown problem of `split`, up to three attempts that miss, and one that hits.
///
/// The split is the problem's own (`Problem.split`), so that a model of this corpus can be examined
/// on the book's held-out problems.
func search(of split: Split, _ generator: inout Generator) -> String {
  let game = generator.pick(Game.all[split]!)
  let misses = generator.shuffled(game.misses).prefix(generator.uniform(below: 4))
  let problem = Problem(
    numbers: generator.shuffled(game.problem.numbers), target: game.problem.target)
  let trace = Trace(problem: problem, attempts: misses + [generator.pick(game.solutions)])
  return trace.text + "\n"
}

/// A problem with every way to work its numbers.
private struct Game {
  let problem: Problem
  let solutions: [Expression]
  let misses: [Expression]

  static let all = Dictionary(
    uniqueKeysWithValues: Split.allCases.map { split in
      var ways: [[Int]: [Expression]] = [:]
      let games = Problem.all(split: split).map { problem in
        if ways[problem.numbers] == nil { ways[problem.numbers] = waysToWork(problem.numbers) }
        let isHit = { (way: Expression) in way.value == Rational(problem.target) }
        return Game(
          problem: problem, solutions: ways[problem.numbers]!.filter(isHit),
          misses: ways[problem.numbers]!.filter { !isHit($0) })
      }
      return (split, games)
    })
}
