#pragma once
// How pages name a newsroom and its health. Pure.

#include <string>
#include <string_view>

#include "dateline/ingestion/v1/source.pb.h"

namespace dateline::gateway {

struct SourceLook {
  std::string_view text;   // "ok", "blocked"
  std::string_view badge;  // "good", "warn", "bad", or empty: the class of the style sheet.
  bool needs_care() const { return badge == "bad" || badge == "warn"; }
};
SourceLook LookOf(const ingestion::v1::Source& source);

// Its display name, else the last part of its resource name.
std::string TitleOf(const ingestion::v1::Source& source);

}  // namespace dateline::gateway
