/// How far an arm of a study is, and with it the study.
public final class ArmProgress {
  private let name: String
  private let tally: ArmTally
  private let started = ContinuousClock.now
  private var lastDrawn = ContinuousClock.now

  init(_ name: String, _ tally: ArmTally) {
    (self.name, self.tally) = (name, tally)
  }

  /// Says that `share` of the arm, from 0 to 1, is done, and how it is going. Drawn on a terminal
  /// only.
  public func advance(to share: Double, _ detail: String = "") {
    let now = ContinuousClock.now
    guard Terminal.showsProgress, now - lastDrawn > .milliseconds(200) else { return }
    lastDrawn = now
    let bar = tally.bar(
      in: name, share: share, seconds: (now - started).seconds, detail: detail,
      width: Terminal.width - 1)
    Session.current.drawBar(bar)
  }
}

/// How many arms of a study are done, and how long the others may take: as long each as those did
/// on average, kept ones included.
struct ArmTally {
  let total: Int
  private var times: [Int]

  /// - Parameter times: what the arms that are kept took, in milliseconds.
  init(total: Int, times: [Int]) {
    (self.total, self.times) = (total, times)
  }

  var done: Int { times.count }

  mutating func add(_ milliseconds: Int) { times.append(milliseconds) }

  private var meanSeconds: Double {
    Double(times.reduce(0, +)) / 1000 / Double(max(1, times.count))
  }

  /// `3 of 12 arms  84 s  dense, seed 1; about 12 min 36 s left`
  func line(after arm: String) -> String {
    let rest = done < total ? "; about \(spanText(meanSeconds * Double(total - done))) left" : ""
    return "\(done) of \(total) arms  \(spanText(Double(times.last ?? 0) / 1000))  \(arm)\(rest)"
  }

  /// `━━━━━━──────  3/12 arms  12 min 6 s left  dense, seed 2: 40 %  loss 0.42`, cut to `width`.
  func bar(
    in arm: String, share: Double, seconds: Double, detail: String, width: Int
  ) -> String {
    let share = min(max(share, 0), 1)
    let each = done > 0 ? meanSeconds : seconds / max(share, 1e-9)
    let left = each * max(0, Double(total - done) - share)
    let bar = rule((Double(done) + share) / Double(max(1, total)))
    let text =
      "\(bar)  \(done)/\(total) arms  \(spanText(left)) left  \(arm): \(Int(share * 100)) %"
      + (detail.isEmpty ? "" : "  \(detail)")
    return String(text.prefix(max(width, 0)))
  }
}
