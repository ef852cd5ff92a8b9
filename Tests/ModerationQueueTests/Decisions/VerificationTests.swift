import BelowTheLine
import ModerationQueue
import TestSupport
import Testing

struct VerificationTests {
  private func decided() throws -> TemporaryStore {
    let temporary = try TemporaryStore()
    for number in 1...5 {
      try temporary.store.decide(number, DecisionRequest(moderator: "anna", action: .reject, labels: ["off_topic": true], note: "n"))
    }
    return temporary
  }

  @Test func whatNobodyTouchedIsInOrder() throws {
    let result = try decided().store.verify()
    #expect(result.problems == [])
    #expect(result.items == 24)
    #expect(result.decisions == 5)
  }

  /// What somebody with the file can do, the triggers switched off.
  @Test(arguments: [
    "UPDATE decision SET moderator = 'bert' WHERE sequence = 3",
    "UPDATE decision SET action = 'approve', state = 'approved' WHERE sequence = 5",
    "UPDATE decision SET note = NULL WHERE sequence = 1",
    "UPDATE decision SET at = '2020-01-01T00:00:00Z' WHERE sequence = 2",
    "UPDATE decision SET item = 9 WHERE sequence = 2",
    "DELETE FROM decision WHERE sequence = 3",
    "DELETE FROM decision WHERE sequence = 5",
    "UPDATE item SET state = 'approved' WHERE number = 2",
    "UPDATE item SET state = 'pending', decision = NULL WHERE number = 2",
    "UPDATE item SET state = 'approved' WHERE number = 20",
    "UPDATE item SET text = 'another' WHERE number = 2",
    "UPDATE item SET text = 'another' WHERE number = 20",
    "UPDATE item SET (text, checksum) = (SELECT text, checksum FROM item WHERE number = 20) WHERE number = 2",
    "UPDATE decision SET sequence = 6 WHERE sequence = 5",
    "PRAGMA foreign_keys = OFF; UPDATE item SET source = 99 WHERE number = 20",
    "PRAGMA foreign_keys = OFF; UPDATE item SET article = 99 WHERE number = 20",
  ])
  func tamperingShows(sql: String) throws {
    let temporary = try decided()
    try temporary.sqlite("DROP TRIGGER decision_is_not_changed; DROP TRIGGER decision_is_not_deleted; " + sql)
    #expect(try temporary.store.verify().problemCount > 0)
  }

  @Test func theLogRefusesChanges() throws {
    let temporary = try decided()
    for sql in ["UPDATE decision SET moderator = 'bert'", "DELETE FROM decision"] {
      #expect(throws: (any Error).self) { try temporary.sqlite(sql) }
    }
    #expect(try temporary.store.verify().problems == [])
    #expect(try temporary.store.verify().decisions == 5)
  }

  @Test func aHeadSeenEarlierShowsACutOffEnd() throws {
    let temporary = try decided()
    let head = try temporary.store.verify().head
    try temporary.store.decide(6, DecisionRequest(moderator: "anna", action: .approve))
    #expect(try temporary.store.verify(expecting: head).problems == [])
    try temporary.sqlite(
      "DROP TRIGGER decision_is_not_deleted; DELETE FROM decision WHERE sequence > 4; "
        + "UPDATE item SET state = 'pending', decision = NULL WHERE number > 4")
    #expect(try temporary.store.verify().problems == [])
    #expect(try temporary.store.verify(expecting: head).problemCount == 1)
  }

  /// The bytes are those that the documentation gives, so that others can check them.
  @Test func theCanonicalBytesAreNetstrings() throws {
    let store = try TemporaryStore().store
    let decision = try store.decide(1, DecisionRequest(moderator: "änna", action: .reject, labels: ["x": true], note: ""))
    let digest = SHA256.hex(Samples.comments[0].text)
    let expected =
      "14:btl-decision-1,1:1,64:\(Decision.firstPrevious),1:1,7:samples,2:c0,1:1,64:\(digest),20:\(decision.time),5:änna,6:reject,1:0,"
      + #"10:{"x":true},-,0:,69:{"model":"m1","scores":{"conspiracy":0.1,"off_topic":0.2},"flags":[]},-,8:rejected,"#
    #expect(String(decoding: decision.canonicalBytes, as: UTF8.self) == expected)
    #expect(decision.digest == SHA256.hex(expected))
  }
}
