import Files

/// Why a GGUF file could not be read or written: which file, what is wrong with it, and, in the one
/// line of its description, what to do.
///
///     model.gguf: tensor "blk.0.attn_q.weight": type 11 is none of F32, F16, Q8_0, Q4_0 and Q4_K;
///     convert the file to one of these
public struct GGUFError: Error, Equatable, Sendable {
  /// The path of the file.
  public let file: String

  /// The tensor or the key at fault, if it is one's.
  public let place: Place?

  public let problem: Problem

  public enum Place: Equatable, Sendable {
    case tensor(String)
    case key(String)
  }

  init(_ problem: Problem, file: String, at place: Place? = nil) {
    self.file = file
    self.place = place
    self.problem = problem
  }

  /// What may be wrong. Offsets and lengths are in bytes.
  public enum Problem: Equatable, Sendable {
    /// It cannot be read or written at all.
    case file(FileError.Problem)
    /// The first four bytes are not those of the format.
    case notGGUF
    /// A version other than 3; of a file for big-endian machines the number is a large one.
    case version(UInt32)
    /// What is promised at this place lies beyond the end of the file.
    case endsEarly(at: Int)
    /// The part before the tensors is longer than we read.
    case headerTooLong(Int)
    /// More keys or tensors than the file could hold.
    case tooMany(UInt64, at: Int)
    /// The type of a value is none of the format's, or an array of arrays.
    case unknownValueType(UInt32, at: Int)
    /// A truth value that is neither 0 nor 1.
    case notBoolean(UInt8, at: Int)
    /// Text that is not UTF-8.
    case notText(at: Int)
    /// The name occurs twice.
    case duplicate
    /// A name of no bytes or of more than the 63 that others read.
    case nameLength(Int)
    /// The alignment is no power of two from 8 to 65 536.
    case alignment(String)
    /// A type of tensor that we do not know.
    case unknownTensorType(UInt32)
    /// No dimension, more than four, or one of size zero.
    case dimensions([UInt64])
    /// Shape and type make no whole number of blocks, or too many bytes.
    case impossibleSize(String, shape: [UInt64])
    /// The data does not start where that of the tensor before it ends.
    case misplaced(offset: UInt64, expected: Int)
    /// The file ends within the data, or goes on after it.
    case wrongLength(found: Int, expected: Int)
    /// Filling bytes that are not zero.
    case filling(at: Int)
    /// There is no such key or tensor.
    case missing
    /// A value of another type, or out of range.
    case unexpected(String, needed: String)
    /// Not the shape that was asked for.
    case wrongShape(found: [Int], needed: [Int])
    /// A NaN or an infinity, at this place in row-major order.
    case notFinite(index: Int)
    /// What llama.cpp has no way to say, of a model or a tokenizer.
    case inexpressible(String)
  }
}

extension GGUFError {
  /// Does something with a file; its failure is stated as one of ours.
  static func stating<Result>(
    _ body: () throws(FileError) -> Result
  ) throws(GGUFError) -> Result {
    do throws(FileError) { return try body() } catch {
      throw GGUFError(.file(error.problem), file: error.path)
    }
  }
}

/// Prints as one line without control characters, however hostile the names in the file.
extension GGUFError: CustomStringConvertible {
  public var description: String {
    let culprit =
      switch place {
      case .tensor(let name): "tensor \"\(printable(name))\": "
      case .key(let name): "key \"\(printable(name))\": "
      case nil: ""
      }
    return "\(printable(file, limit: 4096)): \(culprit)\(problem)"
  }
}

extension GGUFError.Problem: CustomStringConvertible {
  /// What is wrong; after the semicolon, what to do.
  public var description: String {
    let again = "download it again"
    return switch self {
    case .file(let problem): problem.description
    case .notGGUF: "does not begin with GGUF; it is another format, or a pointer to be pulled"
    case .version(let version):
      "is of version \(version), where 3 is read; convert it with a current gguf package"
    case .endsEarly(let position): "ends within what begins at byte \(position); \(again)"
    case .headerTooLong(let limit):
      "has keys and names of more than \(limit) bytes; it is corrupt, \(again)"
    case .tooMany(let count, let position):
      "claims \(count) entries at byte \(position), more than the file has room for; \(again)"
    case .unknownValueType(let type, let position):
      "value type \(type) at byte \(position) is unknown; convert it with a current gguf package"
    case .notBoolean(let byte, let position):
      "a truth value of \(byte) at byte \(position); the file is corrupt, \(again)"
    case .notText(let position): "the text at byte \(position) is not UTF-8; write it again"
    case .duplicate: "occurs twice; rename or remove one"
    case .nameLength(let length):
      "a name of \(length) bytes, where 1 to 63 are read; choose another"
    case .alignment(let value):
      "is \(value), no power of two from 8 to 65536; write the file again"
    case .unknownTensorType(let type):
      "type \(type) is none of F32, F16, Q8_0, Q4_0 and Q4_K; convert the file to one of these"
    case .dimensions(let sizes):
      "sizes \(sizes), where one to four above zero are read; the file is corrupt, \(again)"
    case .impossibleSize(let type, let shape):
      "sizes \(shape) make no whole number of blocks of \(type) that a file could hold; \(again)"
    case .misplaced(let offset, let expected):
      "lies at \(offset), where the data before it ends at \(expected); write the file again"
    case .wrongLength(let found, let expected):
      "\(found) bytes, where the tensors end at \(expected); \(again)"
    case .filling(let position):
      "the filling at byte \(position) is not zero; write the file again"
    case .missing: "is missing; convert the whole model again"
    case .unexpected(let found, let needed):
      "is \(printable(found)), where \(needed) is needed; convert the model again"
    case .wrongShape(let found, let needed):
      "shape \(found), where \(needed) is needed; keys and tensors do not belong together"
    case .notFinite(let index):
      "element \(index) is no finite number; the training that wrote it has diverged"
    case .inexpressible(let what): "\(what); export another model, or write safetensors"
    }
  }
}
