#include "services/ingestion/feeds/json_feed.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <string>

#include "common/text/utf8.h"
#include "services/ingestion/dates/feed_date.h"
#include "services/ingestion/feeds/absolute_url.h"
#include "services/ingestion/feeds/parse_feed.h"
#include "services/ingestion/feeds/people.h"
#include "services/ingestion/feeds/sanitize_html.h"

namespace dateline::feeds {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr std::size_t kListMax = 200;

const Value* Member(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

// Strings, and numbers where a careless program writes them.
std::string String(const Struct& object, const std::string& name) {
  const Value* value = Member(object, name);
  if (value == nullptr) return {};
  if (value->kind_case() == Value::kNumberValue) {
    const double number = value->number_value();
    return std::floor(number) == number && std::abs(number) < 1e15 ? fmt::format("{:.0f}", number)
                                                                   : fmt::format("{}", number);
  }
  return std::string(text::TrimSpace(value->string_value()));
}

template <typename Take>
void ForEach(const Struct& object, const std::string& name, Take take) {
  const Value* value = Member(object, name);
  if (value == nullptr || !value->has_list_value()) return;
  std::size_t count = 0;
  for (const Value& element : value->list_value().values()) {
    if (++count > kListMax) break;
    take(element);
  }
}

Moment ReadMoment(const Struct& object, const std::string& name) {
  Moment moment;
  moment.raw = String(object, name);
  moment.date = dates::ParseDate(moment.raw);
  return moment;
}

void ReadAuthors(const Struct& object, std::vector<Person>* authors, std::string* text) {
  const auto take = [&](const Value& value) {
    Person person;
    if (value.has_struct_value()) {
      person.name = String(value.struct_value(), "name");
      person.uri = String(value.struct_value(), "url");
      if (person.uri.starts_with("mailto:")) person.email = person.uri.substr(7);
    } else {
      person = ParsePerson(value.string_value());
    }
    if (person.name.empty() && person.uri.empty() && person.email.empty()) return;
    if (text->empty()) *text = PersonText(person);
    authors->push_back(std::move(person));
  };
  ForEach(object, "authors", take);
  if (const Value* author = Member(object, "author"); author != nullptr && authors->empty()) take(*author);
}

void AddLink(const std::string& href, std::string_view rel, std::vector<Link>* links) {
  if (href.empty()) return;
  Link link;
  link.href = href;
  link.rel = std::string(rel);
  links->push_back(std::move(link));
}

Item ReadItem(const Struct& object, const Scope& outer) {
  Item item;
  Scope scope = outer;
  item.language = String(object, "language");
  if (!item.language.empty()) scope.language = item.language;
  item.id = String(object, "id");
  item.link = AbsoluteUrl(String(object, "url"), scope.base);
  const std::string external = AbsoluteUrl(String(object, "external_url"), scope.base);
  AddLink(item.link, "alternate", &item.links);
  AddLink(external, item.link.empty() ? "alternate" : "related", &item.links);
  if (item.link.empty()) item.link = external;
  item.id_is_permalink = item.id == item.link && !item.id.empty();
  if (item.link.empty() && (item.id.starts_with("http://") || item.id.starts_with("https://"))) item.link = item.id;
  item.title = GuessText(String(object, "title"), scope);
  item.summary = GuessText(String(object, "summary"), scope);
  if (const std::string html = String(object, "content_html"); !html.empty()) {
    item.content = Text{SanitizeHtml(html, scope.base), true, scope.language};
  } else {
    item.content = Text{String(object, "content_text"), false, scope.language};
  }
  item.image_url = AbsoluteUrl(String(object, "image"), scope.base);
  if (item.image_url.empty()) item.image_url = AbsoluteUrl(String(object, "banner_image"), scope.base);
  item.published = ReadMoment(object, "date_published");
  item.updated = ReadMoment(object, "date_modified");
  ReadAuthors(object, &item.authors, &item.author_text);
  ForEach(object, "tags", [&](const Value& tag) {
    if (std::string name = text::CollapseSpace(tag.string_value()); !name.empty())
      item.categories.push_back(std::move(name));
  });
  ForEach(object, "attachments", [&](const Value& value) {
    const Struct& attachment = value.struct_value();
    Enclosure enclosure{AbsoluteUrl(String(attachment, "url"), scope.base), String(attachment, "mime_type"),
                        String(attachment, "size_in_bytes")};
    if (!enclosure.url.empty()) item.enclosures.push_back(std::move(enclosure));
  });
  return item;
}

}  // namespace

std::optional<Feed> ParseJsonFeed(std::string_view text, const Scope& outer) {
  Struct object;
  if (!google::protobuf::util::JsonStringToMessage(std::string(text), &object).ok()) return std::nullopt;
  Feed feed;
  feed.format = Format::kJsonFeed;
  feed.version = String(object, "version");
  const Value* items = Member(object, "items");
  if (feed.version.find("jsonfeed.org") == std::string::npos && (items == nullptr || !items->has_list_value())) {
    return std::nullopt;
  }
  Scope scope = outer;
  feed.language = String(object, "language");
  if (feed.language.empty()) feed.language = outer.language;
  scope.language = feed.language;
  feed.title = GuessText(String(object, "title"), scope);
  feed.description = GuessText(String(object, "description"), scope);
  feed.link = AbsoluteUrl(String(object, "home_page_url"), scope.base);
  feed.self_url = AbsoluteUrl(String(object, "feed_url"), scope.base);
  feed.next_url = AbsoluteUrl(String(object, "next_url"), scope.base);
  AddLink(feed.link, "alternate", &feed.links);
  AddLink(feed.self_url, "self", &feed.links);
  feed.image_url = AbsoluteUrl(String(object, "icon"), scope.base);
  feed.icon_url = AbsoluteUrl(String(object, "favicon"), scope.base);
  if (const Value* expired = Member(object, "expired"); expired != nullptr) feed.expired = expired->bool_value();
  ReadAuthors(object, &feed.authors, &feed.author_text);
  ForEach(object, "hubs", [&](const Value& hub) {
    std::string url = AbsoluteUrl(String(hub.struct_value(), "url"), scope.base);
    if (!url.empty()) feed.hubs.push_back(std::move(url));
  });
  if (items == nullptr) return feed;
  for (const Value& item : items->list_value().values()) {
    if (feed.items.size() >= kItemsMax) {
      feed.truncated = true;
      break;
    }
    if (!item.has_struct_value()) continue;
    feed.items.push_back(ReadItem(item.struct_value(), scope));
    // The authors of the feed are those of its items, unless these have their own.
    if (!feed.items.back().authors.empty()) continue;
    feed.items.back().authors = feed.authors;
    feed.items.back().author_text = feed.author_text;
  }
  return feed;
}

}  // namespace dateline::feeds
