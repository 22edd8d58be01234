#pragma once
// When a subscription may be told: digests wait for their hour, and nothing goes out in a mute window. Times of day are
// those of IANA time zones, daylight saving included (ICU). Pure and thread-safe.

#include <string>

#include "common/base/clock.h"
#include "dateline/notification/v1/subscription.pb.h"

namespace dateline::notification {

// Whether this is the name of a time zone; the empty name means UTC.
bool IsTimeZone(const std::string& name);

// The earliest time, at or after `now`, at which a delivery that was made at `created` may go out.
WallTime EarliestDelivery(const v1::Subscription& subscription, WallTime created, WallTime now);

}  // namespace dateline::notification
