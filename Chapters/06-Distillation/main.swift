import Bookshelf
import Finishing
import Notebook
import Shipping

chapter(
  6, "Distillation",
  shows: "how a small model learns from a large one, and what it would have learned alone",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

let finished = try FinishedModel.shelved()
let original = try Treatment.original.shelved(finished)
let before = try Inspection(original, of: finished, .current)
show(
  "original",
  "\(before.weight.bytes) bytes, \(before.marks.accuracy) right, greedily \(before.marks.greedyAccuracy), facts \(before.facts)"
)
