import BelowTheLine
import TestSupport
import Testing

struct ContradictionTests {
  private func contradictions(_ rows: [(id: String, article: String?, text: String, labels: [String: Bool])]) -> Contradictions {
    Contradictions(rows.map { Comment(id: $0.id, articleID: $0.article, text: $0.text, labels: $0.labels) })
  }

  @Test func theSameTextInTheSamePlaceIsContradicted() {
    let found = contradictions([
      ("1", "a", "First!", ["off_topic": true]), ("2", "a", "First!", ["off_topic": true]),
      ("3", "a", "First!", ["conspiracy": false, "off_topic": false]), ("4", "a", "First!", ["conspiracy": true, "off_topic": false]),
      ("5", nil, "First!", ["off_topic": true]), ("6", nil, "First!", ["off_topic": false]),
    ])
    #expect(found.count == 3)
    #expect(found.example?.label == "off_topic" && found.example?.first == 0 && found.example?.second == 2)
  }

  @Test func theSameTextWithTheSameIDIsContradicted() {
    let found = contradictions([("1", "a", "First!", ["x": true]), ("1", "b", "First!", ["x": false])])
    #expect(found.count == 1)
    #expect(found.example?.label == "x" && found.example?.first == 0 && found.example?.second == 1)
  }

  /// Another place is another question, another text another answer; what is not said contradicts nothing.
  @Test func whatMayWellDifferContradictsNothing() {
    let found = contradictions([
      ("1", "a", "First!", ["off_topic": true]), ("2", "b", "First!", ["off_topic": false]), ("3", nil, "First!", ["off_topic": false]),
      ("1", "a", "First", ["off_topic": false]), ("5", "a", "First!", ["conspiracy": false]), ("6", "a", "First!", [:]),
    ])
    #expect(found.count == 0 && found.example?.label == nil)
    #expect(Contradictions(Samples.comments).count == 0)
  }

  /// Of two labels the first by name is the example, whatever the order of a dictionary.
  @Test func theExampleIsAlwaysTheSame() {
    let labels = ["a", "b", "c", "d"]
    let yes = Dictionary(uniqueKeysWithValues: labels.map { ($0, true) })
    let no = Dictionary(uniqueKeysWithValues: labels.reversed().map { ($0, false) })
    #expect(contradictions([("1", "a", "t", yes), ("2", "a", "t", no)]).example?.label == "a")
  }

  /// Sentences are rows beside those of the records, and no records.
  @Test func sentencesContradictNothing() {
    let records = [("One of three. All the same.", true), ("All the same. Two of three.", false)].enumerated().map {
      Record.comment(Comment(id: "\($0)", text: $1.0, labels: ["a": $1.1]))
    }
    let data = PreparedData(records, features: Samples.options().features, sentenceWeight: 1)
    #expect(data.comments.count > data.ownComments)
    #expect(data.contradictions.count == 0)
  }
}
