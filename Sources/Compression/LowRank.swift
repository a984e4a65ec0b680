import Calibration
import Factorizations
import Kernels
import Tensors
import Transformer

/// **Low-rank factorisation** of a model's linear layers.
///
///     let lowRank = LowRank(.whitened, keeping: 0.6)
///     let factored = try lowRank(model, calibration)
///     factored.model         // runs, trains and is stored like any other
public struct LowRank: Sendable {
  public var method: LowRankFactors.Method

  /// The rank of a layer, given its name and shape; nil leaves it dense.
  public var rank: @Sendable (_ name: String, _ shape: Shape) -> Int?

  public init(
    _ method: LowRankFactors.Method, rank: @escaping @Sendable (String, Shape) -> Int?
  ) {
    self.method = method
    self.rank = rank
  }

  /// Factors that take a share of the weights of each layer of the blocks, but at least rank 1.
  public init(_ method: LowRankFactors.Method, keeping share: Double) {
    self.init(method) { name, shape in
      name == "lm_head" ? nil : max(1, Rank.keeping(share, of: shape))
    }
  }

  /// A model with factorised layers, and what was dropped in each, by its name.
  ///
  /// - Throws: `CompressionError` for a rank that does not exist or saves nothing, a mixture, or a model
  ///   that is factorised or quantised already.
  public func callAsFunction(
    _ model: Transformer, _ calibration: Calibration? = nil
  ) throws(CompressionError) -> (model: Transformer, factors: [String: LowRankFactors]) {
    var shape = try ModelShape(of: model)
    var weights = model.weights
    var all: [String: LowRankFactors] = [:]
    for (name, weight) in try model.denseLinears() {
      guard let rank = rank(name, weight.shape) else { continue }
      let breakEven = Rank.breakEven(weight.shape)
      guard rank <= breakEven else {
        throw CompressionError(
          "\(name): factors of rank \(rank) are larger than the matrix \(weight.shape); choose at most "
            + "\(breakEven), or leave it dense")
      }
      let inputs = try calibration?.inputs(of: name)
      let factors = try LowRankFactors(
        weight.tensor.doubles, rank: rank, method, inputs, name: name)
      shape.ranks[name] = rank
      weights[weight.name] = nil
      weights["\(name).narrow.weight"] = Tensor(factors.narrow)
      weights["\(name).widen.weight"] = Tensor(factors.widen)
      all[name] = factors
    }
    return (try shape.make(weights), all)
  }
}
