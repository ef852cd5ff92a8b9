public import BelowTheLine

/// Lines that doccano imports for text classification: the labels that a person decided, or none; all else is metadata there.
public enum DoccanoExport {
  public static func append(_ item: QueueItem, to writer: inout JSONWriter) {
    let labels = item.labels.filter(\.value).map(\.key).sorted()
    writer.value(
      .object(
        [JSONMember("text", .string(item.text)), JSONMember("label", .array(labels.map(JSONValue.string)))]
          + ExchangeFields.identity(item) + ExchangeFields.context(item) + ExchangeFields.meta(item)))
    writer.newline()
  }
}
