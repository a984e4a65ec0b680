/// Put numbers into rising order: a second task, as small as a task can be.
///
///     let sorting = Sorting([4, 6, 3])
///     sorting.prompt                                        // "sort 4 6 3\n"
///     try SortingReward().score("3 4 6", of: sorting)       // 1
///     try SortingReward().score("3 6 4", of: sorting)       // 1/3
public struct Sorting: Exercise, Hashable {
  public let numbers: [Int]

  public init(_ numbers: [Int]) { self.numbers = numbers }

  public var prompt: String { "sort \(numbers.map(String.init).joined(separator: " "))\n" }
}

/// The share of places at which the right number stands, from the first to the first mistake; a
/// text of any other form earns nothing.
///
/// It pays for a part of the work, so that a model that never gets it all right can learn, too.
public struct SortingReward: Reward {
  public let name = "sorting"

  public init() {}

  public func score(_ completion: String, of sorting: Sorting) -> Double {
    let right = sorting.numbers.sorted().map(String.init)
    // Words are compared as they are written: no other spelling of a number is right. One word more
    // than there are numbers is enough to tell that there are too many.
    let words = completion.split(
      separator: " ", maxSplits: right.count, omittingEmptySubsequences: false)
    guard words.count == right.count, !right.isEmpty else { return 0 }
    let leading = zip(words, right).prefix { $0.utf8.elementsEqual($1.utf8) }.count
    return Double(leading) / Double(right.count)
  }
}
