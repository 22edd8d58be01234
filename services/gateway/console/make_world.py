#!/usr/bin/env python3
"""Writes assets/world.svg: the inhabited land of the world as cells, made of all towns of the gazetteer.

usage: services/gateway/console/make_world.py [CELL-DEGREES]

Reads services/extraction/gazetteer/data/places.bin (GeoNames, CC BY 4.0; its layout is that of place_table.h) and draws
each cell of a grid in which a town lies. Run by hand when the gazetteer changes; the picture is kept in the tree.
"""
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
PLACES = HERE.parent.parent / "extraction/gazetteer/data/places.bin"
HEADER = struct.Struct("<8s5I")
RECORD_BYTES = 10
SCALE = 46000.0
NONE = 0x800000


def coordinate(three):
    value = three[0] | three[1] << 8 | three[2] << 16
    if value == NONE:
        return None
    return (value - (1 << 24) if value >= 1 << 23 else value) / SCALE


def main():
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 1.5
    data = PLACES.read_bytes()
    magic, countries, records, _, _, _ = HEADER.unpack_from(data)
    assert magic == b"DLPLACE1", "the layout of places.bin has changed"
    at = HEADER.size + 2 * countries
    cells = set()
    for number in range(records):
        record = data[at + number * RECORD_BYTES:at + (number + 1) * RECORD_BYTES]
        latitude, longitude = coordinate(record[4:7]), coordinate(record[7:10])
        if latitude is None or longitude is None or latitude < -58:
            continue
        cells.add((int((longitude + 180) // size), int((90 - latitude) // size)))
    # One path: a round dot for each cell, relative moves to keep it small.
    path, x, y = [], 0, 0
    for row, column in sorted((b, a) for a, b in cells):
        path.append(f"m{column - x} {row - y}h0")
        x, y = column, row
    width, height = int(360 / size), int(150 / size)
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><path transform="translate(.5 .5)" '
           f'fill="none" stroke="#8b93a1" stroke-opacity=".5" stroke-width=".72" stroke-linecap="round" d="{"".join(path)}"/></svg>\n')
    (HERE / "assets/world.svg").write_text(svg)
    print(f"{len(cells)} cells, {len(svg)} bytes")


if __name__ == "__main__":
    main()
