/// A token that is matched in the text as it stands, before the tokenizer proper sees it:
/// `<|endoftext|>`, `<think>`.
public struct AddedToken: Sendable, Equatable, ExpressibleByStringLiteral {
  /// The text that stands for the token. It is not empty.
  public let content: String
  /// Whether the token is a control mark rather than text, left out when decoding asks for text
  /// only. `<|endoftext|>` is; `<think>`, which a reader wants to see, need not be.
  public let isSpecial: Bool
  /// Whether it is looked for after normalization rather than before.
  public let isNormalized: Bool

  public init(_ content: String, isSpecial: Bool = true, isNormalized: Bool = false) {
    precondition(!content.isEmpty, "an added token needs a text to stand for it")
    self.content = content
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
  }

  public init(stringLiteral content: String) { self.init(content) }
}

/// Finds added tokens in a text: the leftmost first, and of those that start at one place the
/// longest.
struct AddedTokenMatcher: Sendable {
  /// A trie of all contents: the node that follows a node on a byte.
  private var edges: [Edge: Int32] = [:]
  /// The token that ends at a node, or -1.
  private var tokens: [Int32] = [-1]
  /// Whether any content starts with a byte, so that most places are dismissed by one look.
  private var starts = [Bool](repeating: false, count: 256)

  private struct Edge: Hashable {
    let node: Int32
    let byte: UInt8
  }

  var isEmpty: Bool { edges.isEmpty }

  mutating func insert(_ content: [UInt8], token: Int32) {
    starts[Int(content[0])] = true
    var node: Int32 = 0
    for byte in content {
      let edge = Edge(node: node, byte: byte)
      if let next = edges[edge] {
        node = next
      } else {
        node = Int32(tokens.count)
        tokens.append(-1)
        edges[edge] = node
      }
    }
    tokens[Int(node)] = token
  }

  /// The first token in `bytes[start...]`.
  func firstMatch(in bytes: Span<UInt8>, from start: Int) -> (range: Range<Int>, token: Int32)? {
    if isEmpty { return nil }
    for place in start..<bytes.count where starts[Int(bytes[place])] {
      var node: Int32 = 0
      var longest: (range: Range<Int>, token: Int32)?
      for end in place..<bytes.count {
        guard let next = edges[Edge(node: node, byte: bytes[end])] else { break }
        node = next
        if tokens[Int(node)] >= 0 { longest = (place..<end + 1, tokens[Int(node)]) }
      }
      if let longest { return longest }
    }
    return nil
  }
}
