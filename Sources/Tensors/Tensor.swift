import Kernels

/// A block of floats with a shape: contiguous, row-major, never changed once made.
///
///     let x = Tensor([[1, 2, 3], [4, 5, 6]])
///     x.shape         // [2, 3]
///     x[1, 0]         // 4
///
/// A tensor is a value: copying it copies a reference to its storage, and every operation makes a
/// new one. It is used by one thread at a time; parallelism lives inside the kernels, and in
/// `sideBySide`.
public struct Tensor {
  /// The sizes of its dimensions, outermost first.
  public let shape: Shape

  /// The floats, which other tensors may share.
  let storage: Storage

  /// Where the gradient of this tensor gathers, if something is being differentiated that
  /// depends on it; nil for a constant.
  let node: Node?

  init(_ shape: Shape, _ storage: Storage, node: Node? = nil) {
    self.shape = shape
    self.storage = storage
    self.node = node
  }

  /// Memory for a result, not yet written.
  init(uninitialized shape: Shape) {
    self.init(shape, Storage(count: shape.count))
  }

  /// `values` in row-major order.
  public init(_ shape: Shape, _ values: [Float]) {
    require(
      values.count == shape.count, "shape \(shape) holds \(shape.count) values, not \(values.count)"
    )
    self.init(uninitialized: shape)
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.update(from: start, count: source.count) }
    }
  }

  /// A vector: `[1, 2, 3]` has shape `[3]`.
  public init(_ values: [Float]) { self.init([values.count], values) }

  /// A matrix, row by row.
  public init(_ rows: [[Float]]) {
    let width = rows.first?.count ?? 0
    require(rows.allSatisfy { $0.count == width }, "rows of a matrix must be equally long")
    self.init([rows.count, width], Array(rows.joined()))
  }

  /// Every element is `value`.
  public init(_ shape: Shape, repeating value: Float) {
    self.init(uninitialized: shape)
    base.update(repeating: value, count: shape.count)
  }

  /// Normally distributed elements with mean 0 and the given standard deviation.
  public init(_ shape: Shape, normal deviation: Float, from generator: inout Generator) {
    self.init(uninitialized: shape)
    generator.fillNormal(base, count: count, deviation: deviation)
  }

  /// Elements drawn uniformly from `range`.
  public init(
    _ shape: Shape, uniform range: Range<Float>, from generator: inout Generator
  ) {
    self.init(uninitialized: shape)
    generator.fillUniform(base, count: count, low: range.lowerBound, high: range.upperBound)
  }

  /// The same values as a constant: no gradient flows through it.
  public var detached: Tensor { Tensor(shape, storage) }
}

// Reading

extension Tensor {
  /// One element, by its index in every dimension.
  public subscript(indices: Int...) -> Float {
    require(
      indices.count == shape.rank, "\(indices.count) indices for a tensor of shape \(shape)")
    var offset = 0
    for (dimension, index) in indices.enumerated() {
      require(
        index >= 0 && index < shape[dimension], "index \(indices) is outside shape \(shape)")
      offset = offset * shape[dimension] + index
    }
    return base[offset]
  }

  /// All elements, in row-major order.
  public var floats: [Float] { Array(UnsafeBufferPointer(start: base, count: shape.count)) }

  /// One row of a matrix, or of whatever is seen as one: all dimensions but the last are rows.
  public func row(_ index: Int) -> [Float] {
    require(index >= 0 && index < shape.rows, "\(shape) has no row \(index)")
    return Array(UnsafeBufferPointer(start: base + index * shape.width, count: shape.width))
  }

  /// The only element of a tensor of one element, such as a loss.
  public var scalar: Float {
    require(shape.count == 1, "a tensor of shape \(shape) is not a scalar")
    return base[0]
  }

  /// Reads the elements in place.
  public func withFloats<Result>(_ body: (Span<Float>) throws -> Result) rethrows -> Result {
    try body(UnsafeBufferPointer(start: base, count: shape.count).span)
  }
}

// What the operations of this module work with

extension Tensor {
  var base: UnsafeMutablePointer<Float> { storage.base }

  var count: Int { shape.count }

  /// The elements as a matrix `[rows, width]`: all dimensions but the last are rows.
  var matrix: Matrix { Matrix(base, rows: shape.rows, columns: shape.width) }
}
