import Calibration
import Kernels
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct NearDuplicateUnitsTests {
  /// A model in which every third unit is nearly a multiple of another.
  private func model() throws -> Transformer {
    let model = Sample.model()
    var generator = Generator(seed: 4)
    for layer in 0..<3 {
      for matrix in ["gate_proj", "up_proj"] {
        let name = "model.layers.\(layer).mlp.\(matrix).weight"
        let parameter = try #require(model.parameters.all.first { $0.name == name })
        var floats = parameter.tensor.floats
        for unit in stride(from: 2, to: 48, by: 3) {
          let factor: Float = matrix == "up_proj" ? 1.5 : 1
          for column in 0..<32 {
            floats[unit * 32 + column] =
              factor * floats[(unit - 1) * 32 + column] + 0.02 * generator.normal()
          }
        }
        parameter.set(Tensor(parameter.shape, floats))
      }
    }
    return model
  }

  @Test func `partners speak for those that go, and all together speak better`() throws {
    let model = try model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let changes = try NearDuplicateUnits.Repair.allCases.map { repair in
      let pruning = NearDuplicateUnits(similarity: 0.9, repair: repair)
      let narrow = try pruning(model, calibration)
      #expect(try ModelShape(of: narrow).widths == [32, 32, 32])
      return Sample.change(model, narrow)
    }
    // None, partner, least squares.
    #expect(changes[1] < 0.1 * changes[0] && changes[2] < changes[1], "\(changes)")
  }

  @Test func `no more than the largest share goes`() throws {
    let model = try model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let narrow = try NearDuplicateUnits(similarity: 0.9, largestShare: 0.25)(model, calibration)
    #expect(try ModelShape(of: narrow).widths == [36, 36, 36])
  }

  @Test func `what is no similarity is refused`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    for similarity in [0, 1.5] {
      #expect(
        message { _ = try NearDuplicateUnits(similarity: similarity)(model, calibration) }
          .contains("similarity of \(similarity)"))
    }
    #expect(
      message {
        _ = try NearDuplicateUnits(similarity: 0.9, largestShare: 2)(model, calibration)
      }.contains("share of 2.0"))
  }
}
