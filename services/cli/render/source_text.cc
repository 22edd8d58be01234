#include "services/cli/render/source_text.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "common/base/proto_time.h"
#include "common/text/utf8.h"

namespace dateline::cli {
namespace {

using ingestion::v1::Source;

constexpr size_t kNameColumns = 32;
constexpr size_t kHealthColumns = 16;

// "2026-11-22 09:15", or "-" for never.
std::string TimeText(bool known, const google::protobuf::Timestamp& time) {
  if (!known) return "-";
  google::protobuf::Timestamp whole = time;
  whole.set_nanos(0);
  std::string text = google::protobuf::util::TimeUtil::ToString(whole);
  if (text.size() > 16) text.resize(16);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

// "HEALTH_NEEDS_RENDERING" -> "needs rendering".
std::string HealthWord(const Source& source) {
  if (source.state() == Source::STATE_PAUSED) return "paused";
  if (source.health() == Source::HEALTH_UNSPECIFIED) return "new";
  std::string word = Source::Health_Name(source.health()).substr(7);
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word;
}

std::string HealthText(const Source& source, const Style& style, size_t columns) {
  const std::string word = fmt::format("{:<{}}", HealthWord(source), columns);
  if (source.state() == Source::STATE_PAUSED || source.health() == Source::HEALTH_UNSPECIFIED) return style.Dim(word);
  return source.health() == Source::HEALTH_OK ? style.Good(word) : style.Bad(word);
}

std::string KindWord(Source::Kind kind) {
  switch (kind) {
    case Source::KIND_FEED:
      return "feed";
    case Source::KIND_SITEMAP:
      return "sitemap";
    case Source::KIND_LISTING:
      return "listing";
    default:
      return "not known yet";
  }
}

// What the hub does; empty when there is none.
std::string PushText(const ingestion::v1::Push& push) {
  using ingestion::v1::Push;
  std::string text;
  switch (push.state()) {
    case Push::STATE_REQUESTED:
      text = fmt::format("asked for at {}", push.hub_uri());
      break;
    case Push::STATE_ACTIVE:
      text = fmt::format("by {} until {}, last {}", push.hub_uri(),
                         TimeText(push.has_lease_end_time(), push.lease_end_time()),
                         TimeText(push.has_last_push_time(), push.last_push_time()));
      break;
    case Push::STATE_DENIED:
      text = fmt::format("denied by {}", push.hub_uri());
      break;
    default:
      return text;
  }
  if (!push.cause().empty()) text += fmt::format(" ({})", push.cause());
  return text;
}

void Field(std::string_view name, std::string_view value, std::string* out) {
  if (!value.empty()) *out += fmt::format("{:<11} {}\n", name, value);
}

}  // namespace

std::string SourceLine(const Source& source, const Style& style, size_t columns) {
  const std::string line =
      fmt::format("{:<{}} {} {:<16}  ", source.name(), kNameColumns, HealthText(source, style, kHealthColumns),
                  TimeText(source.has_last_item_time(), source.last_item_time()));
  const size_t used = std::max(source.name().size(), kNameColumns) + kHealthColumns + 20;
  const std::string& title = source.display_name().empty() ? source.uri() : source.display_name();
  const std::string first = line + text::TruncateToWidth(title, columns > used + 8 ? columns - used : 8);
  if (source.health_cause().empty() || source.state() == Source::STATE_PAUSED) return first;
  return first + "\n" + style.Dim(text::TruncateToWidth("    " + source.health_cause(), std::max<size_t>(columns, 20)));
}

std::string ItemLine(const ingestion::v1::SourceItem& item) {
  return fmt::format("{:<10}  {}  {}", TimeText(item.has_publish_time(), item.publish_time()).substr(0, 10),
                     item.title().empty() ? "(no title)" : item.title(), item.uri());
}

std::string FetchLine(const ingestion::v1::Fetch& fetch) {
  std::string line = fmt::format("{}  {:>3}  ", TimeText(fetch.has_start_time(), fetch.start_time()),
                                 fetch.http_status() == 0 ? "-" : std::to_string(fetch.http_status()));
  if (fetch.http_status() == 304) return line + "not modified";
  if (fetch.pushed()) line += "pushed: ";
  line += fmt::format("{} items, {} new", fetch.item_count(), fetch.new_item_count());
  if (!fetch.error().empty()) line += "  " + fetch.error();
  return line;
}

std::string SourceText(const Source& source, const ingestion::v1::ListFetchesResponse& fetches, const Style& style) {
  std::string out = style.Bold(source.display_name().empty() ? source.name() : source.display_name()) + "\n\n";
  Field("name", source.name(), &out);
  Field("address", source.uri(), &out);
  Field("page", source.home_uri() == source.uri() ? "" : source.home_uri(), &out);
  Field("kind", KindWord(source.kind()), &out);
  Field("health", HealthText(source, style, 0) + (source.health_cause().empty() ? "" : ": " + source.health_cause()),
        &out);
  Field("language", source.language(), &out);
  Field("last item", TimeText(source.has_last_item_time(), source.last_item_time()), &out);
  Field("last poll", TimeText(source.has_last_poll_time(), source.last_poll_time()), &out);
  Field("next poll", TimeText(source.has_next_poll_time(), source.next_poll_time()), &out);
  Field("push", PushText(source.push()), &out);
  if (source.has_poll_interval()) {
    Field("interval", fmt::format("{} s at least", source.poll_interval().seconds()), &out);
  }
  if (source.consecutive_failures() > 0) Field("failures", std::to_string(source.consecutive_failures()), &out);
  if (source.recipes_size() > 0) Field("recipes", std::to_string(source.recipes_size()), &out);
  if (fetches.fetches_size() > 0) out += "\n" + style.Dim("Latest fetches (UTC)") + "\n";
  for (const auto& fetch : fetches.fetches()) out += FetchLine(fetch) + "\n";
  return out;
}

std::string RecipeLine(const ingestion::v1::Recipe& recipe) {
  std::string line = fmt::format("version {}", recipe.version());
  const auto add = [&line](std::string_view field, const std::string& selector) {
    if (!selector.empty()) line += fmt::format("  {} \"{}\"", field, selector);
  };
  add("item", recipe.item_selector());
  add("link", recipe.link_selector());
  add("title", recipe.title_selector());
  add("date", recipe.date_selector());
  add("body", recipe.body_selector());
  for (const std::string& selector : recipe.remove_selectors()) add("remove", selector);
  add("next", recipe.next_page_selector());
  if (recipe.has_start_time()) line += "  from " + TimeText(true, recipe.start_time());
  if (recipe.has_end_time()) line += "  until " + TimeText(true, recipe.end_time());
  return line;
}

std::string ReleaseText(const ingestion::v1::TestRecipeResponse& release) {
  std::string out;
  Field("title", release.title(), &out);
  if (release.has_publish_time()) {
    Field("date", fmt::format("{} (\"{}\")", TimeText(true, release.publish_time()), release.date_text()), &out);
  } else if (!release.date_text().empty()) {
    Field("date", fmt::format("not understood: \"{}\"", release.date_text()), &out);
  }
  if (!release.text().empty()) out += "\n" + release.text();
  return out;
}

std::string CandidateText(const ingestion::v1::SourceCandidate& candidate, int number, const Style& style) {
  const Source& source = candidate.source();
  std::string out =
      fmt::format("{}  {}  {}\n", style.Bold(std::to_string(number)), KindWord(source.kind()), source.uri());
  if (!source.display_name().empty()) out += fmt::format("   {}\n", source.display_name());
  if (!candidate.cause().empty()) out += style.Dim(fmt::format("   {}", candidate.cause())) + "\n";
  for (const auto& item : candidate.samples()) {
    out += fmt::format("     {}  {}\n", TimeText(item.has_publish_time(), item.publish_time()).substr(0, 10),
                       item.title().empty() ? item.uri() : item.title());
  }
  return out;
}

}  // namespace dateline::cli
