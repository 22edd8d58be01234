#pragma once
// What a person is, by the words beside the name: title of address, role, and the body for which it is that. Pure.

#include <string>

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

struct PersonRole {
  std::string honorific;
  std::string role;
  std::string organization;
};

// Reads around the name at `name`; `mentions` are all chosen ones, left to right.
PersonRole ReadRole(const NameText& text, const Mentions& mentions, const TokenRange& name);

}  // namespace dateline::extraction
