#pragma once
// Which feeds a WebSub hub may have subscribers for: those that were read lately, since nobody subscribes at a hub to a
// feed that was never read. A hub is told an address, looks at it, and passes on what is new, so naming one too many
// costs a request, and forgetting one costs its subscribers the news. Thread-safe.

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/filter/filter.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::gateway {

class FeedTopics {
 public:
  // Subscribers renew within ten days at the latest (WebSub's usual lease), and hubs read what they are told of.
  static constexpr std::chrono::hours kKept{10 * 24};
  // Above, the one that was not read for longest is forgotten.
  static constexpr size_t kTopicsMax = 1'000;

  // `base` is where people reach the gateway, without a slash at its end. The feeds of all releases are always there.
  explicit FeedTopics(const std::string& base);

  // A feed was read: its own address as it says, and the filter of its releases (AIP-160). Its search words, if it has
  // any, are not looked at. A filter that cannot be read is of a feed that was refused, and forgotten.
  void Served(const std::string& uri, const std::string& filter, MonotonicTime now);

  // The addresses of the feeds that show one of these releases as they are now.
  std::vector<std::string> Showing(const std::vector<release::v1::Release>& releases, MonotonicTime now);
  std::vector<std::string> All(MonotonicTime now);
  // Whether any feed shows less than everything, so that releases have to be looked at.
  bool any_filtered() const;

 private:
  struct Topic {
    filter::Filter filter;
    MonotonicTime served;
    bool always = false;
  };
  void Forget(MonotonicTime now) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Topic> topics_ GUARDED_BY(mutex_);
};

}  // namespace dateline::gateway
