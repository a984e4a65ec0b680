/// Eight doubles that move through arithmetic together: one AVX-512 register, or two AVX2 ones.
typealias Eight = SIMD8<Double>

extension Eight {
  /// The eight doubles at `base`, which need not be aligned.
  @inline(__always) init(_ base: UnsafePointer<Double>) {
    self = UnsafeRawPointer(base).loadUnaligned(as: Eight.self)
  }

  @inline(__always) init(_ base: UnsafeMutablePointer<Double>) {
    self.init(UnsafePointer(base))
  }

  @inline(__always) func store(to base: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(base).storeBytes(of: self, as: Eight.self)
  }

  /// The sum of the lanes by halves, a fixed tree.
  @inline(__always) var total: Double {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}

/// `Σ aᵢ bᵢ`: four accumulators of eight lanes in turn, folded by halves, then what is left one by
/// one. The order depends on `count` alone.
@inline(__always) func dot(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int
) -> Double {
  var (s0, s1, s2, s3) = (Eight(), Eight(), Eight(), Eight())
  let blocks = count & ~31
  var i = 0
  while i < blocks {
    s0.addProduct(Eight(a + i), Eight(b + i))
    s1.addProduct(Eight(a + (i &+ 8)), Eight(b + (i &+ 8)))
    s2.addProduct(Eight(a + (i &+ 16)), Eight(b + (i &+ 16)))
    s3.addProduct(Eight(a + (i &+ 24)), Eight(b + (i &+ 24)))
    i &+= 32
  }
  var sum = ((s0 + s1) + (s2 + s3)).total
  while i < count {
    sum.addProduct(a[i], b[i])
    i &+= 1
  }
  return sum
}

/// `yᵢ += c xᵢ`
@inline(__always) func addScaled(
  _ x: UnsafePointer<Double>, by c: Double, to y: UnsafeMutablePointer<Double>, _ count: Int
) {
  let factor = Eight(repeating: c)
  let blocks = count & ~7
  var i = 0
  while i < blocks {
    Eight(y + i).addingProduct(Eight(x + i), factor).store(to: y + i)
    i &+= 8
  }
  while i < count {
    y[i].addProduct(x[i], c)
    i &+= 1
  }
}
