internal import BelowTheLine
internal import CommentSources

/// The method `comments:analyze` of Perspective API (version v1alpha1), so that its callers need another address and no other program.
///
/// Attributes are the labels of the model, `OFF_TOPIC` for `off_topic`. The context is read: `articleAndParentComment` as it is named, of
/// `entries` the first one as the article and the others as the comments before this one.
struct AnalyzeRequest {
  var text: String
  var article: String?
  var parent: String?
  /// Comments before this one, the first one first.
  var thread: [String] = []
  /// In the order of the request, with the least score that is to be told.
  var attributes: [(name: String, head: Int, threshold: Double?)] = []
  var languages: JSONValue?
  var clientToken: JSONValue?

  init(_ body: [UInt8], _ model: Model) throws(RequestError) {
    let request: JSONValue
    do {
      request = try JSONScanner.parse(body.span)
    } catch {
      throw RequestError(.badRequest, "the body is no JSON: \(error)")
    }
    guard let text = try Self.text(request["comment"], "comment") else { throw RequestError(.badRequest, "comment.text is missing") }
    guard text.contains(where: { !$0.isWhitespace }) else { throw RequestError(.badRequest, "comment.text is empty") }
    self.text = text
    let context = request["context"]
    let pair = context?["articleAndParentComment"]
    article = try Self.text(pair?["article"], "context.articleAndParentComment.article")
    parent = try Self.text(pair?["parentComment"], "context.articleAndParentComment.parentComment")
    let entries = context?["entries"] ?? .null
    guard case .array(let entries) = entries == .null ? .array([]) : entries else {
      throw RequestError(.badRequest, "context.entries is no array")
    }
    guard entries.count < ScoringService.mostRecords else {
      throw RequestError(.contentTooLarge, "context.entries has more than \(ScoringService.mostRecords) entries")
    }
    for (index, entry) in entries.enumerated() {
      guard let text = try Self.text(entry, "context.entries[\(index)]") else { continue }
      if index == 0, article == nil { article = text } else { thread.append(text) }
    }
    guard let requested = request["requestedAttributes"]?.members, !requested.isEmpty else {
      throw RequestError(.badRequest, "requestedAttributes names no attribute; there are \(Self.names(model))")
    }
    for member in requested {
      let attribute = try Self.attribute(member, model)
      if !attributes.contains(where: { $0.name == attribute.name }) { attributes.append(attribute) }
    }
    languages = request["languages"]
    clientToken = request["clientToken"]
  }

  private static func text(_ entry: JSONValue?, _ field: String) throws(RequestError) -> String? {
    guard let entry, entry != .null else { return nil }
    guard case .object = entry else { throw RequestError(.badRequest, "\(field) is no object") }
    guard let text = entry["text"], text != .null else { return nil }
    guard case .string(let text) = text else { throw RequestError(.badRequest, "\(field).text is no string") }
    return entry["type"]?.text == "HTML" ? HTMLText.plain(text) : text
  }

  private static func attribute(_ member: JSONMember, _ model: Model) throws(RequestError) -> (name: String, head: Int, threshold: Double?)
  {
    guard let head = model.labels.firstIndex(where: { $0 == member.key || name($0) == member.key }) else {
      throw RequestError(.badRequest, "there is no attribute \(member.key); there are \(names(model))")
    }
    if let type = member.value["scoreType"]?.text, type != "PROBABILITY", type != "SCORE_TYPE_UNSPECIFIED" {
      throw RequestError(.badRequest, "requestedAttributes.\(member.key).scoreType is \(type); there is PROBABILITY alone")
    }
    // Protocol buffers as JSON write numbers as strings too.
    let threshold = member.value["scoreThreshold"] ?? .null
    guard threshold == .null || threshold.text.flatMap(Double.init) != nil else {
      throw RequestError(.badRequest, "requestedAttributes.\(member.key).scoreThreshold is no number")
    }
    return (member.key, head, threshold.text.flatMap(Double.init))
  }

  /// Of a label, as attributes are written.
  private static func name(_ label: String) -> String { label.uppercased() }

  private static func names(_ model: Model) -> String { model.labels.map(name).joined(separator: ", ") }
}

extension ScoringService {
  /// Answers a request of Perspective API: `{"comment":{"text":"…"},"requestedAttributes":{"CONSPIRACY":{}}}`.
  ///
  /// An attribute that cannot be scored, or reaches less than its `scoreThreshold`, is left out of `attributeScores`; of the first kind
  /// `unscored` tells why. Scores are calibrated probabilities with four digits.
  ///
  /// - Throws: ``RequestError`` where it is no such request, or asks for what the model does not have.
  public func analyze(_ body: [UInt8]) throws(RequestError) -> [UInt8] {
    let request = try AnalyzeRequest(body, scorer.model)
    let score = withWorkspace { self.score(request, &$0) }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("attributeScores")
    writer.beginObject()
    for attribute in request.attributes {
      guard let probability = score.probabilities[attribute.head], probability >= attribute.threshold ?? 0 else { continue }
      writer.key(attribute.name)
      writer.beginObject()
      writer.key("spanScores")
      writer.beginArray()
      writer.beginObject()
      writer.key("begin")
      writer.integer(0)
      writer.key("end")
      writer.integer(request.text.utf16.count)
      writer.key("score")
      Self.append(probability, to: &writer)
      writer.endObject()
      writer.endArray()
      writer.key("summaryScore")
      Self.append(probability, to: &writer)
      writer.endObject()
    }
    writer.endObject()
    writer.key("languages")
    writer.value(request.languages ?? .array([]))
    if let token = request.clientToken {
      writer.key("clientToken")
      writer.value(token)
    }
    let unscored = request.attributes.filter { score.logits[$0.head] == nil }
    if !unscored.isEmpty {
      writer.key("unscored")
      writer.value(.object(unscored.map { JSONMember($0.name, .string(Unscored.reason)) }))
    }
    writer.endObject()
    writer.newline()
    return writer.bytes
  }

  private func score(_ request: AnalyzeRequest, _ workspace: inout Scorer.Workspace) -> CommentScore {
    var conversations = scorer.makeConversations(explaining: false)
    if let article = request.article { conversations.add(Article(id: "article", body: article)) }
    var before = request.thread.enumerated().map { Comment(id: "\($0)", articleID: "article", text: $1) }
    if let parent = request.parent { before.append(Comment(id: "parent", articleID: "article", text: parent)) }
    for comment in before { _ = scorer.score(comment, &workspace, in: &conversations) }
    let comment = Comment(
      id: "comment", articleID: request.article == nil && before.isEmpty ? nil : "article",
      parentID: request.parent == nil ? nil : "parent", text: request.text)
    return scorer.score(comment, &workspace, in: &conversations)
  }

  private static func append(_ probability: Double, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("value")
    writer.fixed4(probability)
    writer.key("type")
    writer.string("PROBABILITY")
    writer.endObject()
  }
}
