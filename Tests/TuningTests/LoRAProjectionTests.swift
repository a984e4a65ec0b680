import Kernels
import Tensors
import Testing
import Transformer

@testable import Tuning

@Suite struct LoRAProjectionTests {
  private func layer(stirred: Bool = true) -> (
    base: Parameter, projection: LoRAProjection, parameters: Parameters
  ) {
    let (frozen, parameters) = (Parameters(), Parameters())
    let base = Scope(frozen, seed: 1).weight("weight", [24, 40], deviation: 0.2)
    let projection = LoRAProjection(
      DenseProjection(base), rank: 3, scale: 1.5, Scope(parameters, seed: 2) / "layer")
    if stirred { Sample.stir(parameters, seed: 4) }
    frozen.freeze()
    return (base, projection, parameters)
  }

  private func rows(_ count: Int = 11, _ width: Int = 40, seed: UInt64 = 5) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor([count, width], normal: 1, from: &generator)
  }

  @Test func `at first it changes no bit`() {
    let (base, projection, parameters) = layer(stirred: false)
    let x = rows()
    #expect(
      projection(x).floats.map(\.bitPattern)
        == x.projected(by: base.tensor).floats.map(\.bitPattern))
    #expect(projection.b.tensor.floats.allSatisfy { $0.bitPattern == 0 })
    let a = projection.a.tensor.floats
    let bound = 1 / Float(40).squareRoot()
    #expect(a.allSatisfy { abs($0) <= bound } && a.contains { abs($0) > 0.9 * bound })
    #expect(parameters.all.map(\.name) == ["layer.lora_A.weight", "layer.lora_B.weight"])
  }

  /// The gradients of the narrow matrices follow from that of the weight that they add up to:
  /// W' = W + s B A, so dA = s Bᵀ dW' and dB = s dW' Aᵀ.
  @Test func `its gradients are those of the weight it stands for`() {
    let (base, projection, parameters) = layer()
    let (x, dy) = (rows(), rows(11, 24, seed: 6))
    parameters.zeroGradients()
    valueAndGradient { (projection(x) * dy).sum() }
    let sum = base.tensor + projection.update
    let dw = gradient(at: [sum]) { (x.projected(by: $0[0]) * dy).sum() }.gradients[0]
    let db = dw.projected(by: projection.a.tensor).scaled(by: 1.5)
    for (ours, theirs) in zip(projection.b.gradient.floats, db.floats) {
      #expect(abs(ours - theirs) < 1e-4 * max(1, abs(theirs)))
    }
    for row in 0..<3 {
      for column in 0..<40 {
        let expected = (0..<24).reduce(0.0) {
          $0 + 1.5 * Double(projection.b.tensor[$1, row] * dw[$1, column])
        }
        #expect(abs(Double(projection.a.gradient[row, column]) - expected) < 1e-4)
      }
    }
  }

  @Test func `the gradient of its input is right`() {
    let (_, projection, _) = layer()
    #expect(gradientCheck(at: [rows(3)]) { projection($0[0]) } < 1e-4)
  }

  @Test func `merged it is a dense projection, and unmerged the old one`() {
    let (base, projection, _) = layer()
    let (x, before) = (rows(), base.tensor.floats)
    let adapted = projection(x).floats
    projection.merge()
    projection.merge()
    #expect(projection.isMerged && base.tensor.floats != before)
    for (a, b) in zip(projection(x).floats, adapted) { #expect(abs(a - b) < 1e-5) }
    #expect(projection(x).floats == x.projected(by: base.tensor).floats)
    let packed = projection.packed()
    let answer = packed(x).floats
    #expect(answer == projection(x).floats)
    projection.unmerge()
    #expect(base.tensor.floats.map(\.bitPattern) == before.map(\.bitPattern))
    #expect(projection(x).floats == adapted)
  }

  @Test(arguments: [1, 2, 17]) func `packed it gives the same bits`(_ count: Int) {
    let (_, projection, _) = layer()
    let x = rows(count)
    let packed = projection.packed()
    let answer = packed(x).floats
    #expect(answer == projection(x).floats)
  }
}
