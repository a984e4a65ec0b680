import Foundation
import Testing

@testable import Safetensors

@Suite struct SafetensorsFileTests {
  /// `reference.json`: the numbers of `reference.safetensors` as torch widens them.
  struct Reference: Decodable {
    let floats: [String: [Number]]

    enum Number: Decodable {
      case finite(Float)
      case other(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
          self = .other(text)
        } else {
          self = .finite(try container.decode(Float.self))
        }
      }

      func isEqual(_ float: Float) -> Bool {
        switch self {
        case .finite(let number): number.bitPattern == float.bitPattern
        case .other("nan"): float.isNaN
        case .other(let text): float == (text == "inf" ? .infinity : -.infinity)
        }
      }
    }
  }

  @Test func `What the reference implementation writes is read as torch reads it`() throws {
    let file = try SafetensorsFile(fixture("reference.safetensors"))
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: fixture("reference.json")))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors.count == 19)
    for (name, numbers) in reference.floats {
      let floats = try file.tensor(named: name).floats(allowsNonFinite: true)
      #expect(floats.count == numbers.count)
      for (i, (float, number)) in zip(floats, numbers).enumerated() {
        #expect(number.isEqual(float), "\(name)[\(i)]: \(float), torch \(number)")
      }
    }
    #expect(try file.tensor(named: "scalar").shape == [])
    #expect(try file.tensor(named: "empty").shape == [0, 7])
    #expect(try file.tensor(named: "empty").floats() == [])
    #expect(try file.tensor(named: "i32").shape == [1, 3, 1])
    #expect(
      try file.tensor(named: "i32").bytes() == [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
    #expect(try file.tensor(named: "bool").bytes() == [1, 0, 1])
  }

  @Test(arguments: ["i64", "i32", "i16", "i8", "u8", "bool"])
  func `Integers are listed and not read as floats`(name: String) throws {
    let url = fixture("reference.safetensors")
    let tensor = try SafetensorsFile(url).tensor(named: name)
    #expect(
      throws: SafetensorsError(.notFloats(tensor.dataType), file: url.path, tensor: name)
    ) { try tensor.floats() }
  }

  /// Writes all tensors of a file again, in the opposite order.
  static func rewrite(_ file: SafetensorsFile, to url: URL) throws {
    let contents = try file.tensors.map { tensor in
      let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: tensor.byteCount, alignment: 8)
      bytes.copyBytes(from: try tensor.bytes())
      return (tensor, bytes)
    }
    defer { for (_, bytes) in contents { bytes.deallocate() } }
    let views = contents.reversed().map { tensor, bytes in
      TensorView(
        tensor.name, tensor.shape, bytes: UnsafeRawBufferPointer(bytes), as: tensor.dataType)
    }
    try SafetensorsFile.write(views, metadata: file.metadata, to: url)
  }

  @Test(arguments: [
    "reference", "nothing", "without-metadata", "float32", "float16", "bfloat16",
    "sharded/model-00001-of-00002", "sharded/model-00002-of-00002",
  ])
  func `We write the same bytes as the reference implementation`(name: String) throws {
    let folder = try TemporaryFolder()
    let original = fixture("\(name).safetensors")
    let copy = folder.url.appending(path: "copy.safetensors")
    try SafetensorsFileTests.rewrite(SafetensorsFile(original), to: copy)
    #expect(try Data(contentsOf: copy) == Data(contentsOf: original))
    #expect(try folder.names == ["copy.safetensors"])
  }

  @Test(arguments: [DataType.float32, .float16, .bfloat16])
  func `Floats are written as torch rounds them`(_ type: DataType) throws {
    let folder = try TemporaryFolder()
    let numbers = try SafetensorsFile(fixture("float32.safetensors")).tensor(named: "numbers")
    let floats = try numbers.floats(allowsNonFinite: true)
    let url = folder.url.appending(path: "rounded.safetensors")
    try floats.withUnsafeBufferPointer { floats in
      try SafetensorsFile.write(
        [TensorView("numbers", [floats.count], floats: floats.baseAddress!, as: type)], to: url)
    }
    let expected = fixture("\(type == .bfloat16 ? "bfloat" : "float")\(type.bits).safetensors")
    #expect(try Data(contentsOf: url) == Data(contentsOf: expected))
  }

  @Test(arguments: [1, 65_535, 65_536, 65_537, 200_001])
  func `Tensors of any length survive in every type`(count: Int) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.safetensors")
    let floats = (0..<count).map { Float($0 % 256) - 128 }
    try floats.withUnsafeBufferPointer { floats in
      let types = [DataType.float32, .float16, .bfloat16]
      try SafetensorsFile.write(
        types.map {
          TensorView($0.rawValue, [count], floats: floats.baseAddress!, as: $0)
        }, to: url)
    }
    let file = try SafetensorsFile(url)
    for tensor in file.tensors { #expect(try tensor.floats() == floats, "\(tensor.name)") }
    let doubles = floats.map(Double.init)
    try doubles.withUnsafeBytes { bytes in
      try SafetensorsFile.write([TensorView("d", [count], bytes: bytes, as: .float64)], to: url)
    }
    #expect(try SafetensorsFile(url).tensor(named: "d", shape: [count]).floats() == floats)
    #expect(try file.tensor(named: "F32").floats() == floats, "the replaced file stays readable")
  }

  @Test func `A header without padding leaves the data unaligned, and it is read`() throws {
    let folder = try TemporaryFolder()
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    #expect(header.utf8.count % 4 != 0)
    let url = try folder.write(
      file(header: header, dataCount: 0) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], to: "f")
    #expect(try SafetensorsFile(url).tensor(named: "a").floats() == [1, 2])
  }

  @Test func `A missing tensor and a wrong shape are refused`() throws {
    let url = fixture("reference.safetensors")
    let file = try SafetensorsFile(url)
    #expect(file.contains("half") && !file.contains("quarter"))
    #expect(
      throws: SafetensorsError(.missing(among: 19), file: url.path, tensor: "quarter")
    ) { _ = try file.tensor(named: "quarter") }
    let name = "model.embed_tokens.weight"
    let error = #expect(throws: SafetensorsError.self) {
      _ = try file.tensor(named: name, shape: [4, 3])
    }
    #expect(error?.problem == .wrongShape(found: [3, 4], needed: [4, 3]))
    #expect(
      error?.description
        == "\(url.path): tensor \"\(name)\": shape [3, 4], where [4, 3] is needed; "
        + "the configuration and the weights do not belong together")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 70_000, 99_999])
  func `NaN and infinity are refused at their place`(_ value: Float, index: Int) throws {
    let folder = try TemporaryFolder()
    var floats = [Float](repeating: 1, count: 100_000)
    floats[index] = value
    let url = try folder.write(tensors: ["w": floats])
    let tensor = try SafetensorsFile(url).tensor(named: "w")
    let error = #expect(throws: SafetensorsError.self) { try tensor.floats() }
    guard case .notFinite(let found, index) = error?.problem, error?.tensor == "w" else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found.bitPattern == value.bitPattern)
    #expect(
      try tensor.floats(allowsNonFinite: true).map(\.bitPattern) == floats.map(\.bitPattern))
  }

  @Test(arguments: [(Float(65_520), DataType.float16), (-3.4e38, .bfloat16)])
  func `A number too large for its type is refused, and the old file stays`(
    _ number: Float, _ type: DataType
  ) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(tensors: ["w": [1]])
    let floats = [Float](repeating: 0, count: 70_000) + [number]
    #expect(
      throws: SafetensorsError(.tooLarge(number, index: 70_000, type), file: url.path, tensor: "w")
    ) {
      try floats.withUnsafeBufferPointer { floats in
        try SafetensorsFile.write(
          [TensorView("w", [floats.count], floats: floats.baseAddress!, as: type)], to: url)
      }
    }
    #expect(try folder.names == ["model.safetensors"])
    #expect(try SafetensorsFile(url).tensor(named: "w").floats() == [1])
  }

  @Test func `Names that the format cannot hold are refused`() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.safetensors")
    let float: [Float] = [1]
    float.withUnsafeBufferPointer { float in
      let view = { TensorView($0, [], floats: float.baseAddress!) }
      #expect(throws: SafetensorsError(.duplicateName, file: url.path, tensor: "a")) {
        try SafetensorsFile.write([view("a"), view("b"), view("a")], to: url)
      }
      #expect(throws: SafetensorsError(.reservedName, file: url.path, tensor: "__metadata__")) {
        try SafetensorsFile.write([view("__metadata__")], to: url)
      }
    }
    #expect(try folder.names == [])
  }

  @Test func `What is no safetensors file is refused with its reason`() throws {
    let folder = try TemporaryFolder()
    func problem(_ url: URL) -> SafetensorsError.Problem? {
      #expect(throws: SafetensorsError.self) { _ = try SafetensorsFile(url) }?.problem
    }
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 269\n"
    #expect(problem(try folder.write(lfs.utf8, to: "lfs")) == .gitPointer)
    #expect(problem(try folder.write([1, 2, 3], to: "short")) == .tooShort(bytes: 3))
    #expect(
      problem(try folder.write([0, 0, 0, 0, 0, 0, 0, 0x80], to: "long"))
        == .headerTooLong(1 << 63))
    #expect(
      problem(try folder.write([9, 0, 0, 0, 0, 0, 0, 0, 0x7B], to: "beyond"))
        == .headerBeyondEnd(length: 9, fileBytes: 9))
    #expect(problem(folder.url) == .file(.notRegular(isFolder: true)))
    #expect(
      problem(folder.url.appending(path: "absent"))
        == .file(.unreadable("No such file or directory")))
    mkfifo(folder.url.appending(path: "pipe").path, 0o600)
    #expect(
      problem(folder.url.appending(path: "pipe")) == .file(.notRegular(isFolder: false)))
  }

  @Test func `A file truncated while open is an error and not a crash`() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(tensors: ["w": [Float](repeating: 1, count: 100_000)])
    let tensor = try SafetensorsFile(url).tensor(named: "w")
    truncate(url.path, 5000)
    let expected = SafetensorsError(.file(.shrunk), file: url.path, tensor: "w")
    #expect(throws: expected) { try tensor.floats() }
    #expect(throws: expected) { try tensor.bytes() }
  }

  @Test func `A hostile name cannot break the line of its error`() throws {
    let folder = try TemporaryFolder()
    let name = "\\u001b[31m\\nline\\u2028\\u202e" + String(repeating: "x", count: 1000)
    let url = try folder.write(
      file(header: "{\"\(name)\":{}}", dataCount: 0), to: "model.safetensors")
    let error = #expect(throws: SafetensorsError.self) { _ = try SafetensorsFile(url) }
    let line = try #require(error?.description)
    #expect(line.contains("tensor \"\\u{1b}[31m\\u{a}line\\u{2028}\\u{202e}xxx"))
    #expect(line.count < url.path.count + 400 && line.contains("x…\""))
  }
}
