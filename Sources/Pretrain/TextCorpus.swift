import Kernels
import Text
import Training

/// A file of text as examples: most of it to learn from, its end held out.
///
/// Nothing of it is kept in memory. The batch of a step is a function of the step's number, which is
/// what a `Trainer` asks for: each example begins at a place of the file that a random number keyed
/// by seed, step and example picks, and is read from there.
struct TextCorpus {
  let file: TextFile
  let tokenizer: any Tokenizer
  /// How many tokens the model sees at most.
  let context: Int
  let seed: UInt64
  let parts: Parts

  /// The bytes to learn from, and those to be judged by.
  struct Parts {
    let training: Range<Int>
    let heldOut: Range<Int>

    /// Holds out the last `share` of the file.
    ///
    /// - Throws: if one of the parts is too short for a context of so many tokens, which take at
    ///   least a byte each.
    init(of file: TextFile, heldOut share: Double, context: Int) throws(PretrainingError) {
      let end = file.count - Int(Double(file.count) * share)
      training = 0..<end
      heldOut = end..<file.count
      guard training.count > context else {
        throw PretrainingError(
          "\(file.path): is too short: \(training.count) of its \(file.count) bytes are to be "
            + "learned, and a context of \(context) tokens takes \(context + 1); "
            + "take a longer text, or a smaller --context")
      }
    }
  }

  /// The part of the file from which a tokenizer learns: the beginning, a megabyte of it at most, in
  /// pieces of a kilobyte. No token is longer than a piece, even if the whole file is one word.
  static func sample(of file: TextFile, _ parts: Parts) throws(TextFileError) -> [String] {
    let end = min(parts.training.upperBound, 1 << 20)
    var pieces: [String] = []
    for start in stride(from: 0, to: end, by: 1 << 10) {
      pieces.append(try file.text(in: start..<min(start + 1 << 10, end)))
    }
    return pieces
  }

  /// The examples of a step.
  func batch(_ step: Int, of count: Int) throws(TextFileError) -> [Example] {
    var examples: [Example] = []
    for number in 0..<count {
      var random = Generator(seed: seed).stream(UInt64(step), UInt64(number))
      let start = random.uniform(below: parts.training.count - context)
      examples.append(
        Example(
          try file.tokens(context + 1, in: start..<parts.training.upperBound, by: tokenizer)))
    }
    return examples
  }

  /// At most `count` held-out examples, at equal distances, which overlap little if at all.
  ///
  /// - Throws: if not a single token can be learned from them.
  func heldOutExamples(_ count: Int) throws -> [Example] {
    func example(from start: Int) throws -> Example {
      Example(
        try file.tokens(context + 1, in: start..<parts.heldOut.upperBound, by: tokenizer))
    }
    let part = parts.heldOut
    let first = try example(from: part.lowerBound)
    guard first.learned > 0 else {
      throw PretrainingError(
        "\(file.path): is too short: \(part.count) bytes are held out, in which there is nothing "
          + "to predict; take a longer text, or a larger --held-out")
    }
    let bytes = max(1, tokenizer.decodeBytes(first.tokens).count)
    let number = max(1, min(count, part.count / bytes))
    return try (0..<number).map { index in
      try example(from: part.lowerBound + index * part.count / number)
    }
  }
}

/// Why a run cannot be made, on one line.
struct PretrainingError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
