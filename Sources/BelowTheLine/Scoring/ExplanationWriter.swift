/// Why a label that looks at the place of a comment has no score.
package enum Unscored {
  package static let reason = "there is no article and no thread to compare with, or no word to compare"
}

/// An explanation as JSON: bias, tokens and context each with its share of the logit.
package enum ExplanationWriter {
  private enum Keys {
    static let logit = JSONKey("logit")
    static let bias = JSONKey("bias")
    static let tokens = JSONKey("tokens")
    static let text = JSONKey("text")
    static let start = JSONKey("start")
    static let end = JSONKey("end")
    static let start16 = JSONKey("start16")
    static let end16 = JSONKey("end16")
    static let share = JSONKey("share")
    static let name = JSONKey("name")
    static let value = JSONKey("value")
  }

  private static let reasonTokens = 8
  /// Of which both comment and place speak.
  package static let topics = 3

  /// The member `reasons` of a row: for each label the tokens that weigh most, and what its place adds; or why it has no score.
  package static func appendReasons(of score: CommentScore, _ comment: Comment, _ scorer: Scorer, to writer: inout JSONWriter) {
    writer.key("reasons")
    writer.beginObject()
    for explanation in scorer.explain(comment, score) {
      writer.key(explanation.label)
      append(explanation, tokens: explanation.strongestTokens(reasonTokens), to: &writer)
    }
    for (label, logit) in zip(scorer.model.labels, score.logits) where logit == nil {
      writer.key(label)
      writer.value(.object([JSONMember("unscored", .string(Unscored.reason))]))
    }
    writer.endObject()
  }

  package static func append(_ explanation: Explanation, tokens: [Explanation.TokenShare], to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(Keys.logit)
    writer.number(explanation.logit)
    writer.key(Keys.bias)
    writer.number(explanation.bias)
    writer.key(Keys.tokens)
    writer.beginArray()
    for token in tokens { append(token, to: &writer) }
    writer.endArray()
    if !explanation.place.isEmpty {
      writer.key("context")
      writer.beginArray()
      for place in explanation.place where place.share != 0 { append(place, to: &writer) }
      writer.endArray()
      writer.key("shared")
      append(explanation.words, to: &writer)
    }
    writer.endObject()
  }

  private static func append(_ token: Explanation.TokenShare, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(Keys.text)
    writer.string(token.text)
    writer.key(Keys.start)
    writer.integer(token.range.lowerBound)
    writer.key(Keys.end)
    writer.integer(token.range.upperBound)
    writer.key(Keys.start16)
    writer.integer(token.utf16Range.lowerBound)
    writer.key(Keys.end16)
    writer.integer(token.utf16Range.upperBound)
    writer.key(Keys.share)
    writer.number(token.share)
    if let unmasked = token.unmasked {
      writer.key("read_as")
      writer.string(unmasked.text)
      writer.key("disguises")
      append(unmasked.disguises.names, to: &writer)
    }
    writer.endObject()
  }

  private static func append(_ place: Explanation.PlaceShare, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(Keys.name)
    writer.string(place.name)
    writer.key(Keys.value)
    writer.number(place.value)
    writer.key(Keys.share)
    writer.number(place.share)
    writer.endObject()
  }

  private static func append(_ words: SharedWords, to writer: inout JSONWriter) {
    writer.beginObject()
    for group in words.groups {
      writer.key(group.key)
      append(group.words.prefix(8), to: &writer)
    }
    writer.key("topics")
    append(words.topics.prefix(Self.topics), to: &writer)
    writer.endObject()
  }

  private static func append(_ texts: some Sequence<String>, to writer: inout JSONWriter) {
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }
}
