import BelowTheLine
import ModerationQueue
import Testing

struct InstantTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1), ("1969-12-31t23:59z", -60), ("2000-02-29 12:00:00.25", 951_825_600.25),
    ("2024-03-01T00:30:00+02:00", 1_709_245_800), ("2024-02-29T22:30:00Z", 1_709_245_800), ("2024-02-29T17:00:00-05:30", 1_709_245_800),
    ("0001-01-01", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
  ])
  func times(text: String, seconds: Double) { #expect(Instant(text)?.seconds == seconds) }

  @Test(arguments: [
    "", "foo", "01.03.2024", "2024", "2024-03", "2024-3-1", "2024-02-30", "2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01",
    "2024-00-10",
    "2024-01-00", "0000-01-01", "2024-03-01T", "2024-03-01T24:00:00Z", "2024-03-01T10", "2024-03-01T10:60Z", "2024-03-01T10:00:00.Z",
    "2024-03-01T10:00:00+2", "2024-03-01T10:00:00+02", "2024-03-01T10:00:00 UTC", "2024-03-01x", "２０２４-03-01",
  ])
  func othersAreNone(text: String) { #expect(Instant(text) == nil) }

  @Test func commentsAreSelectedByInstants() throws {
    let temporary = try TemporaryStore(filled: false)
    let times = ["2024-03-01T00:30:00+02:00", "2024-02-29T23:00:00Z", "4 May 2023 at 7:52 pm", "2024-02-30"]
    _ = try temporary.store.add(
      times.map { .comment(Comment(id: $0, createdAt: $0, text: "t"), source: "s", assessment: nil) })
    func numbers(since: String? = nil, until: String? = nil) throws -> [Int] {
      var selection = Selection()
      selection.since = since.flatMap(Instant.init)
      selection.until = until.flatMap(Instant.init)
      return try temporary.store.items(selection).map(\.number)
    }
    #expect(try numbers(until: "2024-02-29T22:45:00Z") == [1])
    #expect(try numbers(since: "2024-03-01T00:45:00+02:00", until: "2024-03-01") == [2])
    // What has no usable time counts from the day it was added.
    #expect(try numbers(since: "2027-01-15") == [3, 4])
    #expect(try temporary.store.items().map(\.writtenAt) == [times[0], times[1], nil, nil])
  }
}
