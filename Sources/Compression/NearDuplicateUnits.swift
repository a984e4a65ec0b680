import Calibration
import Factorizations
import Transformer

/// Redundancy pruning of hidden units that say nearly the same: one of them goes, and others speak for it
/// as well as they can.
///
///     let pruning = NearDuplicateUnits(similarity: 0.95, repair: .leastSquares)
///     let narrow = try pruning(model, calibration)
///
/// Pairs are found by the cosine of their activations over the texts of the calibration,
/// `H_ij / √(H_ii H_jj)`: the most similar pair first, and of the two the one whose contribution to the
/// output is smaller goes (compare Neuron Merging: Kim et al. 2020, arXiv:2010.13160).
public struct NearDuplicateUnits: Equatable, Sendable {
  public enum Repair: String, Sendable, CaseIterable {
    /// The unit is just deleted: the control.
    case none
    /// The other of the pair speaks for it: `W_d[:, j] += (H_ij / H_jj) W_d[:, i]`, the regression of
    /// `h_i` on `h_j`.
    case partner
    /// All units that stay speak for it: the least-squares repair.
    case leastSquares
  }

  /// The least cosine of units that count as duplicates, from above 0 to 1.
  public var similarity: Double

  /// At most this share of a layer's units goes.
  public var largestShare: Double
  public var repair: Repair

  public init(similarity: Double, largestShare: Double = 1, repair: Repair = .leastSquares) {
    self.similarity = similarity
    self.largestShare = largestShare
    self.repair = repair
  }

  /// A narrower model.
  ///
  /// - Throws: `CompressionError` for a similarity or a share that is none, a mixture, or a model that is
  ///   factorised already.
  public func callAsFunction(
    _ model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> Transformer {
    guard similarity > 0 && similarity <= 1 else {
      throw CompressionError(
        "a similarity of \(similarity) is no cosine of duplicates; take one above 0 and at most 1")
    }
    guard (0...1).contains(largestShare) else {
      throw CompressionError("a share of \(largestShare) is none; take one from 0 to 1")
    }
    var kept: [KeptUnits] = []
    for units in try HiddenUnits.all(of: model, calibration) {
      let partners = partners(units)
      let chosen = (0..<units.count).filter { partners[$0] == nil }
      switch repair {
      case .none: kept.append(KeptUnits(units: chosen, down: units.down.columns(chosen)))
      case .partner:
        var down = units.down
        for unit in 0..<units.count {
          guard let (partner, slope) = partners[unit] else { continue }
          for row in 0..<down.rows { down[row, partner].addProduct(slope, down[row, unit]) }
        }
        kept.append(KeptUnits(units: chosen, down: down.columns(chosen)))
      case .leastSquares:
        kept.append(try ActivationPruning.Repair.leastSquares.kept(chosen, of: units))
      }
    }
    return try model.keeping(kept)
  }

  /// For each unit that goes the one that speaks for it, which stays, and the slope of the regression.
  private func partners(_ units: HiddenUnits) -> [(unit: Int, slope: Double)?] {
    let (gram, count) = (units.statistics.gram, units.count)
    let energies = gram.diagonal
    let contributions = zip(energies, units.outputNorms).map { $0.squareRoot() * $1 }
    var pairs: [(cosine: Double, first: Int, second: Int)] = []
    for first in 0..<count {
      for second in first + 1..<max(first + 1, count) {
        let scale = (energies[first] * energies[second]).squareRoot()
        let cosine = scale > 0 ? abs(gram[first, second]) / scale : 0
        if cosine >= similarity { pairs.append((cosine, first, second)) }
      }
    }
    pairs.sort { ($1.cosine, $0.first, $0.second) < ($0.cosine, $1.first, $1.second) }
    var partners: [(unit: Int, slope: Double)?] = Array(repeating: nil, count: count)
    var speaks = [Bool](repeating: false, count: count)
    var rest = Int(largestShare * Double(count))
    for pair in pairs where rest > 0 {
      if partners[pair.first] != nil || partners[pair.second] != nil { continue }
      // One that speaks for another cannot go any more.
      let smaller = contributions[pair.first] < contributions[pair.second]
      let order = smaller ? [pair.first, pair.second] : [pair.second, pair.first]
      guard let gone = order.first(where: { !speaks[$0] }) else { continue }
      let partner = gone == pair.first ? pair.second : pair.first
      partners[gone] = (partner, gram[gone, partner] / energies[partner])
      speaks[partner] = true
      rest -= 1
    }
    return partners
  }
}
