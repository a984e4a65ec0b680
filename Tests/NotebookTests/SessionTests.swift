import Foundation
import Testing

@testable import Notebook

@Suite struct SessionTests {
  private let path = FileManager.default.temporaryDirectory
    .appending(path: "espalier-trace-\(UUID().uuidString)").path

  private func events() throws -> [Event] {
    let data = try Data(contentsOf: URL(filePath: path))
    #expect(data.last == UInt8(ascii: "\n"))
    return try data.split(separator: UInt8(ascii: "\n")).map { try Event(json: Data($0)) }
  }

  private let opening = Opening(
    number: 1, title: "T", shows: "s", needs: "n", takes: "t", knobs: Knobs())

  @Test func everyEventIsALineAndReadsBack() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let figure = Figure(
      name: "f", title: "t", x: Axis("x", range: 0...1), y: Axis("y", scale: .log),
      content: .series([Series("s", x: [0, 1, .infinity], y: [1, .nan, -.infinity])]),
      caption: "c", isMeasured: true)
    let table = Table(
      caption: "c", columns: ["a"], values: [["line\nbreak"]], isMeasured: false)
    let contents: [Event.Content] = [
      .text(label: "l", text: "a\nb\u{2028}c\"\\"), .text(label: nil, text: ""), .table(table),
      .pin(name: "p", value: "0.1"), .claim(sentence: "é ✓", holds: true),
      .claim(sentence: "no", holds: false), .measured(name: "m", value: "1", unit: "ms"),
    ]
    let session = Session(tracePath: path)
    session.begin(opening, line: 3)
    for (line, content) in contents.enumerated() { session.say("", content, line: line + 4) }
    session.say("", .figure(figure), line: 99)
    #expect(session.close() == 1)

    let events = try events()
    #expect(events.first == Event(line: 3, content: .chapter(opening)))
    #expect(Array(events[1...contents.count].map(\.content)) == contents)
    #expect(events[1...contents.count].map(\.line) == Array(4..<4 + contents.count))
    guard case .figure(let read) = events[events.count - 2].content,
      case .series(let series) = read.content
    else {
      Issue.record("the figure is missing")
      return
    }
    #expect(series[0].x == [0, 1, .infinity] && series[0].y[1].isNaN && read.x.range == 0...1)
    guard case .end(let closing)? = events.last?.content else {
      Issue.record("the end is missing")
      return
    }
    #expect(closing.peakMemory > 1_000_000)
  }

  @Test func aSessionWithoutTraceOrOpeningEndsQuietly() {
    #expect(Session(tracePath: nil).close() == 0)
  }

  @Test func helpTeaches() {
    let opening = Opening(
      number: 3, title: "Experts", shows: "a router", needs: "chapter 2", takes: "3 minutes",
      knobs: Knobs())
    for (kind, source) in [
      (ProgramKind.chapter, "Chapters/03-*/main.swift"),
      (.study, "Chapters/03-*-Study/main.swift"),
    ] {
      let help = helpText(kind, opening)
      for part in [
        "\(kind.rawValue) 3. Experts", "a router", "chapter 2", "3 minutes", "SIZE=", "SEED=", "✗",
        source,
      ] {
        #expect(help.contains(part), "\(part)")
      }
      #expect(help.split(separator: "\n").allSatisfy { $0.count <= 90 })
    }
  }
}
