import Testing
import Text
import Training

@testable import Tuning

@Suite struct LessonTests {
  @Test func `both forms`() throws {
    let completion = try Lesson(
      parsing: Array(#"{"id": 7, "completion": "5", "prompt": "2+3="}"#.utf8))
    #expect(completion == .completion(prompt: "2+3=", completion: "5"))
    let conversation = try Lesson(
      parsing: Array(
        #"{"messages": [{"role": "user", "content": "a"}, {"content": "b", "role": "assistant"}]}"#
          .utf8))
    #expect(conversation == .conversation([Message(.user, "a"), Message(.assistant, "b")]))
  }

  @Test func `a completion is learned, and that it ends`() throws {
    let end = chatTokenizer.end!
    let example = try Lesson.completion(prompt: "2+3=", completion: "5")
      .example(chatTokenizer, template: ChatML(), end: end)
    #expect(example == Example(chatTokenizer.encode("2+3=5") + [end], given: 4))
    #expect(example.learned == 2)
    #expect(throws: Lesson.Problem.self) {
      try Lesson.completion(prompt: "", completion: "5")
        .example(chatTokenizer, template: ChatML(), end: end)
    }
  }

  @Test(arguments: [
    (#"{"prompt": "2+3=""#, "byte 17"), (#"[]"#, "an object"), (#"{"prompt": "a"}"#, "completion"),
    (#"{"completion": "a"}"#, "prompt: missing"),
    (#"{"prompt": "a", "completion": ""}"#, "completion: is empty"),
    (#"{"prompt": 5, "completion": "a"}"#, "prompt: expected a string, found 5"),
    (#"{"messages": "a"}"#, "messages: expected a list"),
    (#"{"messages": [{"role": "user", "content": "a"}]}"#, "no turn of the assistant"),
    (#"{"messages": [{"role": "tool", "content": "a"}]}"#, #"messages[0].role: "tool""#),
    (#"{"messages": [{"role": "user", "content": null}]}"#, "messages[0].content"),
    (#"{"messages": [7]}"#, "messages[0]: expected an object"),
  ])
  func `what is none says why`(_ line: String, _ word: String) {
    let problem = #expect(throws: Lesson.Problem.self) { try Lesson(parsing: Array(line.utf8)) }
    #expect(problem?.description.contains(word) == true, "\(problem?.description ?? "")")
  }
}
