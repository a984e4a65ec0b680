import Files
import Tensors

extension Parameters {
  /// Sixteen hexadecimal digits that depend on the names, the shapes and every bit of the values.
  var fingerprint: String {
    var hash = WordHash()
    withValues { values in
      for (name, shape, base) in values {
        for byte in name.utf8 { hash.combine(UInt64(byte)) }
        for size in shape.dimensions { hash.combine(UInt64(size)) }
        for place in 0..<shape.count { hash.combine(UInt64(base[place].bitPattern)) }
      }
    }
    return hash.text
  }
}
