import Foundation
import Testing

@testable import Safetensors

/// A file made by hand, and whether the reference implementation accepts it.
struct Verdict: Decodable, CustomTestStringConvertible, Sendable {
  let name: String
  let file: Data
  let accepted: Bool

  var testDescription: String { name }

  static let all = try! JSONDecoder().decode(
    [Verdict].self, from: Data(contentsOf: fixture("verdicts.json")))

  /// What the reference implementation lets pass and we do not.
  static let onlyWeRefuse: Set = [
    // The format's description forbids these; the implementation is lenient.
    "leading space", "duplicate tensor", "duplicate line of metadata",
    // It forbids these by its words about what metadata and entries are.
    "metadata null", "entry as a list",
    // A limit of ours, that of NumPy.
    "shape of rank 65",
  ]
}

@Suite struct HeaderTests {
  @Test(arguments: Verdict.all)
  func `The reference implementation judges alike`(_ verdict: Verdict) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(verdict.file, to: "model.safetensors")
    let isAccepted = (try? SafetensorsFile(url)) != nil
    #expect(isAccepted == (verdict.accepted && !Verdict.onlyWeRefuse.contains(verdict.name)))
  }

  @Test func `The list of differences is not out of date`() {
    let lenient = Set(Verdict.all.filter(\.accepted).map(\.name))
    #expect(Verdict.onlyWeRefuse.isSubset(of: lenient))
  }

  /// Headers with 8 bytes of data behind them, and what is wrong.
  static let problems: [(String, SafetensorsError.Problem, tensor: String?)] = [
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":1}"#, .duplicateName, tensor: "a"
    ),
    (
      #"{"__metadata__":{},"__metadata__":{}}"#, .duplicateName, tensor: "__metadata__"
    ),
    (
      #"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, .unknownDataType("F31"),
      tensor: "a"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}"#,
      .impossibleSize(.float32, shape: [1 << 62]), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,8]}}"#,
      .impossibleSize(.float4, shape: [3]), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
      .wrongByteCount(found: 8, needed: 12), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      .misplaced(start: 4, end: 8, previousEnd: 0), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,0]}}"#,
      .misplaced(start: 8, end: 0, previousEnd: 0), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
      .misplaced(start: 4, end: 8, previousEnd: 6), tensor: "b"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}"#,
      .truncated(dataBytes: 8, promised: 12), tensor: "b"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}"#, .trailingBytes(3), tensor: nil
    ),
    (
      #"{"a":{"dtype":"U8","shape":[],"shape":[],"data_offsets":[0,5]}}"#,
      .malformed("a second shape", at: 46), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[-8],"data_offsets":[0,8]}}"#,
      .malformed("not a whole number of at least 0", at: 36), tensor: "a"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[8]}}"#,
      .malformed("no dtype, shape or pair of data_offsets before", at: 39), tensor: "a"
    ),
  ]

  @Test(arguments: problems)
  func `A bad header is refused with its reason`(
    header: String, problem: SafetensorsError.Problem, tensor: String?
  ) throws {
    let error = #expect(throws: SafetensorsError.self) {
      try Header(Array(header.utf8), dataCount: 8, file: "f")
    }
    #expect(error == SafetensorsError(problem, file: "f", tensor: tensor))
  }

  @Test func `The data type decides the size`() {
    #expect(DataType.float32.byteCount(of: []) == 4)
    #expect(DataType.float32.byteCount(of: [2, 3]) == 24)
    #expect(DataType.float4.byteCount(of: [3]) == nil)
    #expect(DataType.float4.byteCount(of: [2, 3]) == 3)
    #expect(DataType.uint8.byteCount(of: [0, .max]) == 0)
    #expect(DataType.uint8.byteCount(of: [.max, .max, 0]) == nil)
    #expect(DataType.uint8.byteCount(of: [.max]) == nil)
  }
}
