#pragma once
// Releases in other programs' forms: /export/releases.csv and the like for a search, streamed release by release so
// that any size costs no memory; /export/releases/{id}.md and the like for one; /v1/releases:export as JSON Lines.
// Thread-safe.

#include "services/gateway/backend/backend.h"

namespace dateline::gateway {

class Router;

void AddExports(Router& router, Backend& backend);

}  // namespace dateline::gateway
