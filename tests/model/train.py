#!/usr/bin/python3
"""tests/model/train.py TOOL CORPORA OUT: trains the learnt model and measures it; `make model` calls it.

Texts and labels come from the tree (tests/data/replies, data/model/train) and from CORPORA/uts2017_bank, the features from TOOL
(opinion_tool.c beside this file), the weights of each head from liblinear. Five folds by the hash of the folded text say how
good it is; each is measured as it will be read: quantised, cut to size, by the reader's own code. The same input gives the same file.

tests/model/train.py TOOL FILE --held-out TSV: measures a model on labelled replies it has not seen.
"""
import collections
import csv
import hashlib
import math
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
REASONS = "ABCDEFG"
HEADS = ["grievance", "severe", *REASONS, "office"]
FOLDS = 5

# The file; daemon/core/opinion.c describes it.
MAGIC, VERSION = 0x4D4F4C48, 1
LANES, SLOTS, BUCKETS = 12, 4, 8192

# Found with the folds: words count four times what runs of letters do, and features count more the more they tell the two sides apart
# (the root of the naive Bayes ratio, after Wang and Manning 2012).
WORD_WEIGHT = 4
RATIO_POWER = 0.5
COST = 20

# gold: what the labels accept, for figures: a set of classes, and sets of reasons (None: not labelled).
Row = collections.namedtuple("Row", "text source kind labels classes reasons")


# ---- texts and labels ----

def bare(text):
    """Without marks, as half of the people write."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))


def folded(text):
    return " ".join(bare(text).lower().split())


def fold_of(text):
    return int(hashlib.md5(folded(text).encode()).hexdigest(), 16) % FOLDS


def says_something(kind, text):
    """Digits, letters of the menu, commands, robots and one-word answers are the rules' business."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    if kind in ("empty", "staff", "auto_reply") or not words and not re.search("[\u2600-\U0001faff]", text):
        return False
    return len(words) >= 4 or kind not in ("reason", "verdict", "confirm")


RANK = {"none": 0, "P3": 1, "P2": 2, "P1": 3, "P0": 3}        # a review class says neither


def reply_rows(path, source):
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0] != "id\texpect\ttext\tkind\tscore\treasons\tclass\tclarify":
        sys.exit(f"{path}: another header than that of the replies")
    for line in filter(None, lines[1:]):
        _, _, text, kind, _, reasons, classes, _ = line.split("\t")
        kind, first = kind.split("|")[0], classes.split("|")[0]
        letters = [set(r) & set(REASONS) for r in reasons.split("|")]
        labels = {letter: letter in letters[0] for letter in REASONS} | {"office": source == "reply"}
        if first in RANK:
            labels |= {"grievance": RANK[first] >= 1, "severe": RANK[first] >= 2}
        if source == "public" and labels["grievance"]:
            labels = {head: labels[head] for head in ("grievance", "severe", "office")}    # what about, was not asked
        if says_something(kind, text):
            yield Row(text, source, kind, labels, classes.split("|"), letters)


def bank_rows(path):
    """Comments of a bank's customers: what they are about is not ours, whether they complain is."""
    with open(path, encoding="utf-8") as f:
        for line in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            bad = "#NEGATIVE" in line["labels"]
            labels = {"grievance": bad, "severe": bad, "office": False} | ({} if bad else dict.fromkeys(REASONS, False))
            yield Row(line["text"], "bank", "comment", labels, ["P2"] if bad else ["none"], None)


def all_rows(corpora):
    rows = []
    for path in sorted(TREE.glob("tests/data/replies/*.tsv")) + sorted(TREE.glob("data/model/train/*.tsv")):
        rows += reply_rows(path, "public" if path.stem == "public" else "reply")
    rows += bank_rows(corpora / "uts2017_bank/train.tsv")
    return list({folded(row.text): row for row in reversed(rows)}.values())[::-1]      # the first of those that fold to the same


def also_bare(rows):
    for row in rows:
        yield row
        if bare(row.text) != row.text:
            yield row._replace(text=bare(row.text))


# ---- features ----

def ask(tool, args, texts):
    said = subprocess.run([tool, *args], input="".join(t + "\n" for t in texts), capture_output=True, text=True, check=True)
    lines = said.stdout.split("\n")[:-1]
    if len(lines) != len(texts):
        sys.exit(f"{tool}: {len(lines)} answers to {len(texts)} texts")
    return lines


def weight_of(key):
    return WORD_WEIGHT if key >> 30 & 1 else 1


def vector(line):
    """{key: value}: a long text is not louder than a short one."""
    counts = {int(k, 16): int(n) for k, n in (f.split(":") for f in line.split())}
    length = math.sqrt(sum(counts.values())) or 1
    return {k: weight_of(k) * n / length for k, n in counts.items()}


def features(tool, rows):
    """A vector for each row, of the keys that at least two texts have; and in how many texts a key is."""
    vectors = [vector(line) for line in ask(tool, ["features"], [r.text for r in rows])]
    seen = collections.Counter(k for v in vectors for k in v)
    return [{k: x for k, x in sorted(v.items()) if seen[k] > 1} for v in vectors], seen


# ---- training ----

def ratios(vectors, labels):
    """How unevenly each key stands on the two sides."""
    yes, no = collections.Counter(), collections.Counter()
    for v, label in zip(vectors, labels):
        (yes if label else no).update(v.keys())
    of_all = sum(no.values()) / max(1, sum(yes.values()))
    return {k: abs(math.log((yes[k] + 1) / (no[k] + 1) * of_all)) ** RATIO_POWER for k in yes | no}


def train_head(vectors, labels, folder):
    """Weights by key, and the bias: logistic regression, L2."""
    ratio = ratios(vectors, labels)
    keys = sorted(ratio)
    ids = {k: i + 1 for i, k in enumerate(keys)}
    with open(folder / "rows", "w") as f:
        for v, label in zip(vectors, labels):
            f.write(("+1 " if label else "-1 ") + " ".join(["%d:%.5g" % (ids[k], x * ratio[k]) for k, x in v.items()]) + "\n")
    subprocess.run(["liblinear-train", "-q", "-s", "7", "-c", str(COST), "-B", "1", "-e", "0.05", folder / "rows", folder / "model"],
                   check=True, stdout=subprocess.DEVNULL)
    head, _, body = (folder / "model").read_text().partition("\nw\n")
    sign = 1 if re.search(r"^label (\S+)", head, re.M)[1] in ("1", "+1") else -1
    weights = [sign * float(w) for w in body.split()]
    return {k: w * ratio[k] * weight_of(k) for k, w in zip(keys, weights)}, weights[-1]


def train(rows, vectors, folder):
    heads = []
    for head in HEADS:
        use = [(v, r.labels[head]) for r, v in zip(rows, vectors) if head in r.labels]
        heads.append(train_head([v for v, _ in use], [label for _, label in use], folder))
    return heads


# ---- the file ----

def fnv(data):
    h = 2166136261
    for byte in data:
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h


def pack(heads, seen, thresholds):
    """The weightiest features, as many as their buckets hold."""
    scale = [max(map(abs, weights.values())) / 127 for weights, _ in heads]
    lanes = collections.defaultdict(lambda: [0] * LANES)
    for i, (weights, _) in enumerate(heads):
        for k, w in weights.items():
            lanes[k][i] = round(w / scale[i])
    weight = {k: max(map(abs, row)) * math.sqrt(seen[k]) for k, row in lanes.items()}
    buckets = [[] for _ in range(BUCKETS)]
    for k in sorted(lanes, key=lambda k: (-weight[k], k)):
        bucket = buckets[k % BUCKETS]
        if len(bucket) < SLOTS and any(lanes[k]):
            bucket.append(k)
    body = b""
    for i, (_, bias) in enumerate(heads):
        body += struct.pack("<iii", round(bias * 65536), round(scale[i] * 65536), thresholds[HEADS[i]])
    for bucket in buckets:
        bucket += [0] * (SLOTS - len(bucket))
        for k in bucket:
            body += struct.pack(f"{LANES}b", *(lanes[k] if k else [0] * LANES))
        body += struct.pack(f"<{SLOTS}I", *bucket)
    return struct.pack("<5I", MAGIC, VERSION, len(heads), BUCKETS, fnv(body)) + body


def chances(tool, file, texts):
    return [dict(zip(HEADS, map(int, line.split()))) for line in ask(tool, ["score", file], texts)]


# ---- figures ----

def f1(tp, fp, fn):
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def counts(pairs):
    """(said, right) -> tp, fp, fn."""
    pairs = collections.Counter((bool(said), bool(right)) for said, right in pairs)
    return pairs[True, True], pairs[True, False], pairs[False, True]


def macro(pairs):
    """Mean F1 of yes and no."""
    pairs = list(pairs)
    return (f1(*counts(pairs)) + f1(*counts((not said, not right) for said, right in pairs))) / 2


def class_of(chance, at):
    """As opinion_class does: what is not about an office has no P3."""
    if chance["severe"] >= at["severe"]:
        return "P2"
    if chance["grievance"] < at["grievance"]:
        return "none"
    return "P3" if chance["office"] >= at["office"] else "P2"


def class_f1(rows, said):
    """F1 of none, P3, P2; an alarm counts as P2, a row that may be several as the one that was said."""
    table = {c: [0, 0, 0] for c in ("none", "P3", "P2")}
    for row, got in zip(rows, said):
        gold = ["P2" if RANK.get(c, 0) > 2 else c for c in row.classes if c in RANK]
        if not gold or len(gold) < len(row.classes):
            continue                                     # perhaps an alarm: the rules' business
        want = got if got in gold else gold[0]
        if want == got:
            table[got][0] += 1
        else:
            table[got][1] += 1
            table[want][2] += 1
    return {c: f1(*n) for c, n in table.items()}


def reasons_f1(rows, chance, at):
    tp = fp = fn = 0
    for row, c in zip(rows, chance):
        got = {r for r in REASONS if c[r] >= at[r]}
        best = min(row.reasons, key=lambda gold: len(gold ^ got))
        tp, fp, fn = tp + len(best & got), fp + len(got - best), fn + len(best - got)
    return f1(tp, fp, fn)


FREE = ("comment", "reason", "question", "callback", "thanks", "unclear")


def report(rows, chance, at, what):
    for source in ("reply", "free", "public", "bank"):
        part = [(r, c) for r, c in zip(rows, chance) if r.source == ("reply" if source == "free" else source)]
        part = [(r, c) for r, c in part if source != "free" or r.kind in FREE]
        if not part:
            continue
        said = [class_of(c, at) for _, c in part]
        line = f"{what:9} {source:7} {len(part):5} rows  grievance or not {macro((s != 'none', r.labels['grievance']) for (r, _), s in zip(part, said) if 'grievance' in r.labels):.3f}"
        line += f"  P2 or not {macro((s == 'P2', r.labels['severe']) for (r, _), s in zip(part, said) if 'severe' in r.labels):.3f}"
        if source in ("reply", "free"):
            line += "  " + " ".join(f"{c} {v:.3f}" for c, v in class_f1([r for r, _ in part], said).items())
            line += f"  reasons {reasons_f1([r for r, _ in part], [c for _, c in part], at):.3f}"
        print(line, flush=True)


SOURCES = ("reply", "public", "bank")


def best_thresholds(rows, chance):
    """Where the folds are read best: each domain counts alike for the classes, replies alone for the reasons."""
    parts = {s: [(r, c) for r, c in zip(rows, chance) if r.source == s] for s in SOURCES}

    def best(score):
        return max(range(50, 951, 10), key=lambda t: (score(t), -abs(t - 500)))

    def classes(head, t):
        return sum(macro((c[head] >= t, r.labels[head]) for r, c in parts[s] if head in r.labels) for s in SOURCES)

    def reason(head, t):
        return f1(*counts((c[head] >= t, r.labels[head]) for r, c in parts["reply"]))

    at = {head: best(lambda t: classes(head, t)) for head in ("grievance", "severe")}
    at |= {head: best(lambda t: reason(head, t)) for head in REASONS}

    def joined(t):
        both = sum(macro((class_of(c, at | {"office": t}) == "P2", r.labels["severe"]) for r, c in parts[s] if "severe" in r.labels) for s in SOURCES)
        return both + sum(class_f1([r for r, _ in parts["reply"]], [class_of(c, at | {"office": t}) for _, c in parts["reply"]]).values()) / 3

    return at | {"office": best(joined)}


def curves(rows, chance):
    """Precision and recall by threshold, for whoever joins rules and model."""
    for head in HEADS:
        pairs = [(c[head], r.labels[head]) for r, c in zip(rows, chance) if head in r.labels]
        cells = []
        for t in (200, 300, 400, 500, 600, 700, 800, 900):
            tp, fp, fn = counts((c >= t, y) for c, y in pairs)
            cells.append(f"{t / 1000:.1f}: {tp / max(1, tp + fp):.2f}/{tp / max(1, tp + fn):.2f}")
        print(f"{head:9}  " + "  ".join(cells))


# ---- runs ----

EVEN = dict.fromkeys(HEADS, 500)


def cross_validate(tool, rows, folder):
    """Each row's chances from a model that has not seen its text, with marks and without."""
    twice = list(also_bare(rows))
    vectors, seen = features(tool, twice)
    folds, own = [fold_of(r.text) for r in twice], [fold_of(r.text) for r in rows]
    chance = {"as typed": [None] * len(rows), "no marks": [None] * len(rows)}
    for fold in range(FOLDS):
        use = [i for i, f in enumerate(folds) if f != fold]
        (folder / "fold").write_bytes(pack(train([twice[i] for i in use], [vectors[i] for i in use], folder), seen, EVEN))
        held = [i for i, f in enumerate(own) if f == fold]
        for what, change in (("as typed", str), ("no marks", bare)):
            for i, c in zip(held, chances(tool, folder / "fold", [change(rows[i].text) for i in held])):
                chance[what][i] = c
    return chance, (twice, vectors, seen)


def main():
    if len(sys.argv) == 5 and sys.argv[3] == "--held-out":
        tool, file, path = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[4])
        rows = list(reply_rows(path, "reply"))
        data = file.read_bytes()
        at = {head: struct.unpack_from("<i", data, 20 + 12 * i + 8)[0] for i, head in enumerate(HEADS)}
        for what, change in (("as typed", str), ("no marks", bare)):
            chance = chances(tool, file, [change(r.text) for r in rows])
            report(rows, chance, at, what)
            curves(rows, chance)
        return
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    tool, out = sys.argv[1], Path(sys.argv[3])
    rows = all_rows(Path(sys.argv[2]))
    with tempfile.TemporaryDirectory() as tmp:
        chance, (twice, vectors, seen) = cross_validate(tool, rows, Path(tmp))
        at = best_thresholds(rows, chance["as typed"])
        print(f"five folds, {len(rows)} texts; macro F1; thresholds " + " ".join(f"{h} {t}" for h, t in at.items()))
        for what in chance:
            report(rows, chance[what], at, what)
        out.write_bytes(pack(train(twice, vectors, Path(tmp)), seen, at))


main()
