import BelowTheLine
import Testing

struct RecordsTests {
  @Test func rowsAreGroupedByTheirOwnFieldsAndByOthers() {
    var comment = Comment(
      id: "c9", articleID: "a1", parentID: "c3", author: "Ann", createdAt: "2023-02-16", text: "x", status: "spam", depth: 2,
      source: SourceLocation(name: "dump.jsonl", line: 5), extra: ["theory": "moon"])
    let groups: [(field: String?, group: String?)] = [
      (nil, "a1"), ("article_id", "a1"), ("id", "c9"), ("parent_id", "c3"), ("author", "Ann"), ("created_at", "2023-02-16"),
      ("status", "spam"), ("depth", "2"), ("source", "dump.jsonl"), ("theory", "moon"), ("weight", nil), ("subject", nil),
    ]
    for (field, group) in groups { #expect(comment.group(by: field) == group, "\(field ?? "")") }
    comment.extra["source"] = "https://x.example/1"
    #expect(comment.group(by: "source") == "https://x.example/1")
  }
}
