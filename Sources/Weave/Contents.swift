/// The contents page of the book, made from the committed records alone.
func contentsPage(
  _ chapters: [(name: ChapterName, record: Record?)],
  studies: [(name: ChapterName, record: Record?)]
) -> String {
  let total = chapters.compactMap { $0.record?.cost.milliseconds }.reduce(0, +)
  return """
    # Espalier

    Train a language model from scratch, teach it to reason, prune it until it is fit to ship: in
    Swift, on two CPU cores.

    | | chapter | what it finds | time† | checked |
    |---:|:---|:---|---:|:---|
    \(chapters.map(row).joined(separator: "\n"))

    All chapters together take \(secondsText(total)), once the models that they share are made.†
    \(section(studies))
    **How to read the numbers.** Every page is woven from a chapter's source, `Chapters/*/main.swift`,
    and from what one run of it printed. Nothing on a page is typed in by hand that a run can decide:

    - `name = value` is a **pin**: every run, on every machine, gives these very bits. `make verify`
      runs the chapters again and compares.
    - ✓ marks a **claim**: a sentence that the run has checked. A claim that fails stops the book.
    - † marks what was **measured** on one machine when the page was last accepted: times, rates,
      memory. Yours will differ, and nothing compares them.
    """ + "\n"
}

private func row(_ name: ChapterName, _ record: Record?) -> String {
  guard let record else { return "| \(name.number) | \(name.name) | *not woven yet* | | |" }
  let status = "✓ \(count(record.claims, "claim")), \(count(record.pins.count, "pin"))"
  let result = record.result.replacing("|", with: "\\|").replacing("\n", with: " ")
  return "| \(name.number) | [\(record.title)](\(name.page)) | \(result) "
    + "| \(secondsText(record.cost.milliseconds)) | \(status) |"
}

/// The studies, if there are any, with a blank line after them.
private func section(_ studies: [(name: ChapterName, record: Record?)]) -> String {
  guard !studies.isEmpty else { return "" }
  return """

    A **study** repeats a chapter's experiment in many variants and with several seeds. It takes long,
    so `make book` and `make verify` do not run it; `make study N=\(studies[0].name.number)` does, and
    writes its page.

    | | study | what it finds | time† | checked |
    |---:|:---|:---|---:|:---|
    \(studies.map(row).joined(separator: "\n"))

    """
}

/// `1 claim`, `2 claims`
func count(_ number: Int, _ noun: String) -> String {
  "\(number) \(noun)\(number == 1 ? "" : "s")"
}
