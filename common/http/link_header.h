#pragma once
// The Link headers of an answer (RFC 8288): where it says that related things are, such as the hub of a feed. Pure and
// thread-safe; what is malformed is passed over.

#include <string>
#include <string_view>

#include "common/http/fetcher.h"

namespace dateline::http {

// The target of the first link with this relation ("hub"), absolute; empty without one. Links whose context is another
// resource (anchor) do not count.
std::string LinkTarget(const Response& response, std::string_view relation);

}  // namespace dateline::http
