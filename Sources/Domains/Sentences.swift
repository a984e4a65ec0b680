import Kernels

/// A sentence of a context-free fragment of English: `the dogs that anna sees sleep.`
///
///     sentence     → subject[n] predicate[n] "."
///     subject[n]   → name (singular) | article[n] [adjective] noun[n] [clause[n]]
///     clause[n]    → "that" predicate[n] | "that" subject[m] transitive[m]
///     predicate[n] → intransitive[n] [place] | transitive[n] subject[m]
///     place        → preposition subject[m]
///
/// Subject and verb agree in number `n`, however many words stand between them. That is what the
/// fragment has to teach; the words are drawn at random.
func sentence(_ generator: inout Generator) -> Item {
  var grammar = Grammar(generator: generator)
  let isPlural = grammar.isPlural()
  let words = grammar.subject(isPlural, depth: 0) + grammar.predicate(isPlural, depth: 0)
  generator = grammar.generator
  let text = words.joined(separator: " ")
  return Item(text: text + ".\n", subject: text)
}

/// The words of the fragment. Nouns take an s in the plural, verbs in the singular.
enum Lexicon {
  static let names = ["anna", "boris", "clara", "david"]
  static let articles = (singular: ["a", "the", "every"], plural: ["the", "some", "many"])
  static let adjectives = ["big", "small", "old", "young", "red", "quiet"]
  static let nouns = [
    "dog", "cat", "bird", "horse", "teacher", "doctor", "river", "house", "tree", "boat",
  ]
  static let intransitive = ["sleep", "wait", "sing", "run", "laugh", "dream"]
  static let transitive = ["see", "like", "help", "follow", "know", "paint"]
  static let prepositions = ["near", "behind", "with", "under"]
}

/// The rules, one function each. Deeper than `deepest` nothing is nested.
private struct Grammar {
  var generator: Generator
  private let deepest = 2

  init(generator: Generator) { self.generator = generator }

  mutating func isPlural() -> Bool { generator.uniform(below: 2) == 1 }

  private mutating func happens(_ share: Float) -> Bool { generator.uniform() < share }

  mutating func subject(_ isPlural: Bool, depth: Int) -> [String] {
    if !isPlural, happens(0.25) { return [generator.pick(Lexicon.names)] }
    let articles = isPlural ? Lexicon.articles.plural : Lexicon.articles.singular
    var words = [generator.pick(articles)]
    if happens(0.4) { words.append(generator.pick(Lexicon.adjectives)) }
    words.append(generator.pick(Lexicon.nouns) + (isPlural ? "s" : ""))
    if depth < deepest, happens(0.35) { words += clause(isPlural, depth: depth + 1) }
    return words
  }

  private mutating func clause(_ isPlural: Bool, depth: Int) -> [String] {
    if happens(0.5) { return ["that"] + predicate(isPlural, depth: depth) }
    let isInnerPlural = self.isPlural()
    return ["that"] + subject(isInnerPlural, depth: depth)
      + [verb(Lexicon.transitive, isInnerPlural)]
  }

  mutating func predicate(_ isPlural: Bool, depth: Int) -> [String] {
    if depth < deepest, happens(0.6) {
      let verb = verb(Lexicon.transitive, isPlural)
      return [verb] + subject(self.isPlural(), depth: depth + 1)
    }
    let verb = verb(Lexicon.intransitive, isPlural)
    guard depth < deepest, happens(0.4) else { return [verb] }
    let preposition = generator.pick(Lexicon.prepositions)
    return [verb, preposition] + subject(self.isPlural(), depth: depth + 1)
  }

  private mutating func verb(_ verbs: [String], _ isPlural: Bool) -> String {
    generator.pick(verbs) + (isPlural ? "" : "s")
  }
}
