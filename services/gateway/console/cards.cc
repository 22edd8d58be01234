#include "services/gateway/console/cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <span>

#include "common/base/proto_time.h"
#include "common/export/parts.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/format.h"

namespace dateline::gateway {
namespace {

using release::v1::Release;

constexpr size_t kLeadBytes = 240;
constexpr size_t kFirstWordsBytes = 100;
constexpr int kBatchMax = 100;

// Of what lists have too: they come without etag.
std::string KeyOf(const Release& release) {
  return fmt::format("{}|{}|{}.{}|{}", release.name(), release.revision(), release.update_time().seconds(),
                     release.update_time().nanos(), release.withdraw_time().seconds());
}

// The first words of the main text that are not its title.
std::string LeadOf(const Release& release) {
  for (const exporting::Part& part : exporting::PartsOf(release)) {
    if (!exporting::IsMainText(part.kind) || part.kind == release::v1::Section::HEADING) continue;
    for (const std::string_view paragraph : exporting::Paragraphs(part.text)) {
      if (paragraph.size() > 40 && paragraph != release.title()) return Shortened(paragraph, kLeadBytes);
    }
  }
  return {};
}

}  // namespace

const google::protobuf::Timestamp& ListTime(const Release& release) {
  return release.create_time();
}

Value RowValue(const Release& release, WallTime now) {
  Value row;
  const std::string id(IdOf(release.name()));
  row["href"] = "/releases/" + id;
  row["name"] = release.name();
  row["title"] = release.title().empty() ? std::string("Untitled release") : release.title();
  row["subtitle"] = release.subtitle();
  row["language"] = release.language();
  row["rtl"] = IsRightToLeft(release.language());
  if (!release.language().empty() && release.language() != "und" && !release.language().starts_with("en")) {
    row["language_name"] = LanguageName(release.language());
  }
  row["site"] = release.site_name().empty() ? SiteOf(release.uri()) : release.site_name();
  if (release.has_dateline()) row["place"] = release.dateline().place();
  row["time"] = TimeElement(ListTime(release), ClockTime(ListTime(release)));
  row["ago"] = Ago(ListTime(release), now);
  const std::string published = DayText(release.publish().date());
  if (!published.empty()) row["published"] = published;
  if (release.revision() > 1) row["revision"] = static_cast<int>(release.revision());
  row["withdrawn"] = release.has_withdraw_time();
  row["revised"] = release.revision() > 1;
  return row;
}

Cards::Glance Cards::GlanceAt(const Release& release) {
  Glance glance;
  glance.lead = LeadOf(release);
  const auto add = [&glance](int count, std::string_view one, std::string_view many) {
    if (count > 0) glance.contents.push_back(Counted(count, one, many));
  };
  add(release.quotes_size(), "quote", "quotes");
  add(release.figures_size(), "figure", "figures");
  add(release.people_size(), "person", "people");
  add(release.contacts_size(), "contact", "contacts");
  const auto name = [&glance](const auto& facts) {
    for (int i = 0; i < std::min(facts.size(), kNamedMax); ++i) {
      if (facts[i].confidence() != release::v1::Confidence::LOW)
        glance.named.push_back({facts[i].display_name(), facts[i].entity()});
    }
  };
  name(release.organizations());
  name(release.people());
  for (const auto& place : release.places()) {
    if (!place.has_latitude() || !place.has_longitude() || glance.places.size() == size_t{kNamedMax}) continue;
    glance.places.push_back({.latitude = place.latitude(),
                             .longitude = place.longitude(),
                             .label = place.display_name(),
                             .href = place.entity().empty() ? std::string() : "/" + place.entity()});
  }
  return glance;
}

std::vector<Dot> Cards::Places(const Releases& releases, size_t most) {
  std::map<std::pair<double, double>, Dot> dots;
  for (const GlancePtr& glance : GlancesOf(releases)) {
    for (const Dot& place : glance->places) {
      const auto [at, is_new] = dots.emplace(std::pair(place.latitude, place.longitude), place);
      if (!is_new) at->second.weight += 1;
    }
  }
  std::vector<Dot> sorted;
  for (auto& [key, dot] : dots) sorted.push_back(std::move(dot));
  std::ranges::stable_sort(sorted, std::greater<>(), &Dot::weight);
  if (sorted.size() > most) sorted.resize(most);
  return sorted;
}

Value::List Cards::NamedMost(const Releases& releases, const NamedQuery& query) {
  struct Seen {
    const Named* named = nullptr;
    int releases = 0;
  };
  const std::vector<GlancePtr> glances = GlancesOf(releases);
  std::map<std::string_view, Seen> seen;
  for (const GlancePtr& glance : glances) {
    std::set<std::string_view> here;
    for (const Named& named : glance->named) {
      if (!query.except.empty() && named.entity == query.except) continue;
      const std::string_view key = named.entity.empty() ? named.label : named.entity;
      if (!here.insert(key).second) continue;
      Seen& one = seen[key];
      ++one.releases;
      if (one.named == nullptr) one.named = &named;
    }
  }
  std::vector<Seen> sorted;
  for (auto& [key, one] : seen) {
    if (one.releases >= query.least) sorted.push_back(one);
  }
  std::ranges::stable_sort(sorted, std::greater<>(), &Seen::releases);
  Value::List rows;
  for (const Seen& one : std::span(sorted).first(std::min(query.most, sorted.size()))) {
    Value row;
    row["label"] = one.named->label;
    if (!one.named->entity.empty()) row["href"] = "/" + one.named->entity;
    row["count"] = one.releases;
    rows.push_back(std::move(row));
  }
  return rows;
}

Value Cards::Row(const Release& full, WallTime now) {
  Cards::Releases one;
  *one.Add() = full;
  Remember(full, std::make_shared<const Glance>(GlanceAt(full)));
  return Rows(one, now).front();
}

std::vector<Cards::GlancePtr> Cards::GlancesOf(const Releases& releases) {
  static const GlancePtr nothing = std::make_shared<const Glance>();
  std::vector<GlancePtr> glances;
  std::map<std::string, size_t> missing;
  storage::v1::BatchGetReleasesRequest request;
  request.set_view(storage::v1::RELEASE_VIEW_FULL);
  for (const Release& release : releases) {
    GlancePtr known = Recall(KeyOf(release));
    if (known == nullptr && request.names_size() < kBatchMax && missing.emplace(release.name(), glances.size()).second)
      request.add_names(release.name());
    glances.push_back(known == nullptr ? nothing : std::move(known));
  }
  if (request.names().empty()) return glances;
  const auto full = Ask<storage::v1::BatchGetReleasesResponse>(backend_, request);
  if (!full.ok()) return glances;
  for (const Release& release : full->releases()) {
    const auto glance = std::make_shared<const Glance>(GlanceAt(release));
    if (const auto place = missing.find(release.name()); place != missing.end()) glances[place->second] = glance;
    Remember(release, glance);
  }
  return glances;
}

Value::List Cards::Rows(const Releases& releases, WallTime now) {
  const std::vector<GlancePtr> glances = GlancesOf(releases);
  Value::List rows;
  for (int i = 0; i < releases.size(); ++i) {
    Value row = RowValue(releases[i], now);
    const Glance& glance = *glances[static_cast<size_t>(i)];
    row["lead"] = glance.lead;
    // What has no title is found again by its first words.
    if (releases[i].title().empty() && !glance.lead.empty()) row["title"] = Shortened(glance.lead, kFirstWordsBytes);
    for (const std::string& content : glance.contents) row["contents"].Append(content);
    rows.push_back(std::move(row));
  }
  return rows;
}

Cards::GlancePtr Cards::Recall(const std::string& key) {
  MutexLock lock(mutex_);
  const auto found = glances_.find(key);
  if (found == glances_.end() || clock_.Monotonic() - found->second.read > kRemembered) return nullptr;
  return found->second.glance;
}

void Cards::Remember(const Release& release, GlancePtr glance) {
  const bool young = clock_.Now() - FromTimestamp(release.update_time()) < kYoung;
  const bool joined = std::ranges::none_of(glance->named, [](const Named& named) { return named.entity.empty(); });
  if (young && !joined) return;
  MutexLock lock(mutex_);
  const std::string key = KeyOf(release);
  const auto [place, is_new] = glances_.insert_or_assign(key, Remembered{std::move(glance), clock_.Monotonic()});
  if (!is_new) return;
  order_.push_back(key);
  if (order_.size() <= kRememberedMax) return;
  glances_.erase(order_.front());
  order_.pop_front();
}

}  // namespace dateline::gateway
