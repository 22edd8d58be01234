#pragma once
// The title and the quotes out of a serialised Release, whose other fields are passed over: a timeline reads many
// releases for little. Pure, thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/facts.pb.h"

namespace dateline::storage {

struct TitleAndQuotes {
  std::string title;
  std::vector<release::v1::Quote> quotes;
};

// Nullopt when the bytes are no serialised message.
std::optional<TitleAndQuotes> ReadTitleAndQuotes(std::string_view release);

}  // namespace dateline::storage
