/// The inverse frequencies of rotary position embedding (Su et al., 2021, arXiv:2104.09864):
/// `base^(−2i ∕ headWidth)` for i in `0..<headWidth / 2`, in radians a position.
public func rotaryFrequencies(headWidth: Int, base: Double) -> [Double] {
  precondition(headWidth > 0 && headWidth % 2 == 0, "the head width \(headWidth) is not even")
  return (0..<headWidth / 2).map { power(base, -2 * Double($0) / Double(headWidth)) }
}

/// Which coordinates of a head are rotated together.
public enum RotaryPairing: Sendable {
  /// Coordinate i with i + headWidth ∕ 2: Qwen, Llama 1–3 as published by Hugging Face, Mixtral.
  case halves
  /// Coordinate 2i with 2i + 1: Llama 4, and Meta's own checkpoints.
  case neighbours
}

/// The cosine and sine of position · frequency for every position and frequency.
public struct RotaryTable: Sendable {
  /// How many positions the table covers, from zero.
  public let positions: Int
  /// How many pairs of coordinates a head has.
  public let pairs: Int
  /// `[positions, pairs]`
  public let cosines: [Float]
  /// `[positions, pairs]`
  public let sines: [Float]

  /// Angles are taken in `Double` and only their cosines and sines rounded, so that distant
  /// positions are as exact as near ones.
  public init(frequencies: [Double], positions: Int) {
    self.positions = positions
    pairs = frequencies.count
    var cosines: [Float] = []
    var sines: [Float] = []
    cosines.reserveCapacity(positions * pairs)
    sines.reserveCapacity(positions * pairs)
    for position in 0..<positions {
      for frequency in frequencies {
        let (sine, cosine) = sineAndCosine(Double(position) * frequency)
        cosines.append(Float(cosine))
        sines.append(Float(sine))
      }
    }
    self.cosines = cosines
    self.sines = sines
  }

  /// The table of the plain embedding, without frequency scaling.
  public init(headWidth: Int, positions: Int, base: Double) {
    let frequencies = rotaryFrequencies(headWidth: headWidth, base: base)
    self.init(frequencies: frequencies, positions: positions)
  }
}

/// Rotates each pair `(a, b)` of `[tokens, heads, headWidth]` by its angle at `positions[token]`:
/// `(a cos − b sin, b cos + a sin)`. `inverse` rotates back, which is also the gradient.
/// `y` may be `x`.
public func rotate(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, table: RotaryTable,
  positions: UnsafePointer<Int32>, tokens: Int, heads: Int, headWidth: Int,
  pairing: RotaryPairing = .halves, inverse: Bool = false
) {
  let pairs = table.pairs
  precondition(headWidth == 2 * pairs, "heads of \(headWidth), but a table for \(2 * pairs)")
  for token in 0..<tokens {
    precondition(
      positions[token] >= 0 && Int(positions[token]) < table.positions,
      "position \(positions[token]) is outside a table of \(table.positions)")
  }
  table.cosines.withUnsafeBufferPointer { cosines in
    table.sines.withUnsafeBufferPointer { sines in
      let (cosines, sines) = (cosines.baseAddress!, sines.baseAddress!)
      parallel(over: tokens, grain: max(1, 16384 / max(1, heads * headWidth))) { range in
        for token in range {
          let start = Int(positions[token]) * pairs
          for head in 0..<heads {
            let offset = (token * heads + head) * headWidth
            let (x, y) = (x + offset, y + offset)
            switch pairing {
            case .halves: rotateHalves(x, y, cosines + start, sines + start, pairs, inverse)
            case .neighbours:
              rotateNeighbours(x, y, cosines + start, sines + start, pairs, inverse)
            }
          }
        }
      }
    }
  }
}

@inline(__always)
private func rotateHalves(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
  _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ pairs: Int, _ inverse: Bool
) {
  let sign: Float = inverse ? -1 : 1
  for (i, lanes) in LaneSteps(0..<pairs) {
    let (a, b) = (Lane(x + i, first: lanes), Lane(x + (pairs &+ i), first: lanes))
    let (cosine, sine) = (Lane(cosines + i, first: lanes), Lane(sines + i, first: lanes) * sign)
    (a * cosine).addingProduct(-b, sine).store(to: y + i, first: lanes)
    (b * cosine).addingProduct(a, sine).store(to: y + (pairs &+ i), first: lanes)
  }
}

@inline(__always)
private func rotateNeighbours(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
  _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ pairs: Int, _ inverse: Bool
) {
  for i in 0..<pairs {
    let (a, b) = (x[2 &* i], x[2 &* i &+ 1])
    let (cosine, sine) = (cosines[i], inverse ? -sines[i] : sines[i])
    y[2 &* i] = (a * cosine).addingProduct(-b, sine)
    y[2 &* i &+ 1] = (b * cosine).addingProduct(a, sine)
  }
}
