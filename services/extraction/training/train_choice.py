#!/usr/bin/env python3
"""Learns the weights by which page/author_choice.cc and facts/day_choice.cc weigh their candidates.

usage: train_choice.py [--field author|date] [--ids even|odd|all] [--measure even|odd|all] [--penalty N] [--doubt SHARE] [--folds N] [--provenance TEXT]
                       DUMP GT.jsonl [DUMP GT.jsonl]...

DUMP is what dateline-dump-authors or dateline-dump-days writes; GT.jsonl has a line for each page: `id` and `author`, a
name, a list of names, or null for nobody, or `date`, YYYY-MM-DD or null. A page without the field is left out, and so is
one where it is null and so is `title`, since nobody labelled it; for days every page without one is. A candidate is right
when it gives exactly what the label gives.

A conditional logit over the candidates of each page, with a penalty on the squares of the weights; those that author_choice.cc never chooses are left out of
the dump. With --measure the shares of pages that are right, and the pages without author that get one, for several thresholds; with
--folds the same by cross-validation, over five ways to part the pages. The table goes to standard output.
"""
import argparse, json, math, re, unicodedata, zlib

FEATURES = re.compile(r"^([01]+)\t(.*)$")


def people(value):
    found = set()
    for text in [value] if isinstance(value, str) else value or []:
        for name in re.split(r"\s*(?:[;,|/]| and | und | & | et )\s*", text or ""):
            key = " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold()))
            key = re.sub(r"^(?:by|von|par|por) ", "", key)
            if key:
                found.add(key)
    return found


def read(dump, truth, field="author"):
    """Pages as (id, what is wanted, [(feature numbers, what it gives, as written, number of features)])."""
    values = people if field == "author" else lambda value: {str(value)[:10]} if value else set()
    labels = {}
    for line in open(truth, encoding="utf-8"):
        row = json.loads(line)
        if field in row and (row[field] or (field == "author" and row.get("title"))):
            labels[row["id"]] = values(row[field])
    pages, current = [], None
    for line in open(dump, encoding="utf-8", errors="replace"):
        line = line.rstrip("\n")
        if line.startswith("#\t"):
            current = []
            if line[2:] in labels:
                pages.append((line[2:], labels[line[2:]], current))
        elif current is not None and (match := FEATURES.match(line)):
            numbers = [i for i, digit in enumerate(match.group(1)) if digit == "1"]
            given = values(match.group(2).split("; ") if field == "author" else match.group(2))
            current.append((numbers, given, match.group(2), len(match.group(1))))
    return pages


def half(page, which):
    return which == "all" or (zlib.crc32(page[0].encode()) % 2 == 0) == (which == "even")


def chances(weights, candidates):
    """The probability of each candidate; nobody has the weight 1 beside them."""
    sums = [sum(weights[i] for i in numbers) for numbers, _, _, _ in candidates]
    top = max([0.0] + sums)
    odds = [math.exp(value - top) for value in sums]
    return [value / (math.exp(-top) + sum(odds)) for value in odds]


def loss(pages, weights, penalty, doubt=0.0):
    """What a conditional logit makes of the pages: of each the right candidate is to win, or nobody where none is right.
    `doubt` is the share of labels that are wrong and tell nothing: a page that contradicts all others then moves the
    weights little. With its gradient."""
    value = penalty / 2 * sum(weight * weight for weight in weights)
    gradient = [penalty * weight for weight in weights]
    for _, wanted, candidates in pages:
        given = chances(weights, candidates)
        right = [bool(wanted) and found == wanted for _, found, _, _ in candidates]
        mass = sum(chance for chance, good in zip(given, right) if good) if any(right) else 1 - sum(given)
        mass = max(mass, 1e-12)
        likely = (1 - doubt) * mass + doubt / 2
        value -= math.log(likely)
        trust = (1 - doubt) * mass / likely
        for (numbers, _, _, _), chance, good in zip(candidates, given, right):
            step = trust * (chance - (chance / mass if good else 0.0))
            for i in numbers:
                gradient[i] += step
    return value, gradient


def train(pages, size, penalty, doubt=0.0):
    """The weights of the least loss. With doubt it has many valleys: the one at the weights of no doubt is taken."""
    weights = descend(pages, [0.0] * size, penalty, 0.0)
    return descend(pages, weights, penalty, doubt) if doubt else weights


def descend(pages, weights, penalty, doubt, steps=200, memory=10):
    """The weights of the least loss near those given, by L-BFGS."""
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    history = []
    value, gradient = loss(pages, weights, penalty, doubt)
    for _ in range(steps):
        way, shares = gradient[:], []
        for moved, turned in reversed(history):
            shares.append(dot(moved, way) / dot(moved, turned))
            way = [x - shares[-1] * y for x, y in zip(way, turned)]
        scale = dot(*history[-1]) / dot(history[-1][1], history[-1][1]) if history else 0.01
        way = [scale * x for x in way]
        for (moved, turned), share in zip(history, reversed(shares)):
            back = share - dot(turned, way) / dot(moved, turned)
            way = [x + back * y for x, y in zip(way, moved)]
        slope, length = dot(gradient, way), 1.0
        while True:
            there = [x - length * y for x, y in zip(weights, way)]
            new_value, new_gradient = loss(pages, there, penalty, doubt)
            if new_value <= value - 1e-4 * length * slope or length < 1e-6:
                break
            length /= 2
        moved = [x - y for x, y in zip(there, weights)]
        turned = [x - y for x, y in zip(new_gradient, gradient)]
        if dot(moved, turned) > 1e-12:
            history = (history + [(moved, turned)])[-memory:]
        done = value - new_value < 1e-7 * value
        weights, value, gradient = there, new_value, new_gradient
        if done:
            break
    return weights


def cross_validate(sets, size, options):
    """Measures each set by weights that have not seen the page, over ways to part all pages into folds."""
    ways = 5
    judged = {truth: [] for truth, _ in sets}
    for way in range(ways):
        fold_of = lambda page: zlib.crc32(f"{way}{page[0]}".encode()) % options.folds
        for fold in range(options.folds):
            pages = [page for _, rows in sets for page in rows if fold_of(page) != fold]
            weights = train(pages, size, options.penalty, options.doubt)
            for truth, rows in sets:
                judged[truth] += [(page, weights) for page in rows if fold_of(page) == fold]
    for truth, pages in judged.items():
        measure(truth, pages)


def measure(name, pages):
    """`pages` are pairs of a page and the weights that judge it."""
    for threshold in (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.57, 0.6, 0.65, 0.68, 0.7):
        right = named = wrong = invented = empty = reachable = 0
        for (_, wanted, candidates), weights in pages:
            chance, best = max(zip(chances(weights, candidates), range(len(candidates))), default=(0, None))
            chosen = candidates[best][1] if chance >= threshold else set()
            if wanted:
                named += 1
                right += chosen == wanted
                wrong += bool(chosen) and chosen != wanted
                reachable += any(found == wanted for _, found, _, _ in candidates)
            else:
                empty += 1
                invented += bool(chosen)
        print(f"// {name} at {threshold:.2f}: right {right / max(1, named):.3f} of {named}, wrong {wrong}, reachable "
              f"{reachable / max(1, named):.3f}, precision {right / max(1, right + wrong):.4f}; named on {invented} of {empty} without, given {right + wrong}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--field", default="author", choices=("author", "date"))
    parser.add_argument("--ids", default="all")
    parser.add_argument("--measure")
    parser.add_argument("--penalty", type=float, default=1.0)
    parser.add_argument("--doubt", type=float, default=0.0)
    parser.add_argument("--folds", type=int)
    parser.add_argument("--provenance", default="")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    sets = [(truth, read(dump, truth, options.field)) for dump, truth in zip(options.files[::2], options.files[1::2])]
    pages = [page for _, rows in sets for page in rows if half(page, options.ids)]
    size = max(candidate[3] for page in pages for candidate in page[2])
    if options.folds:
        cross_validate(sets, size, options)
        return
    weights = train(pages, size, options.penalty, options.doubt)
    if options.measure:
        for truth, rows in sets:
            measure(truth, [(page, weights) for page in rows if half(page, options.measure)])
        print("// " + " ".join(f"{i}:{weight:.2f}" for i, weight in enumerate(weights)))
        return
    print(f"// {options.provenance}\n" if options.provenance else "", end="")
    header, name = {"author": ("page/author_choice.h", "Author"), "date": ("facts/day_choice.h", "Day")}[options.field]
    print(f'// Made by training/train_choice.py; see training/README.md.\n#include "services/extraction/{header}"\n')
    print("namespace dateline::extraction {\n")
    print(f"const std::array<double, k{name}FeatureCount> k{name}Weights = {{")
    print(",\n".join(f"    {weight:.3f}" for weight in weights) + "};\n")
    print("}  // namespace dateline::extraction")


if __name__ == "__main__":
    main()
