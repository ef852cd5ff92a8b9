#!/usr/bin/env python3
"""What disguising words costs: recall on copies of 200 positive comments, each disguised in one way, beside the plain ones.

usage: obfuscation.py BTL LABELLED.jsonl [CLEAN.jsonl]

A model is trained on LABELLED without those 200 comments (every n-th positive one); each transform then disguises every word of
five letters and more. With CLEAN also the share of comments in which a disguise is seen, that is, whose scores can differ from
what they would be without unmasking.
"""
import collections, json, pathlib, random, re, subprocess, sys, tempfile

LABEL = "conspiracy"
CONFUSABLE = dict(zip("aeopcxyi", "аеорсхуі"))
LEET = dict(zip("aeiost", "4310$7".replace("$", "5")))
WORD = re.compile(r"[A-Za-z]{5,}")


def each_word(change):
    return lambda text, rng: WORD.sub(lambda m: change(m.group(), rng), text)


def insert(character):
    def change(word, rng):
        at = rng.randrange(1, len(word))
        return word[:at] + character + word[at:]
    return change


def some_letter(table):
    def change(word, rng):
        places = [i for i in range(1, len(word) - 1) if word[i].lower() in table]
        if not places:
            return word
        at = rng.choice(places)
        return word[:at] + table[word[at].lower()] + word[at + 1:]
    return change


def elongate(word, rng):
    at = rng.randrange(1, len(word))
    return word[:at] + word[at] * rng.randrange(3, 6) + word[at + 1:]


TRANSFORMS = {
    "plain": lambda text, rng: text,
    "zero-width": each_word(insert("\u200b")),
    "bidi": each_word(insert("\u202e")),
    "soft hyphen": each_word(insert("\u00ad")),
    "confusable": each_word(some_letter(CONFUSABLE)),
    "all confusable": each_word(lambda word, rng: "".join(CONFUSABLE.get(c, c) for c in word)),
    "full-width": each_word(lambda word, rng: "".join(chr(ord(c) + 0xFEE0) for c in word)),
    "leet, one letter": each_word(some_letter(LEET)),
    "leet, every letter": each_word(lambda word, rng: "".join(LEET.get(c, c) for c in word)),
    "spaced, one in three": each_word(lambda word, rng: " ".join(word) if rng.random() < 1 / 3 else word),
    "spaced, every word": each_word(lambda word, rng: " ".join(word)),
    "dotted": each_word(lambda word, rng: ".".join(word)),
    "elongated": each_word(elongate),
}


def run(*arguments, data=None):
    done = subprocess.run(arguments, input=data, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    btl, labelled = sys.argv[1:3]
    rows = [json.loads(line) for line in open(labelled, encoding="utf-8")]
    positives = [row for row in rows if row.get("labels", {}).get(LABEL)]
    held = positives[:: max(1, len(positives) // 200)][:200]
    held_ids = {row["id"] for row in held}
    with tempfile.TemporaryDirectory() as folder:
        training = pathlib.Path(folder, "training.jsonl")
        model = str(pathlib.Path(folder, "model.safetensors"))
        training.write_text("".join(json.dumps(row) + "\n" for row in rows if row["id"] not in held_ids), encoding="utf-8")
        run(btl, "train", str(training), "--label", LABEL, "--output", model)
        plain = None
        for name, transform in TRANSFORMS.items():
            rng = random.Random(1)
            copies = [{"id": row["id"], "text": transform(row["text"], rng)} for row in held]
            scored = run(btl, "score", "-", "--model", model, "--to", "jsonl", data="".join(json.dumps(row) + "\n" for row in copies))
            recall = sum(LABEL in json.loads(line)["flags"] for line in scored.splitlines()) / len(held)
            plain = recall if plain is None else plain
            print(f"{name:20s} recall {recall:.3f}  ({recall - plain:+.3f})")
        if len(sys.argv) > 3:
            disguised, total, kinds = 0, 0, collections.Counter()
            for line in run(btl, "explain", sys.argv[3], "--model", model, "--json").splitlines():
                tokens = json.loads(line)["labels"][LABEL]["tokens"]
                found = {name for token in tokens for name in token.get("disguises", [])}
                kinds.update(found)
                disguised += bool(found)
                total += 1
            print(f"clean comments with a disguise: {disguised} of {total} ({disguised / total:.2%}): {dict(kinds)}")


main()
