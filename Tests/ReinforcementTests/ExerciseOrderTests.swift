import Testing

@testable import Reinforcement

@Suite struct ExerciseOrderTests {
  @Test func `every exercise comes once before any comes again, in a new order`() {
    let order = ExerciseOrder(count: 10, seed: 3)
    let numbers = (0..<10).flatMap { order.numbers(step: $0, round: 0, size: 4) }
    let epochs = (0..<4).map { Array(numbers[10 * $0..<10 * $0 + 10]) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<10)) }
    #expect(Set(epochs).count == 4)
  }

  @Test func `a further round has an order of its own, and a step always the same`() {
    let order = ExerciseOrder(count: 100, seed: 3)
    let first = order.numbers(step: 2, round: 0, size: 8)
    #expect(order.numbers(step: 2, round: 0, size: 8) == first)
    #expect(order.numbers(step: 2, round: 1, size: 8) != first)
    #expect(ExerciseOrder(count: 100, seed: 4).numbers(step: 2, round: 0, size: 8) != first)
    #expect(ExerciseOrder(count: 1, seed: 4).numbers(step: 2, round: 0, size: 3) == [0, 0, 0])
  }
}
