#pragma once
// Errors that the RPC services share. Pure.

#include <fmt/format.h>

#include <string_view>

#include "absl/status/status.h"
#include "common/base/error.h"

namespace dateline::storage {

// For what the contract has and this version does not do yet.
inline absl::Status NotInThisVersion(std::string_view what) {
  return Error(absl::StatusCode::kUnimplemented, "NOT_IN_THIS_VERSION",
               fmt::format("{} is not in version {} of this service; a later one will have it", what, DATELINE_VERSION),
               {{"version", DATELINE_VERSION}});
}

}  // namespace dateline::storage
