internal import BelowTheLine
internal import Foundation
internal import ModerationQueue

/// The queue as one page that needs no network: threads with their context, the reasons in colour, filters, sorting, printing.
///
/// All text of strangers goes through ``HTML/escaped(_:)``. The policy of the page lets only its own script run and nothing load.
struct QueuePage {
  private let labels: [String]
  private var thread: String?
  private var isThreadOpen = false
  /// How deep the comments of the thread stand, by id.
  private var depths: [String: Int] = [:]

  private static let deepest = 4
  private static let parentLength = 400

  init(labels: [String]) { self.labels = labels }

  func header() -> String {
    let hash = Data(SHA256.digest(Array(QueuePageParts.script.utf8))).base64EncodedString()
    let sorts = labels.enumerated().map { "<option value=\"s\($0.offset)\">\(HTML.escaped($0.element)), highest first</option>" }.joined()
    let flags = labels.enumerated().map { "<option value=\"f\($0.offset)\">flagged \(HTML.escaped($0.element))</option>" }.joined()
    let states = ItemState.allCases.map { "<option>\($0.rawValue)</option>" }.joined()
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; \
      style-src 'unsafe-inline'; script-src 'sha256-\(hash)'">
      <title>Moderation queue</title>
      <style>\(QueuePageParts.style)</style></head><body>
      <a class="skip" href="#queue">To the comments</a>
      <header><h1>Moderation queue</h1>
      <p>Scores order and explain; a person decides. <mark class="f3">Marked so</mark> speaks for a flag, <mark class="a3">marked so</mark> \
      speaks against it. Keys: <kbd>j</kbd> next, <kbd>k</kbd> back, <kbd>/</kbd> search.</p>
      <div class="controls" role="search">
      <label>Search <input type="search" id="search"></label>
      <label>State <select id="state"><option value="">all</option>\(states)</select></label>
      <label>Model <select id="flag"><option value="">all</option><option value="any">flagged</option>\(flags)</select></label>
      <label>Order <select id="sort"><option value="">threads</option>\(sorts)<option value="t">newest first</option></select></label>
      <output id="count" aria-live="polite"></output>
      </div></header>
      <main id="queue">

      """
  }

  mutating func row(_ item: QueueItem) -> String {
    var html = ""
    let article = item.article.map { item.source + "\n" + $0.id } ?? ""
    if thread != article {
      html += isThreadOpen ? "</section>\n" : ""
      html += "<section class=\"thread\"><h2>\(HTML.escaped(title(item)))</h2>\n"
      if let opening = item.article?.opening, !opening.isEmpty {
        html += "<details><summary>The article</summary><p class=\"opening\" dir=\"auto\">\(HTML.escaped(opening)) …</p></details>\n"
      }
      (thread, isThreadOpen, depths) = (article, true, [:])
    }
    let depth = min((item.parent.flatMap { depths[$0.id] } ?? (item.parent == nil ? -1 : 0)) + 1, Self.deepest)
    depths[item.id] = depth
    return html + card(item, depth: depth)
  }

  func footer() -> String {
    (isThreadOpen ? "</section>\n" : "") + "</main>\n<script>\(QueuePageParts.script)</script></body></html>\n"
  }

  private func title(_ item: QueueItem) -> String { item.article.map { $0.title ?? $0.id } ?? "No article" }

  private func card(_ item: QueueItem, depth: Int) -> String {
    let scores = item.assessment?.scores ?? []
    var data = " data-state=\"\(item.state.rawValue)\" data-t=\"\(Instant(item.time)?.seconds ?? 0)\""
    for (index, label) in labels.enumerated() {
      guard let score = scores.first(where: { $0.label == label }), let probability = score.probability else { continue }
      data += " data-s\(index)=\"\(figure(probability))\"" + (score.isFlagged ? " data-f\(index)=\"1\"" : "")
    }
    var html = "<article class=\"comment d\(depth)\" id=\"c\(item.number)\" tabindex=\"0\" aria-labelledby=\"h\(item.number)\"\(data)>\n"
    html += "<h3 id=\"h\(item.number)\">#\(item.number) <bdi>\(HTML.escaped(item.author ?? "(no author)"))</bdi></h3>"
    html += " <span class=\"when\">\(HTML.escaped(item.createdAt ?? ""))</span> <span class=\"state \(item.state.rawValue)\">"
    html += "\(item.state.rawValue)</span>\n<p class=\"under\">Under: <bdi>\(HTML.escaped(title(item)))</bdi></p>\n"
    if let parent = item.parent {
      let text = parent.text.map { $0.count > Self.parentLength ? $0.prefix(Self.parentLength) + " …" : $0[...] } ?? "(not in the store)"
      let author = parent.author.map { "<bdi>\(HTML.escaped($0))</bdi>: " } ?? ""
      html += "<blockquote dir=\"auto\">\(author)\(HTML.escaped(String(text)))</blockquote>\n"
    }
    html += "<div class=\"text\" dir=\"auto\">\(marked(item))</div>\n"
    html +=
      scores.isEmpty
      ? "<p class=\"scores\">Not scored.</p>\n"
      : "<ul class=\"scores\">" + scores.map { score($0, item, isColoured: $0 == TextPieces.colouredScore(of: item)) }.joined() + "</ul>\n"
    if let decision = item.decision {
      let labels = item.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value ? "yes" : "no")" }
      let parts = [decision.action.rawValue, labels.joined(separator: ", "), decision.reason ?? "", decision.note ?? ""].filter {
        !$0.isEmpty
      }
      html += "<p class=\"decision\"><bdi>\(HTML.escaped(decision.moderator))</bdi>, \(HTML.escaped(decision.time)): "
      html += "\(HTML.escaped(parts.joined(separator: "; ")))</p>\n"
    }
    return html + "</article>\n"
  }

  private func marked(_ item: QueueItem) -> String {
    TextPieces.of(item).map { piece in
      let text = HTML.escaped(piece.text)
      let strength = QueuePageParts.strength(piece.share)
      return strength == 0 ? text : "<mark class=\"\(piece.share > 0 ? "f" : "a")\(strength)\">\(text)</mark>"
    }.joined()
  }

  private func score(_ score: Assessment.Score, _ item: QueueItem, isColoured: Bool) -> String {
    let label = HTML.escaped(score.label)
    guard let probability = score.probability else { return "<li>\(label): no score</li>" }
    let words = score.spans.filter { $0.share > 0 }.sorted { $0.share > $1.share }.prefix(6)
      .map { "<bdi>\(HTML.escaped(item.text(of: $0)))</bdi>" }
    let percent = Int((probability * 100).rounded())
    return "<li>\(label) <meter min=\"0\" max=\"1\" value=\"\(figure(probability))\">\(percent) %</meter> \(percent) %"
      + (score.isFlagged ? " <strong>flagged</strong>" : "") + (words.isEmpty ? "" : ": " + words.joined(separator: ", "))
      + (isColoured ? " (coloured)" : "") + "</li>"
  }

  private func figure(_ value: Double) -> String { String(format: "%.4f", value) }
}

/// What is the same on every page.
enum QueuePageParts {
  /// From 0, not marked, to 4.
  static func strength(_ share: Double) -> Int { [0.1, 0.3, 0.7, 1.5].count { abs(share) >= $0 } }

  static let style = """

    :root { color-scheme: light dark; --for: 196, 60, 20; --against: 20, 110, 130; --line: #8886; --quiet: #595959; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; color: #1c1c1c; background: #fff; }
    h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
    h3 { font-size: 1rem; margin: 0; display: inline; overflow-wrap: anywhere; }
    .skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; background: #fff; padding: .5rem; }
    .controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding: .5rem 0; }
    .controls label { display: flex; gap: .4rem; align-items: center; }
    input, select { font: inherit; max-width: 100%; min-height: 2.2rem; }
    .comment { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .9rem; margin: .5rem 0; }
    .comment:focus { outline: .2rem solid #2f6db3; }
    .d1 { margin-left: 1rem; } .d2 { margin-left: 2rem; } .d3 { margin-left: 3rem; } .d4 { margin-left: 4rem; }
    .flat .comment { margin-left: 0; } .under { display: none; color: var(--quiet); margin: .2rem 0; font-size: .9rem; }
    .flat .under { display: block; }
    .text, .opening, blockquote { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
    .text { margin: .4rem 0; max-height: 60vh; overflow: auto; }
    blockquote { margin: .4rem 0; padding-left: .6rem; border-left: .2rem solid var(--line); color: var(--quiet); font-size: .9rem;
      max-height: 10rem; overflow: auto; }
    .when, .decision { color: var(--quiet); font-size: .9rem; } .state { font-size: .8rem; border: 1px solid; border-radius: 1rem; padding: 0 .5rem; }
    .scores { list-style: none; padding: 0; margin: .4rem 0 0; font-size: .9rem; overflow-wrap: anywhere; } meter { width: 5rem; }
    mark { color: inherit; background: none; border-bottom: .12em solid; }
    .f1 { background: rgba(var(--for), .12); } .f2 { background: rgba(var(--for), .22); } .f3 { background: rgba(var(--for), .34); }
    .f4 { background: rgba(var(--for), .48); } .f1, .f2, .f3, .f4 { border-color: rgb(var(--for)); }
    .a1 { background: rgba(var(--against), .10); } .a2 { background: rgba(var(--against), .18); } .a3 { background: rgba(var(--against), .28); }
    .a4 { background: rgba(var(--against), .40); } .a1, .a2, .a3, .a4 { border-bottom-style: dotted; border-color: rgb(var(--against)); }
    [hidden] { display: none !important; }
    @media (max-width: 30rem) { body { padding: .5rem; } .d1, .d2, .d3, .d4 { margin-left: .5rem; } }
    @media (prefers-color-scheme: dark) {
      :root { --for: 255, 140, 90; --against: 110, 200, 220; --quiet: #b5b5b5; } body { background: #161616; color: #eee; }
      .skip:focus { background: #161616; }
    }
    @media print {
      .controls, .skip { display: none; } body { max-width: none; } .comment { break-inside: avoid; } .text, blockquote { max-height: none; }
    }

    """

  /// Hides and sorts what is on the page; it writes no markup.
  static let script = """

    "use strict";
    (() => {
      const get = id => document.getElementById(id);
      const main = get("queue"), threads = [...main.children];
      const cards = [...main.querySelectorAll(".comment")];
      const home = cards.map(card => card.parentNode);
      const flat = document.createElement("section");
      flat.className = "flat";
      const texts = cards.map(card => card.textContent.toLowerCase());
      const filter = () => {
        const words = get("search").value.toLowerCase(), state = get("state").value, flag = get("flag").value;
        let shown = 0;
        cards.forEach((card, index) => {
          const data = card.dataset;
          const isFlagged = flag === "any" ? Object.keys(data).some(key => /^f\\d+$/.test(key)) : !flag || data[flag] === "1";
          card.hidden = !(isFlagged && (!state || data.state === state) && texts[index].includes(words));
          if (!card.hidden) shown += 1;
        });
        threads.forEach(thread => { thread.hidden = !thread.querySelector(".comment:not([hidden])"); });
        get("count").textContent = shown + " of " + cards.length + " comments";
      };
      const sort = () => {
        const key = get("sort").value;
        if (key) {
          const value = card => Number(card.dataset[key] ?? -Infinity);
          const order = cards.map((card, index) => [value(card), index, card]);
          order.sort((a, b) => a[0] < b[0] ? 1 : a[0] > b[0] ? -1 : a[1] - b[1]);
          flat.append(...order.map(entry => entry[2]));
          main.append(flat);
        } else {
          cards.forEach((card, index) => home[index].append(card));
          flat.remove();
        }
        filter();
      };
      ["search", "state", "flag"].forEach(id => get(id).addEventListener("input", filter));
      get("sort").addEventListener("input", sort);
      document.addEventListener("keydown", event => {
        if (event.target.matches("input, select") || event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.key === "/") { event.preventDefault(); get("search").focus(); return; }
        if (event.key !== "j" && event.key !== "k") return;
        const shown = [...main.querySelectorAll(".comment:not([hidden])")];
        const at = shown.indexOf(document.activeElement);
        const next = shown[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
        if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
      });
      filter();
    })();

    """
}
