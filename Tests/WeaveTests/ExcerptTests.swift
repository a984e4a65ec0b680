import Testing

@testable import weave

private let library = """
  import Kernels

  /// A tensor.
  public struct Tensor {
    /// Its shape.
    public let shape: [Int]
    public var count: Int { shape.reduce(1, *) }

    /// Makes one.
    ///
    /// - Parameter shape: the shape.
    public init(
      _ values: [Float],
      shape: [Int]
    ) {
      self.shape = shape  // "}" is not the end
      let local = "}"
      func helper() {}
    }

    public init(zeros shape: [Int]) { self.init([], shape: shape) }
  }

  extension Tensor {
    /// The weighted average.
    @inlinable
    public func attended(to context: Tensor) -> Tensor {
      if count > 0 {
        return self
      }
      return context
    }

    public static func * (a: Tensor, b: Tensor) -> Tensor { a }

    func map<Value>(_ f: (Float, Int) -> Value, into: [Value]) -> [Value]
    where Value: Equatable {
      []
    }
  }

  enum Scale: String {
    case linear, log
    static let all = [
      Scale.linear,
      Scale.log,
    ]
  }

  protocol Projection {
    func callAsFunction(_ x: Tensor) -> Tensor
    var count: Int { get }
  }

  typealias Names = [String]
  """

@Suite struct ExcerptTests {
  private func lines(_ name: String, code: Bool = false) throws -> [String] {
    let arguments = "Tensors/Tensor.swift, \(name)\(code ? ", code" : "")"
    let excerpt = try #require(Excerpt(arguments: arguments))
    return try excerpt.lines(in: library)
  }

  @Test(arguments: [
    ("attended(to:)", "/// The weighted average.", "}", 8),
    ("attended", "/// The weighted average.", "}", 8),
    ("Tensor.attended(to:)", "/// The weighted average.", "}", 8),
    ("init(_:shape:)", "/// Makes one.", "}", 11),
    ("init(zeros:)", "public init(zeros shape: [Int]) { self.init([], shape: shape) }", "}", 1),
    ("Tensor.count", "public var count: Int { shape.reduce(1, *) }", "}", 1),
    ("Projection.count", "var count: Int { get }", "}", 1),
    ("Projection.callAsFunction", "func callAsFunction(_ x: Tensor) -> Tensor", "", 1),
    ("*(_:_:)", "public static func * (a: Tensor, b: Tensor) -> Tensor { a }", "}", 1),
    (
      "map(_:into:)", "func map<Value>(_ f: (Float, Int) -> Value, into: [Value]) -> [Value]", "}",
      4
    ),
    ("all", "static let all = [", "]", 4),
    ("Scale", "enum Scale: String {", "}", 7),
    ("Tensor", "/// A tensor.", "}", 20),
    ("extension Tensor", "extension Tensor {", "}", 17),
    ("Names", "typealias Names = [String]", "", 1),
  ])
  func findsDeclarations(name: String, first: String, last: String, count: Int) throws {
    let lines = try lines(name)
    #expect(lines.first == first)
    #expect(lines.count == count, "\(lines)")
    #expect(lines.last?.hasSuffix(last) == true)
  }

  @Test func codeOnlyDropsTheDocComment() throws {
    #expect(try lines("attended", code: true).first == "@inlinable")
  }

  @Test(arguments: ["missing", "local", "helper()", "attended(from:)", "Scale.attended"])
  func unknownNamesFail(name: String) {
    let error = #expect(throws: WeaveError.self) { try lines(name) }
    #expect(error?.description == "Sources/Tensors/Tensor.swift declares no \(name)")
  }

  @Test(arguments: ["init", "count"])
  func ambiguousNamesFailWithTheirLines(name: String) {
    let error = #expect(throws: WeaveError.self) { try lines(name) }
    #expect(error?.description.contains("\(name) is ambiguous") == true)
    #expect(error?.description.contains("on line 7") == (name == "count"))
  }

  @Test func mutatedSourcesNeverCrash() {
    for source in mutations(of: library, count: 400, seed: 7) {
      let excerpt = Excerpt(arguments: "Tensors/Tensor.swift, attended(to:)")
      _ = try? excerpt?.lines(in: source)
    }
  }
}
