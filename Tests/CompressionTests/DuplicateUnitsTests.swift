import Calibration
import Factorizations
import Kernels
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct DuplicateUnitsTests {
  /// A model in which some units repeat others: `(layer, unit, original, factor)`.
  private func model(_ copies: [(Int, Int, Int, Float)]) throws -> Transformer {
    let model = Sample.model()
    for (layer, unit, original, factor) in copies {
      for (matrix, factor) in [("gate_proj", 1), ("up_proj", factor)] {
        let name = "model.layers.\(layer).mlp.\(matrix).weight"
        let parameter = try #require(model.parameters.all.first { $0.name == name })
        var floats = parameter.tensor.floats
        for column in 0..<32 {
          floats[unit * 32 + column] = factor * floats[original * 32 + column]
        }
        parameter.set(Tensor(parameter.shape, floats))
      }
    }
    return model
  }

  private let copies: [(Int, Int, Int, Float)] = [
    (0, 5, 2, 2), (0, 6, 2, -0.5), (0, 40, 17, 4), (1, 1, 0, 1), (1, 3, 1, 8), (2, 9, 4, 1.7),
  ]

  @Test func `merging duplicates changes nothing, deleting them does`() throws {
    let model = try model(copies)
    let (merged, removed) = try DuplicateUnits()(model)
    #expect(removed == [3, 2, 1])
    #expect(try ModelShape(of: merged).widths == [45, 46, 47])
    #expect(Sample.change(model, merged) < 1e-11)
    let calibration = try Calibration(of: model, on: Sample.texts)
    let kept = try HiddenUnits.all(of: model, calibration).enumerated().map { layer, units in
      let gone = copies.filter { $0.0 == layer }.map(\.1)
      let stays = (0..<48).filter { !gone.contains($0) }
      return KeptUnits(units: stays, down: units.down.columns(stays))
    }
    #expect(Sample.change(model, try model.keeping(kept)) > 1e-4)
  }

  @Test func `in 64 bits it is exact`() {
    // relu instead of silu would do as well: what counts is that the gates are equal.
    let fixture = Fixture(24, 10, tokens: 50)
    var (gate, up) = (fixture.weight, Fixture(24, 10, tokens: 50, seed: 5).weight)
    for (unit, original, factor) in [(7, 3, 2.0), (20, 3, -0.25), (21, 11, 8)] {
      for column in 0..<10 {
        gate[unit, column] = gate[original, column]
        up[unit, column] = factor * up[original, column]
      }
    }
    let down = Fixture(6, 24, tokens: 50, seed: 7).weight
    func output(_ units: [Int], _ down: DoubleMatrix) -> DoubleMatrix {
      let x = fixture.rows.doubles.transposed
      let (g, u) = (gate.rows(units).product(with: x), up.rows(units).product(with: x))
      let hidden = DoubleMatrix(
        rows: g.rows, columns: g.columns,
        zip(g.elements, u.elements).map { $0 / (1 + exponential(-max(-500, min(500, $0)))) * $1 })
      return down.product(with: hidden)
    }
    let merged = DuplicateUnits().merged(gate: gate, up: up, down: down)
    #expect(merged.units == (0..<24).filter { ![7, 20, 21].contains($0) })
    let whole = output(Array(0..<24), down)
    let error = (output(merged.units, merged.down) - whole).sumOfSquares / whole.sumOfSquares
    let deleted =
      (output(merged.units, down.columns(merged.units)) - whole).sumOfSquares / whole.sumOfSquares
    #expect(error < 1e-29 && deleted > 1e-2, "\(error) \(deleted)")
  }

  @Test func `gates that are multiples of each other are no duplicates`() throws {
    let model = try model([(0, 5, 2, 1)])
    let name = "model.layers.0.mlp.gate_proj.weight"
    let gate = try #require(model.parameters.all.first { $0.name == name })
    gate.set(
      Tensor(
        gate.shape, gate.tensor.floats.enumerated().map { $0 / 32 == 5 ? 2 * $1 : $1 }))
    #expect(try DuplicateUnits()(model).removed == [0, 0, 0])
  }

  @Test func `a model without duplicates stays as it is, to the bit`() throws {
    let model = Sample.model()
    let (merged, removed) = try DuplicateUnits()(model)
    #expect(removed == [0, 0, 0] && Sample.logits(merged) == Sample.logits(model))
  }
}
