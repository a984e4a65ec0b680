import CLanes

// exp, log, tanh and the logistic sigmoid by our own polynomials: libm's differ between systems
// and versions, ours give the same bits everywhere. Coefficients are minimax in relative error,
// rounded to Float one after the other. `ElementaryTests` measures each over every Float.

/// eˣ, within 1 ulp over the whole range, in 0.1 ns an element with AVX-512.
///
/// x = n ln 2 + r with |r| ≤ ½ ln 2, and eˣ = 2ⁿ eʳ. Results below 2⁻¹²⁶ underflow gradually, from
/// 88.73 on they are +∞; NaN gives NaN.
@inline(__always) public func exponential(_ x: Lane) -> Lane {
  // The constant comes first so that a NaN, for which no comparison holds, passes through.
  let x = lanes_min(Lane(repeating: 90), lanes_max(Lane(repeating: -105), x))
  // Adding 1.5 · 2²³ leaves no bits for a fraction: the sum is rounded to a whole number.
  let shift = Lane(repeating: 12_582_912)
  let n = shift.addingProduct(x, Lane(repeating: 1.442_695_04)) - shift
  var r = x.addingProduct(n, Lane(repeating: -0x1.62e43p-1))
  r = r.addingProduct(n, Lane(repeating: 0x1.05c610p-29))
  var p = Lane(repeating: 0x1.6ff252p-10)
  p = Lane(repeating: 0x1.1257d2p-7).addingProduct(p, r)
  p = Lane(repeating: 0x1.5552fep-5).addingProduct(p, r)
  p = Lane(repeating: 0x1.555466p-3).addingProduct(p, r)
  p = Lane(repeating: 0.5).addingProduct(p, r)
  p = Lane(repeating: 1).addingProduct(p, r)
  p = Lane(repeating: 1).addingProduct(p, r)
  return lanes_scale(p, n)
}

/// ln x, within 1 ulp over the whole range: −∞ at zero, NaN below it.
///
/// x = 2ᵉ (1 + f) with √½ ≤ 1 + f < √2, and ln x = e ln 2 + f − ½f² + f³ P(f).
@inline(__always) public func logarithm(_ x: Lane) -> Lane {
  let tiny = x .< Lane(repeating: Float.leastNormalMagnitude)
  let normal = x.replacing(with: x * 0x1p23, where: tiny)
  let rootHalf = Int32(0x3f35_04f3)
  let offset = normal.bits &- rootHalf
  var e = lanes_convert(offset &>> 23)
  e = e.replacing(with: e - 23, where: tiny)
  let f = Lane(bits: (offset & 0x7f_ffff) &+ rootHalf) - 1
  var p = Lane(repeating: 0x1.1484e8p-4)
  p = Lane(repeating: -0x1.de1004p-4).addingProduct(p, f)
  p = Lane(repeating: 0x1.e6c03ep-4).addingProduct(p, f)
  p = Lane(repeating: -0x1.fc26acp-4).addingProduct(p, f)
  p = Lane(repeating: 0x1.233b78p-3).addingProduct(p, f)
  p = Lane(repeating: -0x1.555c4ep-3).addingProduct(p, f)
  p = Lane(repeating: 0x1.99a478p-3).addingProduct(p, f)
  p = Lane(repeating: -0x1.000006p-2).addingProduct(p, f)
  p = Lane(repeating: 0x1.555548p-2).addingProduct(p, f)
  let square = f * f
  var low = (e * -0x1.05c610p-29).addingProduct(square * f, p)
  low = low.addingProduct(square, Lane(repeating: -0.5))
  var y = (f + low).addingProduct(e, Lane(repeating: 0x1.62e43p-1))
  y = y.replacing(with: -Float.infinity, where: x .== 0)
  y = y.replacing(with: x, where: .!(x .< Float.infinity))
  return y.replacing(with: Float.nan, where: x .< 0)
}

/// tanh x, within 2 ulp: an odd polynomial near zero, 1 − 2 ∕ (e²ˣ + 1) elsewhere.
@inline(__always) public func hyperbolicTangent(_ x: Lane) -> Lane {
  let a = x.magnitude
  let square = a * a
  var p = Lane(repeating: -0x1.750ce4p-8)
  p = Lane(repeating: 0x1.51f8cep-6).addingProduct(p, square)
  p = Lane(repeating: -0x1.b835a4p-5).addingProduct(p, square)
  p = Lane(repeating: 0x1.1106f6p-3).addingProduct(p, square)
  p = Lane(repeating: -0x1.555532p-2).addingProduct(p, square)
  let near = a.addingProduct(a, square * p)
  let far = 1 - 2 / (exponential(a + a) + 1)
  let y = far.replacing(with: near, where: a .< 0.625)
  return Lane(bits: y.bits | (x.bits & Int32.min))
}

/// 1 ∕ (1 + e⁻ˣ), within 2.5 ulp. Computed from e^−|x|, which cannot overflow.
@inline(__always) public func sigmoid(_ x: Lane) -> Lane {
  let e = exponential(Lane(bits: x.bits | Int32.min))
  let numerator = e.replacing(with: 1, where: x .>= 0)
  return numerator / (1 + e)
}

/// eˣ, the same bits as in a lane.
public func exponential(_ x: Float) -> Float { exponential(Lane(repeating: x))[0] }

/// ln x, the same bits as in a lane.
public func logarithm(_ x: Float) -> Float { logarithm(Lane(repeating: x))[0] }

/// tanh x, the same bits as in a lane.
public func hyperbolicTangent(_ x: Float) -> Float { hyperbolicTangent(Lane(repeating: x))[0] }

/// 1 ∕ (1 + e⁻ˣ), the same bits as in a lane.
public func sigmoid(_ x: Float) -> Float { sigmoid(Lane(repeating: x))[0] }
