/// The sizes of a tensor's dimensions, outermost first: `[tokens, width]`.
///
/// At most four dimensions, kept inline: an array would cost an allocation for every tensor.
///
///     let shape: Shape = [2, 3]
///     shape.count     // 6
///     shape.width     // 3, the last dimension
///     shape.rows      // 2, the product of all the others
public struct Shape: Equatable, Sendable {
  private var sizes: InlineArray<4, Int32>

  /// The number of dimensions, 0 for a scalar.
  public let rank: Int

  /// At most four sizes, outermost first.
  public init(_ sizes: [Int]) {
    require(sizes.count <= 4, "a shape has at most 4 dimensions, not \(sizes.count): \(sizes)")
    rank = sizes.count
    self.sizes = InlineArray(repeating: 1)
    for (dimension, size) in sizes.enumerated() {
      require(
        size >= 0 && size <= Int32.max, "size \(size) of dimension \(dimension) is out of range")
      self.sizes[dimension] = Int32(size)
    }
    require(
      sizes.reduce(1.0) { $0 * Double($1) } <= 0x1p48, "no memory holds a tensor of shape \(sizes)")
  }

  /// The size of one dimension; a negative index counts from the last.
  public subscript(dimension: Int) -> Int {
    let index = dimension < 0 ? dimension + rank : dimension
    require(index >= 0 && index < rank, "\(self) has no dimension \(dimension)")
    return Int(sizes[index])
  }

  /// The number of elements: the product of all sizes, 1 for a scalar.
  public var count: Int { Int(sizes[0]) * Int(sizes[1]) * Int(sizes[2]) * Int(sizes[3]) }

  /// The size of the last dimension, the one whose elements are neighbours in memory.
  public var width: Int { rank == 0 ? 1 : Int(sizes[rank - 1]) }

  /// How many vectors of `width` elements there are: the product of all dimensions but the last.
  public var rows: Int { width == 0 ? 0 : count / width }

  /// The same shape with another last dimension: what a projection makes of its input's shape.
  public func replacing(width: Int) -> Shape {
    require(rank > 0, "a scalar has no last dimension")
    var shape = self
    shape.sizes[rank - 1] = 1
    require(
      width >= 0 && Double(shape.count) * Double(width) <= 0x1p48 && width <= Int32.max,
      "no memory holds a tensor of shape \(self) with a last dimension of \(width)")
    shape.sizes[rank - 1] = Int32(width)
    return shape
  }

  /// The sizes as an array.
  public var dimensions: [Int] { (0..<rank).map { Int(sizes[$0]) } }

  public static func == (a: Shape, b: Shape) -> Bool {
    guard a.rank == b.rank else { return false }
    for i in 0..<4 where a.sizes[i] != b.sizes[i] { return false }
    return true
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral sizes: Int...) { self.init(sizes) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "\(dimensions)" }
}

/// Stops the program with `message` unless `condition` holds.
///
/// For programmer mistakes such as shapes that do not fit. Unlike `precondition`, whose message
/// an optimised build throws away, this one always says what was wrong.
@inline(__always)
public func require(
  _ condition: Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition { fatalError(message(), file: file, line: line) }
}
