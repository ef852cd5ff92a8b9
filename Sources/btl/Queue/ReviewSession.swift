internal import Foundation
internal import ModerationQueue

/// One person going through the queue.
struct ReviewSession {
  private let store: QueueStore
  private let moderator: String
  private let order: QueueOrder
  private let state: ItemState
  private let lease: Int
  private let reasons: [ReasonCode]
  /// A key means the same label throughout, however the models differ that comments were scored with: new ones come last.
  private var labels: [String]
  private let keyboard = Keyboard()
  private let output: Output
  private let start = ContinuousClock.now
  private var skipped: [Int] = []
  /// What was decided in this session, the last one on top.
  private var decided: [Decision] = []
  private var decisions = 0
  private var isOver = false

  /// Of a longer text only so much is shown at first.
  private static let shownLength = 3000

  init(store: QueueStore, moderator: String, order: QueueOrder, state: ItemState, lease: Int) throws {
    self.store = store
    self.moderator = moderator
    self.order = order
    self.state = state
    self.lease = lease
    reasons = try store.reasons()
    labels = try store.labels()
    output = try Output(path: nil)
  }

  mutating func run() throws {
    while !isOver {
      let claimed = try store.claim(moderator, order: order, state: state, skipping: skipped, lease: lease)
      guard let item = try store.items(numbers: claimed).first else {
        try say(skipped.isEmpty ? "Nothing is \(state.rawValue) that nobody has claimed." : "The rest is what you skipped, or claimed.")
        break
      }
      try review(item)
    }
    try say(progress())
  }

  private mutating func review(_ item: QueueItem) throws {
    let scored = item.assessment?.scores.map(\.label) ?? []
    labels += scored.filter { !labels.contains($0) }
    var draft = Draft(labels: labels)
    draft.values = item.labels
    var showsAll = false
    try show(item, draft, showsAll)
    while let key = keyboard.key() {
      switch key {
      case "1"..."9":
        draft.turn(key)
        try show(item, draft, showsAll)
      case "a": if try decide(item, state == .appealed ? nil : .approve, draft) { return }
      case "r": if try decide(item, state == .appealed ? nil : .reject, draft) { return }
      case "e": if try decide(item, .escalate, draft) { return }
      case "l": if try decide(item, .label, draft) { return }
      case "h": if try decide(item, .uphold, draft) { return }
      case "o": if try decide(item, .overturn, draft) { return }
      case "n":
        try say("Note:", ends: " ")
        if let note = keyboard.line() { draft.note = note }
        try show(item, draft, showsAll)
      case "m":
        showsAll = true
        try show(item, draft, showsAll)
      case "s":
        skipped.append(item.number)
        return try store.release([item.number], by: moderator)
      case "u":
        if let undone = try undo() {
          try store.release([item.number], by: moderator)
          return try review(undone)
        }
      case "q":
        isOver = true
        return try store.release([item.number], by: moderator)
      default: try say(Review.keys)
      }
    }
    isOver = true
    try store.release([item.number], by: moderator)
  }

  /// - Parameter action: nil for a key that means nothing here.
  /// - Returns: whether it is written down.
  private mutating func decide(_ item: QueueItem, _ action: Action?, _ draft: Draft) throws -> Bool {
    guard let action else {
      try say("This is an appeal: h upholds the decision, o overturns it.")
      return false
    }
    let reopened = Set(item.labels.keys).subtracting(draft.values.keys)
    if action == .label, draft.values.isEmpty, reopened.isEmpty {
      try say("No label is set: 1 to \(draft.labels.count) set one.")
      return false
    }
    var reason: String?
    if action == .reject {
      guard let given = try self.reason(draft) else {
        try say("Not rejected.")
        return false
      }
      reason = given.isEmpty ? nil : given
    }
    do {
      decided.append(
        try store.decide(
          item.number,
          DecisionRequest(
            moderator: moderator, action: action, labels: draft.values, reopened: reopened, reason: reason,
            note: draft.note?.isEmpty == false ? draft.note : nil)))
    } catch let error as QueueError {
      try say(Terminal.harmless(error.description))
      return false
    }
    // Only labels: it stays pending, and would come again.
    if action == .label { skipped.append(item.number) }
    decisions += 1
    return true
  }

  /// The reason that the labels tell by themselves, or the one that the person types; empty for none, nil for not to reject after all.
  private func reason(_ draft: Draft) throws -> String? {
    let told = draft.values.filter(\.value).keys.filter { label in reasons.contains { $0.code == label } }
    if told.count == 1, let code = told.first { return code }
    while true {
      try say("Reason (\(reasons.map(\.code).joined(separator: ", ")); or nothing):", ends: " ")
      guard let typed = keyboard.line()?.trimmingCharacters(in: .whitespaces) else { return nil }
      if typed.isEmpty { return typed }
      if reasons.contains(where: { $0.code == typed }) { return typed }
      try say("\(Terminal.harmless(typed)) is none of them.")
    }
  }

  /// Takes the last decision of this session back.
  private mutating func undo() throws -> QueueItem? {
    guard let last = decided.popLast() else {
      try say("Nothing was decided in this session.")
      return nil
    }
    do {
      try store.decide(last.item, DecisionRequest(moderator: moderator, action: .undo, undone: last.sequence))
      try store.claim(last.item, by: moderator, lease: lease)
    } catch let error as QueueError {
      try say(Terminal.harmless(error.description))
      return nil
    }
    decisions -= 1
    skipped.removeAll { $0 == last.item }
    return try store.items(numbers: [last.item]).first
  }

  private func show(_ item: QueueItem, _ draft: Draft, _ showsAll: Bool) throws {
    var text = Terminal.outputIsTerminal && !Terminal.isDumb ? "\u{1B}[2J\u{1B}[H" : ""
    text += Terminal.styled(try progress(), .dim) + "\n\n"
    text += ItemText.page(item, log: try store.decisions(on: item.number), textLimit: showsAll ? nil : Self.shownLength)
    let scored = item.assessment?.scores.map(\.label) ?? draft.labels
    for (index, label) in draft.labels.prefix(9).enumerated() {
      let value = draft.values[label].map { $0 ? "yes" : "no" } ?? "open"
      if draft.values[label] == nil, !scored.contains(label) {
        text += Terminal.styled("  \(index + 1) \(Terminal.harmless(label)): open", .dim)
        continue
      }
      text += "  \(index + 1) \(Terminal.harmless(label)): " + Terminal.styled(value, value == "yes" ? .red : value == "no" ? .green : .dim)
    }
    text += "\n" + (draft.note.map { "  note: " + Terminal.harmless($0) + "\n" } ?? "") + "  " + Terminal.styled(help, .dim)
    try say(text)
  }

  private var help: String {
    (state == .appealed ? "h uphold  o overturn" : "a approve  r reject  e escalate")
      + "  l labels only  n note  s skip  u undo  m whole text  q quit"
  }

  private func progress() throws -> String {
    let seconds = Int((ContinuousClock.now - start) / .seconds(1))
    let pace = decisions > 0 ? ", \(seconds / decisions) s each" : ""
    return "\(moderator): \(decisions.grouped) decided in \(seconds / 60) min \(seconds % 60) s\(pace); "
      + "\(try store.count(state).grouped) \(state.rawValue)"
  }

  private func say(_ text: String, ends: String = "\n") throws {
    try output.write((text + ends).utf8)
    try output.flush()
  }

  /// What the person has set so far.
  private struct Draft {
    let labels: [String]
    var values: [String: Bool] = [:]
    var note: String?

    init(labels: [String]) { self.labels = labels }

    /// Open, yes, no, open.
    mutating func turn(_ key: Character) {
      guard let number = key.wholeNumberValue, number <= labels.count else { return }
      let label = labels[number - 1]
      switch values[label] {
      case nil: values[label] = true
      case true: values[label] = false
      default: values[label] = nil
      }
    }
  }
}
