/// The contents page of the book, made from the committed records alone.
func contentsPage(_ chapters: [(name: ChapterName, record: Record?)]) -> String {
  var rows: [String] = []
  for (name, record) in chapters {
    guard let record else {
      rows.append("| \(name.number) | \(name.name) | *not woven yet* | | |")
      continue
    }
    let status = "✓ \(count(record.claims, "claim")), \(count(record.pins.count, "pin"))"
    let result = record.result.replacing("|", with: "\\|").replacing("\n", with: " ")
    rows.append(
      "| \(name.number) | [\(record.title)](\(name.page)) | \(result) "
        + "| \(secondsText(record.cost.milliseconds)) | \(status) |")
  }
  let total = chapters.compactMap { $0.record?.cost.milliseconds }.reduce(0, +)
  return """
    # Espalier

    Train a language model from scratch, teach it to reason, prune it until it is fit to ship: in
    Swift, on two CPU cores.

    | | chapter | what it finds | time† | checked |
    |---:|:---|:---|---:|:---|
    \(rows.joined(separator: "\n"))

    All chapters together take \(secondsText(total)), once the models that they share are made.†

    **How to read the numbers.** Every page is woven from a chapter's source, `Chapters/*/main.swift`,
    and from what one run of it printed. Nothing on a page is typed in by hand that a run can decide:

    - `name = value` is a **pin**: every run, on every machine, gives these very bits. `make verify`
      runs the chapters again and compares.
    - ✓ marks a **claim**: a sentence that the run has checked. A claim that fails stops the book.
    - † marks what was **measured** on one machine when the page was last accepted: times, rates,
      memory. Yours will differ, and nothing compares them.
    """ + "\n"
}

/// `1 claim`, `2 claims`
func count(_ number: Int, _ noun: String) -> String {
  "\(number) \(noun)\(number == 1 ? "" : "s")"
}
