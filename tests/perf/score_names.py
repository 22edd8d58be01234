#!/usr/bin/env python3
"""Scores people, organisations and places of `dateline extract` against texts annotated with entities.

usage: score_names.py --cli build/release/bin/dateline DATA.jsonl [--fold K/N] [--show]

A line of DATA: id, input_path (beside DATA), expected.entities[{type, begin, end, text}], offsets in characters of the text.
Types PERSON, ORG and LOC count. An answer is right when its type and both ends are those of an annotated name.

What is compared are names: annotated stretches without a word that begins with a capital letter ("fighting positions", "we")
are no names, an article before a name does not belong to it, nor does a title before a person's. Of names inside names of the
same type the outermost counts; an answer that is the inner one is neither right nor wrong. `strict` counts every annotated
stretch as it stands. --fold 0/2 takes every second text from the first on, for models that have seen the others.
"""
import argparse
import json
import os
import re
import subprocess

TYPES = {"PERSON": "people", "ORG": "organizations", "LOC": "places"}
ARTICLE = re.compile(r"(the|a|an|this|that|these|those|our|its|their|his|her)\s+", re.I)
TITLE = re.compile(r"((Mr|Mrs|Ms|Dr|Sir|Lord|Sen|Senator|Gen|Lt|Maj|Col|Brig|Sgt|Capt|Adm|Prof|Army|General|Minister|President|"
                   r"Secretary|Ambassador|Foreign|Defence|Defense|Prime|Deputy)\.?\s+)+")


def squeeze(text):
    """The text without white space, and where each of its characters stands."""
    at = [i for i, c in enumerate(text) if not c.isspace()]
    return "".join(text[i] for i in at), at


def answers(record, source):
    """(type, begin, end) of every mention, in characters of the source; what cannot be found again is left out."""
    text = record.get("text", "")
    flat, at = squeeze(source)
    places, cursor, begin = {}, 0, 0
    for paragraph in text.split("\n"):
        words, inner = squeeze(paragraph)
        found = flat.find(words, cursor) if words else -1
        if found >= 0:
            for i, where in enumerate(inner):
                places[begin + where] = at[found + i]
            cursor = found + len(words)
        begin += len(paragraph) + 1
    raw = text.encode()
    for kind in TYPES.values():
        for entity in record.get(kind, []):
            for span in entity.get("mentions", []):
                first = len(raw[: span.get("start", 0)].decode())
                last = len(raw[: span["end"]].decode()) - 1
                if first in places and last in places:
                    yield kind, places[first], places[last] + 1


def names(entities, source):
    """The annotated names, cleaned, and those inside others."""
    cleaned = set()
    for entity in entities:
        kind = TYPES.get(entity["type"])
        if kind is None:
            continue
        begin, end = entity["begin"], entity["end"]
        for pattern in (ARTICLE, TITLE) if kind == "people" else (ARTICLE,):
            cut = pattern.match(source[begin:end])
            if cut and cut.end() < end - begin:
                begin += cut.end()
        words = re.findall(r"[^\W\d_][\w'’.-]*", source[begin:end])
        if words and words[0][0].isupper() and words[0].lower() not in ("we", "they", "he", "she", "it", "i", "you", "who", "our", "his", "their", "her", "its", "all", "those"):
            if len(words) == 1 or any(w[0].isupper() for w in words[1:]):
                cleaned.add((kind, begin, end))
    outer = {n for n in cleaned if not any(o != n and o[0] == n[0] and o[1] <= n[1] and n[2] <= o[2] for o in cleaned)}
    return outer, cleaned - outer


def figure(right, answered, gold):
    p, r = right / max(1, answered), right / max(1, gold)
    return {"P": round(p, 4), "R": round(r, 4), "F1": round(2 * p * r / (p + r), 4) if p + r else 0.0, "gold": gold}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cli", required=True)
    arguments.add_argument("data")
    arguments.add_argument("--fold")
    arguments.add_argument("--show", action="store_true")
    a = arguments.parse_args()
    folder = os.path.dirname(os.path.abspath(a.data))
    texts = [json.loads(line) for line in open(a.data, encoding="utf-8")]
    if a.fold:
        k, n = map(int, a.fold.split("/"))
        texts = texts[k::n]
    feed = "".join(json.dumps({"id": t["id"], "path": os.path.join(folder, t["input_path"]), "content_type": "text/plain"}) + "\n"
                   for t in texts)
    out = subprocess.run([a.cli, "extract", "--jsonl"], input=feed.encode(), stdout=subprocess.PIPE, check=False).stdout
    records = {r["id"]: r.get("release", {}) for r in map(json.loads, out.decode().splitlines())}
    counts = {kind: [0, 0, 0] for kind in [*TYPES.values(), "all", "strict"]}
    for t in texts:
        source = open(os.path.join(folder, t["input_path"]), encoding="utf-8", newline="").read()
        found = set(answers(records.get(t["id"], {}), source))
        outer, inner = names(t["expected"]["entities"], source)
        strict = {(TYPES[e["type"]], e["begin"], e["end"]) for e in t["expected"]["entities"] if e["type"] in TYPES}
        for kind in [*TYPES.values(), "all"]:
            mine = {f for f in found if kind in (f[0], "all")} - inner
            gold = {g for g in outer if kind in (g[0], "all")}
            for i, value in enumerate((len(mine & gold), len(mine), len(gold))):
                counts[kind][i] += value
        for i, value in enumerate((len(found & strict), len(found), len(strict))):
            counts["strict"][i] += value
        if a.show:
            for label, items in (("missed", outer - found), ("wrong", found - outer - inner)):
                print(t["id"], label, sorted({kind[0] + ":" + source[b:e] for kind, b, e in items}))
    for kind, values in counts.items():
        print(kind, json.dumps(figure(*values)))


main()
