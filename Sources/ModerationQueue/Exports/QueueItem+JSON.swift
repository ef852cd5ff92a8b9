public import BelowTheLine

extension QueueItem {
  /// Everything the queue knows of a comment, as one JSON object. It is a record that every command reads.
  public func append(to writer: inout JSONWriter) {
    func field(_ name: String, _ value: String?) {
      guard let value else { return }
      writer.key(name)
      writer.string(value)
    }
    writer.beginObject()
    writer.key("number")
    writer.integer(number)
    field("source", source)
    field("id", id)
    writer.key("revision")
    writer.integer(revision)
    field("state", state.rawValue)
    field("article_id", article?.id)
    field("article_title", article?.title)
    field("article_url", article?.url)
    field("parent_id", parent?.id)
    field("parent_author", parent?.author)
    field("parent_text", parent?.text)
    field("author", author)
    field("created_at", createdAt)
    field("text", text)
    field("text_sha256", digest)
    field("added_at", addedAt)
    if let assessment { append(assessment, to: &writer) }
    field("claimed_by", claimedBy)
    field("claimed_until", claimedUntil)
    if let decision {
      writer.key("labels")
      writer.value(.object(labels.sorted { $0.key < $1.key }.map { JSONMember($0.key, .bool($0.value)) }))
      writer.key("decision")
      decision.append(to: &writer)
    }
    writer.endObject()
  }

  private func append(_ assessment: Assessment, to writer: inout JSONWriter) {
    writer.key("model")
    writer.string(assessment.model)
    writer.key("scores")
    writer.beginObject()
    for score in assessment.scores {
      writer.key(score.label)
      if let probability = score.probability { writer.fixed4(probability) } else { writer.null() }
    }
    writer.endObject()
    writer.key("thresholds")
    writer.beginObject()
    for score in assessment.scores {
      writer.key(score.label)
      writer.fixed4(score.threshold)
    }
    writer.endObject()
    writer.key("flags")
    writer.value(.array(assessment.flags.map(JSONValue.string)))
    writer.key("reasons")
    writer.beginObject()
    for score in assessment.scores where !score.spans.isEmpty {
      writer.key(score.label)
      writer.value(.object([JSONMember("tokens", .array(score.spans.map(token)))]))
    }
    writer.endObject()
  }

  private func token(_ span: Assessment.Span) -> JSONValue {
    .object([
      JSONMember("text", .string(text(of: span))), JSONMember("start", .integer(span.start)),
      JSONMember("end", .integer(span.start + span.length)), JSONMember("share", .number(span.share)),
    ])
  }

  /// The part of the text that a span covers.
  public func text(of span: Assessment.Span) -> String {
    let bytes = text.utf8
    guard let start = bytes.index(bytes.startIndex, offsetBy: span.start, limitedBy: bytes.endIndex),
      let end = bytes.index(start, offsetBy: span.length, limitedBy: bytes.endIndex)
    else { return "" }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}

extension Decision {
  /// An entry of the log as a JSON object.
  public func append(to writer: inout JSONWriter) {
    var members = [
      JSONMember("sequence", .integer(sequence)), JSONMember("number", .integer(item)), JSONMember("source", .string(source)),
      JSONMember("id", .string(commentID)), JSONMember("revision", .integer(revision)), JSONMember("text_sha256", .string(textDigest)),
      JSONMember("at", .string(time)), JSONMember("moderator", .string(moderator)), JSONMember("action", .string(action.rawValue)),
      JSONMember("state", .string(state.rawValue)), JSONMember("labels", (try? JSONScanner.parse(labels)) ?? .object([])),
    ]
    if isOpinion { members.append(JSONMember("is_opinion", .bool(true))) }
    if let reason { members.append(JSONMember("reason", .string(reason))) }
    if let note { members.append(JSONMember("note", .string(note))) }
    if let refersTo { members.append(JSONMember("refers_to", .integer(refersTo))) }
    members += [JSONMember("previous", .string(previous)), JSONMember("digest", .string(digest))]
    writer.value(.object(members))
  }
}
