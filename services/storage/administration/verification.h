#pragma once
// What the checks of an archive share.

#include <string>

#include "dateline/storage/v1/admin_service.pb.h"

namespace dateline::storage {

// Counts something wrong; the first hundred are told, one sentence each.
void AddFinding(std::string finding, v1::VerifyArchiveReport* report);

}  // namespace dateline::storage
