#pragma once
// What holds for every release that extraction makes, whatever the document: spans lie inside the text on character
// boundaries and say what the fact says, sections are in order and disjoint, the text is well-formed and in form C. The
// property test and the fuzz target check it.

#include <string>

#include "dateline/release/v1/release.pb.h"

namespace dateline::extraction {

// Empty if all holds; otherwise what does not.
std::string FindBrokenInvariant(const release::v1::Release& release);

}  // namespace dateline::extraction
