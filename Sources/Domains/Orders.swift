import Kernels

/// Numbers put in order: `sort 83 5 47: 5 47 83`. The same numbers in any order are one subject.
func sortedNumbers(_ generator: inout Generator) -> Item {
  let numbers = (0..<3 + generator.uniform(below: 5)).map { _ in generator.uniform(below: 100) }
  let sorted = numbers.sorted().map(String.init).joined(separator: " ")
  let given = numbers.map(String.init).joined(separator: " ")
  return Item(text: "sort \(given): \(sorted)\n", subject: sorted)
}

/// Letters put backwards: `reverse kqtz: ztqk`. A word and its reverse are one subject.
func reversedWord(_ generator: inout Generator) -> Item {
  let letters = Array("abcdefghijklmnopqrstuvwxyz")
  let word = String((0..<4 + generator.uniform(below: 6)).map { _ in generator.pick(letters) })
  let reversed = String(word.reversed())
  return Item(text: "reverse \(word): \(reversed)\n", subject: min(word, reversed))
}
