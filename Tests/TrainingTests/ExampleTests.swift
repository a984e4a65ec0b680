import Testing

@testable import Training

@Suite struct ExampleTests {
  @Test func `a prompt is given and the rest learned`() {
    let example = Example([5, 6, 7, 8], given: 2)
    #expect(example.targets == [-1, 7, 8] && example.given == 2 && example.learned == 2)
    #expect(Example([5, 6], given: 0).targets == [6])
    #expect(Example([5, 6], given: 9).targets == [-1] && Example([5, 6], given: 9).learned == 0)
    #expect(Example([5]).targets == [] && Example([]).learned == 0)
  }

  @Test func `several stretches are learned`() {
    let example = Example([5, 6, 7, 8, 9, 10], learning: [1..<2, 3..<3, 4..<6])
    #expect(example.targets == [6, -1, -1, 9, 10])
    #expect(example.given == 1 && example.learned == 3 && example.lessons.count == 2)
    #expect(Example([5, 6, 7], learning: [2..<3]) == Example([5, 6, 7], given: 2))
  }

  @Test(arguments: [[0, 2], [1, 7], [3, 4, 1, 2]])
  func `stretches that cannot be are a mistake`(_ bounds: [Int]) async {
    await #expect(processExitsWith: .failure) { [bounds] in
      _ = Example(
        [5, 6, 7, 8, 9, 10],
        learning: stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]..<bounds[$0 + 1] })
    }
  }
}
