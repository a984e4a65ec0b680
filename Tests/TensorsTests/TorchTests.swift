import Foundation
import Kernels
import Testing

@testable import Tensors

/// What torch answered, as `Tests/Oracles/operations.py` wrote it down.
struct TorchCase: Decodable, CustomTestStringConvertible, Sendable {
  struct Values: Decodable, Sendable {
    let shape: [Int]
    let values: [Float]

    var tensor: Tensor { Tensor(Shape(shape), values) }
  }

  struct Options: Decodable, Sendable {
    var factor: Float?
    var epsilon: Float?
    var tokens: [Int32]?
    var targets: [Int32]?
    var positions: [Int32]?
    var base: Double?
    var sequences: Int?
    var slots: Int?
    var lists: [[Int32]]?
  }

  let operation: String
  let options: Options
  let inputs: [Values]
  let result: Values
  let upstream: Values
  let gradients: [Values]

  var testDescription: String { "\(operation) \(inputs.map(\.shape))" }

  static let all: [TorchCase] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Oracles/Fixtures/operations.json")
    return try! JSONDecoder().decode([TorchCase].self, from: Data(contentsOf: file))
  }()

  func callAsFunction(_ x: [Tensor]) -> Tensor {
    switch operation {
    case "add": x[0] + x[1]
    case "subtract": x[0] - x[1]
    case "multiply": x[0] * x[1]
    case "scale": x[0].scaled(by: options.factor!)
    case "clamp": x[0].clamped(to: options.factor!)
    case "addRow": x[0].adding(row: x[1])
    case "project": x[0].projected(by: x[1])
    case "product": x[0].product(with: x[1])
    case "relu": x[0].relu()
    case "silu": x[0].silu()
    case "tanh": x[0].tanh()
    case "sigmoid": x[0].sigmoid()
    case "gelu": x[0].gelu()
    case "swiglu": x[0].swiglu(x[1])
    case "softmax": x[0].softmax()
    case "sum": x[0].sum()
    case "mean": x[0].mean()
    case "normalize": x[0].normalized(gain: x[1], epsilon: options.epsilon!)
    case "gather": x[0].rows(options.tokens!)
    case "crossEntropy": x[0].crossEntropy(options.targets!)
    case "rotate":
      x[0].rotated(
        by: RotaryTable(
          headWidth: x[0].shape.width, positions: 1 + Int(options.positions!.max()!),
          base: options.base!),
        positions: options.positions!)
    case "attend":
      x[0].attended(
        keys: x[1], values: x[2],
        lengths: Array(
          repeating: x[0].shape[0] / options.sequences!, count: options.sequences!))
    case "pick": x[0].picked(options.tokens!, count: options.slots!)
    case "renormalize": x[0].renormalized()
    case "scaleRows": x[0].scaled(rowsBy: x[1])
    case "logSumExp": x[0].logSumExp()
    case "combine":
      Tensor.combined(
        Array(x[1...]), pairs: options.lists!, weights: x[0], tokens: x[0].shape[0],
        slots: options.slots!, width: x[1].shape.width)
    default: fatalError("operations.py writes \(operation), which no test knows")
    }
  }
}

@Suite struct TorchTests {
  /// Both sides round; what they may differ by is a few units in the last place of the largest
  /// intermediate value.
  private func expectClose(_ ours: Tensor, _ torch: TorchCase.Values, _ what: String) {
    #expect(ours.shape == Shape(torch.shape), "\(what)")
    let scale = max(1, torch.values.map(abs).max() ?? 0)
    for (index, (a, b)) in zip(ours.floats, torch.values).enumerated() {
      #expect(abs(a - b) <= 4e-6 * scale, "\(what), element \(index): \(a), torch has \(b)")
    }
  }

  @Test(arguments: TorchCase.all)
  func `forward and backward agree with torch`(_ torch: TorchCase) {
    let inputs = torch.inputs.map(\.tensor)
    expectClose(torch(inputs), torch.result, "result")
    let gradients = gradient(at: inputs) { (torch($0) * torch.upstream.tensor).sum() }.gradients
    for (index, (ours, theirs)) in zip(gradients, torch.gradients).enumerated() {
      expectClose(ours, theirs, "gradient of input \(index)")
    }
  }

  @Test func `every operation has a case`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Tensors/Operations")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let activations: Set = ["relu", "silu", "tanh", "sigmoid", "gelu"]
    let covered = Set(
      TorchCase.all.map {
        activations.contains($0.operation) ? "activate" : $0.operation.lowercased()
      })
    for file in files where file.hasSuffix(".swift") {
      let name = file.dropLast(6).lowercased()
      #expect(covered.contains(name) || name == "reshape", "no torch case for \(file)")
    }
  }
}
