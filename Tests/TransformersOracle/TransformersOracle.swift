import Foundation

/// Asks Hugging Face's `transformers` what it makes of a checkpoint that we wrote, and of an adapter
/// beside it, by `Tests/Oracles/decoders.py`. `make oracles` runs the tests that do.
public enum TransformersOracle {
  /// A Python that has `transformers`, if there is one.
  private static let python = ProcessInfo.processInfo.environment["ESPALIER_PYTHON"]

  public static var isAvailable: Bool { python != nil }

  /// What comes before what is written.
  public enum Prompt {
    case tokens([Int32])
    /// To be cut into tokens by the checkpoint's own tokenizer.
    case text(String)
  }

  public struct Answer: Decodable {
    /// The prompt's tokens.
    public let tokens: [Int32]

    /// The logits after each token of the prompt, `[tokens, vocabulary]`.
    public let logits: [[Float]]

    /// What it writes greedily, and as a text if the prompt was one.
    public let greedy: [Int32]
    public let text: String?

    /// The largest difference of its logits from ours, each relative to its own size or to 1.
    ///
    /// - Parameter ours: the rows of our logits, `[tokens][vocabulary]`.
    public func difference(from ours: [[Float]]) -> Float {
      guard ours.map(\.count) == logits.map(\.count) else { return .infinity }
      return zip(ours, logits).flatMap { ours, theirs in
        zip(ours, theirs).map { abs($0 - $1) / max(1, abs($1)) }
      }.max() ?? .infinity
    }
  }

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameters:
  ///   - adapter: the folder of an adapter that `peft` puts beside it, if any.
  ///   - new: how many tokens to write.
  public static func ask(
    about folder: URL, adapter: URL? = nil, _ prompt: Prompt, new: Int
  ) throws -> Answer {
    guard let python else { throw Failure(description: "ESPALIER_PYTHON is not set") }
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Oracles/decoders.py").standardized
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [script.path, "--check", folder.path, "--new", "\(new)"]
    if let adapter { process.arguments! += ["--adapter", adapter.path] }
    switch prompt {
    case .tokens(let tokens): process.arguments! += ["--tokens", "\(tokens)"]
    case .text(let text): process.arguments! += ["--text", text]
    }
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(python) \(script.path) failed; its reason is above")
    }
    return try JSONDecoder().decode(Answer.self, from: output)
  }
}
