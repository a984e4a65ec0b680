/// A binary heap: the smallest element is always at hand, adding and removing cost log n.
struct Heap<Element: Comparable> {
  /// Element i is not greater than its children, elements 2i + 1 and 2i + 2.
  private var elements: [Element] = []

  init() {}

  mutating func removeAll() { elements.removeAll(keepingCapacity: true) }

  mutating func insert(_ element: Element) {
    var child = elements.count
    elements.append(element)
    while child > 0 {
      let parent = (child - 1) / 2
      guard element < elements[parent] else { break }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  /// Removes and returns the smallest element, if there is any.
  mutating func popMinimum() -> Element? {
    guard let minimum = elements.first else { return nil }
    let last = elements.removeLast()
    guard !elements.isEmpty else { return minimum }
    elements[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { break }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < last else { break }
      elements.swapAt(parent, child)
      parent = child
    }
    return minimum
  }
}
