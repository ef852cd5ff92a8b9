#!/usr/bin/env python3
"""Exports a store in every format and reads each back with that format's own tools.

usage: exports.py BTL STORE [--html-limit N]

Needs from PyPI: label-studio-sdk, html5lib, and doccano (--no-deps is enough, its line parser is used); what is missing is told and left
out. CSV, JSON and the store are read by Python itself. Counts must agree everywhere.
"""
import argparse, csv, json, os, re, sqlite3, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("btl")
parser.add_argument("store")
parser.add_argument("--html-limit", type=int, help="validate a page of so many comments; the whole page is only counted")
options = parser.parse_args()
folder = tempfile.mkdtemp(prefix="btl-exports-")
with sqlite3.connect(options.store) as db:
    total = db.execute("SELECT count(*) FROM item").fetchone()[0]
    rejected = db.execute("SELECT count(*) FROM item WHERE state = 'rejected'").fetchone()[0]
    decided = db.execute("SELECT count(*) FROM item WHERE decision IS NOT NULL").fetchone()[0]
    labels = [row[0] for row in db.execute("SELECT DISTINCT key FROM item, json_each(assessment, '$.labels') WHERE number <= 1000")]
    texts = {}
    if total <= 100_000:
        texts = dict(db.execute("SELECT number, text FROM item"))
print(f"store: {total} comments, {decided} decided, {rejected} rejected")


def export(to, *more):
    path = f"{folder}/queue.{to}"
    start = time.time()
    subprocess.run(
        [options.btl, "queue", "export", "--store", options.store, "--to", to, "--output", path, *more], check=True, capture_output=True)
    print(f"{to}: {os.path.getsize(path) / 1e6:.1f} MB in {time.time() - start:.1f} s", end="; ", flush=True)
    return path


def check(name, found, expected):
    print(f"{name} {found}")
    assert found == expected, f"{name}: {found}, not {expected}"


def lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


count = 0
for item in lines(export("jsonl")):
    count += 1
    assert not texts or texts[item["number"]] == item["text"]
check("comments by json", count, total)

csv.field_size_limit(1 << 30)
count = 0
with open(export("csv"), encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file, strict=True):
        count += 1
        assert None not in row and None not in row.values()
        for name, cell in row.items():
            assert cell[:1] not in tuple("=+-@\t\r") or not cell, f"{name} of row {count} runs: {cell[:20]!r}"
check("comments by csv", count, total)


def tasks(path):
    with open(path, encoding="utf-8") as file:
        assert next(file) == "[\n"
        for line in file:
            if line == "]\n":
                return
            yield json.loads(line.rstrip("\n").removesuffix(","))


path = export("label-studio")
count, annotations, ids = 0, 0, set()
interface = None
try:
    from label_studio_sdk.label_interface import LabelInterface

    choices = "".join(f'<Choice value="{label}"/>' for label in labels)
    interface = LabelInterface(
        f'<View><Text name="text" value="$text"/><Choices name="label" toName="text" choice="multiple">{choices}</Choices></View>')
except ImportError:
    print("(label-studio-sdk is not installed)", end=" ")
for task in tasks(path):
    count += 1
    annotations += len(task["annotations"])
    for part in task["annotations"] + task["predictions"]:
        for result in part["result"]:
            assert result["id"] not in ids
            ids.add(result["id"])
    if interface and (count <= 20_000 or task["annotations"]):
        # Parts are checked one by one: validate_task of 2.1 calls its own helpers without their argument.
        bare = {"data": task["data"]}
        assert interface.validate_task(bare), task
        assert all(interface.validate_annotation(annotation) for annotation in task["annotations"]), task["annotations"]
        assert all(interface.validate_prediction(prediction) for prediction in task["predictions"]), task["predictions"]
check("tasks", count, total)
check("annotations", annotations, decided)
if total <= 100_000:
    json.load(open(path, encoding="utf-8"))

path = export("doccano")
count = sum(isinstance(line["label"], list) and isinstance(line["text"], str) for line in lines(path))
check("documents", count, total)
try:
    from backend.data_import.pipeline.parsers import JSONLParser  # of the package doccano

    parsed = JSONLParser(encoding="utf-8")
    check("documents by doccano's parser", sum(1 for _ in parsed.parse(path)), total)
    assert not parsed.errors
except ImportError as error:
    print(f"(doccano's parser is left out: {error})")

answers, texts_seen = 0, set()
for line in lines(export("prodigy")):
    assert line["answer"] in ("accept", "reject", "ignore") and set(line) <= {"text", "meta", "label", "score", "answer"}
    answers += 1
    texts_seen.add(line["meta"]["number"])
check("comments", len(texts_seen), total)

statuses = {"NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"}
count = 0
for line in lines(export("coral")):
    count += 1
    assert line["status"] in statuses and isinstance(line["actions"], list) and line["tags"] == []
check("replies", count, total)

required = {"decision_visibility", "decision_ground", "category", "content_type", "content_date", "application_date", "territorial_scope",
            "decision_facts", "source_type", "automated_detection", "automated_decision", "puid"}
statements = list(lines(export("dsa", "--country", "DE")))
assert all(required <= set(line) for line in statements) and len({line["puid"] for line in statements}) == len(statements)
check("statements", len(statements), rejected)

kinds = [line["kind"] for line in lines(export("training"))]
check("labelled records", kinds.count("comment"), decided)

path = export("html")
count = 0
with open(path, encoding="utf-8", newline="\n") as file:
    for line in file:
        count += line.startswith('<article class="comment')
check("comments on the page", count, total)
limit = ["--limit", str(options.html_limit)] if options.html_limit else []
path = export("html", *limit)
try:
    import html5lib

    source = open(path, encoding="utf-8", newline="").read()
    reader = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    document = reader.parse(source)
    assert not reader.errors, reader.errors[:5]
    names = {element.tag for element in document.iter() if isinstance(element.tag, str)}
    assert not names & {"img", "a", "iframe", "object", "embed", "link", "form", "svg", "video", "audio"} - {"a", "link"}, names
    assert [e.get("href") for e in document.iter("a")] == ["#queue"] and not list(document.iter("link"))
    assert len(list(document.iter("script"))) == 1
    print("valid by html5lib, one script, no image, no link out")
except ImportError:
    print("(html5lib is not installed)")
