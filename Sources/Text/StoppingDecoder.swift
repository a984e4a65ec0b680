/// Decodes tokens one by one up to a *stop string*, such as `</answer>`, of which it shows nothing.
///
/// A stop string may lie across tokens, or end within one. Text that may turn out to be its beginning
/// is therefore kept until more has come:
///
///     var decoder = StoppingDecoder(tokenizer, stops: ["</a>"])
///     decoder.append(97)      // "a"
///     decoder.append(60)      // "": "<" may be the beginning
///     decoder.append(98)      // "<b": it was not
///     decoder.finish()        // "": nothing was kept
///
/// All the texts together are what `decode` makes of all the tokens together, up to the stop string
/// that is complete first; of those that end at the same place, the longest. So the text does not
/// depend on how it is cut into tokens.
///
/// A model stops writing when its `Writer` is told so:
///
///     Writer(model, watch: { stopping(at: ["</a>"], tokenizer) })
public struct StoppingDecoder: Sendable {
  private var decoder: StreamingDecoder
  private let stops: [[UInt8]]
  /// What is decoded and not shown: whole characters, and between two calls shorter than a stop
  /// string.
  private var held: [UInt8] = []

  /// The stop string that has come, if one has. What follows it is not shown.
  public private(set) var stop: String?

  /// - Parameter stops: the strings that end the text, none of them empty. They are compared byte by
  ///   byte, so that é is not e followed by an accent.
  public init(_ tokenizer: any Tokenizer, stops: [String], skippingSpecialTokens: Bool = false) {
    precondition(!stops.contains(""), "an empty stop string would end every text before it begins")
    decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: skippingSpecialTokens)
    self.stops = stops.map { Array($0.utf8) }
  }

  /// The text of which `token` has made certain that it comes before any stop string.
  public mutating func append(_ token: Int32) -> String { taking(decoder.append(token)) }

  /// What is left when the model has stopped: the beginning of a stop string that never ended.
  public mutating func finish() -> String {
    let text = taking(decoder.finish())
    defer { held = [] }
    return text + String(decoding: held, as: UTF8.self)
  }

  private mutating func taking(_ text: String) -> String {
    guard stop == nil else { return "" }
    for byte in text.utf8 {
      held.append(byte)
      let complete = stops.filter { held.count >= $0.count && held.suffix($0.count) == $0[...] }
      if let longest = complete.max(by: { $0.count < $1.count }) {
        stop = String(decoding: longest, as: UTF8.self)
        defer { held = [] }
        return String(decoding: held.dropLast(longest.count), as: UTF8.self)
      }
    }
    let kept = stops.map(overlap).max() ?? 0
    defer { held.removeFirst(held.count - kept) }
    return String(decoding: held.dropLast(kept), as: UTF8.self)
  }

  /// How many of the last held bytes are the beginning of `stop`.
  private func overlap(_ stop: [UInt8]) -> Int {
    (0...min(held.count, stop.count)).last { held.suffix($0) == stop.prefix($0) }!
  }
}

/// A function that is told the tokens of a text one by one, and says when one of the strings `stops`
/// is complete: what a `Writer` asks for as its `watch`.
public func stopping(at stops: [String], _ tokenizer: any Tokenizer) -> (_ token: Int32) -> Bool {
  var decoder = StoppingDecoder(tokenizer, stops: stops)
  return { token in
    _ = decoder.append(token)
    return decoder.stop != nil
  }
}

extension Tokenizer {
  /// The text that `tokens` stand for, up to the first of the strings `stops` in it.
  public func decode(_ tokens: some Sequence<Int32>, upTo stops: [String]) -> String {
    var decoder = StoppingDecoder(self, stops: stops)
    return tokens.map { decoder.append($0) }.joined() + decoder.finish()
  }
}
