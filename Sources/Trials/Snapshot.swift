import Experts
import Transformer

extension Outcome {
  /// How busy the experts were in one training step.
  public struct Snapshot: Codable, Equatable, Sendable {
    public let step: Int

    /// How many tokens chose each expert, `[mixtures][experts]`.
    public let counts: [[Int]]

    /// How undecided each router was, from 0 to 1; nil where there is none.
    public let entropies: [Double?]

    public var loads: [Load] { counts.map { Load($0) } }

    init(_ step: Int, _ model: Transformer) {
      self.step = step
      counts = model.mixtures.map(\.ledger.load)
      entropies = model.mixtures.map { $0.ledger.latest?.entropy }
    }
  }
}
