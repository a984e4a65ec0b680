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

  public init(seed: UInt64, mix: Mix = Mix()) {
    self.mix = mix
    root = Generator(seed: seed)
  }

  /// Document number `index`, without an end-of-text token.
  public subscript(index: Int) -> String {
    var generator = root.stream(UInt64(index))
    return switch lesson(&generator) {
    case .sums: sums(&generator)
    case .verdicts: verdicts(&generator)
    case .chains: chains(family(&generator), &generator)
    case .traces: trace(family(&generator), mix, &generator).text
    }
  }

  /// A kind of document, as likely as its share.
  private func lesson(_ generator: inout Generator) -> Lesson {
    let shares = Lesson.allCases.map { mix.shares[$0] ?? 0 }
    var left = generator.uniform() * shares.reduce(0, +)
    return zip(Lesson.allCases, shares).first { _, share in
      left -= share
      return left < 0
    }?.0 ?? .traces
  }

  private func family(_ generator: inout Generator) -> Family {
    generator.pick(generator.uniform() < mix.pairs ? Family.pairs : Family.triples)
  }
}
