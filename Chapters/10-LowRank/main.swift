import Bookshelf
import Finishing
import Notebook
import Shipping

chapter(
  10, "LowRank",
  shows: "what a matrix loses that is written as the product of two narrow ones",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

let writing = writingApart()

let finished = try FinishedModel.shelved()
let board = try Scoreboard([.original], of: finished, memory: writing)
table("What they weigh", columns: Scoreboard.weightColumns, rows: board.weights)
table("What they can do", columns: Scoreboard.answerColumns, rows: board.answers)
table("How near they are", columns: Scoreboard.nearnessColumns, rows: board.nearness)
table("How fast they are", columns: Scoreboard.paceColumns, rows: board.paces, measured: true)
