import ArgumentParser
import Foundation
import Programs

/// The machine that makes the book and checks it.
@main struct Weave: Program {
  static let configuration = CommandConfiguration(
    commandName: "weave",
    abstract: "Makes the book from the chapters, and checks every number in it.",
    discussion: """
      A chapter is Chapters/NN-Name/main.swift: prose in //: lines, code between them. Running it \
      leaves a trace of everything it shows, pins, claims and measures. The weaver puts prose, code \
      and output together as book/NN-name.md, with figures in book/figures and the exact numbers in \
      book/pins.

      A number of the book changes only through weave accept, one of a study (a chapter's experiment \
      in many runs, Chapters/NN-Name-Study) only through weave study. A run is remembered under \
      .build/espalier until the chapter's program, its text, the fixtures of the tests or a knob \
      (SIZE, SEED, ESPALIER_ENGINE, ESPALIER_THREADS, OPENBLAS_CORETYPE) changes.
      """,
    subcommands: [Run.self, Book.self, Verify.self, Accept.self, Study.self, Clean.self])
}

extension Weave {
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs one chapter in the terminal.",
      discussion: "Try it small first: SIZE=tiny weave run 1.")

    @Argument(help: "The chapter's number.")
    var chapter: String

    func run() throws {
      try reporting {
        let weaver = try Weaver.here()
        let name = try weaver.repository.chapter(chapter)
        let program = try weaver.runner.program(of: name)
        // The chapter takes the weaver's place, so that the terminal and Ctrl-C are its own.
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program.path), nil]
        execv(program.path, &arguments)
        throw WeaveError("cannot start \(name.target)")
      }
    }
  }

  struct Book: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Weaves the pages that a change touches.",
      discussion: """
        Refuses a chapter whose pins differ from the committed ones or whose claims fail: its old \
        page stays, and a table says what differs.
        """)

    @Argument(help: "The chapter's number; all chapters when left out.")
    var chapter: String?

    @Flag(help: "Run the chapters again even if nothing changed.")
    var all = false

    func run() throws {
      try reporting { try Weaver.here().book(chapter, fresh: all) }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs the chapters again and compares every pin, claim, figure and page.",
      discussion: """
        Changes nothing, and runs no study: one whose page is of other code is named. Ends with a \
        table of every difference and a non-zero exit if there is one. \
        With SIZE, SEED or ESPALIER_ENGINE other than the book's, only the claims are checked.
        """)

    @Argument(help: "The chapter's number; all chapters when left out.")
    var chapter: String?

    @Flag(help: "Use a remembered run if nothing changed since.")
    var cached = false

    func run() throws {
      try reporting { try Weaver.here().verify(chapter, fresh: !cached) }
    }
  }

  struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes a chapter's new numbers into the book.",
      discussion: """
        Runs the chapter afresh and writes its pins, its measured values, its figures and its page. \
        Claims must hold. Review the change with git diff book.
        """)

    @Argument(help: "The chapter's number.")
    var chapter: String

    func run() throws {
      try reporting { try Weaver.here().accept(chapter) }
    }
  }

  struct Study: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs a chapter's study, and writes its page under book/studies.",
      discussion: """
        Arms that were run before with the same code are not run again, so that an interrupted \
        study goes on where it was. Claims must hold. Review the change with git diff book. With \
        SIZE=tiny it is a quick check that writes no page.
        """)

    @Argument(help: "The number of its chapter.")
    var chapter: String?

    @Flag(help: "Run every arm again.")
    var all = false

    func run() throws {
      try reporting { try Weaver.here().study(chapter, fresh: all) }
    }
  }

  struct Clean: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forgets remembered runs, studies' arms and trained artefacts (.build/espalier).")

    func run() throws {
      try reporting {
        let folder = try Weaver.here().repository.workspace
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        do {
          try FileManager.default.removeItem(at: folder)
        } catch {
          throw WeaveError("\(folder.path): cannot be removed: \(error.localizedDescription)")
        }
      }
    }
  }
}

/// Turns every error into its line on standard error and a failing exit.
private func reporting(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let exit as ExitCode {
    throw exit
  } catch {
    complain(error)
    throw ExitCode.failure
  }
}
