import Curriculum
import Foundation
import Testing
import Text
import Training

@testable import Pretraining

@Suite struct BaseModelTests {
  @Test func `numbers and marks are tokens of their own`() {
    let tokenizer = BaseModel.tokenizer(seed: 1)
    for number in 0...99 { #expect(tokenizer.encode("\(number)").count == 1) }
    for mark in BaseModel.markers {
      #expect(tokenizer.encode(mark) == [tokenizer.token(of: mark)!])
    }
    let page = (0...).lazy.map { Curriculum(seed: 1)[$0] }.first { $0.hasPrefix("make") }!
    #expect(tokenizer.decode(tokenizer.encode(page)) == page)
  }

  @Test func `a prompt is tokenized as it is within its page`() {
    let tokenizer = BaseModel.tokenizer(seed: 1)
    let curriculum = Curriculum(seed: 1)
    let pages = (0..<300).map { curriculum[$0] }.filter { $0.contains("<think>") }
    #expect(pages.count > 100)
    for page in pages {
      let prompt = String(page[..<page.range(of: "<think>")!.lowerBound])
      #expect(tokenizer.encode(page).starts(with: tokenizer.encode(prompt)))
    }
  }

  @Test func `a row holds documents one after the other, closed, and is the same again`() {
    let tokenizer = BaseModel.tokenizer(seed: 1)
    let curriculum = Curriculum(seed: 1)
    let corpus = Corpus(tokenizer, curriculum)
    let end = tokenizer.token(of: BaseModel.endOfText)!
    for index in 0..<20 {
      let row = corpus.row(index, length: 257)
      #expect(row.count == 257)
      let documents = row.split(separator: end).map { tokenizer.decode(Array($0)) }
      for (offset, document) in documents.dropLast().enumerated() {
        #expect(document == curriculum[index * 257 + offset])
      }
      #expect(curriculum[index * 257 + documents.count - 1].hasPrefix(documents.last!))
      #expect(row == corpus.row(index, length: 257))
    }
  }

  @Test func `what make leaves is what was trained`() throws {
    var recipe = BaseModel.Recipe()
    (recipe.layers, recipe.width, recipe.steps, recipe.rows) = (1, 32, 12, 2)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var reported: [Double] = []
    try BaseModel.make(in: folder, recipe) { reported.append($0.loss) }
    let base = try BaseModel(contentsOf: folder)
    let again = try BaseModel.pretrain(recipe)
    #expect(
      base.model.parameters.all.map(\.tensor.floats)
        == again.model.parameters.all.map(\.tensor.floats))
    let history = try BaseModel.history(in: folder)
    #expect(history.losses == reported && reported.count == 12)
    #expect(history.milestones.map(\.step) == [10, 12])
    #expect(base.tokenizer.encode("12*5=60") == again.tokenizer.encode("12*5=60"))
    let texts = base.solve([BaseModel.specimenProblem], count: 3)
    #expect(texts.count == 1 && texts[0].count == 3)
  }
}
