#pragma once
// Errors that a program can branch on. Each carries a google.rpc.ErrorInfo (reason, domain "dateline.org", metadata) as
// payload of the absl::Status; common/rpc carries it over the wire unchanged, and the command prints message and
// remedy. All functions are pure and thread-safe.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dateline {

// The domain of all our reasons.
inline constexpr std::string_view kErrorDomain = "dateline.org";
// Payload keys: the type URLs of the details that an absl::Status may carry. The value is the serialised message.
inline constexpr std::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr std::string_view kRetryInfoUrl = "type.googleapis.com/google.rpc.RetryInfo";
inline constexpr std::string_view kBadRequestUrl = "type.googleapis.com/google.rpc.BadRequest";

using ErrorMetadata = std::map<std::string, std::string>;

// Makes an error. `reason` is UPPER_SNAKE_CASE, at most 63 characters; `message` is one line that names the input, the
// place and the remedy; `metadata` holds the variable parts of the message.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   const ErrorMetadata& metadata = {});

// INVALID_ARGUMENT with both an ErrorInfo and a BadRequest that names `field`.
absl::Status FieldError(std::string_view reason, std::string_view field, std::string_view description);

// The reason of an error that Error() made, here or in another process; empty when there is none.
std::string ErrorReason(const absl::Status& status);

// One value of the ErrorInfo's metadata; nullopt when absent.
std::optional<std::string> ErrorMetadataValue(const absl::Status& status, std::string_view key);

// The same error with `prefix: ` before its message; payloads stay. OK stays OK.
absl::Status WithContext(absl::Status status, std::string_view prefix);

}  // namespace dateline
