import StrictJSON
import Text
import Training

/// Something to imitate: one line of a file of data, in the forms that TRL reads.
///
///     {"prompt": "2+3=", "completion": "5"}
///     {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
public enum Lesson: Equatable, Sendable {
  case completion(prompt: String, completion: String)
  case conversation([Message])

  /// What is wrong with a lesson, without a place.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
  }

  /// Reads a line of JSON. Members with other names are ignored.
  public init(parsing line: [UInt8]) throws(Problem) {
    let json: JSON
    do {
      json = try JSON(parsing: line)
    } catch {
      throw Problem("byte \(error.offset): \(error.problem)")
    }
    guard case .object = json else { throw Problem("expected an object, found \(json.kind)") }
    if let messages = json["messages"] {
      guard case .array(let elements) = messages else {
        throw Problem("messages: expected a list, found \(messages.kind)")
      }
      var list: [Message] = []
      for (index, element) in elements.enumerated() {
        list.append(try Message(element, "messages[\(index)]"))
      }
      guard list.contains(where: { $0.role == .assistant }) else {
        throw Problem(ChatMLError.nothingToLearn.description)
      }
      self = .conversation(list)
    } else {
      let completion = try json.text("completion")
      guard !completion.isEmpty else { throw Problem("completion: is empty") }
      self = .completion(prompt: try json.text("prompt"), completion: completion)
    }
  }

  /// The tokens, and which of them are learned: the completion, or the turns of the assistant, and
  /// the token that ends each.
  ///
  /// - Parameters:
  ///   - template: how conversations are written.
  ///   - end: the token that ends a completion.
  public func example(
    _ tokenizer: any Tokenizer, template: ChatML, end: Int32
  ) throws(Problem) -> Example {
    switch self {
    case .completion(let prompt, let completion):
      // Apart, so that the prompt has the tokens that it will have when the model is asked.
      let given = tokenizer.pipeline.prefix + tokenizer.encode(prompt)
      guard !given.isEmpty else { throw Problem("prompt: is empty, and nothing begins a text") }
      let learned = tokenizer.encode(completion) + [end]
      return Example(given + learned, given: given.count)
    case .conversation(let messages):
      do {
        return try template.example(messages, tokenizer)
      } catch {
        throw Problem(error.description)
      }
    }
  }
}

extension Message {
  fileprivate init(_ json: JSON, _ place: String) throws(Lesson.Problem) {
    guard case .object = json else {
      throw Lesson.Problem("\(place): expected an object, found \(json.kind)")
    }
    let name = try json.text("role", in: "\(place).")
    guard let role = Role(rawValue: name) else {
      throw Lesson.Problem(
        "\(place).role: \(quoted(name)) is not supported; these are: system, user, assistant")
    }
    self.init(role, try json.text("content", in: "\(place)."))
  }
}

extension JSON {
  fileprivate func text(_ key: String, in place: String = "") throws(Lesson.Problem) -> String {
    switch self[key] {
    case .string(let text)?: return text
    case let other?: throw Lesson.Problem("\(place)\(key): expected a string, found \(other.kind)")
    case nil: throw Lesson.Problem("\(place)\(key): missing")
    }
  }
}
