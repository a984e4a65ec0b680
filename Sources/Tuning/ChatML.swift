import Text
import Training

/// One turn of a conversation.
public struct Message: Equatable, Sendable {
  public enum Role: String, Sendable {
    case system, user, assistant
  }

  public var role: Role
  public var content: String

  public init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }
}

/// How a conversation becomes a text, as Qwen2.5 writes it:
///
///     <|im_start|>user
///     Is seven prime?<|im_end|>
///     <|im_start|>assistant
///     Yes.<|im_end|>
///
/// The two marks are tokens of their own, and what a message says can never be taken for one.
public struct ChatML: Equatable, Sendable {
  public static let startMark = "<|im_start|>"
  public static let endMark = "<|im_end|>"

  /// What a system turn says that is put before conversations that begin with none; nil for no such
  /// turn.
  public var system: String?

  public init(system: String? = nil) { self.system = system }

  /// As it is in Qwen2.5.
  public static let qwen25 = ChatML(
    system: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")

  /// The text of a conversation.
  ///
  /// - Parameter invitesAnswer: whether the beginning of an assistant's turn follows.
  public func text(of messages: [Message], invitesAnswer: Bool = false) -> String {
    let turns = complete(messages).map {
      "\(Self.startMark)\($0.role.rawValue)\n\($0.content)\(Self.endMark)\n"
    }
    return turns.joined() + (invitesAnswer ? "\(Self.startMark)assistant\n" : "")
  }

  /// The tokens after which a model writes the assistant's next turn.
  public func prompt(
    _ messages: [Message], _ tokenizer: any Tokenizer
  ) throws(ChatMLError) -> [Int32] {
    let encoder = try Encoder(tokenizer)
    var tokens = tokenizer.pipeline.prefix
    for message in complete(messages) { tokens += try encoder.turn(message).tokens }
    return tokens + encoder.opening(.assistant)
  }

  /// A conversation to learn the assistant's turns from, each with the mark that ends it.
  ///
  /// Its tokens up to an answer are those of `prompt`, so what is learned is what is later asked
  /// for. For that, what a message says is made tokens apart from the line before it; where it
  /// begins with an empty line, `transformers` may join the two. What follows the last answer, and
  /// be it a line feed, is left out.
  public func example(
    _ messages: [Message], _ tokenizer: any Tokenizer
  ) throws(ChatMLError) -> Example {
    let encoder = try Encoder(tokenizer)
    var tokens = tokenizer.pipeline.prefix
    var lessons: [Range<Int>] = []
    for message in complete(messages) {
      let turn = try encoder.turn(message)
      if message.role == .assistant {
        lessons.append(tokens.count + turn.said.lowerBound..<tokens.count + turn.said.upperBound)
      }
      tokens += turn.tokens
    }
    guard let last = lessons.last else { throw .nothingToLearn }
    return Example(Array(tokens[..<last.upperBound]), learning: lessons)
  }

  private func complete(_ messages: [Message]) -> [Message] {
    guard let system, messages.first?.role != .system else { return messages }
    return [Message(.system, system)] + messages
  }
}

/// Why a conversation cannot be made tokens.
public enum ChatMLError: Error, Equatable, CustomStringConvertible {
  /// The tokenizer has no token for a mark.
  case noMark(String)

  /// A message holds the text of a control token.
  case control(String)

  /// Nobody answers.
  case nothingToLearn

  public var description: String {
    switch self {
    case .noMark(let mark): "the tokenizer has no token \(mark), which conversations need"
    case .control(let text): "a message holds the control token \(text)"
    case .nothingToLearn: "there is no turn of the assistant to learn from"
    }
  }
}

/// Turns as tokens.
private struct Encoder {
  private let tokenizer: any Tokenizer
  private let start, end: Int32
  private let lineFeed: [Int32]

  init(_ tokenizer: any Tokenizer) throws(ChatMLError) {
    guard let start = tokenizer.token(of: ChatML.startMark) else { throw .noMark(ChatML.startMark) }
    guard let end = tokenizer.token(of: ChatML.endMark) else { throw .noMark(ChatML.endMark) }
    self.tokenizer = tokenizer
    (self.start, self.end) = (start, end)
    lineFeed = tokenizer.encode("\n")
  }

  func opening(_ role: Message.Role) -> [Int32] {
    [start] + tokenizer.encode("\(role.rawValue)\n")
  }

  /// The tokens of a turn, and where among them are those of what is said and of the mark after it.
  func turn(_ message: Message) throws(ChatMLError) -> (tokens: [Int32], said: Range<Int>) {
    let opening = opening(message.role)
    let content = tokenizer.encode(message.content)
    if let control = content.first(where: { tokenizer.vocabulary.isSpecial($0) }) {
      throw .control(tokenizer.decode([control]))
    }
    let said = opening.count..<opening.count + content.count + 1
    return (opening + content + [end] + lineFeed, said)
  }
}
