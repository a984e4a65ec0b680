import Kernels

/// Names and their numbers, drawn at random: what can only be learned by heart.
///
///     let book = PhoneBook(entries: 5000, seed: 1)
///     book.text(0)      // "qzk=4831"
///     book[0]           // its tokens
///
/// No entry says anything about another, so a model knows as much of the book as its weights can
/// hold: `nats` in all. It is the task on which the number of parameters matters, where the usual
/// text asks for computation (Jelassi et al. 2024, *Mixture of Parrots*, arXiv:2410.19034; Allen-Zhu
/// and Li 2024, arXiv:2404.05405).
///
/// An entry is an example of its own: the name and the equals sign are given, the digits are
/// learned. All are of one length.
public struct PhoneBook: Sendable {
  /// Small letters, `letters` of them, no two alike.
  public let names: [String]

  /// Digits, `digits` of them, each of the ten equally likely.
  public let numbers: [String]

  public let letters: Int
  public let digits: Int
  private let orders: Generator

  public init(entries: Int, letters: Int = 3, digits: Int = 4, seed: UInt64) {
    let possible = (0..<letters).reduce(1) { count, _ in 26 * count }
    precondition(
      (1...possible / 2).contains(entries) && digits > 0,
      "a book of \(entries) entries needs at least twice as many names as it has, and \(letters) "
        + "letters make \(possible); its numbers have \(digits) digits")
    self.letters = letters
    self.digits = digits
    let root = Generator(seed: seed)
    var (spelling, dialling) = (root.stream(0), root.stream(1))
    orders = root.stream(2)
    var (names, taken) = ([String](), Set<String>())
    while names.count < entries {
      let name = String((0..<letters).map { _ in character("a", spelling.uniform(below: 26)) })
      if taken.insert(name).inserted { names.append(name) }
    }
    self.names = names
    numbers = (0..<entries).map { _ in
      String((0..<digits).map { _ in character("0", dialling.uniform(below: 10)) })
    }
  }

  public var count: Int { names.count }

  /// An entry as text: `qzk=4831`.
  public func text(_ entry: Int) -> String { "\(names[entry])=\(numbers[entry])" }

  /// The tokens of an entry, one for each character.
  public subscript(entry: Int) -> [Int32] { Alphabet.tokens(of: text(entry)) }

  /// How many of an entry's first tokens are given: the name and the equals sign.
  public var given: Int { letters + 1 }

  /// The surprisal of one number to a model that knows only that it is one, in nats.
  public var natsOfChance: Double { Double(digits) * logarithm(10.0) }

  /// What there is to be known, in nats.
  public var nats: Double { Double(count) * natsOfChance }

  /// The entries of training step `step`, counted from 0: `size` of them, which go on where the step
  /// before stopped. The book is read from end to end, over and over, each time in a new order.
  public func batch(_ step: Int, size: Int) -> [Int] {
    var entries: [Int] = []
    while entries.count < size {
      let position = step * size + entries.count
      let (reading, first) = position.quotientAndRemainder(dividingBy: count)
      var order = Array(0..<count)
      var generator = orders.stream(UInt64(reading))
      generator.shuffle(&order)
      entries += order[first...].prefix(size - entries.count)
    }
    return entries
  }
}

private func character(_ first: UnicodeScalar, _ offset: Int) -> Character {
  Character(UnicodeScalar(UInt8(first.value) + UInt8(offset)))
}
