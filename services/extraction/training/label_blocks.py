#!/usr/bin/env python3
"""Labels blocks for training.

usage: label_blocks.py DUMP GT.jsonl [--ids even|odd|all] [--weight W] > rows

DUMP is what dateline-dump-blocks wrote for the pages of GT. A row is "weight label page place features ..."; blocks of which
nothing is known have the weight 0. A block of a page
whose text is known is content by the share of its word trigrams that stand in that text (short blocks: the whole block stands
there as a line); its weight is its share of the page. A block of a page with wanted and unwanted segments is content if it
holds a wanted one; blocks that hold neither are passed over, as are those of pages that cannot be labelled. Pages go by the parity of a checksum of their id.
"""
import argparse, json, re, sys, zlib
from collections import Counter

def words(text):
    return re.findall(r"\w+", text.lower())

def grams(w, n):
    return [tuple(w[i:i + n]) for i in range(len(w) - n + 1)]

def by_text(blocks, gt):
    gw = words(gt)
    tri = set(grams(gw, 3)); lines = Counter(" ".join(words(l)) for l in gt.split("\n"))
    bi = set(grams(gw, 2)); uni = set(gw)
    total = sum(len(words(t)) for t, _ in blocks)
    scale = max(len(gw), total / 3, 30)
    out = []
    for text, row in blocks:
        w = words(text)
        if not w: continue
        if len(w) >= 3: share = sum(g in tri for g in grams(w, 3)) / (len(w) - 2)
        elif len(w) == 2: share = float(tuple(w) in bi)
        else: share = float(w[0] in uni)
        if len(w) < 6 and share == 1 and not lines.get(" ".join(w)): share = 0.5
        out.append((min(len(w) + 1, 400) / scale, share, row))
    # A page without any of its text in its blocks is drawn by scripts or labelled amiss.
    good = sum(len(words(t)) for (t, _), (_, s, _) in zip([b for b in blocks if words(b[0])], out) if s > 0.5)
    return out if good * 4 > len(gw) else []

def by_segments(blocks, want, unwanted):
    ws = lambda t: re.sub(r"\s+", " ", t or "").strip()
    out = []
    want = [ws(x) for x in want if ws(x)]; unwanted = [ws(x) for x in unwanted if ws(x)]
    n = max(1, len(want) + len(unwanted))
    for text, row in blocks:
        t = ws(text)
        good = sum(x in t for x in want); bad = sum(x in t for x in unwanted)
        if good: out.append((1.0 * good / n, 1.0, row))
        elif bad: out.append((1.0 * bad / n, 0.0, row))
    return out

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("dump"); ap.add_argument("gt"); ap.add_argument("--ids", default="all"); ap.add_argument("--weight", type=float, default=1)
    a = ap.parse_args()
    gt = {}
    for line in open(a.gt):
        r = json.loads(line)
        odd = zlib.crc32(r["id"].encode()) % 2
        if a.ids == "all" or (a.ids == "odd") == bool(odd): gt[r["id"]] = r
    page, blocks = None, []
    def flush():
        r = gt.get(page)
        if not r: return
        numbered = [(text, number) for number, (text, _) in enumerate(blocks)]
        rows = by_text(numbered, r["text"]) if r.get("text") else by_segments(numbered, r.get("with") or [], r.get("without") or [])
        known = {row: (weight, share) for weight, share, row in rows}
        for number, (text, row) in enumerate(blocks):
            weight, share = known.get(number, (0, 0))
            sys.stdout.write(f"{weight * a.weight:.5f} {share:.3f} {page.replace(' ', '_')} {row}\n")
    for line in open(a.dump, errors="replace"):
        if line.startswith("#\t"):
            flush(); page, blocks = line[2:].rstrip("\n"), []
        elif not line.startswith("@"):
            row, _, text = line.rstrip("\n").partition("\t")
            blocks.append((text, row))
    flush()

main()
