internal import BelowTheLine
internal import Foundation

extension String {
  /// The text as SQLite keeps it: there, NUL ends a text. SUBSTITUTE stands for it, which is as long, so that offsets stay right.
  var storable: String {
    var text = self
    let hasNUL = text.withUTF8 { bytes in bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false }
    guard hasNUL else { return self }
    return String(decoding: utf8.map { $0 == 0 ? substitute : $0 }, as: UTF8.self)
  }
}

private let substitute: UInt8 = 0x1A

extension String {
  /// By which damage to a text of the store shows. What a person decided is also held by its SHA-256 in the log.
  var checksum: Int64 {
    var text = self
    return text.withUTF8 { UnsafeRawBufferPointer($0).checksum }
  }
}

extension UnsafeRawBufferPointer {
  /// As of a ``Swift/String/checksum``.
  var checksum: Int64 { Int64(bitPattern: XXHash64.hash(self)) }
}

extension UnsafeMutableBufferPointer<UInt8> {
  /// Puts SUBSTITUTE in the place of NUL, as ``Swift/String/storable`` does.
  func makeStorable() {
    guard let baseAddress, memchr(baseAddress, 0, count) != nil else { return }
    for index in indices where self[index] == 0 { self[index] = substitute }
  }
}

extension String? {
  var storable: String? { self?.storable }
}

extension Article {
  var storable: Article {
    Article(id: id.storable, url: url.storable, title: title.storable, body: body.storable, language: language.storable)
  }
}

extension DecisionRequest {
  var storable: DecisionRequest {
    DecisionRequest(
      moderator: moderator.storable, action: action, labels: labels, reopened: reopened, reason: reason.storable, note: note.storable,
      isOpinion: isOpinion, time: time.storable, undone: undone)
  }
}
