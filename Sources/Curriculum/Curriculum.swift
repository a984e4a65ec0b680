import Kernels

/// The corpus of the book: documents of arithmetic up to worked Countdown problems, from a seed.
///
/// Document `i` depends on the seed, the mix and `i` alone, so that a reader can start anywhere and
/// an interrupted run resumes by its position.
///
///     let curriculum = Curriculum(seed: 1)
///     curriculum[0]    // "make 24 from 4 6 3\n<think>\n6*4=24,24+3=27 no\n…"
public struct Curriculum: Sendable {
  public let mix: Mix
  private let root: Generator
  private let families: [Family]

  public init(seed: UInt64, mix: Mix = Mix()) {
    self.mix = mix
    root = Generator(seed: seed)
    families = Family.training
  }

  /// Document number `index`.
  public subscript(index: Int) -> String {
    var generator = root.stream(UInt64(index))
    return switch lesson(&generator) {
    case .sums: sums(&generator)
    case .verdicts: verdicts(&generator)
    case .chains: chains(&generator)
    case .traces: trace(&generator).text
    }
  }

  private func lesson(_ generator: inout Generator) -> Lesson {
    let lessons = Lesson.allCases.map { ($0, mix.shares[$0] ?? 0) }
    var left = generator.uniform() * lessons.reduce(0) { $0 + $1.1 }
    for (lesson, share) in lessons {
      left -= share
      if left < 0 { return lesson }
    }
    return .traces
  }

  private func sums(_ generator: inout Generator) -> String {
    (0..<12).map { _ in Step.sample(&generator).description }.joined(separator: "\n")
  }

  private func verdicts(_ generator: inout Generator) -> String {
    let target = 1 + generator.uniform(below: 99)
    let lines = (0..<12).map { _ in
      let result = generator.uniform() < 0.4 ? target : generator.uniform(below: 100)
      return "\(result) \(verdict(result == target))"
    }
    return "make \(target)\n" + lines.joined(separator: "\n")
  }

  private func chains(_ generator: inout Generator) -> String {
    let family = families[generator.uniform(below: families.count)]
    var numbers = family.numbers
    var ways = family.ways
    generator.shuffle(&numbers)
    generator.shuffle(&ways)
    let lines = ways.prefix(8).map { $0.worked! }
    return "use \(numbers.map(String.init).joined(separator: " "))\n"
      + lines.joined(separator: "\n")
  }

  private func trace(_ generator: inout Generator) -> Trace {
    let family = families[generator.uniform(below: families.count)]
    var numbers = family.numbers
    generator.shuffle(&numbers)
    let target = family.targets[generator.uniform(below: family.targets.count)]
    let isCareful = generator.uniform() < mix.careful
    var ways = family.ways
    generator.shuffle(&ways)
    var attempts: [Expression] = []
    while attempts.count < mix.longest, !ways.isEmpty {
      let solution = ways.firstIndex { $0.value == Rational(target) }
      let isInspired = generator.uniform() < mix.insight
      attempts.append(ways.remove(at: isInspired ? solution ?? 0 : 0))
      let hit = attempts.last!.value == Rational(target)
      if isCareful ? hit : generator.uniform() < mix.haste { break }
    }
    return Trace(problem: Problem(numbers: numbers, target: target), attempts: attempts)
  }
}

/// All training problems over the same numbers.
private struct Family: Sendable {
  let numbers: [Int]
  let ways: [Expression]
  let targets: [Int]

  static let training: [Family] = {
    let problems = Problem.all(split: .train) + Problem.all(split: .train, count: 2)
    return Dictionary(grouping: problems, by: \.numbers).sorted {
      $0.key.lexicographicallyPrecedes($1.key)
    }
    .map { Family(numbers: $0.key, ways: waysToWork($0.key), targets: $0.value.map(\.target)) }
  }()
}

extension Step {
  static func sample(_ generator: inout Generator) -> Step {
    let steps = tables[generator.uniform(below: tables.count)]
    return steps[generator.uniform(below: steps.count)]
  }
  private static let tables: [[Step]] = Operator.allCases.map { symbol in
    all.filter { $0.symbol == symbol && $0.right <= 13 }
  }
}
