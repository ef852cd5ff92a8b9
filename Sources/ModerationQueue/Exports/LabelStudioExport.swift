public import BelowTheLine

/// Tasks of Label Studio: one JSON array. What the model said comes as a prediction, what a person decided as an annotation.
///
/// The labelling configuration that the names fit:
///
///     <View><Text name="text" value="$text"/>
///     <Choices name="label" toName="text" choice="multiple"><Choice value="off_topic"/>…</Choices></View>
public enum LabelStudioExport {
  public static func append(_ item: QueueItem, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("data")
    writer.value(.object([JSONMember("text", .string(item.text))] + ExchangeFields.identity(item) + ExchangeFields.context(item)))
    writer.key("annotations")
    writer.beginArray()
    if let decision = item.decision, !item.labels.isEmpty {
      let chosen = item.labels.filter(\.value).map(\.key).sorted()
      writer.value(
        .object([
          JSONMember("result", .array(chosen.isEmpty ? [] : [result(chosen, id: "d\(decision.sequence)")])),
          JSONMember("created_at", .string(decision.time)), JSONMember("was_cancelled", .bool(false)),
        ]))
    }
    writer.endArray()
    writer.key("predictions")
    writer.beginArray()
    if let assessment = item.assessment {
      let flags = assessment.flags
      var members = [JSONMember("model_version", .string(assessment.model))]
      if let highest = assessment.scores.compactMap(\.probability).max() { members.append(JSONMember("score", .number(highest.rounded4))) }
      members.append(JSONMember("result", .array(flags.isEmpty ? [] : [result(flags, id: "p\(item.number)r\(item.revision)")])))
      writer.value(.object(members))
    }
    writer.endArray()
    writer.key("meta")
    writer.value(.object(ExchangeFields.meta(item)))
    writer.endObject()
  }

  /// - Parameter id: occurs once in a whole export.
  private static func result(_ choices: [String], id: String) -> JSONValue {
    .object([
      JSONMember("id", .string(id)), JSONMember("from_name", "label"), JSONMember("to_name", "text"), JSONMember("type", "choices"),
      JSONMember("value", .object([JSONMember("choices", .array(choices.map(JSONValue.string)))])),
    ])
  }
}
