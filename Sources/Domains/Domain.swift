import Curriculum
import Kernels

/// A kind of text that is easily told from the others, by its characters and by what it asks of a
/// model. Experts that specialise have something to specialise in.
///
///     arithmetic    473+58=531
///     countdown     make 24 from 4 6 3 … <answer>4*(6-3)</answer>
///     dates         14 mar 2023 + 20 days = 3 apr 2023
///     sorting       sort 83 5 47: 5 47 83
///     reversal      reverse kqtz: ztqk
///     sentences     the dogs that anna sees sleep.
///     numerals      MCMLXXXVII = 1987
///     programs      a=7, b=a+5, print b-2, each on its line, and > 10
public enum Domain: String, CaseIterable, Codable, Sendable {
  case arithmetic, countdown, dates, sorting, reversal, sentences, numerals, programs

  /// A piece of text of this domain that belongs to `split`.
  func item(of split: Split, _ generator: inout Generator) -> String {
    switch self {
    case .countdown: search(of: split, &generator)
    case .arithmetic: draw(of: split, &generator, calculation)
    case .dates: draw(of: split, &generator, date)
    case .sorting: draw(of: split, &generator, sortedNumbers)
    case .reversal: draw(of: split, &generator, reversedWord)
    case .sentences: draw(of: split, &generator, sentence)
    case .numerals: draw(of: split, &generator, numeral)
    case .programs: draw(of: split, &generator, program)
    }
  }

  /// Draws items until one is on the right side.
  private func draw(
    of split: Split, _ generator: inout Generator, _ make: (inout Generator) -> Item
  ) -> String {
    while true {
      let item = make(&generator)
      if item.split(in: self) == split { return item.text }
    }
  }
}

/// A piece of text, whole lines, and what it is about.
struct Item {
  let text: String

  /// Equal for items that would give each other away, such as `reverse abc` and `reverse cba`.
  let subject: String

  /// Eight subjects in ten are for training, one for validation, one is held out. Which, depends on
  /// the subject alone: all seeds share their splits.
  func split(in domain: Domain) -> Split {
    // A stream of its own, which no seed of an experiment reaches.
    var stream = "\(domain) \(subject)".utf8.reduce(Generator(seed: 0xd0_3a17)) {
      $0.stream(UInt64($1))
    }
    return switch stream.uniform(below: 10) {
    case 0..<8: .train
    case 8: .validation
    default: .heldOut
    }
  }
}
