#!/usr/bin/env python3
"""AUC of off_topic between comments under their own article and the same comments under another one.

usage: swap.py PAGES [--folds 5]                 cross-validated over the pages of one folder
       swap.py FIT TEST                          learn from one folder, test on the other
       swap.py PAGES --model FILE                a model as it is (the one inside btl: --model default)
       … [--btl .build/release/btl] [--seed 1] [--train-option=OPTION …]

PAGES holds gold pages ID.json ({"id", "body", "comments"}, one comment a line) or gold/ID.json. Comments are lines of at least
eight words, each once a page; pages have a body of more than 200 characters. The model is learnt by `btl train --background`
from the pages of the other folds, without any label; idf, rates and weights never see a page that is tested.

Each comment is scored in its place, and two strangers are scored in the same place: a comment drawn from all other pages of the
fold ("random") and one of the most similar page by idf cosine ("hard"). Place and thread being the same, their size tells nothing.
"article" knows the article alone, "article and thread" also all other comments there. In a thread a comment is not compared with
itself, nor with copies of it.

The control takes out of all comments what a page repeats, which could tell pages apart without being about anything: runs of
four words that stand in three or more of its comments; what has less than eight words left is left out. Intervals are 95 %, resampled by page.
"""
import argparse, collections, json, math, os, random, re, subprocess, sys, tempfile, threading

KINDS = ("random", "hard")
word = re.compile(r"\w+")


def words(text):
    return [w.lower() for w in word.findall(text)]


def read(folder):
    gold = os.path.join(folder, "gold")
    folder = gold if os.path.isdir(gold) else folder
    pages = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".json"):
            continue
        page = json.load(open(os.path.join(folder, name), encoding="utf-8"))
        lines = dict.fromkeys(line.strip() for line in page["comments"].split("\n"))
        comments = [line for line in lines if len(word.findall(line)) >= 8]
        if comments and len(page["body"]) > 200:
            pages.append({"id": page["id"], "body": page["body"], "comments": comments})
    return pages


def without_boilerplate(page):
    runs = collections.Counter()
    for comment in page["comments"]:
        tokens = words(comment)
        runs.update({tuple(tokens[i:i + 4]) for i in range(len(tokens) - 3)})
    repeated = {run for run, count in runs.items() if count >= 3}
    kept = []
    for comment in page["comments"]:
        spans = [(m.start(), m.end()) for m in word.finditer(comment)]
        tokens = words(comment)
        gone = set()
        for i in range(len(tokens) - 3):
            if tuple(tokens[i:i + 4]) in repeated:
                gone.update(range(i, i + 4))
        left = " ".join(comment[a:b] for i, (a, b) in enumerate(spans) if i not in gone) if gone else comment
        if len(spans) - len(gone) >= 8:
            kept.append(left)
    return dict(page, comments=kept)


def most_similar(pages, fit):
    frequency = collections.Counter()
    for page in fit:
        frequency.update(set(words(page["body"])))
    idf = lambda w: math.log((len(fit) + 1) / (frequency.get(w, 0) + .5))
    sets = [set(words(page["body"])) for page in pages]
    mass = [sum(idf(w) ** 2 for w in s) for s in sets]

    def cosine(i, j):
        return sum(idf(w) ** 2 for w in sets[i] & sets[j]) / math.sqrt(mass[i] * mass[j] + 1e-9)

    return [max((j for j in range(len(pages)) if j != i), key=lambda j: cosine(i, j)) for i in range(len(pages))]


def draw(generator, pool, page):
    while True:
        other = generator.choice(pool)
        if other[0] != page:
            return other


def train(btl, pages, path, options):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
        for page in pages:
            file.write(json.dumps({"kind": "article", "id": page["id"], "body": page["body"]}) + "\n")
            for number, text in enumerate(page["comments"]):
                file.write(json.dumps({"id": f"{page['id']}-{number}", "article_id": page["id"], "text": text}) + "\n")
    command = [btl, "train", "--background", file.name, "--output", path] + options
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    os.unlink(file.name)


def placements(pages, strangers):
    """Yields records. Those that are tested are withdrawn (status rejected), so that they join no thread; their ids begin with T."""
    def tested(page, number):
        own = pages[page]["comments"][number]
        yield "own", own
        for kind in KINDS:
            other, k = strangers[kind][page][number]
            yield kind, pages[other]["comments"][k]

    for i, page in enumerate(pages):
        comments = page["comments"]
        yield {"kind": "article", "id": f"a{i}", "body": page["body"]}
        for number in range(len(comments)):
            for kind, text in tested(i, number):
                yield {"id": f"T{kind}|article|{i}|{number}", "article_id": f"a{i}", "status": "rejected", "text": text}
        # The thread of a comment is the others. In a long one it is the same for all but for the comment itself, of which one copy is
        # never counted.
        isShort = len(comments) <= 30
        for number in range(len(comments)):
            place = f"t{i}|{number}" if isShort else f"t{i}"
            if isShort or number == 0:
                yield {"kind": "article", "id": place, "body": page["body"]}
                for k, text in enumerate(comments):
                    if not isShort or k != number:
                        yield {"id": f"{k}", "article_id": place, "text": text}
            for kind, text in tested(i, number):
                yield {"id": f"T{kind}|article and thread|{i}|{number}", "article_id": place, "status": "rejected", "text": text}


def score(btl, model, records):
    command = [btl, "score", "-", "--from", "jsonl"] + ([] if model == "default" else ["--model", model])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def feed():
        for record in records:
            process.stdin.write(json.dumps(record) + "\n")
        process.stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    errors = threading.Thread(target=lambda: process.stderr.read())
    errors.start()
    scores = {}
    for line in process.stdout:
        if line.startswith('{"id":"T'):
            row = json.loads(line)
            # Without a score, as a bare address is, a comment ranks where the prior is.
            value = row["scores"]["off_topic"]
            scores[row["id"][1:]] = .1 if value is None else value
    feeder.join()
    if process.wait():
        sys.exit("btl score failed")
    return scores


def auc(rows):
    """rows: (score, is positive, weight)"""
    rows = sorted(rows)
    negatives = positives = area = 0.0
    i = 0
    while i < len(rows):
        j = i
        p = n = 0.0
        while j < len(rows) and rows[j][0] == rows[i][0]:
            if rows[j][1]:
                p += rows[j][2]
            else:
                n += rows[j][2]
            j += 1
        area += p * (negatives + n / 2)
        negatives += n
        positives += p
        i = j
    return area / (positives * negatives)


def caught(rows, false_alarms):
    total = sum(w for _, positive, w in rows if not positive)
    allowed = false_alarms * total
    found = alarms = 0.0
    for value, positive, weight in sorted(rows, reverse=True):
        if positive:
            found += weight
        else:
            alarms += weight
            if alarms > allowed:
                break
    return found / sum(w for _, positive, w in rows if positive)


def report(title, results, seed):
    print(title)
    generator = random.Random(seed)
    for context in ("article", "article and thread"):
        for kind in ("random", "hard"):
            by_page = collections.defaultdict(list)
            for page, place, value in results:
                k, c, _, _ = place.split("|")
                if c == context and k in ("own", kind):
                    by_page[page].append((value, k != "own", 1.0))
            rows = [row for page in by_page.values() for row in page]
            names = sorted(by_page)
            areas, recalls = [], []
            for _ in range(200):
                counts = collections.Counter(generator.choices(names, k=len(names)))
                sample = [(v, p, float(counts[n])) for n in counts for v, p, _ in by_page[n]]
                areas.append(auc(sample))
                recalls.append(caught(sample, .05))
            areas.sort()
            recalls.sort()
            print(f"  {context:20} {kind:7} AUC {auc(rows):.3f} ({areas[5]:.3f}-{areas[194]:.3f}); caught at 5 % false alarms "
                  f"{caught(rows, .05):.2f} ({recalls[5]:.2f}-{recalls[194]:.2f}); {len(rows) // 2} comments of {len(names)} pages")


def measure(btl, model, fit, test, generator, results):
    pool = [(i, number) for i, page in enumerate(test) for number in range(len(page["comments"]))]
    similar = most_similar(test, fit)
    strangers = {
        "random": [[draw(generator, pool, i) for _ in page["comments"]] for i, page in enumerate(test)],
        "hard": [[(similar[i], generator.randrange(len(test[similar[i]]["comments"]))) for _ in page["comments"]]
                 for i, page in enumerate(test)]}
    for place, value in score(btl, model, placements(test, strangers)).items():
        results.append((test[int(place.split("|")[2])]["id"], place, value))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--model")
    parser.add_argument("--btl", default=".build/release/btl")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train-option", action="append", default=[])
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    pages = read(arguments.pages[0])
    if len(arguments.pages) == 2:
        splits = [(pages, read(arguments.pages[1]))]
    else:
        order = list(range(len(pages)))
        generator.shuffle(order)
        folds = [[pages[i] for n, i in enumerate(order) if n % arguments.folds == fold] for fold in range(arguments.folds)]
        splits = [([page for other in folds if other is not fold for page in other], fold) for fold in folds]
    plain, control = [], []
    for fit, test in splits:
        with tempfile.TemporaryDirectory() as folder:
            model = arguments.model or os.path.join(folder, "model.safetensors")
            if not arguments.model:
                train(arguments.btl, fit, model, arguments.train_option)
            measure(arguments.btl, model, fit, test, generator, plain)
            bare = [page for page in map(without_boilerplate, test) if page["comments"]]
            measure(arguments.btl, model, fit, bare, generator, control)
        print(f"fold of {len(test)} pages done", file=sys.stderr)
    report("as they are", plain, arguments.seed)
    report("control: without what a page repeats", control, arguments.seed)


if __name__ == "__main__":
    main()
