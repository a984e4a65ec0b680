import Kernels
import Testing

@testable import Experts

@Suite struct DispatchTests {
  @Test func `pairs are sorted by expert and keep their order`() {
    let parts = Dispatch(choices: [2, 0, 0, 1, 2, 0], slots: 2, experts: 4).parts
    #expect(parts.map(\.expert) == [0, 1, 2])
    #expect(parts.map(\.pairs) == [[1, 2, 5], [3], [0, 4]])
    #expect(parts.map(\.tokens) == [[0, 1, 2], [1], [0, 2]])
  }

  @Test func `a dropped pair goes nowhere`() {
    let parts = Dispatch(choices: [-1, 1, -1, -1], slots: 2, experts: 2).parts
    #expect(parts.map(\.expert) == [1] && parts.map(\.pairs) == [[1]])
    #expect(Dispatch(choices: [-1, -1], slots: 1, experts: 2).parts.isEmpty)
  }

  @Test func `every pair is somewhere, once`() {
    var generator = Generator(seed: 5)
    let choices = (0..<999).map { _ in Int32(generator.uniform(below: 8)) - 1 }
    let parts = Dispatch(choices: choices, slots: 3, experts: 7).parts
    for part in parts {
      #expect(part.pairs == choices.indices.filter { choices[$0] == part.expert }.map(Int32.init))
    }
    #expect(parts.reduce(0) { $0 + $1.pairs.count } == choices.count { $0 >= 0 })
  }
}
