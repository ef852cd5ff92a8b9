#!/usr/bin/env python3
"""Score the same comments with other learners and with btl, in turn on one core, and print how much faster btl is.

usage: peers.py [--dump-maker FILE] [--btl FILE] [--work FOLDER] [--train N] [--score N] [--slow N] [--runs N] [--core N]
                [--bits N] [--training]

What everybody does: hashed word 1-2-grams (2^22 buckets, or 2^N by --bits), or these and character 2-6-grams within words; a linear
score; one line out for each comment in. What differs is in favour of the others: only btl and scikit-learn read the dump as it is, give both labels and
write JSON; Vowpal Wabbit reads the same JSON under the keys it wants and gives one label as a number; fastText is given the plain texts
in memory and one label; LIBLINEAR is given the hashed features. "btl default model" gives a label that looks at the thread as well.

Seconds are processor time of all threads, because the machine has other work to do. Python's imports are left out, and for fastText and
scikit-learn the loading of the model. AUC is that of the label conspiracy on the dump's labels, which follow from key words with 10 %
noise (the default model has not seen them). The slow ones (scikit-learn, and fastText with characters) score fewer comments.

With --training, what learns in one pass is timed in place of scoring: naive Bayes of btl and Vowpal Wabbit, words, one label, from JSON.
"fit" reads, hashes, counts, weighs, and writes the weights; "train" is the whole command, which cross-validates, calibrates, and
finds thresholds and intervals as well. Vowpal Wabbit does nothing of that; it writes its model.

Everything is made in FOLDER (default /tmp/btl-peers) and kept: a second call only measures. Needs the package liblinear-tools for LIBLINEAR.
"""
import argparse, json, os, random, resource, shutil, statistics, subprocess, sys, textwrap, time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
packages = ["vowpalwabbit", "fasttext-wheel", "scikit-learn"]


def main():
    options = arguments()
    os.makedirs(options.work, exist_ok=True)
    os.chdir(options.work)
    prepare(options)
    if options.training:
        return training(options)
    peers = [peer for peer in all_peers(options) if peer.is_there() and is_chosen(peer, options)]
    for peer in peers:
        peer.train()
    seconds = {peer.name: [] for peer in peers}
    for run in range(options.runs):
        # Each begins a round in turn, because what comes first finds less in the caches.
        first = run % len(peers)
        for peer in peers[first:] + peers[:first]:
            seconds[peer.name].append(peer.score())
            print(f"run {run + 1}: {peer.name}: {peer.count / seconds[peer.name][-1]:,.0f} a second", file=sys.stderr)
    report(peers, seconds)


def is_chosen(peer, options):
    return not options.only or any(part in peer.name for part in options.only)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump-maker", default=os.path.join(root, "..", "shared", "data", "make_dump.py"))
    parser.add_argument("--btl", default=os.path.join(root, ".build", "release", "btl"))
    parser.add_argument("--work", default="/tmp/btl-peers")
    parser.add_argument("--train", type=int, default=100_000, help="comments to train on")
    parser.add_argument("--score", type=int, default=200_000, help="comments to score")
    parser.add_argument("--slow", type=int, default=10_000, help="comments that the slow ones score")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--bits", type=int, default=22, help="of the hashed features")
    parser.add_argument("--training", action="store_true", help="time one-pass learning in place of scoring")
    parser.add_argument("--only", nargs="*", help="parts of the names of those to measure")
    return parser.parse_args()


def prepare(options):
    """The peers' own environment, and the comments in every form that one of them reads."""
    if not os.path.exists("venv/bin/python"):
        subprocess.run([sys.executable, "-m", "venv", "venv"], check=True)
        subprocess.run(["venv/bin/pip", "install", "-q", *packages], check=True)
    for name, count in ("train", options.train), ("score", options.score):
        if os.path.exists(f"{name}.{count}"):
            continue
        subprocess.run([sys.executable, options.dump_maker, str(count), "dump.jsonl", "--labels"], check=True)
        with open("dump.jsonl") as dump, open(f"{name}.jsonl", "w") as plain, open(f"{name}.vw", "w") as vw, open(
            f"{name}.txt", "w"
        ) as text, open(f"{name}.labels", "w") as labels:
            for line in dump:
                row = json.loads(line)
                if row["kind"] != "comment":
                    continue
                # off_topic would be scored by the thread as well, which no peer does.
                row["labels"]["seventh"] = row["labels"].pop("off_topic")
                plain.write(json.dumps(row, ensure_ascii=False) + "\n")
                is_conspiracy = row["labels"]["conspiracy"]
                labels.write(f"{int(is_conspiracy)}\n")
                text.write((f"__label__{int(is_conspiracy)} " if name == "train" else "") + row["text"] + "\n")
                # Keys that begin with _ are passed over, but for these.
                fields = {"_" + key: value for key, value in row.items() if key not in ("text", "labels")}
                vw.write(json.dumps({"_label": 1 if is_conspiracy else -1, **fields, "_text": row["text"]}, ensure_ascii=False) + "\n")
        os.remove("dump.jsonl")
        open(f"{name}.{count}", "w").close()
    with open("score.jsonl") as whole, open("slow.jsonl", "w") as part:
        for _ in range(options.slow):
            part.write(whole.readline())


class Peer:
    """A learner. `program` is Python that trains once, then scores with only the scoring timed."""

    def __init__(self, options, name, count, program=None):
        self.options, self.name, self.count, self.program = options, name, count, program
        self.folder = name.replace(" ", "-").replace(",", "") + ("" if options.bits == 22 else f"-{options.bits}")

    def is_there(self):
        return True

    def source(self):
        return textwrap.dedent(self.program).replace("BITS", str(self.options.bits))

    def run(self, step):
        command = ["taskset", "-c", str(self.options.core), "venv/bin/python", "-c", prelude + self.source(), step, self.folder]
        result = subprocess.run([*command, str(self.count)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if result.returncode != 0:
            sys.exit(f"{self.name}: {result.stderr}")
        return result.stdout

    def train(self):
        os.makedirs(self.folder, exist_ok=True)
        if not os.path.exists(f"{self.folder}/trained"):
            self.run("train")
            open(f"{self.folder}/trained", "w").close()

    def score(self):
        return float(self.run("score").split()[-1])

    def scores(self):
        return [float(line.split()[0]) for line in open(f"{self.folder}/scores")]


class BTL(Peer):
    def __init__(self, options, name, count, training, input="score.jsonl"):
        super().__init__(options, name, count)
        self.training, self.input = training, input

    def train(self):
        os.makedirs(self.folder, exist_ok=True)
        if self.training and not os.path.exists(f"{self.folder}/model"):
            command = [self.options.btl, "train", "train.jsonl", "--output", f"{self.folder}/model", *self.training]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def score(self):
        model = ["--model", f"{self.folder}/model"] if self.training else []
        return measured([self.options.btl, "score", self.input, "--threads", "1", *model, "--output", f"{self.folder}/scores"], self.options)

    def scores(self):
        return [json.loads(line)["scores"]["conspiracy"] for line in open(f"{self.folder}/scores")]


class LIBLINEAR(Peer):
    """Scores the features of btl's own model: reading numbers and adding up."""

    def is_there(self):
        return shutil.which("liblinear-predict") is not None

    def train(self):
        os.makedirs(self.folder, exist_ok=True)
        model = BTL(self.options, "btl words", self.count, None).folder + "/model"
        for name in "train", "score":
            if not os.path.exists(f"{self.folder}/{name}"):
                with open(f"{self.folder}/{name}", "w") as out:
                    command = [self.options.btl, "features", f"{name}.jsonl", "--to", "svmlight", "--model", model, "--label", "conspiracy"]
                    subprocess.run(command, check=True, stdout=out, stderr=subprocess.DEVNULL)
        if not os.path.exists(f"{self.folder}/model"):
            command = ["liblinear-train", "-q", "-s", "0", f"{self.folder}/train", f"{self.folder}/model"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def score(self):
        files = [f"{self.folder}/{name}" for name in ("score", "model", "scores")]
        return measured(["liblinear-predict", "-q", "-b", "1", *files], self.options)

    def scores(self):
        with open(f"{self.folder}/scores") as lines:
            column = next(lines).split().index("1")
            return [float(line.split()[column]) for line in lines]


def measured(command, options):
    """Processor seconds of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["taskset", "-c", str(options.core), *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


prelude = """
import itertools, json, os, sys, time
for variable in "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS": os.environ[variable] = "1"
step, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
class timed:
    def __enter__(self): self.start = time.process_time()
    def __exit__(self, *_): print(time.process_time() - self.start)
"""

vowpal_wabbit = """
    import vowpalwabbit
    if step == "train":
        with timed():
            vowpalwabbit.Workspace(f"--json -d train.vw -f {folder}/model -b BITS --ngram 2 --loss_function logistic --quiet").finish()
    else:
        with timed():
            vowpalwabbit.Workspace(f"--json -d score.vw -i {folder}/model -t -p {folder}/scores --quiet").finish()
"""

fast_text = """
    import fasttext
    if step == "train":
        fasttext.train_supervised("train.txt", wordNgrams=2, bucket=1 << BITS, dim=10, thread=1, verbose=0, %s).save_model(f"{folder}/model")
    else:
        model = fasttext.load_model(f"{folder}/model")
        lines = [line.rstrip("\\n") for line in itertools.islice(open("score.txt"), count)]
        with timed():
            labels, values = model.predict(lines)
        with open(f"{folder}/scores", "w") as out:
            for (label,), (value,) in zip(labels, values): out.write(f"{value if label == '__label__1' else 1 - value}\\n")
"""

scikit_learn = """
    import pickle
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier
    vectorizers = [HashingVectorizer(n_features=1 << BITS, binary=True, **options) for options in (%s)]
    def batches(path):
        with open(path) as lines:
            while rows := [json.loads(line) for line in itertools.islice(lines, 2000)]:
                texts = [row["text"] for row in rows]
                yield rows, hstack([vectorizer.transform(texts) for vectorizer in vectorizers]).tocsr()
    if step == "train":
        models = {name: SGDClassifier(loss="log_loss", alpha=1e-6) for name in ("conspiracy", "seventh")}
        for rows, matrix in batches("train.jsonl"):
            for name, model in models.items(): model.partial_fit(matrix, [row["labels"][name] for row in rows], [False, True])
        pickle.dump(models, open(f"{folder}/model", "wb"))
    else:
        models = pickle.load(open(f"{folder}/model", "rb"))
        with timed(), open(f"{folder}/jsonl", "w") as out:
            for rows, matrix in batches("slow.jsonl"):
                scores = {name: model.predict_proba(matrix)[:, 1] for name, model in models.items()}
                for index, row in enumerate(rows):
                    values = {name: round(float(score[index]), 4) for name, score in scores.items()}
                    out.write(json.dumps({"id": row["id"], "article_id": row["article_id"], "scores": values}) + "\\n")
        with open(f"{folder}/scores", "w") as out:
            for line in open(f"{folder}/jsonl"): out.write(f"{json.loads(line)['scores']['conspiracy']}\\n")
"""


def all_peers(options):
    words = 'dict(ngram_range=(1, 2), token_pattern=r"(?u)\\\\b\\\\w+\\\\b|[^\\\\w\\\\s]"),'
    characters = 'dict(analyzer="char_wb", ngram_range=(2, 6)),'
    training = ["--bits", str(options.bits), "--regularization", "10", "--latent", "0"]
    return [
        BTL(options, "btl words", options.score, ["--characters", "0", *training]),
        Peer(options, "Vowpal Wabbit words", options.score, vowpal_wabbit),
        Peer(options, "fastText words", options.score, fast_text % "minn=0, maxn=0"),
        LIBLINEAR(options, "LIBLINEAR words", options.score),
        Peer(options, "scikit-learn words", options.slow, scikit_learn.replace("%s", words)),
        BTL(options, "btl words and characters", options.score, training),
        BTL(options, "btl default model", options.score, None),
        Peer(options, "fastText words and characters", options.slow, fast_text % "minn=2, maxn=6"),
        Peer(options, "scikit-learn words and characters", options.slow, scikit_learn.replace("%s", words + characters)),
    ]


def training(options):
    """Times one-pass learning: each in turn, and the median of the ratios side by side."""
    peer = Peer(options, "Vowpal Wabbit words", options.train, vowpal_wabbit)
    os.makedirs(peer.folder, exist_ok=True)
    command = [options.btl, "train", "train.jsonl", "--algorithm", "naive-bayes", "--characters", "0", "--bits", str(options.bits), "--threads", "1"]
    command += ["--label", "conspiracy", "--output", "naive-bayes"]
    learners = {
        "Vowpal Wabbit, one pass": lambda: float(peer.run("train").split()[-1]),
        "btl naive Bayes, fit": lambda: measured([*command, "--solve-only"], options),
        "btl naive Bayes, train": lambda: measured(command, options),
    }
    seconds = [[learn() for learn in learners.values()] for _ in range(options.runs)]
    print(f"{'':28}{'seconds':>10}{'times as fast as Vowpal Wabbit':>34}")
    for index, name in enumerate(learners):
        ratio = statistics.median(run[0] / run[index] for run in seconds)
        print(f"{name:28}{statistics.median(run[index] for run in seconds):10.2f}{ratio:34.2f}")


def auc(scores, labels):
    """The chance that a positive scores above a negative; ties count half."""
    ranked = sorted(zip(scores, labels))
    rank, below, start = 0.0, 0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        positives = sum(label for _, label in ranked[start:end])
        rank += positives * (below + (end - start - positives) / 2)
        below += end - start - positives
        start = end
    return rank / (below * (len(ranked) - below))


def report(peers, seconds):
    rates = {peer.name: [peer.count / value for value in seconds[peer.name]] for peer in peers}
    labels = [int(line) for line in open("score.labels")]
    print(f"{'':36}{'a second':>10}{'AUC':>8}{'btl words':>12}{'btl w+c':>10}{'default':>10}   times as fast (median of runs side by side)")
    for peer in peers:
        ratios = []
        for own in "btl words", "btl words and characters", "btl default model":
            pairs = zip(rates.get(own, []), rates[peer.name])
            ratios.append(statistics.median([a / b for a, b in pairs] or [0]))
        quality = auc(peer.scores()[: peer.count], labels[: peer.count])
        print(f"{peer.name:36}{statistics.median(rates[peer.name]):10,.0f}{quality:8.3f}{ratios[0]:12.2f}{ratios[1]:10.2f}{ratios[2]:10.2f}")


if __name__ == "__main__":
    main()
