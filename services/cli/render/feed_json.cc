#include "services/cli/render/feed_json.h"

#include <fmt/format.h>

#include "common/text/utf8.h"
#include "services/ingestion/dates/feed_date.h"

namespace dateline::cli {
namespace {

using exporting::JsonWriter;
using feeds::Feed;
using feeds::Item;

void WriteMoment(std::string_view key, const feeds::Moment& moment, JsonWriter& json) {
  if (moment.date) json.String(key, dates::FormatUtc(moment.date->utc));
}

void WritePeople(const std::vector<feeds::Person>& people, const std::string& text, JsonWriter& json) {
  json.BeginArray("authors");
  for (const feeds::Person& person : people) {
    json.BeginObject();
    json.StringIfAny("name", person.name);
    json.StringIfAny("email", person.email);
    json.StringIfAny("uri", person.uri);
    json.EndObject();
  }
  json.EndArray();
  json.StringIfAny("author_text", text);
}

void WriteLinks(const std::vector<feeds::Link>& links, JsonWriter& json) {
  json.BeginArray("links");
  for (const feeds::Link& link : links) {
    json.BeginObject();
    json.String("href", link.href);
    json.String("rel", link.rel);
    json.StringIfAny("type", link.type);
    json.StringIfAny("hreflang", link.hreflang);
    json.StringIfAny("title", link.title);
    json.EndObject();
  }
  json.EndArray();
}

void WriteStrings(std::string_view key, const std::vector<std::string>& values, JsonWriter& json) {
  json.BeginArray(key);
  for (const std::string& value : values) json.String({}, value);
  json.EndArray();
}

void WriteItem(const Item& item, JsonWriter& json) {
  json.BeginObject();
  json.StringIfAny("id", item.id);
  json.StringIfAny("title", item.title.value);
  json.StringIfAny("link", item.link);
  WriteLinks(item.links, json);
  json.StringIfAny("summary", item.summary.empty() ? item.content.value : item.summary.value);
  json.StringIfAny("content", item.content.value);
  WritePeople(item.authors, item.author_text, json);
  WriteStrings("categories", item.categories, json);
  WriteMoment("published", item.published.date ? item.published : item.updated, json);
  WriteMoment("updated", item.updated.date ? item.updated : item.published, json);
  json.BeginArray("enclosures");
  for (const feeds::Enclosure& enclosure : item.enclosures) {
    json.BeginObject();
    json.String("url", enclosure.url);
    json.StringIfAny("type", enclosure.type);
    json.StringIfAny("length", enclosure.length);
    json.EndObject();
  }
  json.EndArray();
  json.StringIfAny("image_url", item.image_url);
  json.StringIfAny("comments_url", item.comments_url);
  json.StringIfAny("language", item.language);
  json.StringIfAny("copyright", item.copyright.value);
  if (item.origin) {
    json.BeginObject("source");
    json.StringIfAny("title", item.origin->title.value);
    json.StringIfAny("url", item.origin->url);
    json.StringIfAny("link", item.origin->link);
    json.StringIfAny("id", item.origin->id);
    json.EndObject();
  }
  json.EndObject();
}

void WriteChannel(const Feed& feed, JsonWriter& json) {
  json.BeginObject("feed");
  json.StringIfAny("id", feed.id);
  json.StringIfAny("title", feed.title.value);
  json.StringIfAny("description", feed.description.value);
  json.StringIfAny("link", feed.link);
  json.StringIfAny("feed_url", feed.self_url);
  WriteLinks(feed.links, json);
  WriteStrings("hubs", feed.hubs, json);
  json.StringIfAny("next_url", feed.next_url);
  WritePeople(feed.authors, feed.author_text, json);
  WriteStrings("categories", feed.categories, json);
  WriteMoment("published", feed.published.date ? feed.published : feed.updated, json);
  WriteMoment("updated", feed.updated.date ? feed.updated : feed.published, json);
  json.StringIfAny("generator", feed.generator);
  json.StringIfAny("copyright", feed.copyright.value);
  json.StringIfAny("language", feed.language);
  json.StringIfAny("image_url", feed.image_url);
  json.StringIfAny("icon_url", feed.icon_url);
  if (feed.rhythm.ttl) json.Integer("ttl_minutes", feed.rhythm.ttl->count());
  if (feed.rhythm.update_period) json.Integer("update_period_minutes", feed.rhythm.update_period->count());
  json.EndObject();
}

}  // namespace

std::string_view FeedTypeName(feeds::Format format) {
  switch (format) {
    case feeds::Format::kRss:
    case feeds::Format::kRdf:
      return "rss";
    case feeds::Format::kAtom:
      return "atom";
    case feeds::Format::kJsonFeed:
      return "json";
    case feeds::Format::kCdf:
      return "cdf";
  }
  return "";
}

void WriteFeed(std::string_view key, const Feed& feed, JsonWriter& json) {
  json.BeginObject(key);
  json.String("feed_type", FeedTypeName(feed.format));
  json.StringIfAny("version", feed.version);
  json.String("encoding", feed.encoding);
  json.Bool("wellformed", feed.well_formed);
  WriteStrings("repairs", feed.repairs, json);
  if (feed.truncated) json.Bool("truncated", true);
  WriteChannel(feed, json);
  json.BeginArray("items");
  for (const Item& item : feed.items) WriteItem(item, json);
  json.EndArray();
  json.EndObject();
}

std::string FeedText(const Feed& feed, const Style& style, size_t columns) {
  std::string out = fmt::format("{}\n", style.Bold(feed.title.empty() ? "(no title)" : feed.title.Plain()));
  out += fmt::format("{} {}, {} {}", FeedTypeName(feed.format), feed.version, feed.items.size(),
                     feed.items.size() == 1 ? "item" : "items");
  if (!feed.link.empty()) out += fmt::format(", {}", feed.link);
  out += '\n';
  for (const std::string& repair : feed.repairs) out += fmt::format("{} {}\n", style.Warn("mended:"), repair);
  if (feed.truncated) out += fmt::format("{} the rest is over the limits\n", style.Warn("cut:"));
  for (const Item& item : feed.items) {
    const std::string day = item.When() ? dates::FormatDay(item.When()->utc) : "no date   ";
    const std::string title = item.title.empty() ? item.Richest().Plain() : item.title.Plain();
    out +=
        fmt::format("\n{}  {}\n", style.Dim(day), text::TruncateToWidth(title, columns > 14 ? columns - 12 : columns));
    if (!item.link.empty()) out += fmt::format("            {}\n", item.link);
  }
  return out;
}

}  // namespace dateline::cli
