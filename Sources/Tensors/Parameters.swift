import Kernels

/// The numbers that a model learns, side by side in one block of memory, with a block of equal
/// size for their gradients.
///
/// One block makes everything that concerns all parameters one loop over one range: an optimiser
/// step, the norm of the gradient, a checkpoint.
///
///     let parameters = Parameters()
///     var generator = Generator(seed: 1)
///     let weight = parameters.add("weight", [10, 4], normal: 0.02, from: &generator)
///     weight.tensor.shape      // [10, 4]
public final class Parameters {
  private(set) var values = Storage(count: 0)

  /// The gradients as the tape leaves them, without those of second uses.
  fileprivate var firstGradients = Storage(count: 0)

  /// The gradients of parameters that are used twice, for their second uses.
  fileprivate var secondGradients: [(parameter: Parameter, gradient: Storage)] = []

  /// All gradients, complete.
  ///
  /// What second uses contributed is added here, and not as it comes, so that its place in the sum
  /// is the same for a batch in one piece and in several.
  var gradients: Storage {
    for (parameter, gradient) in secondGradients {
      let start = parameter.range.lowerBound
      Kernels.add(gradient.base, to: firstGradients.base + start, count: gradient.count)
      gradient.base.update(repeating: 0, count: gradient.count)
    }
    return firstGradients
  }

  /// Every parameter, in the order of creation.
  public private(set) var all: [Parameter] = []

  /// How many numbers there are to learn.
  public private(set) var count = 0

  public init() {}

  /// Adds a parameter that starts as `tensor`.
  ///
  /// Matrices decay under weight decay and vectors, which are biases and gains, do not, as is
  /// usual; `decays` overrides that.
  @discardableResult
  public func add(_ name: String, _ tensor: Tensor, decays: Bool? = nil) -> Parameter {
    require(!all.contains { $0.name == name }, "there is a parameter named \(name) already")
    // Each starts on a multiple of 16 floats, so that no vector of one reaches into the next.
    let start = count
    let end = start + (tensor.count + 15) / 16 * 16
    if end > values.count {
      values = Parameters.grown(values, used: start, to: max(end, 2 * values.count))
      firstGradients = Parameters.grown(firstGradients, used: start, to: values.count)
    }
    (values.base + start).update(from: tensor.base, count: tensor.count)
    count = end
    let parameter = Parameter(
      name: name, shape: tensor.shape, range: start..<start + tensor.count,
      decays: decays ?? (tensor.shape.rank > 1), owner: self)
    all.append(parameter)
    return parameter
  }

  /// Adds a parameter drawn from a normal distribution with mean 0.
  @discardableResult
  public func add(
    _ name: String, _ shape: Shape, normal deviation: Float, from generator: inout Generator
  ) -> Parameter {
    add(name, Tensor(shape, normal: deviation, from: &generator))
  }

  /// Forgets the gradients, before the first backward pass of a step.
  public func zeroGradients() {
    firstGradients.base.update(repeating: 0, count: count)
    for (_, gradient) in secondGradients {
      gradient.base.update(repeating: 0, count: gradient.count)
    }
  }

  /// The Euclidean norm of all gradients together.
  public var gradientNorm: Double { sumOfSquares(gradients.base, count: count).squareRoot() }

  /// Multiplies all gradients by the same factor.
  public func scaleGradients(by factor: Float) {
    let gradients = gradients
    scale(gradients.base, by: factor, into: gradients.base, count: count)
  }

  /// Gives `body` the values of all parameters in place, to be written to a file.
  public func withValues<Result>(
    _ body: ([(name: String, shape: Shape, base: UnsafePointer<Float>)]) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(values) {
      try body(
        all.map { ($0.name, $0.shape, UnsafePointer(values.base + $0.range.lowerBound)) })
    }
  }

  /// A block of `size` floats that begins with the first `used` floats of `block` and is zero
  /// beyond them.
  private static func grown(_ block: Storage, used: Int, to size: Int) -> Storage {
    let larger = Storage(count: size)
    larger.base.update(from: block.base, count: used)
    (larger.base + used).update(repeating: 0, count: size - used)
    return larger
  }
}

/// One named tensor of a model that learns.
public final class Parameter {
  /// Its name in a checkpoint, unique in its model.
  public let name: String

  public let shape: Shape

  /// Whether weight decay applies to it.
  public let decays: Bool

  let range: Range<Int>
  private unowned let owner: Parameters

  fileprivate init(
    name: String, shape: Shape, range: Range<Int>, decays: Bool, owner: Parameters
  ) {
    self.name = name
    self.shape = shape
    self.range = range
    self.decays = decays
    self.owner = owner
  }

  /// The present value, as an input to a computation: while a tape records, the gradient with
  /// respect to it is added to `gradient`.
  public var tensor: Tensor {
    let node = Tape.current == nil ? nil : Node(gradient: slice(of: owner.firstGradients))
    return Tensor(shape, slice(of: owner.values), node: node)
  }

  /// The present value for a second use in the same model: an embedding table that is also the
  /// output head is read in both ways.
  public var tensorForSecondUse: Tensor {
    guard Tape.current != nil else { return tensor }
    if owner.secondGradients.allSatisfy({ $0.parameter !== self }) {
      let gradient = Storage(count: shape.count)
      gradient.base.update(repeating: 0, count: shape.count)
      owner.secondGradients.append((self, gradient))
    }
    let gradient = owner.secondGradients.first { $0.parameter === self }!.gradient
    let node = Node(gradient: Storage(slice: 0..<gradient.count, of: gradient))
    return Tensor(shape, slice(of: owner.values), node: node)
  }

  /// The gradient that has gathered since the last `zeroGradients()`.
  public var gradient: Tensor { Tensor(shape, slice(of: owner.gradients)) }

  /// Overwrites the value.
  public func set(_ tensor: Tensor) {
    require(
      tensor.shape == shape, "parameter \(name) has shape \(shape), not \(tensor.shape)")
    slice(of: owner.values).base.update(from: tensor.base, count: tensor.count)
  }

  private func slice(of block: Storage) -> Storage { Storage(slice: range, of: block) }
}
