#include "services/ingestion/simulation/fake_web.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/text/utf8.h"
#include "common/url/url.h"

namespace dateline::ingestion {
namespace {

constexpr std::chrono::milliseconds kDelay{200};

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string HeaderOf(const http::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

http::Response Reply(int status, std::string body, std::multimap<std::string, std::string> headers) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.headers.emplace("content-type", "text/html; charset=utf-8");
  return response;
}

http::Response Redirected(http::Response answer, const std::string& from, const std::string& to, bool permanent) {
  answer.redirects = {from};
  answer.final_url = to;
  if (permanent) answer.moved_to = to;
  return answer;
}

http::Response FakeWeb::Feed(const Newsroom& newsroom, const Visit& visit) const {
  // Release k appeared at start + (k - earlier) * gap; the newest stands first.
  std::vector<Line> lines;
  const int newest = newsroom.earlier + static_cast<int>((visit.now - start_) / newsroom.gap);
  for (int k = newest; k > newest - newsroom.listed && k >= 0; --k) {
    lines.push_back({.link = newsroom.Link(k),
                     .guid = fmt::format("tag:{},2023:{}", newsroom.host, k),
                     .title = fmt::format("Release number {} of the newsroom", k),
                     .published = start_ + (k - newsroom.earlier) * newsroom.gap,
                     .dated = true,
                     .summary = fmt::format("What release {} says in short.", k)});
  }
  if (newsroom.shape) newsroom.shape(visit, &lines);
  std::string body = newsroom.feed_head;
  for (const Line& line : lines) {
    const auto time = std::chrono::duration_cast<std::chrono::seconds>(line.published.time_since_epoch()).count();
    body += fmt::format("{}\t{}\t{}\t{}\t{}\n", line.link, line.guid, line.title,
                        line.dated ? std::to_string(time) : "", line.summary);
  }
  http::Response response = Reply(200, body, newsroom.headers);
  const std::string tag = "\"" + Sha256Hex(body).substr(0, 8) + "\"";
  if (newsroom.conditional == Newsroom::Conditional::kETag) {
    response.headers.emplace("etag", tag);
    if (visit.if_none_match == tag) return Reply(304, "", newsroom.headers);
  } else if (newsroom.conditional == Newsroom::Conditional::kModified) {
    response.headers.emplace("last-modified", tag);
    if (visit.if_modified_since == tag) return Reply(304, "", newsroom.headers);
  }
  return response;
}

absl::StatusOr<http::Response> FakeWeb::Answer(const Newsroom& newsroom, const Visit& visit) const {
  if (newsroom.instead) {
    if (auto answer = newsroom.instead(visit)) return *std::move(answer);
  }
  if (visit.path == "/robots.txt") return newsroom.robots.empty() ? Reply(404) : Reply(200, newsroom.robots);
  const std::string origin = "https://" + newsroom.host;
  if (visit.path == "/feed" && newsroom.moved) {
    if (const auto moved = newsroom.moved(visit)) {
      return Redirected(Feed(newsroom, visit), visit.url, origin + moved->first, moved->second);
    }
  }
  if (visit.path == "/feed" || visit.path == "/moved-feed") return Feed(newsroom, visit);
  if (!visit.path.starts_with("/news/")) return Reply(404);
  const std::string words = newsroom.words ? newsroom.words(visit) : "It says what there is to say.";
  // The same wherever the release is moved to.
  const std::string number = visit.path.substr(visit.path.find_last_of("/-") + 1);
  return Reply(200, fmt::format("<html><body><h1>Release {}</h1><p>{}</p></body></html>", number, words));
}

Visit FakeWeb::VisitOf(const http::Request& request) const {
  Visit visit;
  visit.url = request.url;
  visit.path = url::Parse(request.url)->PathAndQuery();
  visit.if_none_match = HeaderOf(request, "If-None-Match");
  visit.if_modified_since = HeaderOf(request, "If-Modified-Since");
  visit.now = clock_.Now();
  visit.day = visit.now - start_;
  return visit;
}

absl::StatusOr<http::Response> FakeWeb::Play(const http::Request& request) {
  const auto found = newsrooms_.find(*url::Parse(request.url)->host);
  if (found == newsrooms_.end()) {
    return Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", "the host name does not resolve");
  }
  Visit visit = VisitOf(request);
  visit.count = ++counts_[request.url];
  absl::StatusOr<http::Response> answer = Answer(found->second, visit);
  if (answer.ok() && answer->final_url.empty()) answer->final_url = request.url;
  return answer;
}

std::chrono::milliseconds FakeWeb::DelayOf(const http::Request& request) const {
  const auto found = newsrooms_.find(*url::Parse(request.url)->host);
  return found != newsrooms_.end() && found->second.delay ? found->second.delay(VisitOf(request)) : kDelay;
}

void FakeWeb::Start(http::Request request, Done done) {
  const Visit visit = VisitOf(request);
  const std::string host = *url::Parse(request.url)->host;
  absl::StatusOr<http::Response> answer = wire_ ? wire_(request) : Play(request);
  requests_.push_back({visit.now, host, visit.path, answer.ok() ? answer->status : 0});
  under_way_.emplace(visit.now + DelayOf(request),
                     [done = std::move(done), answer = std::move(answer)] { done(answer); });
}

WallTime FakeWeb::Next() const {
  return under_way_.empty() ? WallTime::max() : under_way_.begin()->first;
}

void FakeWeb::Deliver() {
  while (!under_way_.empty() && under_way_.begin()->first <= clock_.Now()) {
    auto first = under_way_.extract(under_way_.begin());
    first.mapped()();
  }
}

absl::StatusOr<SourceContent> LineReader::Read(const ReadRequest& request) const {
  SourceContent content;
  content.kind = v1::Source::KIND_FEED;
  content.title = "Newsroom";
  for (const std::string& line : Split(request.body, '\n')) {
    if (line.empty()) continue;
    if (line.starts_with("<")) {
      return Error(absl::StatusCode::kInvalidArgument, "UNREADABLE_SOURCE", "this is a page and no feed");
    }
    if (line.starts_with("#ttl ")) {
      content.interval = std::chrono::minutes(std::stoi(line.substr(5)));
    } else if (line.starts_with("#next ")) {
      content.next_page = line.substr(6);
    } else if (line.starts_with("#child ")) {
      content.children.push_back(line.substr(7));
    } else if (line == "#scripted") {
      content.scripted = true;
    } else {
      const std::vector<std::string> parts = Split(line, '\t');
      if (parts.size() != 5) continue;
      ListedItem item;
      item.link = parts[0];
      item.guid = parts[1];
      item.title = parts[2];
      if (!parts[3].empty()) item.publish_time = WallTime(std::chrono::seconds(std::stoll(parts[3])));
      item.summary = parts[4];
      content.items.push_back(std::move(item));
    }
  }
  return content;
}

void FakeArchive::PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds, PutDone done) {
  using storage::v1::PutDocumentResponse;
  Stored& stored = documents_[request.document().uri()];
  const storage::v1::FeedHints& hints = request.document().feed_hints();
  PutDocumentResponse response;
  response.mutable_document()->set_uri(request.document().uri());
  if (stored.versions == 0) {
    response.set_outcome(PutDocumentResponse::OUTCOME_CREATED);
  } else {
    const bool same = stored.content == request.document().content() &&
                      (!hints.has_recipe() || stored.recipe_title == hints.recipe().title());
    response.set_outcome(same ? PutDocumentResponse::OUTCOME_UNCHANGED : PutDocumentResponse::OUTCOME_CHANGED);
  }
  if (response.outcome() != PutDocumentResponse::OUTCOME_UNCHANGED) ++stored.versions;
  stored.content = request.document().content();
  if (hints.has_recipe()) stored.recipe_title = hints.recipe().title();
  done(std::move(response));
}

}  // namespace dateline::ingestion
