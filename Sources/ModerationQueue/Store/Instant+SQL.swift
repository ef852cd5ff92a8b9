internal import BelowTheLine
internal import GRDB

extension Instant {
  /// `instant(text)` in SQL: ``seconds``, or NULL.
  static var function: DatabaseFunction {
    DatabaseFunction("instant", argumentCount: 1, pure: true) { values in
      String.fromDatabaseValue(values[0]).flatMap { Instant($0)?.seconds }
    }
  }
}
