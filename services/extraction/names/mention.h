#pragma once
// A stretch of tokens that may be a name, as the rules and the model propose it before one decision is taken for the
// whole document. Plain data.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/analysis/analysis.h"

namespace dateline::extraction {

enum class NameType : std::uint8_t {
  kPerson,
  kOrganization,
  kPlace,
  // Names of laws, programmes, products, events: reported by nobody here, but what stands in them is no place or
  // person.
  kOther,
};

struct Mention {
  TokenRange tokens;
  NameType type = NameType::kOther;
  // How sure the proposal is, 0 to 1; below 0.5 it is left out.
  float score = 0;
  std::string_view rule;
};

using Mentions = std::vector<Mention>;

inline bool Overlap(const TokenRange& a, const TokenRange& b) {
  return a.begin < b.end && b.begin < a.end;
}
inline bool Inside(const TokenRange& inner, const TokenRange& outer) {
  return inner.begin >= outer.begin && inner.end <= outer.end;
}

}  // namespace dateline::extraction
