/// Blocks of 256 weights of 4 bits in eight groups of 32, each with a scale and an offset of its own,
/// `w = d · s · q - m · o`:
///
///     2 bytes      d, in half precision
///     2 bytes      m, in half precision
///     12 bytes     the eight s and the eight o, of 6 bits
///     128 bytes    q, from 0 to 15: each 32 bytes hold a group in their low and one in their high bits
enum Q4_K {
  static func decode(_ bytes: UnsafePointer<UInt8>, into weights: UnsafeMutablePointer<Float>) {
    let scale = scale(at: bytes)
    let offset = Quantization.scale(at: bytes + 2)
    for group in 0..<8 {
      let (s, o) = sixBits(bytes + 4, group)
      let (step, least) = (scale * Float(s), offset * Float(o))
      let codes = bytes + 16 + group / 2 * 32
      for i in 0..<32 {
        let q = group % 2 == 0 ? codes[i] & 15 : codes[i] >> 4
        weights[32 * group + i] = step * Float(q) - least
      }
    }
  }

  /// Scale and offset of a group. Those of the first four lie in the low six bits of a byte each;
  /// of the last four the low four bits share a byte, and the high two fill up the former.
  private static func sixBits(
    _ bytes: UnsafePointer<UInt8>, _ group: Int
  ) -> (scale: UInt8, offset: UInt8) {
    if group < 4 { return (bytes[group] & 63, bytes[group + 4] & 63) }
    let low = bytes[group + 4]
    return (
      low & 15 | (bytes[group - 4] >> 6) << 4,
      low >> 4 | (bytes[group] >> 6) << 4
    )
  }
}
