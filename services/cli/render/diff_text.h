#pragma once
// Two revisions of a release side by side, for a terminal. Pure.

#include <cstddef>
#include <string>

#include "dateline/storage/v1/release_service.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// The list of changes, then the edited paragraphs with what was removed and added: in colour where `style` has colours,
// [-so-] and {+so+} everywhere. With `whole` the paragraphs that nothing happened to stand there too.
std::string DiffText(const storage::v1::DiffReleaseRevisionsResponse& diff, const Style& style, size_t columns,
                     bool whole);

}  // namespace dateline::cli
