/// What the entries of one item add up to.
///
/// Those of its latest revision count, in order; an undo takes the last one away, an opinion adds nothing.
struct History {
  /// The entries that hold, the last one on top.
  private(set) var standing: [Decision] = []
  let revision: Int

  init(revision: Int) { self.revision = revision }

  init(_ decisions: [Decision], revision: Int) {
    self.revision = revision
    for decision in decisions { add(decision) }
  }

  mutating func add(_ decision: Decision) {
    guard decision.revision == revision, !decision.isOpinion else { return }
    if decision.action == .undo { standing.removeAll { $0.sequence == decision.refersTo } } else { standing.append(decision) }
  }

  var state: ItemState { standing.last?.state ?? .pending }

  /// The state and the labels after a request.
  ///
  /// - Throws: ``QueueError`` where it cannot follow on what stands.
  func outcome(of request: DecisionRequest, id: String) throws -> (state: ItemState, labels: [String: Bool], refersTo: Int?) {
    let last = standing.last
    let labels = (last.map { Decision.labels($0.labels) } ?? [:]).merging(request.labels) { $1 }.filter {
      !request.reopened.contains($0.key)
    }
    if request.isOpinion {
      guard last != nil else { throw QueueError("\(id) is not decided yet; a second opinion needs a first") }
      guard [.approve, .reject, .escalate, .label].contains(request.action) else {
        throw QueueError("a second opinion can approve, reject, escalate or label, not \(request.action.rawValue)")
      }
      return (state, request.labels, last?.sequence)
    }
    switch (request.action, state) {
    case (.approve, .pending), (.approve, .escalated): return (.approved, labels, nil)
    case (.reject, .pending), (.reject, .escalated): return (.rejected, labels, nil)
    case (.escalate, .pending): return (.escalated, labels, nil)
    case (.label, _): return (state, labels, nil)
    case (.undo, _):
      guard let last else { throw QueueError("\(id) has no decision to undo") }
      guard request.undone == nil || request.undone == last.sequence else {
        throw QueueError(
          "\(id) has a later decision, \(last.action.rawValue) by \(last.moderator) at \(last.time) (decision \(last.sequence))")
      }
      let below = standing.dropLast().last
      return (below?.state ?? .pending, below.map { Decision.labels($0.labels) } ?? [:], last.sequence)
    case (.appeal, .approved), (.appeal, .rejected): return (.appealed, labels, last?.sequence)
    case (.uphold, .appealed), (.overturn, .appealed):
      let appealed = standing.last { $0.state == .approved || $0.state == .rejected }
      let before = appealed?.state ?? .approved
      if request.action == .uphold { return (before, labels, last?.sequence) }
      return (before == .approved ? .rejected : .approved, labels, last?.sequence)
    case (.uphold, _), (.overturn, _): throw QueueError("\(id) is \(state.rawValue); there is no appeal to decide")
    case (.appeal, _): throw QueueError("\(id) is \(state.rawValue); an appeal is against an approval or a rejection")
    case (_, .appealed): throw QueueError("\(id) is under appeal: uphold or overturn it")
    case (.approve, _), (.reject, _), (.escalate, _):
      let by = last.map { " by \($0.moderator) at \($0.time) (decision \($0.sequence))" } ?? ""
      throw QueueError("\(id) is \(state.rawValue)\(by); undo that first, or give a second opinion")
    }
  }
}
