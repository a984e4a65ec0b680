import Foundation

/// Opens a chapter: the first call of every `main.swift`.
///
/// ```swift
/// chapter(
///   1, "Tensors",
///   shows: "how a tape of pullbacks turns arithmetic into learning",
///   needs: "nothing but this package",
///   takes: "about a minute")
/// ```
///
/// Answers `--help`, refuses any other argument with one line, reads the environment knobs, and
/// starts the trace. The program exits with 1 at its end if a `claim` did not hold.
///
/// - Parameters:
///   - shows: What the reader will see, as the rest of "This chapter shows …".
///   - needs: What must exist before: earlier artefacts, packages, memory.
///   - takes: How long it runs at `SIZE=book` on two cores.
public func chapter(
  _ number: Int, _ title: String, shows: String, needs: String, takes: String, line: Int = #line
) {
  begin(
    .chapter,
    Opening(
      number: number, title: title, shows: shows, needs: needs, takes: takes, knobs: .current),
    arms: nil, line: line)
}

/// What a program of the book is.
enum ProgramKind: String {
  case chapter = "Chapter"
  case study = "Study"
}

/// Answers `--help`, starts the trace, and sees to the end of the program.
func begin(_ kind: ProgramKind, _ opening: Opening, arms: ArmStore?, line: Int) {
  Terminal.openClosedStreams()
  switch CommandLine.arguments.dropFirst().first {
  case nil: break
  case "--help", "-h":
    Terminal.write(helpText(kind, opening))
    exit(0)
  case let argument? where argument == "--corpus" || argument.hasPrefix("--corpus="):
    Terminal.stop(
      "a chapter's numbers are those of its own text; to train on yours: "
        + "swift run pretrain --corpus FILE --out FOLDER")
  case let argument?:
    Terminal.stop(
      "unknown argument \(argument); a \(kind.rawValue.lowercased()) takes none but --help")
  }
  Session.current.begin(opening, arms: arms, line: line)
  Terminal.write(
    Terminal.styled("\(kind.rawValue) \(opening.number). \(opening.title)", .bold) + "\n")
  atexit {
    let broken = Session.current.close()
    guard broken > 0 else { return }
    let claims = broken == 1 ? "1 claim does" : "\(broken) claims do"
    Terminal.write(Terminal.styled("\n✗ \(claims) not hold", .red))
    _exit(1)
  }
}

func helpText(_ kind: ProgramKind, _ opening: Opening) -> String {
  let stem = "\(opening.number < 10 ? "0" : "")\(opening.number)"
  let itself =
    switch kind {
    case .chapter:
      """
      with 1 if a claim does not hold. The text around the results is the chapter itself,
      Chapters/\(stem)-*/main.swift, and its woven page in book/.
      """
    case .study:
      """
      with 1 if a claim does not hold. What its arms have found is kept in .build/espalier/arms,
      so that an interrupted study goes on where it was. The text around the results is in
      Chapters/\(stem)-*-Study/main.swift, and on its woven page in book/studies/.
      """
    }
  return """
    \(kind.rawValue) \(opening.number). \(opening.title)

      Shows   \(opening.shows)
      Needs   \(opening.needs)
      Takes   \(opening.takes) on two cores, at SIZE=book

    Run it without arguments. It prints its cells' results in order: values, tables, small
    charts, pinned numbers (name = value), and claims, which it checks (✓ or ✗). It exits
    \(itself)

    Environment
      SIZE=tiny|book|large            how much work to do (book)
      SEED=n                          the seed of experiments that have one (\(Seed.ofTheBook))
      ESPALIER_ENGINE=lanes|openblas  who does the arithmetic (lanes)
      ESPALIER_THREADS=n              how many threads (all cores); never changes a number
      NO_COLOR=1                      no colour on a terminal

    The numbers of the book are those of SIZE=book SEED=\(Seed.ofTheBook) ESPALIER_ENGINE=lanes.
    """
}
