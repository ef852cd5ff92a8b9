#!/usr/bin/env python3
"""Eight processes decide on one store at once.

usage: together.py BTL [--comments 20000] [--processes 8]

Each asks for the next comments, decides them and asks again until nothing is left. Every comment must be decided once, and no process may
print an error. Needs nothing but Python.
"""
import argparse, json, os, sqlite3, subprocess, sys, tempfile, threading, time

parser = argparse.ArgumentParser()
parser.add_argument("btl")
parser.add_argument("--comments", type=int, default=20_000)
parser.add_argument("--processes", type=int, default=8)
options = parser.parse_args()
btl = os.path.abspath(options.btl)
folder = tempfile.mkdtemp(prefix="btl-together-")
store, dump = f"{folder}/q.sqlite", f"{folder}/dump.jsonl"
with open(dump, "w", encoding="utf-8") as file:
    for i in range(options.comments):
        file.write(json.dumps({"id": f"c{i}", "text": f"comment {i}", "scores": {"off_topic": i % 89 / 89}}) + "\n")
subprocess.run([btl, "queue", "add", dump, "--store", store], check=True, capture_output=True)
errors, calls = [], [0] * options.processes


def work(index):
    name = f"worker{index}"
    while True:
        claimed = subprocess.run(
            [btl, "queue", "next", "--store", store, "--as", name, "--count", "25", "--json"], capture_output=True, text=True)
        numbers = [str(json.loads(line)["number"]) for line in claimed.stdout.splitlines()]
        calls[index] += 1
        if claimed.returncode != 0:
            errors.append(claimed.stderr)
        if not numbers:
            return
        decided = subprocess.run(
            [btl, "queue", "decide", *numbers, "--store", store, "--as", name, "--action", "approve"], capture_output=True, text=True)
        calls[index] += 1
        if decided.returncode != 0 or decided.stderr:
            errors.append(decided.stderr)


start = time.time()
threads = [threading.Thread(target=work, args=[index]) for index in range(options.processes)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
seconds = time.time() - start
with sqlite3.connect(store) as db:
    decided = db.execute("SELECT count(*), count(DISTINCT item), count(DISTINCT moderator) FROM decision").fetchone()
verify = subprocess.run([btl, "queue", "verify", "--store", store], capture_output=True, text=True)
print(f"{options.processes} at once: {decided[0]} decisions on {decided[1]} comments by {decided[2]} in {seconds:.1f} s, "
      f"{sum(calls)} calls, {len(errors)} errors")
print(verify.stdout.strip())
assert decided[:2] == (options.comments, options.comments) and not errors and verify.returncode == 0, errors[:3]
