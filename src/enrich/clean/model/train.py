#!/usr/bin/env python3
"""Train the block model: features out of the Rust code, trees out of LightGBM, weights into weights.txt.

    python3 train.py FOLDER [--folds 5] [--write]

FOLDER holds pages.ndjson ({"id": "set:page", "url", "html"}) and gold.ndjson ({"id", "text"} or {"id", "with",
"without"}). Needs numpy and lightgbm. Without --write only the cross-validated figures are printed, of the model alone
and of the whole cleaner under its likelihoods; folds are by host name, so that no site is in both training and test.
"""
import argparse, collections, json, os, pathlib, re, subprocess, sys
from urllib.parse import urlsplit
import numpy as np, lightgbm as lgb

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
TOKEN = re.compile(r"\w+", re.UNICODE)
SET_WEIGHT = {"aeb": 2.5, "news80": 2.5, "news258": 2.0, "wcxb": 1.0, "trafeval": 0.5}
PARAMS = dict(objective="binary", num_leaves=31, min_data_in_leaf=40, learning_rate=0.06, feature_fraction=0.5,
              bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, max_bin=127, verbose=-1, num_threads=2,
              use_missing=False, seed=7, min_sum_hessian_in_leaf=1.0)
ROUNDS = 160
# The gate turns away blocks that are plainly no text, most of a page, before the forest is asked.
GATE = dict(PARAMS, num_leaves=16, learning_rate=0.3, feature_fraction=0.8)
GATE_ROUNDS = 20
GATE_CUT = 0.008
THRESHOLD = 0.45


def dump(folder):
    env = dict(os.environ, NEWSMILL_TRAIN_PAGES=str(folder / "pages.ndjson"), NEWSMILL_TRAIN_OUT=str(folder))
    subprocess.run(["cargo", "test", "-q", "--lib", "write_training_data", "--", "--ignored"], cwd=ROOT, env=env, check=True,
                   stdout=subprocess.DEVNULL)


def label(blocks, gold):
    """1, 0 or -1 (unknown) of each block of one page."""
    tokens = [TOKEN.findall(text) for text in blocks]
    if gold.get("text") is None:
        squeeze = lambda text: " ".join(text.split())
        texts = [squeeze(text) for text in blocks]
        out = [-1] * len(blocks)
        for piece, value in [(p, 1) for p in gold.get("with") or []] + [(p, 0) for p in gold.get("without") or []]:
            piece = squeeze(piece)
            for at, text in enumerate(texts):
                if piece and piece in text and len(text) < 20 * len(piece):
                    out[at] = value
        return out
    words = TOKEN.findall(gold["text"])
    shingles = collections.Counter(tuple(words[i:i + 4]) for i in range(max(1, len(words) - 3)))
    joined = " " + " ".join(words) + " "
    out = []
    for own in tokens:
        if len(own) >= 4:
            mine = [tuple(own[i:i + 4]) for i in range(len(own) - 3)]
            out.append(1 if sum(s in shingles for s in mine) * 2 > len(mine) else 0)
        else:
            out.append(None)
    # A short block is text only where its neighbours in the page are its neighbours in the gold.
    for at, own in enumerate(tokens):
        if out[at] is not None:
            continue
        if not own:
            out[at] = -1
            continue
        value = 0
        before = next((tokens[i] for i in range(at - 1, max(-1, at - 4), -1) if tokens[i] and out[i] == 1), [])
        after = next((tokens[i] for i in range(at + 1, min(len(tokens), at + 6)) if tokens[i] and out[i] in (1, None)), [])
        for piece in (before[-3:] + own, own + after[:3]):
            if len(piece) > len(own) and " " + " ".join(piece) + " " in joined:
                value = 1
        out[at] = value
    # Of equal blocks only as many are text as the gold holds: those with most text around.
    places = collections.defaultdict(list)
    for at, own in enumerate(tokens):
        if out[at] == 1:
            places[tuple(own)].append(at)
    sure = [len(tokens[at]) if out[at] == 1 and len(places[tuple(tokens[at])]) == 1 else 0 for at in range(len(out))]
    for own, ats in places.items():
        if len(ats) > 1:
            count = max(1, joined.count(" " + " ".join(own) + " "))
            ats.sort(key=lambda at: -sum(sure[max(0, at - 6):at + 7]))
            for at in ats[count:]:
                out[at] = 0
    return out


def fit(x, y, w, rounds, params=PARAMS):
    return lgb.train(params, lgb.Dataset(x, y, weight=w, free_raw_data=True), rounds)


def across_folds(x, y, w, rows, test, fold, rounds, params=PARAMS):
    """Of each block under test what a model thinks that saw no page of its host; `rows` are what is fitted on."""
    rows = np.flatnonzero(rows)
    whole = lgb.Dataset(x[rows], y[rows], weight=w[rows], params=params, free_raw_data=True).construct()
    out = np.zeros(len(x), dtype="<f4")
    for f in np.unique(fold):
        model = lgb.train(params, whole.subset(np.flatnonzero(fold[rows] != f)), rounds)
        at = test & (fold == f)
        if at.any():
            out[at] = model.predict(x[at])
    return out


def trees(model):
    """Trees as lists of (feature, threshold, left, right) and (value,), children after parents."""
    out = []
    for info in model.dump_model()["tree_info"]:
        nodes, queue = [None], collections.deque([(0, info["tree_structure"])])
        while queue:
            at, node = queue.popleft()
            if "leaf_value" in node:
                nodes[at] = (f"{node['leaf_value']:.5g}",)
                continue
            left, right = len(nodes), len(nodes) + 1
            nodes += [None, None]
            nodes[at] = (str(node["split_feature"]), f"{node['threshold']:.7g}", str(left), str(right))
            queue += [(left, node["left_child"]), (right, node["right_child"])]
        out.append(" ".join(",".join(node) for node in nodes))
    return out


def shingle_score(gold, pred):
    def count(text):
        t = TOKEN.findall(text)
        return collections.Counter(tuple(t[i:i + 4]) for i in range(max(1, len(t) - 3))) if t else collections.Counter()
    g, p = count(gold), count(pred)
    hit = sum((g & p).values())
    return hit / max(1, sum(p.values())), hit / max(1, sum(g.values())), bool(p)


def scores(texts, gold):
    """F1 of each collection, as a line: over shingles, or over snippets where the gold is snippets."""
    line = []
    for name in ("aeb", "news80", "news258", "wcxb"):
        ps, rs = [], []
        for page in (page for page in gold if page.split(":")[0] == name):
            p, r, given = shingle_score(gold[page]["text"], texts.get(page, ""))
            if given:
                ps.append(p)
            rs.append(r)
        p, r = np.mean(ps), np.mean(rs)
        line.append(f"{name} {2 * p * r / (p + r):.4f} (p {p:.3f} r {r:.3f})")
    hit, false, missed = 0, 0, 0
    squeeze = lambda text: " ".join(text.split())
    for page in (page for page in gold if gold[page].get("text") is None):
        text = squeeze(texts.get(page, ""))
        found = [squeeze(piece) in text for piece in gold[page].get("with") or []]
        hit, missed = hit + sum(found), missed + len(found) - sum(found)
        false += sum(squeeze(piece) in text for piece in gold[page].get("without") or [])
    if hit:
        line.append(f"trafeval {2 * hit / (2 * hit + false + missed):.4f}")
    return "  ".join(line)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("folder", type=pathlib.Path)
    ap.add_argument("--folds", type=int, default=5)
    ap.add_argument("--write", action="store_true")
    ap.add_argument("--no-dump", action="store_true")
    a = ap.parse_args()
    folder = a.folder
    (folder / "likelihood.f32").unlink(missing_ok=True)
    if not a.no_dump:
        dump(folder)
    names = (folder / "names.txt").read_text().split()
    blocks = [json.loads(line) for line in (folder / "blocks.ndjson").open()]
    x = np.fromfile(folder / "rows.f32", dtype="<f4").reshape(len(blocks), len(names))
    gold = {}
    for line in (folder / "gold.ndjson").open():
        row = json.loads(line)
        gold[row["id"]] = row
    urls = {row["id"]: row.get("url") or row["id"] for row in map(json.loads, (folder / "pages.ndjson").open())}
    pages = collections.OrderedDict()
    for at, block in enumerate(blocks):
        pages.setdefault(block["page"], []).append(at)
    y = np.full(len(blocks), -1, dtype=np.int8)
    w = np.zeros(len(blocks), dtype=np.float32)
    fold = np.zeros(len(blocks), dtype=np.int8)
    for page, ats in pages.items():
        y[ats] = label([blocks[at]["text"] for at in ats], gold[page])
        size = np.array([min(len(TOKEN.findall(blocks[at]["text"])), 80) + 2 for at in ats], dtype=np.float32)
        good = max(60.0, float(size[y[ats] == 1].sum()))
        w[ats] = SET_WEIGHT[page.split(":")[0]] * 100 * size ** 0.75 / good ** 0.75
        host = urlsplit(urls[page]).netloc or urls[page]
        host = host.removeprefix("www.")
        fold[ats] = hash_of(host) % a.folds
    w[y < 0] = 0
    known = y >= 0
    print(f"{len(pages)} pages, {len(blocks)} blocks, {int((y == 1).sum())} text", file=sys.stderr)
    everywhere = np.ones(len(blocks), dtype=bool)
    gate = across_folds(x, y, w, known, everywhere, fold, GATE_ROUNDS, GATE)
    through = gate >= GATE_CUT
    lost = float(w[(y == 1) & ~through].sum() / w[y == 1].sum())
    print(f"gate: {through.mean():.3f} of blocks go on, {lost:.5f} of text (weighted) is lost", file=sys.stderr)
    # The forest is fitted on what it is asked about.
    rows = known & through
    likelihood = across_folds(x, y, w, rows, through, fold, ROUNDS)
    of_page = lambda threshold: {
        page: "\n".join(blocks[at]["text"] for at in ats if likelihood[at] > threshold) for page, ats in pages.items()
    }
    for threshold in (0.3, 0.4, 0.45, 0.5, 0.6):
        print("model", threshold, scores(of_page(threshold), gold))
    likelihood.tofile(folder / "likelihood.f32")
    dump(folder)
    (folder / "likelihood.f32").unlink()
    cleaned = {row["id"]: row["text"] for row in map(json.loads, (folder / "cleaned.ndjson").open())}
    print("cleaner", THRESHOLD, scores(cleaned, gold))
    if a.write:
        gate = fit(x[known], y[known], w[known], GATE_ROUNDS, GATE)
        forest = fit(x[rows], y[rows], w[rows], ROUNDS)
        with (HERE / "weights.txt").open("w") as out:
            out.write("# written by train.py; see README.md\n")
            out.write(f"threshold {THRESHOLD}\n")
            out.write("features " + " ".join(names) + "\n")
            out.write(f"cut {GATE_CUT}\n")
            for name, model in (("gate", gate), ("forest", forest)):
                out.write(f"round {name} 0\n")
                for tree in trees(model):
                    out.write("tree " + tree + "\n")
        top = sorted(zip(forest.feature_importance("gain"), names), reverse=True)[:25]
        print(" ".join(name for _, name in top))


def hash_of(text):
    value = 0
    for byte in text.encode():
        value = (value * 131 + byte) % 1_000_003
    return value


if __name__ == "__main__":
    main()
