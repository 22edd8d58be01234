#pragma once
// What the tests of a failing disk and a killed process share: releases with known words, all that has to be true of an
// archive whatever happened to it, and a seed that can be set. Test code only.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "services/storage/sqlite/sqlite_store.h"
#include "services/storage/store.h"

namespace dateline::storage {

// Random, or DATELINE_SEED; printed, so that a run can be repeated.
uint64_t TestSeed();

std::string NumberedUri(int number);
std::string NumberedName(int number);
// The words of a release; those of 2n and 2n+1 are nearly the same.
std::string NumberedText(int number, int version);
// Puts the document and commits its release.
absl::Status CommitNumbered(Store& store, int number, int version);
// The one person whom only this release names; empty when there is none.
std::string PersonOfNumbered(Store& store, int number);

inline constexpr std::string_view kTestGroup = "extraction";
// One event of `document/`, or none.
absl::StatusOr<std::vector<eventlog::LeaseReference>> LeaseOne(Store& store);

std::unique_ptr<SqliteStore> OpenNumbered(const std::string& path, const Clock& clock, const std::string& vfs = {});
// State and events belong together, each event once, and the file is whole. `trimmed`: the log of documents was.
void ExpectWhole(Store& store, const std::string& path, bool trimmed = false);

}  // namespace dateline::storage
