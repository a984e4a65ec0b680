import Bookshelf
import Finishing
import Notebook
import Shipping

chapter(
  7, "ZeroPruning",
  shows: "how many weights can become zero, and when that makes a model smaller or faster",
  needs: "nothing but this checkout; the models of earlier chapters are made if they are missing",
  takes: "about three minutes")

let writing = writingApart()

let finished = try FinishedModel.shelved()
let board = try Scoreboard([.original], of: finished, memory: writing)
table("What they weigh", columns: Scoreboard.weightColumns, rows: board.weights)
table("What they can do", columns: Scoreboard.answerColumns, rows: board.answers)
table("How near they are", columns: Scoreboard.nearnessColumns, rows: board.nearness)
table("How fast they are", columns: Scoreboard.paceColumns, rows: board.paces, measured: true)
