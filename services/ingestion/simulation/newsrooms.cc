#include "services/ingestion/simulation/newsrooms.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"

namespace dateline::ingestion {
namespace {

using Answer = std::optional<absl::StatusOr<http::Response>>;
using Conditional = Newsroom::Conditional;

bool During(const Visit& visit, double from, double to) {
  return visit.day.count() >= from && visit.day.count() < to;
}

// Answers requests for the feed during some days; everything else goes its usual way.
template <class Make>
std::function<Answer(const Visit&)> FeedDuring(double from, double to, Make make) {
  return [from, to, make](const Visit& visit) -> Answer {
    if (visit.path != "/feed" || !During(visit, from, to)) return std::nullopt;
    return make(visit);
  };
}

std::function<Answer(const Visit&)> StatusDuring(double from, double to, int status,
                                                 std::multimap<std::string, std::string> headers = {}) {
  return FeedDuring(from, to, [status, headers](const Visit&) -> Answer { return Reply(status, "", headers); });
}

absl::Status Failed(std::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", why);
}

// How the network and HTTP treat us.
void AddPolite(std::vector<Newsroom>* rooms) {
  rooms->push_back({.host = "plain.example"});
  rooms->push_back({.host = "etag.example", .conditional = Conditional::kETag});
  rooms->push_back({.host = "modified.example", .conditional = Conditional::kModified});
  rooms->push_back({.host = "cached.example", .headers = {{"cache-control", "max-age=7200"}}});
  rooms->push_back({.host = "ttl.example", .feed_head = "#ttl 180\n"});
  rooms->push_back({.host = "crawl-delay.example", .robots = "User-agent: *\nCrawl-delay: 20\n"});
  rooms->push_back({.host = "too-many.example", .instead = StatusDuring(5, 6, 429)});
  rooms->push_back({.host = "retry-after.example", .instead = StatusDuring(5, 6, 429, {{"retry-after", "14400"}})});
  rooms->push_back({.host = "maintenance.example",
                    .instead = StatusDuring(5, 6, 503, {{"retry-after", "Mon, 20 Nov 2023 22:13:20 GMT"}})});
  rooms->push_back({.host = "forbidden.example", .instead = StatusDuring(10, 12, 403)});
  rooms->push_back({.host = "server-error.example", .instead = StatusDuring(10, 12, 500)});
  rooms->push_back(
      {.host = "slow-drip.example",
       .instead = FeedDuring(4, 5, [](const Visit&) -> Answer { return Failed("it took too long"); }),
       .delay = [](const Visit& visit) { return std::chrono::milliseconds(During(visit, 4, 5) ? 30'000 : 200); }});
  rooms->push_back({.host = "truncated-gzip.example", .instead = FeedDuring(4, 5, [](const Visit&) -> Answer {
                                                        return Failed("the answer is damaged");
                                                      })});
  rooms->push_back({.host = "endless-body.example", .instead = FeedDuring(0, 99, [](const Visit&) -> Answer {
                                                      return Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE",
                                                                   "over the limit");
                                                    })});
}

// Addresses that move, and such that must not be followed.
void AddMoving(std::vector<Newsroom>* rooms) {
  rooms->push_back({.host = "gone.example", .instead = StatusDuring(10, 99, 410)});
  rooms->push_back({.host = "missing.example", .instead = StatusDuring(10, 99, 404)});
  const auto move = [](bool for_good) {
    return [for_good](const Visit& visit) -> std::optional<std::pair<std::string, bool>> {
      if (!During(visit, 3, 99)) return std::nullopt;
      return std::pair("/moved-feed", for_good);
    };
  };
  rooms->push_back({.host = "moved.example", .moved = move(true)});
  rooms->push_back({.host = "lent.example", .moved = move(false)});
  rooms->push_back(
      {.host = "flapping.example", .moved = [](const Visit& visit) -> std::optional<std::pair<std::string, bool>> {
         if (visit.count % 3 == 0) return std::nullopt;
         return std::pair("/moved-feed", true);
       }});
  const auto private_page = [](std::string address) {
    return [address = std::move(address)](const Visit& visit) -> Answer {
      if (!visit.path.starts_with("/news/")) return std::nullopt;
      return Error(absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS", "leads to " + address);
    };
  };
  rooms->push_back({.host = "to-loopback.example", .instead = private_page("127.0.0.1")});
  rooms->push_back({.host = "to-metadata.example", .gap = Hours(24), .instead = private_page("169.254.169.254")});
}

// robots.txt in all its moods.
void AddRobots(std::vector<Newsroom>* rooms) {
  rooms->push_back({.host = "robots-change.example", .instead = [](const Visit& visit) -> Answer {
                      if (visit.path != "/robots.txt") return std::nullopt;
                      return Reply(200, During(visit, 10, 15) ? "User-agent: *\nDisallow: /\n" : "");
                    }});
  rooms->push_back({.host = "robots-down.example", .instead = [](const Visit& visit) -> Answer {
                      if (visit.path != "/robots.txt" || !During(visit, 0, 2)) return std::nullopt;
                      return Reply(500);
                    }});
  rooms->push_back({.host = "robots-flaky.example", .instead = [](const Visit& visit) -> Answer {
                      if (visit.path != "/robots.txt") return std::nullopt;
                      if (During(visit, 10, 12)) return Reply(503, "", {{"retry-after", "600"}});
                      return Reply(200, "User-agent: *\nDisallow: /admin\n");
                    }});
  rooms->push_back({.host = "robots-pages.example", .robots = "User-agent: *\nDisallow: /news/\n"});
}

// What they do to their items.
void AddEditing(std::vector<Newsroom>* rooms, WallTime start) {
  rooms->push_back({.host = "changing-guids.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      for (Line& line : *lines) line.guid = fmt::format("{}-{}", line.guid, visit.count);
                    }});
  rooms->push_back({.host = "tracking.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      for (Line& line : *lines) line.link += fmt::format("?utm_source=feed&utm_id={}", visit.count);
                    }});
  rooms->push_back({.host = "new-addresses.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      if (!During(visit, 10, 99)) return;
                      for (Line& line : *lines) line.link.insert(line.link.find("/news/") + 6, "2023-");
                    }});
  rooms->push_back({.host = "new-everything.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      if (!During(visit, 10, 99)) return;
                      for (Line& line : *lines) {
                        line.link.insert(line.link.find("/news/") + 6, "2023-");
                        line.guid.clear();
                      }
                    }});
  rooms->push_back({.host = "edits.example",
                    .shape =
                        [](const Visit& visit, std::vector<Line>* lines) {
                          for (Line& line : *lines) {
                            if (visit.now - line.published > Hours(12)) line.summary += " Corrected.";
                          }
                        },
                    .words =
                        [start](const Visit& visit) {
                          const int release = std::stoi(visit.path.substr(6));
                          const bool edited = visit.now - (start + (release - 10) * Hours(8)) > Hours(12);
                          return std::string(edited ? "It says what was corrected." : "It says what there is to say.");
                        }});
  rooms->push_back({.host = "silent-edits.example", .words = [start](const Visit& visit) {
                      const int release = std::stoi(visit.path.substr(6));
                      const bool edited = visit.now - (start + (release - 10) * Hours(8)) > Hours(3);
                      return std::string(edited ? "It says what nobody was told." : "It says what there is to say.");
                    }});
  rooms->push_back({.host = "resurfacing.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      // Every third day the first releases stand on top again.
                      if (static_cast<int>(visit.day.count()) % 3 != 2) return;
                      for (int k = 5; k < 10; ++k) {
                        Line old = lines->front();
                        old.link = fmt::format("https://resurfacing.example/news/{}", k);
                        old.guid = fmt::format("tag:resurfacing.example,2023:{}", k);
                        old.title = fmt::format("Release number {} of the newsroom", k);
                        old.summary = fmt::format("What release {} says in short.", k);
                        old.published = visit.now;
                        lines->insert(lines->begin(), old);
                      }
                    }});
  rooms->push_back({.host = "front-page.example", .shape = [](const Visit&, std::vector<Line>* lines) {
                      for (Line& line : *lines) line.link = "https://front-page.example/news/0";
                    }});
}

// How they fall silent or ill.
void AddFailing(std::vector<Newsroom>* rooms) {
  rooms->push_back({.host = "layout.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      if (!During(visit, 10, 15)) return;
                      for (Line& line : *lines) line.dated = false;
                    }});
  rooms->push_back({.host = "low-yield.example",
                    .listed = 20,
                    .earlier = 20,
                    .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      if (During(visit, 10, 12)) lines->resize(2);
                    }});
  rooms->push_back({.host = "empty.example", .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      if (During(visit, 10, 12)) lines->clear();
                    }});
  rooms->push_back({.host = "scripted.example",
                    .feed_head = "#scripted\n",
                    .kind = v1::Source::KIND_LISTING,
                    .shape = [](const Visit&, std::vector<Line>* lines) { lines->clear(); }});
  rooms->push_back({.host = "turned-page.example", .instead = FeedDuring(10, 12, [](const Visit&) -> Answer {
                                                     return Reply(200, "<html>Please enable cookies</html>");
                                                   })});
  rooms->push_back({.host = "silent.example",
                    .gap = Hours(24),
                    .conditional = Conditional::kETag,
                    .shape = [](const Visit& visit, std::vector<Line>* lines) {
                      if (!During(visit, 10, 25)) return;
                      const auto quiet = static_cast<size_t>(visit.day.count()) - 10;
                      lines->erase(lines->begin(),
                                   lines->begin() + static_cast<std::ptrdiff_t>(std::min(quiet, lines->size() - 1)));
                    }});
  rooms->push_back({.host = "dead-pages.example", .instead = [](const Visit& visit) -> Answer {
                      if (!visit.path.starts_with("/news/") || !During(visit, 10, 13)) return std::nullopt;
                      return Reply(404);
                    }});
  rooms->push_back({.host = "endless.example", .instead = [](const Visit& visit) -> Answer {
                      if (!visit.path.starts_with("/feed")) return std::nullopt;
                      const int page = visit.path == "/feed" ? 0 : std::stoi(visit.path.substr(6));
                      return Reply(200, fmt::format("https://endless.example/news/{0}\tg{0}\tRelease {0} of very many "
                                                    "releases\t\tx\n#next https://endless.example/feed/{1}\n",
                                                    page + 1000, page + 1));
                    }});
  rooms->push_back({.host = "index.example", .instead = [](const Visit& visit) -> Answer {
                      if (visit.path == "/feed")
                        return Reply(200, "#child https://index.example/part\n#child https://other.example/part\n");
                      if (visit.path != "/part") return std::nullopt;
                      return Reply(200, "https://index.example/news/1\t\tThe only release of this newsroom\t\tx\n");
                    }});
}

}  // namespace

std::vector<Newsroom> NewsroomsOfTheMonth(WallTime start) {
  std::vector<Newsroom> rooms;
  AddPolite(&rooms);
  AddMoving(&rooms);
  AddRobots(&rooms);
  AddEditing(&rooms, start);
  AddFailing(&rooms);
  return rooms;
}

}  // namespace dateline::ingestion
