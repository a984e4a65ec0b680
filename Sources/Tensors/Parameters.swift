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
  private let memory = ParameterMemory()

  var values: Storage { memory.values }
  var gradients: Storage {
    require(!isFrozen, "the parameters are frozen: they have no gradients")
    return memory.completeGradients
  }

  /// Every parameter, in the order of creation.
  public private(set) var all: [Parameter] = []

  /// How many numbers there are to learn.
  public private(set) var count = 0

  /// No parameters yet.
  public init() {}

  /// Whether they stay as they are: no gradient is computed for them, and there is no memory for any.
  /// An adapter is trained beside a model that is frozen.
  public var isFrozen: Bool { memory.isFrozen }

  /// Stops gradients from reaching the parameters, and gives back the memory of these. Not while a
  /// tape records.
  public func freeze() { memory.isFrozen = true }

  /// Lets gradients reach the parameters again, beginning at zero.
  public func unfreeze() { memory.isFrozen = false }

  /// Adds a parameter that starts as `tensor`. Not while a tape records, since the gradients move
  /// to a larger block when this one is full.
  ///
  /// Matrices decay under weight decay and vectors, which are biases and gains, do not, as is
  /// usual; `decays` overrides that.
  @discardableResult
  public func add(_ name: String, _ tensor: Tensor, decays: Bool? = nil) -> Parameter {
    require(!all.contains { $0.name == name }, "there is a parameter named \(name) already")
    require(Tape.current == nil, "parameter \(name) is added inside valueAndGradient")
    require(!isFrozen, "parameter \(name) is added to frozen parameters")
    // Each starts on a multiple of 16 floats, so that no vector of one reaches into the next.
    let start = count
    let end = start + (tensor.count + 15) / 16 * 16
    if end > values.count {
      memory.grow(to: max(end, 2 * values.count), used: start)
    }
    (values.base + start).update(from: tensor.base, count: tensor.count)
    count = end
    let parameter = Parameter(
      name: name, shape: tensor.shape, range: start..<start + tensor.count,
      decays: decays ?? (tensor.shape.rank > 1), memory: memory)
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
  public func zeroGradients() { gradients.base.update(repeating: 0, count: count) }

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
}

/// The two blocks, which each parameter holds as well: it may outlive the others.
private final class ParameterMemory {
  var values = Storage(count: 0)
  var gradients = Storage(count: 0)

  /// Whether there are no gradients.
  var isFrozen = false {
    didSet {
      guard isFrozen != oldValue else { return }
      require(Tape.current == nil, "parameters are frozen or unfrozen inside valueAndGradient")
      gradients = Storage(count: isFrozen ? 0 : values.count)
      gradients.base.update(repeating: 0, count: gradients.count)
      secondGradients = []
    }
  }

  /// The gradients of parameters that are used twice, for their second uses, and where each of them
  /// belongs in the block.
  var secondGradients: [(start: Int, gradient: Storage)] = []

  /// The gradients with those of second uses.
  ///
  /// What second uses contributed is added here, and not as it comes, so that its place in the sum
  /// is the same for a batch in one piece and in several.
  var completeGradients: Storage {
    for (start, gradient) in secondGradients {
      add(gradient.base, to: gradients.base + start, count: gradient.count)
      gradient.base.update(repeating: 0, count: gradient.count)
    }
    return gradients
  }

  /// Where the gradient of the second use of the parameter at `range` gathers.
  func secondGradient(_ range: Range<Int>) -> Storage {
    if let known = secondGradients.first(where: { $0.start == range.lowerBound }) {
      return known.gradient
    }
    let gradient = Storage(count: range.count)
    gradient.base.update(repeating: 0, count: range.count)
    secondGradients.append((range.lowerBound, gradient))
    return gradient
  }

  /// Makes room for `size` floats in each block, keeps the first `used`, and zeroes the rest.
  func grow(to size: Int, used: Int) {
    func grown(_ block: Storage) -> Storage {
      let larger = Storage(count: size)
      larger.base.update(from: block.base, count: used)
      (larger.base + used).update(repeating: 0, count: size - used)
      return larger
    }
    (values, gradients) = (grown(values), grown(gradients))
  }
}

/// One named tensor of a model that learns.
public final class Parameter {
  /// Its name in a checkpoint, unique in its model.
  public let name: String

  /// The shape of its value, and of its gradient.
  public let shape: Shape

  /// Whether weight decay applies to it.
  public let decays: Bool

  let range: Range<Int>
  private let memory: ParameterMemory

  fileprivate init(
    name: String, shape: Shape, range: Range<Int>, decays: Bool, memory: ParameterMemory
  ) {
    self.name = name
    self.shape = shape
    self.range = range
    self.decays = decays
    self.memory = memory
  }

  /// The value, as an input to a computation: while a tape records, the gradient with respect to
  /// it is added to `gradient`. Ask for it in each step: it is a view, whose floats the optimiser
  /// changes in place.
  public var tensor: Tensor {
    let isTraced = Tape.current != nil && !memory.isFrozen
    let node = isTraced ? Node(gradient: slice(of: memory.gradients)) : nil
    return Tensor(shape, slice(of: memory.values), node: node)
  }

  /// The value for a second use in the same model: an embedding table that is also the output head
  /// is read in both ways.
  public var tensorForSecondUse: Tensor {
    guard Tape.current != nil && !memory.isFrozen else { return tensor }
    let gradient = memory.secondGradient(range)
    let node = Node(gradient: Storage(slice: 0..<gradient.count, of: gradient))
    return Tensor(shape, slice(of: memory.values), node: node)
  }

  /// The gradient that has gathered since the last `zeroGradients()`: a view, as `tensor` is.
  public var gradient: Tensor {
    require(!memory.isFrozen, "parameter \(name) is frozen: it has no gradient")
    return Tensor(shape, slice(of: memory.completeGradients))
  }

  /// Overwrites the value.
  public func set(_ tensor: Tensor) {
    require(
      tensor.shape == shape, "parameter \(name) has shape \(shape), not \(tensor.shape)")
    slice(of: memory.values).base.update(from: tensor.base, count: tensor.count)
  }

  private func slice(of block: Storage) -> Storage { Storage(slice: range, of: block) }
}
