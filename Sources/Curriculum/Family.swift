import Kernels

/// All the training problems over the same numbers, with the ways to work them.
struct Family: Sendable {
  /// In rising order.
  let numbers: [Int]
  /// The ways to work them, one of each kind (`waysToWork`).
  let ways: [Expression]
  /// The targets that some way reaches, in rising order.
  let targets: [Int]

  static let pairs = training(count: 2)
  static let triples = training(count: 3)

  /// Every family of training problems over `count` numbers.
  private static func training(count: Int) -> [Family] {
    let problems = Problem.all(split: .train, count: count)
    return Set(problems.map(\.numbers)).sorted { $0.lexicographicallyPrecedes($1) }
      .map { numbers in
        let ways = waysToWork(numbers)
        let targets = Set(ways.compactMap { $0.value?.whole }).subtracting([0]).sorted()
        return Family(numbers: numbers, ways: ways, targets: targets)
      }
  }
}

extension Generator {
  /// One of `elements`, each equally likely.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[uniform(below: elements.count)]
  }

  /// `elements` in a random order.
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var copy = elements
    shuffle(&copy)
    return copy
  }
}
