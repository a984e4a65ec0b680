import Foundation
import Testing

@testable import Safetensors

@Suite struct SafetensorsDirectoryTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes an index.
  @discardableResult
  private func index(_ map: [String: String]) throws -> URL {
    let json = try JSONSerialization.data(withJSONObject: ["weight_map": map])
    return try folder.write(json, to: SafetensorsDirectory.indexName)
  }

  /// Expects that the directory is refused for this reason, at the fault of this file.
  private func expect(
    _ problem: SafetensorsError.Problem, of file: String = SafetensorsDirectory.indexName,
    tensor: String? = nil
  ) {
    let path = file.isEmpty ? folder.url.path : folder.url.appending(path: file).path
    #expect(throws: SafetensorsError(problem, file: path, tensor: tensor)) {
      _ = try SafetensorsDirectory(folder.url)
    }
  }

  @Test func `The shards of the reference implementation are one model`() throws {
    let url = fixture("sharded")
    let model = try SafetensorsDirectory(url)
    #expect(model.files.count == 2)
    #expect(model.tensors.map(\.name) == ["a", "b", "c"])
    #expect(try model.tensor(named: "a", shape: [2]).floats() == [1, 2])
    #expect(try model.tensor(named: "b", shape: []).floats() == [3])
    #expect(try model.tensor(named: "c", shape: [2, 1]).floats() == [4, 5])
    #expect(model.contains("c") && !model.contains("d"))
    #expect(throws: SafetensorsError(.missing(among: 3), file: url.path, tensor: "d")) {
      _ = try model.tensor(named: "d")
    }
    #expect(throws: SafetensorsError.self) { _ = try model.tensor(named: "c", shape: [2]) }
  }

  @Test func `A single file comes before an index`() throws {
    try index(["a": "absent.safetensors"])
    try folder.write(tensors: ["a": [7]])
    let model = try SafetensorsDirectory(folder.url)
    #expect(model.files.count == 1)
    #expect(try model.tensor(named: "a", shape: [1]).floats() == [7])
  }

  @Test func `A directory without a model is refused`() {
    expect(.noCheckpoint, of: "")
  }

  @Test(arguments: [
    "../secret.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", "",
    "a\0.safetensors",
  ])
  func `An index cannot reach outside its directory`(shard: String) throws {
    try folder.write(tensors: ["a": [1]], to: "one.safetensors")
    try index(["a": shard, "b": "one.safetensors"])
    expect(.shardOutside(shard), tensor: "a")
  }

  @Test func `A symbolic link within the directory is followed, as in the cache of Hugging Face`()
    throws
  {
    let blobs = try TemporaryFolder()
    let blob = try blobs.write(tensors: ["a": [1]], to: "4d7a21")
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "one.safetensors"), withDestinationURL: blob)
    try index(["a": "one.safetensors"])
    #expect(try SafetensorsDirectory(folder.url).tensor(named: "a").floats() == [1])
  }

  @Test func `A missing shard is refused`() throws {
    try folder.write(tensors: ["a": [1]], to: "one.safetensors")
    try index(["a": "one.safetensors", "b": "two.safetensors"])
    expect(.shardMissing("two.safetensors"))
  }

  @Test func `A tensor missing in its shard is refused`() throws {
    try folder.write(tensors: ["a": [1]], to: "one.safetensors")
    try folder.write(tensors: ["b": [1]], to: "two.safetensors")
    try index(["a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"])
    expect(.missingFromShard("two.safetensors"), tensor: "c")
    try index(["a": "two.safetensors", "b": "one.safetensors"])
    expect(.missingFromShard("two.safetensors"), tensor: "a")
  }

  @Test func `A tensor in two shards is refused`() throws {
    try folder.write(tensors: ["a": [1], "c": [1]], to: "one.safetensors")
    try folder.write(tensors: ["b": [1], "c": [2]], to: "two.safetensors")
    try index(["a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"])
    expect(.inTwoShards("one.safetensors", "two.safetensors"), of: "", tensor: "c")
  }

  @Test func `A tensor that the index forgot is there`() throws {
    try folder.write(tensors: ["a": [1], "c": [3]], to: "one.safetensors")
    try index(["a": "one.safetensors"])
    #expect(try SafetensorsDirectory(folder.url).tensor(named: "c").floats() == [3])
  }

  @Test func `A damaged shard is named`() throws {
    try folder.write(tensors: ["a": [1]], to: "one.safetensors")
    try folder.write([1, 2], to: "two.safetensors")
    try index(["a": "one.safetensors", "b": "two.safetensors"])
    expect(.tooShort(bytes: 2), of: "two.safetensors")
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"weight_map":[]}"#, #"{"weight_map":{"a":1}}"#,
    #"{"weight_map":{"a":"x","a":"y"}}"#, #"{"weight_map":{},"weight_map":{}}"#,
    #"{"metadata":{"total_size":1e},"weight_map":{}}"#, #"{"weight_map":{}}x"#,
    #"{"metadata":"# + String(repeating: "[", count: 100_000),
  ])
  func `A bad index is refused`(json: String) throws {
    let url = try folder.write(json.utf8, to: SafetensorsDirectory.indexName)
    let error = #expect(throws: SafetensorsError.self) {
      _ = try SafetensorsDirectory(folder.url)
    }
    guard case .malformed = error?.problem else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.file == url.path)
  }
}
