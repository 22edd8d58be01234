#!/usr/bin/env python3
"""Writes page/html_references_data.cc: the named character references of the HTML standard, as Python's library has them.

    collect_references.py > page/html_references_data.cc
"""
import html.entities

KNOWN = sorted(html.entities.html5.items(), key=lambda entry: entry[0].encode())


def literal(text):
    return '"' + "".join("\\x%02x" % byte for byte in text.encode()) + '"'


print('#include "services/extraction/page/html_references.h"\n')
print("// Made by training/collect_references.py; sorted by name.\n")
print("namespace dateline::extraction {\n")
print(f"const std::size_t kNamedReferenceCount = {len(KNOWN)};")
print("// clang-format off")
print("const NamedReference kNamedReferences[] = {")
for name, text in KNOWN:
    print('{"%s", %s},' % (name, literal(text)))
print("};")
print("// clang-format on\n")
print("}  // namespace dateline::extraction")
