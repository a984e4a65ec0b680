/// Random numbers by counting: draw `i` of a stream is a function of (seed, keys, i) alone.
///
/// Philox4x32-10 (Salmon et al., *Parallel Random Numbers: As Easy as 1, 2, 3*, 2011) scrambles a
/// counter under a key. Nothing else is drawn between two numbers, so a stream of its own for each
/// purpose means that adding a draw in one place changes no number in another:
///
///     var dropout = Generator(seed: 7).stream(layer, step)
///     dropout.uniform()    // the same, whatever else was drawn before
public struct Generator: RandomNumberGenerator, Sendable {
  private let key: UInt64
  /// The index of the next draw.
  public var index: UInt64 = 0
  /// The block of two draws last computed, so that a run of draws computes each block once.
  private var block: (number: UInt64, draws: (UInt64, UInt64))?

  /// The root stream of `seed`.
  public init(seed: UInt64) { key = seed }

  /// The stream named by `keys` under this one, at its beginning. It does not depend on how much
  /// has been drawn here, and its numbers are unrelated to those drawn here.
  public func stream(_ keys: UInt64...) -> Generator {
    keys.reduce(Generator(seed: key)) { parent, name in
      // The third counter word is 1 for names and 0 for draws, so that the two never meet.
      let words = philox(counter: (low(name), high(name), 1, 0), key: parent.key)
      return Generator(seed: UInt64(words.1) << 32 | UInt64(words.0))
    }
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    let number = index >> 1
    if block?.number != number { block = (number, draws(ofBlock: number)) }
    defer { index &+= 1 }
    return index & 1 == 0 ? block!.draws.0 : block!.draws.1
  }

  /// A multiple of 2⁻²⁴ in [0, 1).
  public mutating func uniform() -> Float { uniformFloat(next()) }

  /// A whole number in `0..<count`, each equally likely: the high half of draw · count, with the
  /// few draws that would favour some numbers drawn again (Lemire, 2019, arXiv:1805.10941).
  public mutating func uniform(below count: Int) -> Int {
    precondition(count > 0, "no whole number is below \(count) and not below 0")
    let bound = UInt64(count)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let excess = (0 &- bound) % bound
      while product.low < excess { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// A normal deviate of mean 0 and variance 1, from one draw.
  public mutating func normal() -> Float { normalFloat(next()) }

  /// Puts `elements` into a random order (Fisher and Yates), each equally likely.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, uniform(below: last + 1))
    }
  }

  /// The next `count` uniform numbers, scaled to `[low, high)`.
  public mutating func fillUniform(
    _ y: UnsafeMutablePointer<Float>, count: Int, low: Float = 0, high: Float = 1
  ) {
    let width = high - low
    fill(y, count) { low.addingProduct(uniformFloat($0), width) }
  }

  /// The next `count` normal deviates, scaled to `mean` and `deviation`.
  public mutating func fillNormal(
    _ y: UnsafeMutablePointer<Float>, count: Int, mean: Float = 0, deviation: Float = 1
  ) {
    fill(y, count) { mean.addingProduct(normalFloat($0), deviation) }
  }

  private mutating func fill(
    _ y: UnsafeMutablePointer<Float>, _ count: Int, _ number: (UInt64) -> Float
  ) {
    let first = self
    parallel(over: count, grain: 2048) { range in
      var generator = first
      generator.index &+= UInt64(range.lowerBound)
      for i in range { y[i] = number(generator.next()) }
    }
    index &+= UInt64(count)
  }

  private func draws(ofBlock number: UInt64) -> (UInt64, UInt64) {
    let words = philox(counter: (low(number), high(number), 0, 0), key: key)
    return (
      UInt64(words.1) << 32 | UInt64(words.0), UInt64(words.3) << 32 | UInt64(words.2)
    )
  }
}

typealias FourWords = (UInt32, UInt32, UInt32, UInt32)

/// Ten rounds of two multiplications: the counter scrambled under the key.
func philox(counter: FourWords, key: UInt64) -> FourWords {
  var (a, b, c, d) = counter
  var (k, l) = (low(key), high(key))
  for _ in 0..<10 {
    let p = UInt64(a) &* 0xd251_1f53
    let q = UInt64(c) &* 0xcd9e_8d57
    (a, b, c, d) = (high(q) ^ b ^ k, low(q), high(p) ^ d ^ l, low(p))
    (k, l) = (k &+ 0x9e37_79b9, l &+ 0xbb67_ae85)
  }
  return (a, b, c, d)
}

private func low(_ x: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: x) }

private func high(_ x: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: x >> 32) }

private func uniformFloat(_ draw: UInt64) -> Float { Float(draw >> 40) * 0x1p-24 }

/// √(−2 ln u) cos 2πv (Box and Muller, 1958), u from the high half of the draw, v from the low.
private func normalFloat(_ draw: UInt64) -> Float {
  let u = (Double(high(draw)) + 1) * 0x1p-32
  let angle = Double(low(draw)) * (2 * Double.pi * 0x1p-32)
  return Float((-2 * logarithm(u)).squareRoot() * sineAndCosine(angle).cosine)
}
