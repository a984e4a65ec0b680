import Files
import Foundation
import StrictJSON

/// The largest file that is read, in bytes: three times Qwen2's or Llama 3's. In memory a value
/// takes at most some 20 times its text.
private let largestFile = 1 << 25

/// Reads the tokenizer of a checkpoint: `tokenizer.json` and, if it is there,
/// `tokenizer_config.json`, which names the tokens that begin, end and pad a sequence.
///
/// - Throws: `TokenizerError`, naming the file and the key, if the files are damaged or ask for
///   something that this module does not do.
public func loadTokenizer(from directory: URL) throws(TokenizerError) -> any Tokenizer {
  let configuration = directory.appending(path: "tokenizer_config.json")
  let hasConfiguration = FileManager.default.fileExists(atPath: configuration.path)
  return try readTokenizer(
    try readFile(directory.appending(path: "tokenizer.json")),
    configuration: hasConfiguration ? try readFile(configuration) : nil)
}

private func readFile(_ url: URL) throws(TokenizerError) -> (name: String, bytes: [UInt8]) {
  do {
    let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    guard size <= largestFile else {
      throw TokenizerError.inaccessible(
        file: url.path, problem: "\(size) bytes; at most \(largestFile) are read")
    }
    return (url.path, Array(try Data(contentsOf: url)))
  } catch let error as TokenizerError {
    throw error
  } catch {
    throw .inaccessible(file: url.path, problem: "cannot be read (\(reason(error)))")
  }
}

/// Reads a tokenizer from the contents of its files, whose names are for messages.
func readTokenizer(
  _ file: (name: String, bytes: [UInt8]), configuration: (name: String, bytes: [UInt8])?
) throws(TokenizerError) -> any Tokenizer {
  try readTokenizer(try parse(file), configuration: try configuration.map(parse))
}

private func parse(
  _ file: (name: String, bytes: [UInt8])
) throws(TokenizerError) -> JSONField {
  do throws(JSON.ParseError) {
    return JSONField(file: file.name, value: try JSON(parsing: file.bytes))
  } catch {
    throw .malformed(file: file.name, offset: error.offset, problem: error.problem)
  }
}

extension Tokenizer {
  /// Writes `tokenizer.json` and `tokenizer_config.json` into `directory`, which is made if it does
  /// not exist. `AutoTokenizer` of `transformers` loads them. A file is replaced as a whole or not
  /// at all.
  public func save(to directory: URL) throws(TokenizerError) {
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      for (name, content) in [
        ("tokenizer.json", tokenizerJSON.description),
        ("tokenizer_config.json", configurationJSON.description + "\n"),
      ] {
        try AtomicFile.write(Data(content.utf8), to: directory.appending(path: name))
      }
    } catch let error as FileError {
      throw .inaccessible(file: error.path, problem: error.problem.description)
    } catch {
      throw .inaccessible(
        file: directory.path, problem: "the tokenizer cannot be written (\(reason(error)))")
    }
  }
}

/// What went wrong, on one line.
private func reason(_ error: any Error) -> String {
  error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")
}
