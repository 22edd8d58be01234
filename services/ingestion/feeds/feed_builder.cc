#include "services/ingestion/feeds/feed_builder.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/text/utf8.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/parse_feed.h"
#include "services/ingestion/feeds/sanitize_html.h"

namespace dateline::feeds {
namespace {

constexpr std::size_t kHubsMax = 10;
constexpr int kOwn = 4;
constexpr int kLent = 3;
constexpr int kFallback = 2;
constexpr int kLast = 1;

std::optional<int> Number(std::string_view text) {
  text = text::TrimSpace(text);
  int value = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && stop == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

bool IsOwn(Ns ns) {
  return ns == Ns::kNone || ns == Ns::kAtom;
}

}  // namespace

std::uint32_t FindFeedRoot(const XmlDocument& document) {
  std::uint32_t entry = 0;
  for (std::uint32_t i = 1; i < document.size(); ++i) {
    const XmlNode& node = document.node(i);
    if (!node.IsElement()) continue;
    const bool own = IsOwn(node.ns);
    if (own && (node.name == "rss" || node.name == "feed" || node.name == "channel")) return i;
    if (node.name == "rdf") return i;
    if (own && entry == 0 && (node.name == "entry" || node.name == "item")) entry = i;
    // HTML has no feed further down.
    if (node.name == "body" && entry == 0) break;
  }
  return entry;
}

Format FeedBuilder::FormatOf() const {
  const XmlNode& root = document_.node(root_);
  if (root.name == "rdf") return Format::kRdf;
  if (root.name == "feed" || root.name == "entry") return Format::kAtom;
  return root.name == "channel" ? Format::kCdf : Format::kRss;
}

Feed FeedBuilder::Build(const Scope& scope) {
  feed_.format = FormatOf();
  atom_ = feed_.format == Format::kAtom;
  feed_.version = std::string(document_.Attribute(root_, "version"));
  if (feed_.version.empty() && atom_) feed_.version = "1.0";
  if (feed_.version.empty() && feed_.format == Format::kRdf) feed_.version = "1.0";
  Target target{.id = &feed_.id,
                .title = &feed_.title,
                .summary = &feed_.description,
                .link = &feed_.link,
                .links = &feed_.links,
                .authors = &feed_.authors,
                .author_text = &feed_.author_text,
                .categories = &feed_.categories,
                .published = &feed_.published,
                .updated = &feed_.updated,
                .copyright = &feed_.copyright,
                .language = &feed_.language,
                .image_url = &feed_.image_url};
  Draft draft(document_, target, atom_);
  const XmlNode& root = document_.node(root_);
  if (root.name == "entry" || root.name == "item") {
    AddItem(root_, scope);
  } else {
    Container(root_, scope, draft);
  }
  draft.TakeLanguage(scope.language, kLast);
  if (feed_.description.is_html) draft.TakeImage(FirstImage(feed_.description.value), kLast, scope);
  if (atom_) {
    // By the format the authors of a feed are those of its entries, unless these have their own.
    for (Item& item : feed_.items) {
      if (!item.authors.empty() || item.origin) continue;
      item.authors = feed_.authors;
      item.author_text = feed_.author_text;
    }
  }
  for (const Link& link : feed_.links) {
    if (link.rel == "self" && feed_.self_url.empty()) feed_.self_url = link.href;
    if (link.rel == "next" && feed_.next_url.empty()) feed_.next_url = link.href;
    if (link.rel == "hub" && feed_.hubs.size() < kHubsMax) feed_.hubs.push_back(link.href);
  }
  return std::move(feed_);
}

// The root and the channels in it: both hold items and what is said of the feed.
void FeedBuilder::Container(std::uint32_t element, const Scope& outer, Draft& draft) {
  const Scope scope = ScopeOf(document_, element, outer);
  draft.TakeLanguage(document_.Attribute(element, "lang", Ns::kXml), kFallback);
  if (feed_.format == Format::kCdf) {
    draft.TakeLink(document_.Attribute(element, "href"), kOwn, scope);
    draft.TakeMoment(Field::kUpdated, document_.Attribute(element, "lastmod"), kOwn);
  }
  for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
    const XmlNode& node = document_.node(child);
    if (!node.IsElement()) continue;
    if (IsOwn(node.ns) && (node.name == "item" || node.name == "entry")) {
      AddItem(child, scope);
    } else if (IsOwn(node.ns) && (node.name == "channel" || node.name == "items")) {
      Container(child, scope, draft);
    } else {
      FeedElement(child, scope, draft);
    }
  }
}

void FeedBuilder::AddItem(std::uint32_t element, const Scope& outer) {
  if (feed_.items.size() >= kItemsMax) {
    feed_.truncated = true;
    return;
  }
  feed_.items.push_back(BuildItem(document_, element, outer, atom_));
}

void FeedBuilder::FeedElement(std::uint32_t element, const Scope& scope, Draft& draft) {
  const XmlNode& node = document_.node(element);
  const std::string_view name = node.name;
  if (node.ns == Ns::kSyndication) {
    Rhythm(element, name);
    return;
  }
  if (IsOwn(node.ns)) {
    if (name == "description" || name == "subtitle" || name == "tagline" || name == "abstract") {
      draft.TakeText(Field::kSummary, &feed_.description, element, scope, kOwn);
      return;
    }
    if (name == "info") return draft.TakeText(Field::kSummary, &feed_.description, element, scope, kLent);
    if (name == "generator") return Generator(element);
    if (name == "image") return Image(element, scope, draft);
    if (name == "logo" || name == "icon") {
      const std::string base = ScopeOf(document_, element, scope).base;
      std::string url = AbsoluteUrl(document_.InnerText(element), base);
      if (url.empty()) url = AbsoluteUrl(document_.Attribute(element, "href"), base);
      if (name == "icon") {
        feed_.icon_url = url;
      } else {
        draft.TakeImage(url, kOwn, scope);
      }
      return;
    }
    if (Rhythm(element, name)) return;
  }
  draft.Take(element, scope);
}

// "WordPress", with version and address behind it where they are attributes.
void FeedBuilder::Generator(std::uint32_t element) {
  feed_.generator = text::CollapseSpace(document_.InnerText(element));
  if (const std::string_view version = document_.Attribute(element, "version"); !version.empty()) {
    feed_.generator += " v" + std::string(version);
  }
  for (const std::string_view key : {"uri", "url"}) {
    if (const std::string_view uri = document_.Attribute(element, key); !uri.empty()) {
      feed_.generator += " " + std::string(uri);
      break;
    }
  }
}

void FeedBuilder::Image(std::uint32_t element, const Scope& scope, Draft& draft) {
  if (const std::uint32_t url = document_.Child(element, "url"); url != 0) {
    draft.TakeImage(document_.InnerText(url), kOwn, scope);
  } else {
    draft.TakeImage(document_.Attribute(element, "resource", Ns::kRdf), kLent, scope);
  }
}

bool FeedBuilder::Rhythm(std::uint32_t element, std::string_view name) {
  const auto children = [&](auto take) {
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).IsElement()) take(text::CollapseSpace(document_.InnerText(child)));
    }
  };
  if (name == "ttl") {
    // Beyond a month it is a mistake.
    if (const auto minutes = Number(document_.InnerText(element));
        minutes && *minutes > 0 && *minutes <= 31 * 24 * 60) {
      feed_.rhythm.ttl = std::chrono::minutes(*minutes);
    }
  } else if (name == "skiphours") {
    children([&](const std::string& hour) {
      if (const auto value = Number(hour); value && *value <= 24) feed_.rhythm.skip_hours |= 1U << (*value % 24);
    });
  } else if (name == "skipdays") {
    constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
    children([&](const std::string& day) {
      const auto* found = std::find(kDays.begin(), kDays.end(), day);
      if (found != kDays.end()) feed_.rhythm.skip_days |= 1U << (found - kDays.begin());
    });
  } else if (name == "updateperiod" || name == "updatefrequency") {
    const std::uint32_t parent = document_.node(element).parent;
    std::chrono::minutes period(24 * 60);
    int frequency = 1;
    for (std::uint32_t child = document_.node(parent).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).ns != Ns::kSyndication) continue;
      const std::string value = text::CollapseSpace(document_.InnerText(child));
      if (document_.node(child).name == "updatefrequency") frequency = std::max(1, Number(value).value_or(1));
      if (document_.node(child).name != "updateperiod") continue;
      if (value == "hourly") period = std::chrono::hours(1);
      if (value == "weekly") period = std::chrono::hours(7 * 24);
      if (value == "monthly") period = std::chrono::hours(30 * 24);
      if (value == "yearly") period = std::chrono::hours(365 * 24);
    }
    feed_.rhythm.update_period = std::max(std::chrono::minutes(1), period / frequency);
  } else {
    return false;
  }
  return true;
}

}  // namespace dateline::feeds
