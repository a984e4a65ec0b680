import Testing

@testable import Text

@Suite struct HeapTests {
  @Test(arguments: [0, 1, 2, 3, 10, 1000])
  func `elements leave in order`(_ count: Int) {
    var heap = Heap<Int>()
    let elements = (0..<count).map { scrambled($0, 7) % 500 }
    for element in elements { heap.insert(element) }
    var sorted: [Int] = []
    while let element = heap.popMinimum() { sorted.append(element) }
    #expect(sorted == elements.sorted())
  }
}
