internal import BelowTheLine
internal import Foundation

extension String {
  /// The text as SQLite keeps it: there, NUL ends a text. SUBSTITUTE stands for it, which is as long, so that offsets stay right.
  var storable: String {
    var text = self
    let hasNUL = text.withUTF8 { bytes in bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false }
    guard hasNUL else { return self }
    return String(decoding: utf8.map { $0 == 0 ? 0x1A : $0 }, as: UTF8.self)
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

extension Comment {
  /// The fields that the queue keeps.
  var storable: Comment {
    var parentText: String?
    if case .string(let text)? = extra["parent_text"] { parentText = text }
    return Comment(
      id: id.storable, articleID: articleID.storable, parentID: parentID.storable, author: author.storable,
      createdAt: createdAt.storable, text: text.storable, extra: parentText.map { ["parent_text": .string($0.storable)] } ?? [:])
  }
}

extension DecisionRequest {
  var storable: DecisionRequest {
    DecisionRequest(
      moderator: moderator.storable, action: action, labels: labels, reason: reason.storable, note: note.storable, isOpinion: isOpinion,
      time: time.storable)
  }
}
