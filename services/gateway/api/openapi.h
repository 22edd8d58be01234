#pragma once
// The API as an OpenAPI 3.1 document and as pages to read, made from the table of routes and the descriptors of the
// contracts, comments included: they are embedded when the program is built. Made once, at the first request.

#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/api/routes.h"

namespace dateline::gateway {

class Router;
class Site;

// Each operation's id: the RPC's name, and where several paths lead to one RPC, what tells them apart.
struct ApiOperation {
  const ApiRoute* route = nullptr;
  std::string id;           // "getRelease"
  std::string path;         // "/v1/releases/{release}"
  std::string description;  // The RPC's comment.
};
const std::vector<ApiOperation>& ApiOperations();

// The document; `server` is the address of this gateway.
std::string OpenApiDocument(std::string_view server);

// /openapi.json, and the pages /api and /api/{operation}.
void AddApiPages(Router& router, const Site& site);

}  // namespace dateline::gateway
