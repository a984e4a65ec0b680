import CIntegerLanes

/// Floats rounded to half precision, to nearest with ties to even, as little-endian bytes.
///
/// - Throws: `notFinite` for what is infinite in half precision, with its place as the column.
public func narrowed(toHalves floats: [Float]) throws(QuantizationError) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(2 * floats.count)
  for (index, value) in floats.enumerated() {
    let half = integer_lanes_narrowed(value)
    guard half & 0x7C00 != 0x7C00 else {
      throw QuantizationError(.notFinite(value, row: 0, column: index))
    }
    bytes.append(UInt8(truncatingIfNeeded: half))
    bytes.append(UInt8(truncatingIfNeeded: half >> 8))
  }
  return bytes
}

/// The floats that little-endian `halves` stand for.
public func widened(halves: [UInt8]) -> [Float] {
  [Float](unsafeUninitializedCapacity: halves.count / 2) { floats, count in
    for i in 0..<halves.count / 2 {
      floats[i] = integer_lanes_widened(UInt16(halves[2 * i]) | UInt16(halves[2 * i + 1]) << 8)
    }
    count = halves.count / 2
  }
}
