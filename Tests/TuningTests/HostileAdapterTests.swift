import Foundation
import Kernels
import Testing
import Transformer

@testable import Tuning

@Suite struct HostileAdapterTests {
  /// A sound adapter of rank 4 for `Sample.model()`, in a folder.
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    var options = LoRAConfiguration(rank: 4, alpha: 8, targets: .modules(["q_proj", "up_proj"]))
    options.ranks = [.init("layers.0.mlp.up_proj", 2)]
    try Sample.adapter(Sample.llama, options).write(to: scratch.url, baseName: "base")
    return scratch
  }

  /// What `change` makes of a sound folder must be refused with one line that holds `words`.
  private func expectRefusal(
    _ words: String..., for base: Transformer = Sample.model(),
    change: (URL) throws -> Void = { _ in }
  ) throws {
    let scratch = try folder()
    try change(scratch.url)
    let error = #expect(throws: CheckpointError.self) {
      try Adapter(contentsOf: scratch.url, for: base)
    }
    let message = error?.description ?? ""
    #expect(!message.contains("\n"))
    for word in words { #expect(message.contains(word), "\(word) is not in: \(message)") }
  }

  private func edit(_ folder: URL, _ old: String, _ new: String) throws {
    let file = folder.appending(path: Adapter.configurationFile)
    let text = try String(contentsOf: file, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacingOccurrences(of: old, with: new).write(
      to: file, atomically: false, encoding: .utf8)
  }

  @Test func `another base`() throws {
    try expectRefusal("other weights", "fingerprint", for: Sample.model(seed: 2))
    var wider = Sample.llama
    wider.feedForwardWidth = 56
    try expectRefusal("other weights", for: Sample.model(wider))
    // An adapter that was changed elsewhere, or comes from there, has no fingerprint.
    func forget(_ folder: URL) throws {
      let file = folder.appending(path: Adapter.weightsFile)
      var bytes = [UInt8](try Data(contentsOf: file))
      let place = try #require(bytes.firstRange(of: Array("espalier_base".utf8)))
      bytes.replaceSubrange(place, with: Array("espalier_bass".utf8))
      try Data(bytes).write(to: file)
    }
    try expectRefusal("up_proj.lora_B", "56", for: Sample.model(wider), change: forget)
    var deeper = Sample.llama
    deeper.layers = 4
    try expectRefusal("layers.3.self_attn.q_proj.lora_A", for: Sample.model(deeper), change: forget)
    var shallower = Sample.llama
    shallower.layers = 2
    try expectRefusal("layers.2.", "target", for: Sample.model(shallower), change: forget)
    let scratch = try folder()
    let other = Sample.model(seed: 2)
    let adapter = try Adapter(contentsOf: scratch.url, for: other, checksBase: false)
    #expect(Sample.logits(adapter.model) != Sample.logits(other))
  }

  @Test(arguments: [
    ("\"LORA\"", "\"IA3\"", "peft_type"), ("\"bias\": \"none\"", "\"bias\": \"all\"", "bias"),
    ("\"use_dora\": false", "\"use_dora\": true", "use_dora"),
    ("\"modules_to_save\": null", "\"modules_to_save\": [\"norm\"]", "modules_to_save"),
    ("\"fan_in_fan_out\": false", "\"fan_in_fan_out\": true", "fan_in_fan_out"),
    ("\"use_dora\": false", "\"layers_to_transform\": 0", "layers_to_transform"),
    ("\"use_dora\": false", "\"use_what_comes_next\": 1", "use_what_comes_next"),
    ("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"", "init_lora_weights"),
  ])
  func `features that are not supported, by name`(_ old: String, _ new: String, name: String) throws
  {
    let word = name == "init_lora_weights" ? "changes the weights" : "support"
    try expectRefusal(name, word) { try edit($0, old, new) }
  }

  @Test func `configurations`() throws {
    try expectRefusal("adapter_config.json", "folder of an adapter") {
      try FileManager.default.removeItem(at: $0.appending(path: Adapter.configurationFile))
    }
    try expectRefusal("adapter_config.json", "byte") { try edit($0, "\"r\": 4", "\"r\":") }
    try expectRefusal("r: ", "1...65536", "0") { try edit($0, "\"r\": 4", "\"r\": 0") }
    try expectRefusal("r: missing") { try edit($0, "\"r\": 4", "\"revision\": null") }
    try expectRefusal("rank_pattern", "1...65536") {
      try edit($0, "\"layers.0.mlp.up_proj\": 2", "\"layers.0.mlp.up_proj\": 1e9")
    }
    try expectRefusal("rank_pattern", "regular expressions") {
      try edit($0, "\"layers.0.mlp.up_proj\": 2", "\"(a+)+$\": 2")
    }
    try expectRefusal("lora_alpha", "a number") {
      try edit($0, "\"lora_alpha\": 8", "\"lora_alpha\": \"8\"")
    }
    try expectRefusal("lora_dropout", "0..<1") {
      try edit($0, "\"lora_dropout\": 0", "\"lora_dropout\": 1")
    }
    try expectRefusal("no linear layer", "q_proj") {
      try edit($0, "\"q_proj\",", "\"wq\",")
      try edit($0, "\"up_proj\"", "\"w3\"")
    }
    try expectRefusal("target_modules", "regular expressions") {
      try edit($0, "\"target_modules\": [", "\"target_modules\": \".*\", \"revision\": [")
    }
    try expectRefusal("peft_type", "missing") {
      try "{}".write(
        to: $0.appending(path: Adapter.configurationFile), atomically: false, encoding: .utf8)
    }
    try expectRefusal("an object", "an array") {
      try "[]".write(
        to: $0.appending(path: Adapter.configurationFile), atomically: false, encoding: .utf8)
    }
  }

  @Test func `weights`() throws {
    try expectRefusal("adapter_model.safetensors") {
      try FileManager.default.removeItem(at: $0.appending(path: Adapter.weightsFile))
    }
    // A rank of sixty-four thousand is refused for what the file holds, before it is allocated.
    try expectRefusal("lora_A", "[4, 32]", "[65536, 32]") {
      try edit($0, "\"r\": 4", "\"r\": 65536")
    }
    try expectRefusal("k_proj.lora_A", "not among") { try edit($0, "\"up_proj\"", "\"k_proj\"") }
    try expectRefusal("up_proj.lora_A", "target") {
      try edit($0, "\"exclude_modules\": null", "\"exclude_modules\": [\"up_proj\"]")
    }
  }

  @Test func `damaged files are read or refused`() async {
    await #expect(processExitsWith: .success) {
      let scratch = try HostileAdapterTests().folder()
      let base = Sample.model()
      let files = [Adapter.configurationFile, Adapter.weightsFile].map {
        scratch.url.appending(path: $0)
      }
      let sound = try files.map { [UInt8](try Data(contentsOf: $0)) }
      let signs = Array("{}[]\",:0129eE.-\\u nft\0".utf8)
      var generator = Generator(seed: 1)
      var (accepted, refused) = (0, 0)
      for round in 0..<1200 {
        let index = round % 2
        var bytes = sound[index]
        // Most damage goes where the meaning is: into the header.
        let end = index == 0 ? bytes.count : min(bytes.count, 1600)
        for _ in 0...generator.uniform(below: 8) / 7 where bytes.count > 8 {
          let place = generator.uniform(below: min(end, bytes.count))
          switch generator.uniform(below: 9) {
          case 0, 1, 2: bytes[place] ^= 1 << UInt8(generator.uniform(below: 8))
          case 3, 4: bytes[place] = signs[generator.uniform(below: signs.count)]
          case 5: bytes.removeLast(1 + generator.uniform(below: bytes.count - 1))
          case 6: bytes.insert(contentsOf: bytes[place..<min(place + 9, bytes.count)], at: place)
          default: bytes[place] = UInt8(ascii: "9")
          }
        }
        try Data(bytes).write(to: files[index])
        do throws(CheckpointError) {
          let adapter = try Adapter(contentsOf: scratch.url, for: base)
          #expect(adapter.parameterCount < 100_000)
          accepted += 1
        } catch {
          #expect(!error.description.contains("\n"))
          refused += 1
        }
        try Data(sound[index]).write(to: files[index])
      }
      #expect(accepted > 50 && refused > 500, "\(accepted) were read, \(refused) refused")
    }
  }
}
