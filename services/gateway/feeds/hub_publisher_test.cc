// The publisher with a stream and a hub that the test plays.
#include "services/gateway/feeds/hub_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/base/error.h"
#include "common/http/fetcher.h"
#include "common/metrics/registry.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kBase[] = "https://news.example";
constexpr std::chrono::seconds kPatience{60};

release::v1::Release Titled(const std::string& title) {
  release::v1::Release release;
  release.set_title(title);
  return release;
}

TEST(FeedTopics, NamesTheFeedsThatShowARelease) {
  FeedTopics topics(kBase);
  topics.Served("https://news.example/feeds/releases.atom?filter=title:bridge", "title:bridge", {});
  topics.Served("https://news.example/feeds/releases.atom?filter=title:river", "title:river", {});
  topics.Served("https://news.example/feeds/releases.atom?filter=((", "((", {});
  EXPECT_TRUE(topics.any_filtered());
  EXPECT_THAT(
      topics.Showing({Titled("A bridge")}, {}),
      UnorderedElementsAre("https://news.example/feeds/releases.atom", "https://news.example/feeds/releases.rss",
                           "https://news.example/feeds/releases.json",
                           "https://news.example/feeds/releases.atom?filter=title:bridge"));
  EXPECT_THAT(topics.Showing({}, {}), IsEmpty());
  EXPECT_EQ(topics.All({}).size(), 5);
}

TEST(FeedTopics, ForgetsWhatWasNotReadForLong) {
  FeedTopics topics(kBase);
  const MonotonicTime begin{};
  topics.Served("https://news.example/feeds/releases.atom?filter=title:bridge", "title:bridge", begin);
  topics.Served("https://news.example/feeds/releases.atom?filter=title:river", "title:river", begin);
  topics.Served("https://news.example/feeds/releases.atom?filter=title:river", "title:river",
                begin + std::chrono::hours(24));
  EXPECT_EQ(topics.All(begin + FeedTopics::kKept + std::chrono::hours(1)).size(), 4);
  EXPECT_EQ(topics.All(begin + 3 * FeedTopics::kKept).size(), 3) << "the whole feeds are always there";
}

TEST(FeedTopics, AreBounded) {
  FeedTopics topics(kBase);
  for (size_t i = 0; i < FeedTopics::kTopicsMax + 50; ++i) {
    topics.Served("https://news.example/feeds/releases.atom?n=" + std::to_string(i), "title:bridge",
                  MonotonicTime(std::chrono::seconds(i)));
  }
  const auto all = topics.All(MonotonicTime(std::chrono::seconds(2'000)));
  EXPECT_EQ(all.size(), FeedTopics::kTopicsMax);
  EXPECT_THAT(all, ::testing::Contains("https://news.example/feeds/releases.json"));
  EXPECT_THAT(all, ::testing::Not(::testing::Contains("https://news.example/feeds/releases.atom?n=0")));
}

class FakeStream final : public EventStream {
 public:
  void More() override {}
  void Cancel() override {}
};

class FakeSource final : public EventSource {
 public:
  std::shared_ptr<EventStream> Open(const notification::v1::StreamEventsRequest& request,
                                    std::shared_ptr<EventListener> listener) override {
    MutexLock lock(mutex_);
    tokens_.push_back(request.resume_token());
    listener_ = std::move(listener);
    changed_.NotifyAll();
    return std::make_shared<FakeStream>();
  }
  std::shared_ptr<EventListener> Await(size_t opened) {
    MutexLock lock(mutex_);
    while (tokens_.size() < opened) {
      if (!changed_.WaitFor(mutex_, kPatience)) break;
    }
    return listener_;
  }
  std::vector<std::string> tokens() {
    MutexLock lock(mutex_);
    return tokens_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> tokens_ GUARDED_BY(mutex_);
  std::shared_ptr<EventListener> listener_ GUARDED_BY(mutex_);
};

// Answers with the statuses it is given, then 204.
class FakeHub final : public http::Fetcher {
 public:
  absl::StatusOr<http::Response> Fetch(const http::Request& request) override {
    MutexLock lock(mutex_);
    EXPECT_EQ(request.url, "https://hub.example/");
    forms_.push_back(ParseParameters(request.post.value_or("")));
    changed_.NotifyAll();
    http::Response response;
    response.status = 204;
    if (!statuses_.empty()) {
      response.status = statuses_.front();
      statuses_.erase(statuses_.begin());
    }
    if (response.status == 0) return Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", "nobody there");
    return response;
  }
  void Plan(std::vector<int> statuses) {
    MutexLock lock(mutex_);
    statuses_ = std::move(statuses);
  }
  // The addresses of request number `count`, counted from 1.
  std::vector<std::string> Told(size_t count) {
    MutexLock lock(mutex_);
    while (forms_.size() < count) {
      if (!changed_.WaitFor(mutex_, kPatience)) return {"nothing came"};
    }
    std::vector<std::string> uris;
    for (const auto& [name, value] : forms_[count - 1]) {
      if (name == "hub.url") uris.push_back(value);
    }
    EXPECT_EQ(FindPair(forms_[count - 1], "hub.mode"), "publish");
    return uris;
  }
  size_t count() {
    MutexLock lock(mutex_);
    return forms_.size();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<int> statuses_ GUARDED_BY(mutex_);
  std::vector<Pairs> forms_ GUARDED_BY(mutex_);
};

class BridgeBackend final : public Backend {
 public:
  absl::Status Call(const google::protobuf::Message& request, google::protobuf::Message* response,
                    const CallLimits&) override {
    const auto& name = static_cast<const storage::v1::GetReleaseRequest&>(request).name();
    *static_cast<storage::v1::GetReleaseResponse&>(*response).mutable_release() =
        Titled(name == "releases/1" ? "A bridge" : "A river");
    return absl::OkStatus();
  }
  absl::Status Export(const storage::v1::ExportReleasesRequest&,
                      const std::function<bool(const storage::v1::ExportReleasesResponse&)>&,
                      const CallLimits&) override {
    return absl::OkStatus();
  }
};

notification::v1::StreamEventsResponse News(const std::string& release, const std::string& token) {
  notification::v1::StreamEventsResponse message;
  (*message.mutable_event()->mutable_attributes())["subject"].set_ce_string(release);
  message.set_resume_token(token);
  return message;
}

class HubPublisherTest : public ::testing::Test {
 protected:
  void Start() {
    publisher_.Start();
    listener_ = source_.Await(1);
  }

  metrics::Registry registry_{"test"};
  FeedTopics topics_{kBase};
  FakeSource source_;
  BridgeBackend backend_;
  FakeHub hub_;
  HubPublisher publisher_{{.hub_uri = "https://hub.example/",
                           .settle_time = std::chrono::milliseconds(20),
                           .retry_time = std::chrono::milliseconds(10),
                           .retry_time_max = std::chrono::milliseconds(40)},
                          topics_,
                          source_,
                          backend_,
                          hub_,
                          RealClock(),
                          registry_};
  std::shared_ptr<EventListener> listener_;
};

TEST_F(HubPublisherTest, TellsEveryFeedAtTheStartAndThenThoseWithNews) {
  topics_.Served("https://news.example/feeds/releases.atom?filter=title:bridge", "title:bridge",
                 RealClock().Monotonic());
  topics_.Served("https://news.example/feeds/releases.atom?filter=title:river", "title:river", RealClock().Monotonic());
  Start();
  EXPECT_EQ(hub_.Told(1).size(), 5);
  listener_->OnMessage(News("releases/1", "a"));
  EXPECT_THAT(hub_.Told(2), UnorderedElementsAre("https://news.example/feeds/releases.atom",
                                                 "https://news.example/feeds/releases.rss",
                                                 "https://news.example/feeds/releases.json",
                                                 "https://news.example/feeds/releases.atom?filter=title:bridge"));
}

TEST_F(HubPublisherTest, AHubThatFailsIsToldAgainAndOneThatRefusesIsNot) {
  hub_.Plan({503, 0, 429});
  Start();
  for (size_t i = 1; i <= 4; ++i) EXPECT_EQ(hub_.Told(i).size(), 3) << i;
  hub_.Plan({400});
  listener_->OnMessage(News("releases/1", "a"));
  EXPECT_EQ(hub_.Told(5).size(), 3);
  // The next news come alone: what was refused is not repeated before them.
  topics_.Served("https://news.example/feeds/releases.atom?filter=title:bridge", "title:bridge",
                 RealClock().Monotonic());
  listener_->OnMessage(News("releases/1", "b"));
  EXPECT_EQ(hub_.Told(6).size(), 4);
}

TEST_F(HubPublisherTest, AStreamThatEndsGoesOnWhereItWas) {
  Start();
  hub_.Told(1);
  listener_->OnMessage(News("releases/1", "after-one"));
  hub_.Told(2);
  listener_->OnEnd(absl::UnavailableError("restarted"));
  listener_ = source_.Await(2);
  EXPECT_THAT(source_.tokens(), ElementsAre("", "after-one"));
  EXPECT_EQ(hub_.count(), 2) << "nothing was missed";
  // Events that are gone: from the beginning, and every feed is told.
  listener_->OnEnd(Error(absl::StatusCode::kOutOfRange, "EVENTS_TRIMMED", "gone"));
  listener_ = source_.Await(3);
  EXPECT_THAT(source_.tokens(), ElementsAre("", "after-one", ""));
  EXPECT_EQ(hub_.Told(3).size(), 3);
}

}  // namespace
}  // namespace dateline::gateway
