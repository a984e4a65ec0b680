import Testing

@testable import Tensors

@Suite struct ShapeTests {
  @Test func `counts, rows and width`() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.count == 24 && shape.rows == 6 && shape.width == 4 && shape.rank == 3)
    #expect(shape[0] == 2 && shape[-1] == 4)
    #expect(shape.replacing(width: 7) == [2, 3, 7])
    let scalar: Shape = []
    #expect(scalar.count == 1 && scalar.rank == 0)
    #expect(scalar != [1] && shape == Shape([2, 3, 4]))
  }

  @Test func `an empty dimension`() {
    let shape: Shape = [0, 5]
    #expect(shape.count == 0 && shape.rows == 0)
    #expect(Tensor(shape, []).floats.isEmpty)
  }
}

/// A shape that does not fit stops the program with a message that names both shapes.
@Suite struct ShapeErrorTests {
  private static func expectMessage(_ result: ExitTest.Result?, _ parts: String...) {
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    for part in parts { #expect(message.contains(part), "\(part) is not in: \(message)") }
  }

  @Test func `a size beyond all memory`() async {
    let size = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Shape([1 << 20, 1 << 20, 1 << 20, 1 << 20])
    }
    Self.expectMessage(size, "no memory", "1048576")
  }

  @Test func `a parameter added while a tape records`() async {
    let late = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let parameters = Parameters()
      valueAndGradient { parameters.add("late", Tensor([1])).tensor }
    }
    Self.expectMessage(late, "late", "valueAndGradient")
  }

  @Test func `addition`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor([2, 3], repeating: 1) + Tensor([3, 2], repeating: 1)
    }
    Self.expectMessage(result, "[2, 3]", "[3, 2]")
  }

  @Test func `subtraction and multiplication`() async {
    let minus = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2], repeating: 1) - Tensor([3], repeating: 1)
    }
    Self.expectMessage(minus, "[2]", "[3]")
    let times = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([4], repeating: 1) * Tensor([5], repeating: 1)
    }
    Self.expectMessage(times, "[4]", "[5]")
  }

  @Test func `projection and product`() async {
    let projection = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor([2, 3], repeating: 1).projected(by: Tensor([5, 4], repeating: 1))
    }
    Self.expectMessage(projection, "[2, 3]", "[5, 4]")
    let product = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).product(with: Tensor([4, 3], repeating: 1))
    }
    Self.expectMessage(product, "[2, 3]", "[4, 3]")
  }

  @Test func `rows and gains`() async {
    let row = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).adding(row: Tensor([2], repeating: 1))
    }
    Self.expectMessage(row, "[2, 3]", "[2]")
    let gain = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).normalized(gain: Tensor([4], repeating: 1), epsilon: 0)
    }
    Self.expectMessage(gain, "[2, 3]", "[4]")
    let gate = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).swiglu(Tensor([3, 2], repeating: 1))
    }
    Self.expectMessage(gate, "[2, 3]", "[3, 2]")
  }

  @Test func `tokens, targets and reshaping`() async {
    let token = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).rows([2])
    }
    Self.expectMessage(token, "0..<2", "[2, 3]")
    let target = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).crossEntropy([0, 3])
    }
    Self.expectMessage(target, "0..<3")
    let targets = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).crossEntropy([0])
    }
    Self.expectMessage(targets, "1 targets", "[2, 3]")
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([2, 3], repeating: 1).reshaped(to: [4])
    }
    Self.expectMessage(shape, "[2, 3]", "[4]")
  }
}
