#pragma once
// A release with its facts as somebody who read it wrote them down: NAME.txt and NAME.tsv beside it. README.md says
// how the lines of the second are written. Plain data.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::tests {

// One line of the annotations.
struct GoldFact {
  std::string kind;
  std::string text;
  std::map<std::string, std::string, std::less<>> attributes;

  // The value of an attribute; empty where it is not given.
  std::string_view Get(std::string_view name) const;
  // The parts of an attribute that holds several, parted by "|".
  std::vector<std::string> List(std::string_view name) const;
};

struct GoldRelease {
  std::string name;
  std::string text;
  std::vector<GoldFact> facts;

  std::vector<const GoldFact*> Of(std::string_view kind) const;
};

// The releases of a folder, by name. INVALID_ARGUMENT names file and line of what is wrong: an unknown kind or
// attribute, a name, quotation or title whose words do not stand in the text.
absl::StatusOr<std::vector<GoldRelease>> ReadGoldReleases(const std::string& folder);

}  // namespace dateline::tests
