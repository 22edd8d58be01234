#pragma once
// What stands beside lists of releases and changes slowly: the newsrooms that need care, what was edited after it was
// published, how much is new in a saved search. The services are asked at most once in kKept for each of these,
// however often pages are read. Thread-safe; no lock is held over a call.

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/console/value.h"

namespace dateline::gateway {

class Overview {
 public:
  Overview(Backend& backend, const Clock& clock) : backend_(backend), clock_(clock) {}

  // Adds "edited", "troubled" and what else "latest.html" shows of them.
  void AddTo(Value& page);
  // What people call the source "sources/{id}"; the id where that is not known.
  std::string SourceTitle(std::string_view name);
  // How many releases came in within a day that a search finds: "3 new", "50+ new"; empty when none did.
  std::string News(const std::string& query, const std::string& filter);

  static constexpr std::chrono::seconds kKept{20};
  static constexpr size_t kSearchesKept = 500;

 private:
  struct Facts {
    MonotonicTime read{};
    Value beside;
    std::map<std::string, std::string, std::less<>> titles;  // By the source's resource name.
  };
  struct Count {
    MonotonicTime read{};
    std::string text;
  };
  Facts Read() const;
  void AddSources(Facts& facts) const;
  void AddEdited(Value& beside) const;
  std::string CountNews(const std::string& query, const std::string& filter) const;
  void Refresh() EXCLUDES(mutex_);

  Backend& backend_;
  const Clock& clock_;
  Mutex mutex_;
  Facts facts_ GUARDED_BY(mutex_);
  bool reading_ GUARDED_BY(mutex_) = false;  // One reads anew; the others take what there is.
  std::map<std::string, Count> news_ GUARDED_BY(mutex_);
};

}  // namespace dateline::gateway
