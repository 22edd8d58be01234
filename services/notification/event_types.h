#pragma once
// The types of events about releases, as streams and subscriptions may name them. Pure and thread-safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace dateline::notification {

inline constexpr std::array<std::string_view, 5> kEventTypes = {
    "org.dateline.release.published", "org.dateline.release.revised", "org.dateline.release.withdrawn",
    "org.dateline.release.linked", "org.dateline.release.resurfaced"};
// What TestSubscription sends.
inline constexpr std::string_view kTestEventType = "org.dateline.subscription.test";

// INVALID_ARGUMENT (INVALID_EVENT_TYPE) for a type that there is not.
absl::Status CheckEventTypes(const google::protobuf::RepeatedPtrField<std::string>& types);

// A set of types, one bit for each of kEventTypes.
using EventTypeSet = uint8_t;
// The types that a subscription gets: those named, or published and revised when none is.
EventTypeSet WantedTypes(const google::protobuf::RepeatedPtrField<std::string>& types);
// The set of one type; empty for one that we do not know.
EventTypeSet TypeSet(std::string_view type);

}  // namespace dateline::notification
