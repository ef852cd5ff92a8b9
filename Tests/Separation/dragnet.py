#!/usr/bin/env python3
"""Word F1 of separation on a folder of gold pages, beside trafilatura.

usage: dragnet.py [--pages ../shared/data/pages/dragnet] [--btl .build/release/btl] [--no-peer] [--worst N]

PAGES holds html/ID.html and gold/ID.json ({"id", "body", "comments"}). Words are \\w+, case folded, compared as
multisets; precision and recall are summed over pages (micro). A comment counts with author, time and text, because
gold holds them; the figure for texts alone stands beside it. The plain-text task joins gold body and comments
with one line end and asks for both again. Pages whose gold has no comments but whose markup numbers comments are
gold's mistake and are left out of the false-comment count.
"""
import argparse, collections, json, os, re, subprocess, sys, tempfile, time

word = re.compile(r"\w+")
numbered = re.compile(r"""id=["']?(?:li-|div-|dsq-)?comment[-_]?\d+""", re.I)


def bag(text):
    return collections.Counter(word.findall((text or "").casefold()))


class Score:
    def __init__(self):
        self.hit = self.got = self.gold = 0

    def add(self, got, gold):
        got, gold = bag(got), bag(gold)
        self.hit += sum((got & gold).values())
        self.got += sum(got.values())
        self.gold += sum(gold.values())

    def __str__(self):
        p, r = self.hit / max(1, self.got), self.hit / max(1, self.gold)
        return f"F1 {2 * p * r / max(1e-9, p + r):.3f} (precision {p:.3f}, recall {r:.3f})"


def f1(got, gold):
    got, gold = bag(got), bag(gold)
    return 2 * sum((got & gold).values()) / max(1, sum(got.values()) + sum(gold.values()))


def separate(btl, paths, extra=()):
    """path → (article, comments), and the seconds it took"""
    start = time.perf_counter()
    out = subprocess.run([btl, "separate", *extra, *paths], capture_output=True)
    seconds = time.perf_counter() - start
    pages = {p: ({}, []) for p in paths}
    for line in out.stdout.decode("utf-8", "replace").split("\n"):
        if not line:
            continue
        row = json.loads(line)
        if row["kind"] == "article":
            pages[row["id"]] = (row, pages[row["id"]][1])
        else:
            pages[row["article_id"]][1].append(row)
    return pages, seconds


def joined(comments, fields):
    return "\n".join(" ".join(str(c.get(f) or "") for f in fields) for c in comments)


def body_of(article):
    title, body = article.get("title") or "", article.get("body") or ""
    return body


def report(name, ids, gold, result, markup, worst):
    """result: id → (body, comment words, comment texts)"""
    body, comments, texts, false, without = Score(), Score(), Score(), [], 0
    losses = []
    for i in ids:
        b, c, t = result[i]
        body.add(b, gold[i]["body"])
        comments.add(c, gold[i]["comments"])
        texts.add(t, gold[i]["comments"])
        if not gold[i]["comments"].strip():
            if not markup[i]:
                without += 1
                if c.strip():
                    false.append(i)
            elif not c.strip():
                pass
        g, c_ = bag(gold[i]["comments"]), bag(c)
        losses.append((sum((g - c_).values()) + sum((c_ - g).values()), i, sum((g - c_).values()), sum((c_ - g).values())))
    print(f"{name}\n  comments {comments}; texts alone {texts}\n  body {body}")
    print(f"  false comments on {len(false)} of {without} pages without any ({len(false) / max(1, without):.1%})", *(false if worst else []))
    if worst:
        for loss, i, missing, extra in sorted(losses, reverse=True)[:worst]:
            print(f"    {i}: missing {missing}, too many {extra}")


def written(page):
    """numbers of the comments that the page holds with their text; collapsed ones are only named"""
    import lxml.html

    numbers = set()
    for element in lxml.html.fromstring(page).iter():
        number = re.fullmatch(r"(?:li-|div-|dsq-)?comment[-_]?(\d+)", str(element.get("id") or ""), re.I)
        if number and (element.tag == "dt" or len(word.findall(element.text_content())) > 2):
            numbers.add(number[1])
    return numbers


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", default=os.path.join(here, "../../../shared/data/pages/dragnet"))
    parser.add_argument("--btl", default=os.path.join(here, "../../.build/release/btl"))
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--worst", type=int, default=0)
    o = parser.parse_args()
    ids = sorted(n[:-5] for n in os.listdir(f"{o.pages}/gold") if n.endswith(".json"))
    gold = {i: json.load(open(f"{o.pages}/gold/{i}.json", encoding="utf-8")) for i in ids}
    raw = {i: open(f"{o.pages}/html/{i}.html", "rb").read() for i in ids}
    markup = {i: bool(numbered.search(raw[i].decode("utf-8", "replace"))) for i in ids}
    print(f"{len(ids)} pages, {sum(bool(gold[i]['comments'].strip()) for i in ids)} with comments in gold")

    path = {i: f"{o.pages}/html/{i}.html" for i in ids}
    pages, seconds = separate(o.btl, list(path.values()))
    everything = ("author", "created_at", "text")
    result = {i: (body_of(pages[path[i]][0]), joined(pages[path[i]][1], everything), joined(pages[path[i]][1], ("text",))) for i in ids}
    report(f"btl, HTML: {len(ids) / seconds:.0f} pages a second", ids, gold, result, markup, o.worst)

    with_numbers = [i for i in ids if markup[i] and gold[i]["comments"].strip()]
    found = authors = total = 0
    for i in with_numbers:
        numbers = written(raw[i])
        comments = pages[path[i]][1]
        total += len(numbers)
        found += min(len(numbers), len(comments))
        authors += min(len(numbers), sum(bool(c.get("author")) for c in comments))
    print(f"  records: {len(with_numbers)} pages number their comments, {total} in all; {found / max(1, total):.1%} found, {authors / max(1, total):.1%} with their author")

    with tempfile.TemporaryDirectory() as folder:
        plain = {}
        for i in ids:
            plain[i] = f"{folder}/{i}.txt"
            with open(plain[i], "w", encoding="utf-8") as f:
                f.write(gold[i]["body"] + "\n" + gold[i]["comments"])
        pages, _ = separate(o.btl, list(plain.values()), ("--from", "text"))
        result = {i: (body_of(pages[plain[i]][0]), joined(pages[plain[i]][1], everything), joined(pages[plain[i]][1], ("text",))) for i in ids}
        report("btl, plain text", ids, gold, result, {i: False for i in ids}, o.worst)

    if o.no_peer:
        return
    import trafilatura

    start, result = time.perf_counter(), {}
    for i in ids:
        try:
            d = trafilatura.bare_extraction(raw[i], include_comments=True)
        except Exception:
            d = None
        d = d.as_dict() if hasattr(d, "as_dict") else d or {}
        result[i] = (d.get("text") or "", d.get("comments") or "", d.get("comments") or "")
    peer = time.perf_counter() - start
    report(f"trafilatura {trafilatura.__version__}: {len(ids) / peer:.1f} pages a second; btl is {peer / seconds:.0f} times as fast", ids, gold, result, markup, 0)


if __name__ == "__main__":
    main()
