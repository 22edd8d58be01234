#pragma once
// What a person may set of a source: checks, defaults, names, and changes by field mask. Pure functions; every error is
// INVALID_ARGUMENT and names its field.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace dateline::ingestion {

// The address that is polled, as it is kept: http or https, without fragment and credentials. INVALID_URI.
absl::StatusOr<std::string> PollableUri(std::string_view uri);

// The settings of `given` alone, checked: INVALID_URI, INVALID_SELECTOR, INVALID_SOURCE.
absl::StatusOr<v1::Source> CheckedSettings(const v1::Source& given);

// Takes the fields of the mask (all that are set when it is empty) from `given`. Output-only fields are passed over
// (AIP-161); an unknown path is INVALID_SOURCE.
absl::Status ApplyMask(const v1::Source& given, const google::protobuf::FieldMask& mask, v1::Source* source);

// "www.Example-News.org" -> "example-news-org"; with a number above 1 at its end "-2" and so on. Always an id as
// IsSourceName wants it.
std::string IdFromHost(std::string_view host, int number);

}  // namespace dateline::ingestion
