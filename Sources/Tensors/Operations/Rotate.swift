import Kernels

extension Tensor {
  /// Turns every pair of coordinates of every head by an angle that grows with the token's
  /// position (RoPE: Su et al. 2021, arXiv:2104.09864). For `x: [tokens, heads, headWidth]`.
  ///
  /// - Parameters:
  ///   - table: the cosines and sines of all angles, by position and pair.
  ///   - positions: the position of every token in its sequence.
  public func rotated(
    by table: RotaryTable, positions: [Int32], pairing: RotaryPairing = .halves
  ) -> Tensor {
    require(
      shape.rank == 3 && shape.width == 2 * table.pairs,
      "rotated: \(shape) is not [tokens, heads, \(2 * table.pairs)], which the table is for")
    require(
      positions.count == shape[0],
      "rotated: \(positions.count) positions for the \(shape[0]) tokens of \(shape)")
    require(
      positions.allSatisfy { $0 >= 0 && $0 < table.positions },
      "rotated: positions must lie in 0..<\(table.positions), which the table covers")
    func turned(_ x: Tensor, inverse: Bool) -> Tensor {
      let y = Tensor(uninitialized: x.shape)
      rotate(
        x.base, into: y.base, table: table, positions: positions, tokens: x.shape[0],
        heads: x.shape[1], headWidth: x.shape[2], pairing: pairing, inverse: inverse)
      return y
    }
    return turned(self, inverse: false).recorded(from: self) { dy in
      // The inverse of a rotation is its transpose, so dx is dy turned back.
      receive(turned(dy, inverse: true))
    }
  }
}
