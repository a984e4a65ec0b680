import Files

/// Why a safetensors file could not be read or written: which file, which tensor, what is wrong
/// with it, and, in the one line of its description, what to do.
///
///     model/model.safetensors: tensor "lm_head.weight": shape [64, 32], where [96, 32] is
///     needed; the configuration and the weights do not belong together
public struct SafetensorsError: Error, Equatable, Sendable {
  /// The path of the file or directory.
  public let file: String

  /// The tensor at fault, if it is one tensor's fault.
  public let tensor: String?

  public let problem: Problem

  init(_ problem: Problem, file: String, tensor: String? = nil) {
    self.file = file
    self.tensor = tensor
    self.problem = problem
  }

  /// What may be wrong. Offsets and lengths are in bytes.
  public enum Problem: Equatable, Sendable {
    /// It cannot be read or written at all.
    case file(FileError.Problem)
    /// A Git LFS pointer stands in place of the file.
    case gitPointer
    /// Too short to hold even the length of a header.
    case tooShort(bytes: Int)
    /// A header longer than the format allows.
    case headerTooLong(UInt64)
    /// A header longer than the file.
    case headerBeyondEnd(length: Int, fileBytes: Int)
    /// Not the JSON it should be; `at` counts from the start of the file.
    case malformed(String, at: Int)
    /// The name occurs twice.
    case duplicateName
    /// `__metadata__` is no name for a tensor.
    case reservedName
    /// A data type that the format does not know.
    case unknownDataType(String)
    /// Shape times size of an element is not a whole number of bytes, or too many.
    case impossibleSize(DataType, shape: [Int])
    /// The offsets span other than the bytes that shape and data type ask for.
    case wrongByteCount(found: Int, needed: Int)
    /// The data starts elsewhere than where the previous tensor's ends, or ends before it starts.
    case misplaced(start: Int, end: Int, previousEnd: Int)
    /// The header speaks of more data than the file has.
    case truncated(dataBytes: Int, promised: Int)
    /// The file has more data than the header speaks of.
    case trailingBytes(Int)
    /// No tensor of this name.
    case missing(among: Int)
    /// Not the shape that was asked for.
    case wrongShape(found: [Int], needed: [Int])
    /// Not numbers that can be read as `Float`.
    case notFloats(DataType)
    /// A NaN or an infinity, at this place in row-major order.
    case notFinite(Float, index: Int)
    /// A finite number that would become infinite in the narrower type.
    case tooLarge(Float, index: Int, DataType)
    /// Neither a single file nor an index of shards.
    case noCheckpoint
    /// The index names a shard by something other than a plain file name.
    case shardOutside(String)
    /// The index names a shard that is not there.
    case shardMissing(String)
    /// The index places the tensor in a shard that does not hold it.
    case missingFromShard(String)
    /// Two shards hold the tensor.
    case inTwoShards(String, String)
  }
}

extension SafetensorsError {
  /// Does something with a file; its failure is stated as one of ours.
  static func stating<Result>(
    tensor: String? = nil, _ body: () throws(FileError) -> Result
  ) throws(SafetensorsError) -> Result {
    do throws(FileError) { return try body() } catch {
      throw SafetensorsError(.file(error.problem), file: error.path, tensor: tensor)
    }
  }
}

/// Prints as one line without control characters, however hostile the names in the file.
extension SafetensorsError: CustomStringConvertible {
  public var description: String {
    let culprit = tensor.map { "tensor \"\(printable($0))\": " } ?? ""
    return "\(printable(file, limit: 4096)): \(culprit)\(problem)"
  }
}
