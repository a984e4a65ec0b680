/// What the numbers of a stored tensor are, under the names of the file format.
///
/// The cases stand in the order of the reference writer, which puts the tensors of the last one
/// first: whatever follows a tensor is aligned no more strictly than the tensor itself.
///
///     DataType(rawValue: "BF16")       // .bfloat16
///     DataType.bfloat16.bits           // 16
///
/// Source: `Dtype` in https://github.com/huggingface/safetensors, `safetensors/src/tensor.rs`.
public enum DataType: String, CaseIterable, Sendable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6E2M3 = "F6_E2M3"
  case float6E3M2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case float8E8M0 = "F8_E8M0"
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// The size of one number in bits; those of 4 and 6 bits are packed without gaps.
  public var bits: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8: 8
    case .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// The bytes that a tensor of `shape` takes, or nil if they are not a whole number or do not fit
  /// into an `Int`. A tensor of rank 0 is one number.
  func byteCount(of shape: [Int]) -> Int? {
    var total = 1
    for size in shape + [bits] {
      let (product, overflows) = total.multipliedReportingOverflow(by: size)
      if overflows { return nil }
      total = product
    }
    return total % 8 == 0 ? total / 8 : nil
  }

  /// The place in the reference writer's order: the higher, the earlier in the file.
  var rank: Int { DataType.allCases.firstIndex(of: self)! }
}
