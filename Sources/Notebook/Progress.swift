import Foundation

/// Runs over a range with a progress bar that knows how long is left.
///
/// ```swift
/// for step in progress("training", 0..<steps) { … }
/// ```
///
/// The bar appears on standard error once the work has lasted a second and a half, only on a
/// terminal, and is gone when the work is done.
public func progress(_ title: String, _ range: Range<Int>) -> ProgressSequence {
  ProgressSequence(title: title, range: range)
}

/// Runs `body` with a bar that it advances itself, with a word on how it is going.
///
/// ```swift
/// progress("training", total: steps) { bar in
///   train(model) { step, loss in bar.advance("loss \(loss.significant(3))") }
/// }
/// ```
public func progress<Result, Failure: Error>(
  _ title: String, total: Int, _ body: (ProgressBar) throws(Failure) -> Result
) throws(Failure) -> Result {
  let bar = ProgressBar(title: title, total: total)
  defer { bar.finish() }
  return try body(bar)
}

/// The numbers of a range, drawing a bar as they are taken.
public struct ProgressSequence: Sequence, IteratorProtocol {
  private let bar: ProgressBar
  private var remaining: Range<Int>
  private var hasStarted = false

  init(title: String, range: Range<Int>) {
    bar = ProgressBar(title: title, total: range.count)
    remaining = range
  }

  public mutating func next() -> Int? {
    if hasStarted { bar.advance() }
    hasStarted = true
    guard let value = remaining.popFirst() else {
      bar.finish()
      return nil
    }
    return value
  }
}

/// How far a piece of work has come.
public final class ProgressBar {
  private let title: String
  private let total: Int
  private let started = ContinuousClock.now
  private var lastDrawn: ContinuousClock.Instant
  private var done = 0

  init(title: String, total: Int) {
    self.title = title
    self.total = total
    // The first drawing comes after a second and a half, the next ones ten a second.
    lastDrawn = started + .milliseconds(1400)
  }

  /// Records that `steps` more steps are done, and how it is going.
  public func advance(_ detail: String = "", by steps: Int = 1) {
    done += steps
    guard Terminal.showsProgress else { return }
    let now = ContinuousClock.now
    guard now - lastDrawn > .milliseconds(100) else { return }
    lastDrawn = now
    let seconds = (now - started).seconds
    Session.current.drawBar(
      barText(
        title: title, done: done, total: total, seconds: seconds, detail: detail,
        width: Terminal.width - 1))
  }

  /// Prints a line of text above the bar.
  public func say(_ line: String) {
    Session.current.eraseBar()
    Terminal.write(line)
  }

  func finish() { Session.current.eraseBar() }
}

/// `training ━━━━━━──────  120/400  31/s  9 s left  loss 0.42`, cut to `width` columns.
func barText(
  title: String, done: Int, total: Int, seconds: Double, detail: String, width: Int
) -> String {
  let share = total > 0 ? min(Double(done) / Double(total), 1) : 1
  let rate = Double(done) / max(seconds, 1e-9)
  let left = Double(max(total - done, 0)) / max(rate, 1e-9)
  var text = "\(title) \(rule(share))  \(done)/\(total)  \(rateText(rate))  \(spanText(left)) left"
  if !detail.isEmpty { text += "  \(detail)" }
  return String(text.prefix(max(width, 0)))
}

/// A rule of 24 columns of which `share`, from 0 to 1, is heavy.
func rule(_ share: Double) -> String {
  let filled = Int(share * 24)
  return String(repeating: "━", count: filled) + String(repeating: "─", count: 24 - filled)
}

private func rateText(_ rate: Double) -> String {
  if rate >= 10 { return "\(Int(rate.rounded()))/s" }
  return rate >= 1 ? "\(rate.fixed(1))/s" : "\((1 / max(rate, 1e-9)).fixed(1)) s each"
}

/// `9 s`, `3 min 20 s`, `2 h 5 min`.
func spanText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 360_000 else { return "long" }
  let whole = Int(seconds.rounded(.up))
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
