import BelowTheLine
import Testing

struct InstantTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1), ("1969-12-31t23:59z", -60), ("2000-02-29 12:00:00.25", 951_825_600.25),
    ("2024-03-01T00:30:00+02:00", 1_709_245_800), ("2024-02-29T22:30:00Z", 1_709_245_800), ("2024-02-29T17:00:00-05:30", 1_709_245_800),
    ("2024-02-29T17:00:00-0530", 1_709_245_800),
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

  /// The times of Python's `datetime.timestamp()` and back.
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (-0.5, "1969-12-31T23:59:59Z"), (951_825_600.25, "2000-02-29T12:00:00Z"),
    (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799.9, "9999-12-31T23:59:59Z"), (1_709_245_800, "2024-02-29T22:30:00Z"),
  ])
  func areWritten(seconds: Double, text: String) { #expect(Instant(seconds: seconds).utc == text) }

  @Test(arguments: [-62_135_596_801, 253_402_300_800, .infinity, .nan, -1e300])
  func beyondFourDigitsOfYearsNothingIsWritten(seconds: Double) { #expect(Instant(seconds: seconds).utc == nil) }

  @Test func everyDayReadsBackTheSame() {
    for day in stride(from: -719_162, through: 2_932_896, by: 97) {
      let instant = Instant(seconds: Double(day) * 86_400 + 86_399)
      #expect(instant.utc.flatMap { Instant($0) } == instant)
    }
  }
}
