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


in_time = 0


def killed(after, *arguments):
    """Lines of output that had come when the program was killed; in_time counts the kills of a program that had not ended yet."""
    global in_time
    process = subprocess.Popen([btl, "queue", *arguments, "--store", store], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(after)
    in_time += process.poll() is None
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
print(f"add: {rounds // 2} runs, {in_time} killed before their end, {cut} of them with part of the dump in the store")
result = run("add", dump)
assert result.returncode == 0, result.stderr
assert count("SELECT count(*) FROM item") == total
verify()

def batch(number):
    return [str(item) for item in range(1 + number * 500, 501 + number * 500)]


def decide(number):
    return ["decide", *batch(number), "--as", "anna", "--action", "reject", "--json"]


start = time.time()
run(*decide(0))
duration = time.time() - start
reported, in_time, tries = {}, 0, 0
while in_time < rounds - rounds // 2:
    tries += 1
    assert tries < total // 500, "too few runs could be killed before their end"
    for line in killed(rng.uniform(0, 1.5 * duration), *decide(tries)):
        reported[line["number"]] = line["digest"]
    verify()
with sqlite3.connect(store) as db:
    written = dict(db.execute("SELECT item, digest FROM decision"))
for number, digest in reported.items():
    assert written.get(number) == digest, f"decision on #{number} was reported and is missing"
print(f"decide: {tries} runs, {in_time} killed before their end, {len(reported)} decisions reported, {len(written)} written, none missing")
for number in range(tries + 1):
    run(*decide(number))
assert count("SELECT count(*) FROM decision") == count("SELECT count(DISTINCT item) FROM decision") == 500 * (tries + 1)
verify()
print("run again: complete, each decided once, verify passes")
