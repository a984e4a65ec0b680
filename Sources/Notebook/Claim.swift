/// States a sentence of the book and checks it: prints `✓ sentence`, or `✗ sentence`.
///
/// A claim that does not hold lets the run go on, so that one run shows them all, but the program
/// exits with 1 at its end and the book is not written.
public func claim(_ sentence: String, _ holds: Bool, line: Int = #line) {
  let mark = holds ? Terminal.styled("✓", .green) : Terminal.styled("✗", .red)
  Session.current.say("\(mark) \(sentence)", .claim(sentence: sentence, holds: holds), line: line)
}
