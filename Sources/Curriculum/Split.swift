import Kernels

/// What a problem may be used for.
public enum Split: Sendable, CaseIterable {
  /// May occur in training text and as a prompt of fine-tuning.
  case train
  /// Chooses hyper-parameters.
  case validation
  /// Measures, and is used for nothing else.
  case heldOut

  /// The split of every problem over `numbers`, in any order and with any target.
  ///
  /// The whole family of a set of numbers goes to one side. Were only the pair of numbers and target
  /// split, a wrong attempt at a training problem (`4*6=24,24+3=27 no` for 24) would solve a
  /// held-out one (27 from the same numbers). Numbers outside `Split.range`, and more than three of
  /// them, are held out entirely: they measure generalisation to other ranges and lengths. Pairs are
  /// always for training, since each is a line of elementary arithmetic.
  public init(of numbers: [Int]) {
    guard numbers.count <= 3, numbers.allSatisfy(Split.range.contains) else {
      self = .heldOut
      return
    }
    guard numbers.count == 3 else {
      self = .train
      return
    }
    // A stream of its own, which no seed of an experiment reaches: all runs share their splits.
    var stream = numbers.sorted().reduce(Generator(seed: 0x5e1f)) { $0.stream(UInt64($1)) }
    switch stream.uniform(below: 10) {
    case 0..<7: self = .train
    case 7: self = .validation
    default: self = .heldOut
    }
  }

  /// The numbers of training problems.
  public static let range = 1...13
}

extension Problem {
  public var split: Split { Split(of: numbers) }

  /// Every canonical problem over `count` numbers of `range` that is in `split`, has a target from
  /// 1 to 99 and at least one solution by the rules of the corpus, in rising order.
  ///
  ///     Problem.all(split: .train).count    // 3864
  public static func all(
    split: Split, count: Int = 3, range: ClosedRange<Int> = Split.range
  ) -> [Problem] {
    risingSets(count: count, range: range).filter { Split(of: $0) == split }.flatMap { numbers in
      Set(waysToWork(numbers).compactMap { $0.value?.whole }).subtracting([0]).sorted()
        .map { Problem(numbers: numbers, target: $0) }
    }
  }
}

/// All choices of `count` numbers of `range` with repetition, each in rising order.
private func risingSets(count: Int, range: ClosedRange<Int>) -> [[Int]] {
  (0..<count).reduce([[]]) { sets, _ in
    sets.flatMap { set in ((set.last ?? range.lowerBound)...range.upperBound).map { set + [$0] } }
  }
}
