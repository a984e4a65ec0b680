/// Damaged copies of `text`, the same ones for the same seed: bytes changed, runs removed, repeated,
/// or cut off, and pieces of syntax thrown in.
func mutations(of text: String, count: Int, seed: UInt64) -> [String] {
  var state = seed
  func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(max(bound, 1)))
  }
  let pieces = [
    "{{", "}}", "$", "`", "```", "//:", "\"\"\"", "\\(", "#\"", "/*", "(", ")", "{", "}", "\n", "|",
    "@Source(", "chapter(", "\u{0}", "é", "1e999", "-1", "null", "[", "func ", "init",
    "// snippet.hide",
  ]
  return (0..<count).map { _ in
    var bytes = Array(text.utf8)
    for _ in 0...below(4) {
      let at = below(bytes.count)
      let end = min(at + 1 + below(30), bytes.count)
      switch below(5) {
      case 0 where !bytes.isEmpty: bytes[min(at, bytes.count - 1)] = UInt8(below(256))
      case 1: bytes.removeSubrange(min(at, end)..<end)
      case 2: bytes.insert(contentsOf: bytes[min(at, end)..<end], at: at)
      case 3: bytes.insert(contentsOf: pieces[below(pieces.count)].utf8, at: at)
      default: if below(6) == 0 { bytes.removeSubrange(at...) }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
