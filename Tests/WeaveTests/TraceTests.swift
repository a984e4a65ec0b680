import Foundation
import Notebook
import Testing

@testable import weave

@Suite struct TraceTests {
  @Test func aTraceOfACrashKeepsWhatWasSaid() throws {
    let events = sampleEvents().dropLast()
    let trace = try Trace(traceData(Array(events)) + Data("{\"line\":9,\"con".utf8))
    #expect(trace.events.count == events.count)
    #expect(trace.closing == nil)
    #expect(trace.lastLine == 12)
  }

  @Test func damagedLinesAreNamed() {
    let data = traceData(sampleEvents()) + Data("garbage\n".utf8)
    let error = #expect(throws: WeaveError.self) { try Trace(data) }
    #expect(error?.description.hasPrefix("line \(sampleEvents().count + 1) of the trace") == true)
  }

  @Test func nothingIsNoEvents() throws {
    #expect(try Trace(Data()).events.isEmpty)
  }

  @Test func mutatedTracesNeverCrash() throws {
    let text = String(decoding: traceData(sampleEvents()), as: UTF8.self)
    let manuscript = Manuscript(sampleSource)
    for mutation in mutations(of: text, count: 400, seed: 11) {
      guard let trace = try? Trace(Data(mutation.utf8)) else { continue }
      let values = RunValues(trace, manuscript: manuscript)
      let chapter = try #require(ChapterName(folder: "01-Tensors"))
      var writer = PageWriter(
        chapter: chapter, manuscript: manuscript, values: values, neighbours: Neighbours())
      _ = writer.page(title: "T") { _ in [] }
      for figure in values.figures { _ = Drawing(figure) }
    }
  }
}
