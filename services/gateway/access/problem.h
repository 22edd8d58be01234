#pragma once
// Errors for programs: RFC 9457 problem details, with the ErrorInfo of the status as further members. Pure.

#include <string_view>

#include "absl/status/status.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {

// The HTTP status that says what `code` says.
int HttpStatusOf(absl::StatusCode code);
// application/problem+json: type (a URN of the reason), title, status, detail, instance, code, reason, domain,
// metadata, and fieldViolations where the status names fields. Sets Retry-After where the status has a RetryInfo.
Response ProblemResponse(const absl::Status& status, std::string_view instance);

}  // namespace dateline::gateway
