#pragma once
// The JSON API over every public RPC: adds a handler for each route of the table. Answers carry an ETag (the resource's
// own, else of the bytes) and obey If-None-Match; lists carry a Link to the next page. Thread-safe.

#include "services/gateway/backend/backend.h"

namespace dateline::gateway {

class Router;

// `backend` outlives the router. Routes that stream (events, exports) are added by their own parts.
void AddApi(Router& router, Backend& backend);

}  // namespace dateline::gateway
