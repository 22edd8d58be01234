#include "services/gateway/feeds/feed_topics.h"

#include <algorithm>

namespace dateline::gateway {

FeedTopics::FeedTopics(const std::string& base) {
  for (const std::string_view ending : {"atom", "rss", "json"}) {
    topics_[base + "/feeds/releases." + std::string(ending)].always = true;
  }
}

void FeedTopics::Forget(MonotonicTime now) {
  for (auto it = topics_.begin(); it != topics_.end();) {
    const bool old = !it->second.always && now - it->second.served > kKept;
    it = old ? topics_.erase(it) : std::next(it);
  }
}

void FeedTopics::Served(const std::string& uri, const std::string& filter, MonotonicTime now) {
  MutexLock lock(mutex_);
  const auto found = topics_.find(uri);
  if (found != topics_.end() && found->second.filter.text() == filter) {
    found->second.served = now;
    return;
  }
  auto compiled = filter::Compile(filter);
  if (!compiled.ok()) return;
  if (found == topics_.end() && topics_.size() >= kTopicsMax) {
    const auto oldest = std::min_element(topics_.begin(), topics_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.always, a.second.served) < std::pair(b.second.always, b.second.served);
    });
    topics_.erase(oldest);
  }
  topics_.insert_or_assign(uri, Topic{.filter = *std::move(compiled), .served = now});
}

std::vector<std::string> FeedTopics::Showing(const std::vector<release::v1::Release>& releases, MonotonicTime now) {
  MutexLock lock(mutex_);
  Forget(now);
  std::vector<std::string> showing;
  if (releases.empty()) return showing;
  std::vector<std::unique_ptr<filter::Subject>> subjects;
  for (const auto& release : releases) subjects.push_back(std::make_unique<filter::Subject>(release));
  for (const auto& [uri, topic] : topics_) {
    const bool shows =
        topic.filter.matches_all() || std::any_of(subjects.begin(), subjects.end(), [&topic = topic](const auto& one) {
          return topic.filter.Evaluate(*one) != filter::Truth::kNo;
        });
    if (shows) showing.push_back(uri);
  }
  return showing;
}

std::vector<std::string> FeedTopics::All(MonotonicTime now) {
  MutexLock lock(mutex_);
  Forget(now);
  std::vector<std::string> all;
  for (const auto& [uri, topic] : topics_) all.push_back(uri);
  return all;
}

bool FeedTopics::any_filtered() const {
  MutexLock lock(mutex_);
  return std::any_of(topics_.begin(), topics_.end(), [](const auto& one) { return !one.second.filter.matches_all(); });
}

}  // namespace dateline::gateway
