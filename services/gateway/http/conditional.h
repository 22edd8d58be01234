#pragma once
// Entity tags and conditional requests (RFC 9110). Pure.

#include <string>
#include <string_view>

#include "services/gateway/http/message.h"

namespace dateline::gateway {

// A weak tag of a body: the same bytes, the same tag; weak because the transfer may compress them.
std::string TagOf(std::string_view body);
// Whether If-None-Match names `tag`, by weak comparison.
bool Matches(const Request& request, std::string_view tag);
// Sets the ETag, and empties the answer to 304 when the client has it already.
void ApplyConditional(const Request& request, std::string tag, Response* response);

}  // namespace dateline::gateway
