#!/usr/bin/env python3
"""Writes the rows from which build_tables makes gazetteer/data/words.bin.

usage: collect_words.py PHP_FAKER_DIR FAKE_FACTORY_DIR DICTIONARY... > words.tsv

PHP_FAKER_DIR     usr/share/php/Faker of Debian's php-faker (MIT): first and last names by locale
FAKE_FACTORY_DIR  the package faker of Debian's python3-fake-factory (MIT): the same, other locales and more names
DICTIONARY        /usr/share/dict/american-english and british-english of Debian's wamerican and wbritish (SCOWL, free
                  with attribution)

A row: word, letters of what it may be: m and f a first name of men and women, l a last name, w an ordinary English word
(only words that the dictionary writes in small letters).
"""
import ast
import os
import re
import sys
from collections import defaultdict

KINDS = {"firstnamemale": "m", "firstnamefemale": "f", "lastname": "l", "lastnamemale": "l", "lastnamefemale": "l",
         "firstname": "mf", "firstnames": "mf", "lastnames": "l", "malelastname": "l", "femalelastname": "l"}


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    words = defaultdict(set)

    def add(name, kinds):
        for part in re.split(r"[\s]+", name.strip()):
            part = part.strip("'’.,()\"")
            if len(part) >= 2 and not any(c.isdigit() or c in "{}<>|$" for c in part) and part[0].isalpha():
                words[part].update(kinds)

    for folder, _, files in os.walk(os.path.join(sys.argv[1], "Provider")):
        if "Person.php" not in files:
            continue
        text = open(os.path.join(folder, "Person.php"), encoding="utf-8").read()
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        text = re.sub(r"^\s*(//|\*).*$", "", text, flags=re.M)
        for array in re.finditer(r"static \$(\w+)\s*=\s*(?:\[|array\()(.*?)(?:\]|\));", text, re.S):
            kinds = KINDS.get(array[1].lower())
            if kinds:
                for name in re.finditer(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", array[2]):
                    add((name[1] or name[2] or "").replace("\\'", "'"), kinds)

    attributes = {"first_names_male": "m", "first_names_female": "f", "last_names": "l", "last_names_male": "l",
                  "last_names_female": "l"}
    for folder, _, files in os.walk(os.path.join(sys.argv[2], "providers", "person")):
        if "__init__.py" not in files:
            continue
        for node in ast.walk(ast.parse(open(os.path.join(folder, "__init__.py"), encoding="utf-8").read())):
            targets = [t.id for t in getattr(node, "targets", ()) if isinstance(t, ast.Name)]
            for target in targets:
                for leaf in ast.walk(node.value) if target in attributes else ():
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                        add(leaf.value, attributes[target])

    for dictionary in sys.argv[3:]:
        for line in open(dictionary, encoding="utf-8"):
            word = line.strip()
            if word and word[0].islower() and "'" not in word:
                words[word].add("w")
    for word in sorted(words):
        print(word, "".join(sorted(words[word])), sep="\t")


main()
