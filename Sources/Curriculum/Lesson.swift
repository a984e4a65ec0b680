import Kernels

/// A kind of document.
public enum Lesson: Int, Sendable, Hashable, CaseIterable {
  /// Single steps of arithmetic, one on a line: `17-8=9`.
  case sums
  /// A target, and results judged against it: `make 24`, then `27 no`, `24 yes`.
  case verdicts
  /// Numbers, and ways to use each of them once: `use 4 6 3`, then `6*4=24,24+3=27`.
  case chains
  /// A problem with a search trace and its answer.
  case traces
}

/// Twelve steps, each of `Step.elementary` equally likely.
func sums(_ generator: inout Generator) -> String {
  (0..<12).map { _ in generator.pick(Step.elementary).description }.joined(separator: "\n")
}

/// A target and twelve verdicts, two in five of them `yes`.
func verdicts(_ generator: inout Generator) -> String {
  let target = 1 + generator.uniform(below: 99)
  let lines = (0..<12).map { _ in
    let result = generator.uniform() < 0.4 ? target : generator.uniform(below: 100)
    return "\(result) \(verdict(result == target))"
  }
  return "make \(target)\n" + lines.joined(separator: "\n")
}

/// Up to sixteen different ways to work the same numbers, towards no target.
func chains(_ family: Family, _ generator: inout Generator) -> String {
  let numbers = generator.shuffled(family.numbers).map(String.init).joined(separator: " ")
  let lines = generator.shuffled(family.ways).prefix(16).map { $0.worked! }
  return "use \(numbers)\n" + lines.joined(separator: "\n")
}

/// A search at one of the problems of `family`, careful or hasty as `mix` says, that makes no
/// attempt twice.
func trace(_ family: Family, _ mix: Mix, _ generator: inout Generator) -> Trace {
  let target = generator.pick(family.targets)
  let problem = Problem(numbers: generator.shuffled(family.numbers), target: target)
  let isCareful = generator.uniform() < mix.careful
  var ways = generator.shuffled(family.ways)
  var attempts: [Expression] = []
  while attempts.count < mix.longest, !ways.isEmpty {
    let solution = ways.firstIndex { $0.value == Rational(target) }
    let isInspired = generator.uniform() < mix.insight
    let attempt = ways.remove(at: isInspired ? solution ?? 0 : 0)
    attempts.append(attempt)
    let isHit = attempt.value == Rational(target)
    if isCareful ? isHit : generator.uniform() < mix.haste { break }
  }
  return Trace(problem: problem, attempts: attempts)
}
