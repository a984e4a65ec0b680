/// The names that follow from the folder of a chapter, `01-Tensors`, or of its study,
/// `01-Tensors-Study`.
struct ChapterName: Equatable {
  let folder: String
  let number: Int
  /// `Tensors`
  let name: String
  let isStudy: Bool

  init?(folder: String) {
    isStudy = folder.hasSuffix("-Study")
    let parts = folder.dropLast(isStudy ? 6 : 0).split(separator: "-", maxSplits: 1)
    guard parts.count == 2, parts[0].count == 2, let number = Int(parts[0]), number > 0,
      parts[1].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
    else { return nil }
    self.folder = folder
    self.number = number
    name = String(parts[1])
  }

  /// `01-tensors`
  private var base: String { "\(folder.prefix(2))-\(name.lowercased())" }
  /// `01-tensors` or `study01-tensors`: the stem of its traces.
  var stem: String { isStudy ? "study\(base)" : base }
  /// `ch01-tensors` or `study01-tensors`, the program.
  var target: String { isStudy ? stem : "ch\(base)" }
  /// `chapter 1` or `study 1`, in messages.
  var label: String { "\(isStudy ? "study" : "chapter") \(number)" }
  /// The command that takes its numbers into the book.
  var remedy: String { "make \(isStudy ? "study" : "accept") N=\(number)" }
  var source: String { "Chapters/\(folder)/main.swift" }

  /// What it owns in `book/`, below which a study has a folder of its own.
  private var shelf: String { isStudy ? "studies/" : "" }
  var page: String { "\(shelf)\(base).md" }
  var record: String { "\(shelf)pins/\(base).json" }
  /// The folder of its figures.
  var figures: String { "\(shelf)figures" }
  func figure(_ name: String) -> String { shelf + figureLink(name) }

  /// A figure as its page links it.
  func figureLink(_ name: String) -> String { "figures/\(folder.prefix(2))-\(name).svg" }
  /// What leads from its page to `book/`.
  var linkToBook: String { isStudy ? "../" : "" }
  /// What leads from its page to the root of the checkout.
  var linkToRoot: String { "../" + linkToBook }
}
