#!/usr/bin/env python3
"""Kills `queue add` and `queue decide` at random moments and looks at what is left.

usage: kill.py BTL [--rounds 50]

Half of the rounds kill `add`, half `decide`. After each, what had been reported must be there and `verify` must pass; at the end, running
the commands again must complete them. Needs nothing but Python.
"""
import json, os, random, signal, sqlite3, subprocess, sys, tempfile, time

btl = os.path.abspath(sys.argv[1])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 50
rng = random.Random(8)
folder = tempfile.mkdtemp(prefix="btl-kill-")
store, dump = f"{folder}/q.sqlite", f"{folder}/dump.jsonl"
total = 60_000
with open(dump, "w", encoding="utf-8") as file:
    for i in range(total):
        scores = {"off_topic": i % 97 / 97}
        file.write(json.dumps({"id": f"c{i}", "text": f"comment {i} " + "and so on " * 30, "scores": scores}) + "\n")


def run(*arguments):
    return subprocess.run([btl, "queue", *arguments, "--store", store], capture_output=True, text=True)


def killed(after, *arguments):
    """Lines of output that had come when the program was killed."""
    process = subprocess.Popen([btl, "queue", *arguments, "--store", store], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    return [json.loads(line) for line in process.communicate()[0].splitlines() if line.endswith(b"}")]


def count(sql):
    # Read by Python's own SQLite, so that a fault of ours in reading does not hide one in writing.
    with sqlite3.connect(store) as db:
        return db.execute(sql).fetchone()[0]


def verify():
    result = run("verify")
    assert result.returncode == 0, result.stdout + result.stderr


def store_is_there():
    return os.path.exists(store) and count("SELECT count(*) FROM sqlite_schema WHERE name = 'item'") == 1


cut = 0
for round in range(rounds // 2):
    lines = killed(rng.uniform(0.05, 1.5), "add", dump, "--json")
    if store_is_there():
        verify()
        found = count("SELECT count(*) FROM item")
        assert found >= (lines[-1]["comments"] if lines else 0), f"round {round}: {lines[-1]} reported, {found} there"
        cut += 0 < found < total
    if round % 5 == 4 and store_is_there():
        for name in os.listdir(folder):
            if name.startswith("q.sqlite"):
                os.remove(f"{folder}/{name}")
print(f"add: {rounds // 2} kills, {cut} of them with part of the dump in the store")
result = run("add", dump)
assert result.returncode == 0, result.stderr
assert count("SELECT count(*) FROM item") == total
verify()

reported, cut = {}, 0
for round in range(rounds - rounds // 2):
    open_items = [str(n) for n in range(1 + round * 2000, 2001 + round * 2000)]
    batches = [open_items[i : i + 20] for i in range(0, 2000, 20)]
    end = time.time() + rng.uniform(0.05, 1.0)
    for batch in batches:
        for line in killed(max(0, min(end - time.time(), 5)) if time.time() + 0.3 > end else 0.3, "decide", *batch, "--as", "anna", "--action", "reject", "--json"):
            reported[line["number"]] = line["digest"]
        if time.time() > end:
            break
    verify()
    decided = count("SELECT count(*) FROM decision")
    cut += decided > 0
with sqlite3.connect(store) as db:
    written = dict(db.execute("SELECT item, digest FROM decision"))
for number, digest in reported.items():
    assert written.get(number) == digest, f"decision on #{number} was reported and is missing"
print(f"decide: {rounds - rounds // 2} kills, {len(reported)} decisions reported, {len(written)} written, none missing")
numbers = [str(n) for n in range(1, 101)]
run("decide", *numbers, "--as", "anna", "--action", "reject")
assert count("SELECT count(*) FROM decision WHERE item <= 100") == 100
assert count("SELECT count(*) FROM (SELECT item FROM decision GROUP BY item HAVING count(*) > 1)") == 0
verify()
print("run again: complete, each decided once, verify passes")
