import Experts
import Tensors
import Transformer

/// A projection that knows how much work it is. Whoever adds one that is neither dense nor factorised
/// says so here, and its models can be compared with all others.
public protocol CountedProjection: Projection {
  /// How many multiplications by a weight that is not zero one row takes.
  var nominalWork: Int { get }

  /// How many the kernel executes.
  var executedWork: Int { get }
}

extension FactoredProjection: CountedProjection {
  public var nominalWork: Int { narrow.tensor.nonzeros + widen.tensor.nonzeros }

  public var executedWork: Int { narrow.shape.count + widen.shape.count }
}

extension Tensor {
  /// How many elements are not zero.
  fileprivate var nonzeros: Int {
    withFloats { floats in
      var count = 0
      for index in 0..<floats.count where floats[index] != 0 { count += 1 }
      return count
    }
  }
}

/// How many multiplications of an activation by a weight one token takes: in all linear layers and the
/// head, with the experts that it visits. What attention multiplies with each other grows with the text
/// and is not among them.
public struct WorkPerToken: Equatable, Codable, Sendable {
  /// Those by weights that are not zero: what a paper would count.
  public let nominal: Int

  /// Those that dense kernels execute, zeros among them: what is waited for.
  public let executed: Int

  /// Of a model whose layers are dense or say what they are.
  public init(of model: Transformer) {
    var (nominal, executed) = (0.0, 0.0)
    func add(_ tensor: Tensor, times share: Double = 1) {
      nominal += share * Double(tensor.nonzeros)
      executed += share * Double(tensor.shape.count)
    }
    func add(_ linear: Linear, times share: Double = 1) {
      switch linear.projection {
      case let dense as DenseProjection: add(dense.weight.tensor, times: share)
      case let counted as any CountedProjection:
        nominal += share * Double(counted.nominalWork)
        executed += share * Double(counted.executedWork)
      default: fatalError("a \(type(of: linear.projection)) is no CountedProjection")
      }
    }
    for block in model.blocks {
      for linear in [
        block.attention.query, block.attention.key, block.attention.value, block.attention.output,
      ] { add(linear) }
      if let mixture = block.feedForward as? MixtureOfExperts {
        let visited =
          Double(mixture.configuration.expertsPerToken) / Double(mixture.configuration.experts)
        for expert in mixture.experts {
          for linear in [expert.gate, expert.up, expert.down] { add(linear, times: visited) }
        }
        if let shared = mixture.shared {
          for linear in [shared.gate, shared.up, shared.down] { add(linear) }
        }
        for weight in [mixture.router.weight, mixture.sharedGate] {
          if let weight { add(weight.tensor) }
        }
      } else {
        var layer = block.feedForward
        layer.forEachLinear { add($0) }
      }
    }
    if let head = model.head { add(head) } else { add(model.embedding.tensor) }
    self.nominal = Int(nominal.rounded())
    self.executed = Int(executed.rounded())
  }
}
