#pragma once
// Releases made up for tests, in any number, each different and each with facts that can be checked. Pure.

#include <cstddef>
#include <string>

namespace dateline::testing {

// The headline of release `number`; unique.
std::string ReleaseTitle(size_t number);
// The whole text: title, dateline, three paragraphs, a contact with e-mail and telephone.
std::string ReleaseTextFile(size_t number);

}  // namespace dateline::testing
