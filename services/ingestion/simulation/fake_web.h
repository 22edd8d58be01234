#pragma once
// A web of newsrooms on a fake clock, for the simulation of the crawler: every newsroom publishes in its rhythm and
// misbehaves in its own way; every request is written down. It answers as CurlFetcher does, after a simulated delay.
// With a wire each request first travels over it (see wire_web.h), and the answer is what came back. Used by one
// thread; Play() may be called by another while that one waits for the wire.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/http/fetcher.h"
#include "services/ingestion/archive.h"
#include "services/ingestion/polling/source_reader.h"

namespace dateline::ingestion {

using Hours = std::chrono::hours;
inline constexpr Hours kSimDay{24};

// One request as a newsroom sees it.
struct Visit {
  std::string url;
  std::string path;
  std::string if_none_match;
  std::string if_modified_since;
  WallTime now;
  std::chrono::duration<double, std::ratio<86400>> day;  // Since the beginning of the simulation.
  int count = 0;                                         // Of this path, from 1.
};

// What a newsroom lists: a line of its feed.
struct Line {
  std::string link;
  std::string guid;
  std::string title;
  WallTime published;
  bool dated = true;
  std::string summary{};
};

struct Newsroom {
  std::string host{};
  Hours gap{8};      // Between two releases.
  int listed = 10;   // Lines of its feed.
  int earlier = 10;  // Releases before the simulation begins.
  std::string robots{};
  enum class Conditional { kNone, kETag, kModified } conditional = Conditional::kNone;
  std::multimap<std::string, std::string> headers{};  // Of the feed.
  std::string feed_head{};                            // Further lines of the feed: "#ttl 180".
  v1::Source::Kind kind = v1::Source::KIND_FEED;      // As the source is set up.
  // Changes the lines that the feed would have.
  std::function<void(const Visit&, std::vector<Line>*)> shape{};
  // Where the feed moved to, and whether for good; at that path it is served too.
  std::function<std::optional<std::pair<std::string, bool>>(const Visit&)> moved{};
  // Answers in its stead where it gives something.
  std::function<std::optional<absl::StatusOr<http::Response>>(const Visit&)> instead{};
  // The words of a page, besides its title.
  std::function<std::string(const Visit&)> words{};
  std::function<std::chrono::milliseconds(const Visit&)> delay{};

  std::string FeedUrl() const { return "https://" + host + "/feed"; }
  std::string Link(int release) const { return "https://" + host + "/news/" + std::to_string(release); }
};

http::Response Reply(int status, std::string body = "", std::multimap<std::string, std::string> headers = {});
// As CurlFetcher answers a permanent or a temporary redirect that was followed.
http::Response Redirected(http::Response answer, const std::string& from, const std::string& to, bool permanent);

class FakeWeb final : public http::AsyncFetcher {
 public:
  struct Request {
    WallTime time;
    std::string host;
    std::string path;
    int status = 0;  // 0: an error.
  };

  explicit FakeWeb(FakeClock& clock) : clock_(clock), start_(clock.Now()) {}

  void Add(Newsroom newsroom) { newsrooms_.emplace(newsroom.host, std::move(newsroom)); }
  void Start(http::Request request, Done done) override;
  // What a request is answered with. Counts the visit.
  absl::StatusOr<http::Response> Play(const http::Request& request);
  // How requests get to Play() and answers back; by a call when there is none.
  using Wire = std::function<absl::StatusOr<http::Response>(const http::Request&)>;
  void UseWire(Wire wire) { wire_ = std::move(wire); }
  // How long the answer to a request takes, in simulated time.
  std::chrono::milliseconds DelayOf(const http::Request& request) const;
  // When the next answer arrives; far away when none is under way.
  WallTime Next() const;
  // Gives the answers that have arrived by now.
  void Deliver();

  const std::vector<Request>& requests() const { return requests_; }
  WallTime start() const { return start_; }
  // The feed of a newsroom as it would be now.
  http::Response Feed(const Newsroom& newsroom, const Visit& visit) const;

 private:
  absl::StatusOr<http::Response> Answer(const Newsroom& newsroom, const Visit& visit) const;
  Visit VisitOf(const http::Request& request) const;

  FakeClock& clock_;
  const WallTime start_;
  Wire wire_;
  std::map<std::string, Newsroom> newsrooms_;
  std::map<std::string, int> counts_;
  std::multimap<WallTime, std::function<void()>> under_way_;
  std::vector<Request> requests_;
};

// Reads the feeds of FakeWeb: tab-separated lines, and lines that begin with '#'.
class LineReader final : public SourceReader {
 public:
  absl::StatusOr<SourceContent> Read(const ReadRequest& request) const override;
  Recipes RecipesOf(const v1::Source&, WallTime) const override { return {}; }
  std::optional<PageReading> ReadPage(const v1::Source&, const storage::v1::Document&, WallTime) const override {
    return std::nullopt;
  }
};

// The archive's part in the simulation: what was put where.
class FakeArchive final : public Archive {
 public:
  void PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds deadline, PutDone done) override;

  struct Stored {
    std::string content;
    std::string recipe_title;  // What a recipe last found.
    int versions = 0;
  };
  const std::map<std::string, Stored>& documents() const { return documents_; }

 private:
  std::map<std::string, Stored> documents_;
};

}  // namespace dateline::ingestion
