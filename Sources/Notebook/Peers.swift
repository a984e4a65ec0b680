import Foundation

/// What `make peers` last measured: our speed and that of another library, in turn in one run.
struct Peers: Codable {
  /// One thing that both were timed at.
  struct Case: Codable {
    let name: String
    /// What the other library is and how it was used.
    let peer: String
    /// Medians, in tokens a second.
    let ours, theirs: Double
    /// The median over the rounds of ours over theirs, and the least and the greatest.
    let ratio, least, greatest: Double
    /// Our peak memory over theirs.
    let memory: Double
  }

  let machine: String
  let cases: [Case]

  static let file = "book/peers.json"

  /// The record of the checkout that this program was built in.
  static func recorded() throws -> Peers {
    let file = Checkout.ofThisProgram.root.appending(path: Peers.file)
    return try JSONDecoder().decode(Peers.self, from: Data(contentsOf: file))
  }
}

/// Shows those of the measurements of `make peers` whose name begins with `kind`, as they were last
/// taken, and on which machine.
///
/// They take minutes and need another library, so a chapter does not take them itself.
///
/// - Parameters:
///   - kind: The beginning of the cases' names, such as `train`.
///   - title: What the table's caption begins with.
public func peers(_ kind: String, title: String, line: Int = #line) {
  guard let peers = try? Peers.recorded() else {
    Terminal.stop("\(Peers.file) is missing or damaged; `make peers` writes it anew")
  }
  table(
    "\(title): tokens a second beside other libraries, on \(peers.machine)",
    columns: ["what", "beside", "ours", "theirs", "ratio", "range", "memory"],
    rows: peers.cases.filter { $0.name.hasPrefix(kind) }.map {
      [
        $0.name, $0.peer, Int($0.ours.rounded()), Int($0.theirs.rounded()), $0.ratio,
        "\($0.least) to \($0.greatest)", $0.memory,
      ]
    },
    measured: true, line: line)
}
