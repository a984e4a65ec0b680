import Files

extension SafetensorsError.Problem: CustomStringConvertible {
  /// What is wrong; after the semicolon, what to do.
  public var description: String {
    switch self {
    case .file(let problem): problem.description
    case .gitPointer: "is a Git LFS pointer and not the weights; run git lfs pull"
    case .tooShort(let bytes): "is \(bytes) bytes long, no safetensors file; download it again"
    case .headerTooLong(let length):
      "claims a header of \(length) bytes, where \(Header.maximumLength) are allowed; "
        + "it is not a safetensors file"
    case .headerBeyondEnd(let length, let fileBytes):
      "claims a header of \(length) bytes and has \(fileBytes) in all; download it again"
    case .malformed(let reason, let position):
      "\(printable(reason)) at byte \(position); write it again with a conforming writer"
    case .duplicateName: "occurs twice; rename one of the two"
    case .reservedName: "the format reserves this name; choose another"
    case .unknownDataType(let name):
      "unknown data type \"\(printable(name))\"; convert it to F32, F16 or BF16"
    case .impossibleSize(let type, let shape):
      "no file can hold \(type.rawValue) of shape \(shown(shape)); the header is corrupt"
    case .wrongByteCount(let found, let needed):
      "offsets span \(found) bytes, where shape and data type need \(needed); the header is corrupt"
    case .misplaced(let start, let end, let previousEnd):
      "lies at \(start) to \(end), where the data before it ends at \(previousEnd); "
        + "the header is corrupt"
    case .truncated(let dataBytes, let promised):
      "\(dataBytes) bytes of data of \(promised); the download is incomplete, repeat it"
    case .trailingBytes(let count):
      "\(count) bytes beyond the last tensor; the file is corrupt, download it again"
    case .missing(let count):
      "not among the \(count) tensors here; the configuration and the weights do not belong together"
    case .wrongShape(let found, let needed):
      "shape \(shown(found)), where \(shown(needed)) is needed; "
        + "the configuration and the weights do not belong together"
    case .notFloats(let type):
      "\(type.rawValue) cannot be read as floats; convert it to F32, F16 or BF16"
    case .notFinite(let value, let index):
      "element \(index) is \(value); the training that wrote it has diverged, use an earlier file"
    case .tooLarge(let value, let index, let type):
      "element \(index), \(value), is too large for \(type.rawValue); write F32 instead"
    case .noCheckpoint:
      "holds neither \(SafetensorsDirectory.fileName) nor \(SafetensorsDirectory.indexName); "
        + "convert other formats with save_pretrained(safe_serialization=True)"
    case .shardOutside(let shard):
      "shard \"\(printable(shard))\" is not a plain file name; shards belong beside their index"
    case .shardMissing(let shard): "shard \"\(printable(shard))\" is not there; download it as well"
    case .missingFromShard(let shard):
      "not in shard \"\(printable(shard))\", where the index places it; download both again"
    case .inTwoShards(let first, let second):
      "in both \"\(printable(first))\" and \"\(printable(second))\"; remove it from one"
    }
  }
}

/// `[2, 3]`.
private func shown(_ shape: [Int]) -> String { "\(shape)" }
