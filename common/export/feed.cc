#include "common/export/feed.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "common/export/html.h"
#include "common/export/json_writer.h"
#include "common/export/parts.h"
#include "common/text/utf8.h"

namespace dateline::exporting {
namespace {

using release::v1::Release;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char kAtomNamespace[] = "http://www.w3.org/2005/Atom";
constexpr size_t kSummaryBytes = 400;

// The times that exist in XML readers: the archive's, since newsrooms often give none.
std::string Published(const Release& release) {
  const std::string exact = release.publish().has_time() ? IsoTime(release.publish().time()) : std::string();
  return exact.empty() ? IsoTime(release.create_time()) : exact;
}

// To the millisecond: two revisions within a second are two, and readers tell them apart by this.
std::string UpdateTime(const Release& release) {
  const auto& time = release.has_update_time() ? release.update_time() : release.create_time();
  std::string text = IsoTime(time);
  if (text.ends_with('Z')) text.insert(text.size() - 1, fmt::format(".{:03}", time.nanos() / 1'000'000));
  return text;
}

std::string Latest(const Feed& feed) {
  std::string latest = "1970-01-01T00:00:00.000Z";
  for (const Release& release : feed.releases) {
    if (std::string time = UpdateTime(release); time > latest) latest = std::move(time);
  }
  return latest;
}

std::string TitleOf(const Release& release) {
  return release.title().empty() ? "Untitled release" : release.title();
}

std::string LinkOf(const Release& release, std::string_view item_base) {
  if (IsWebUri(release.uri())) return EncodeUri(release.uri());
  return std::string(item_base) + release.name();
}

// Names of releases are UUIDs already.
std::string IdOf(const Release& release) {
  const size_t slash = release.name().rfind('/');
  return "urn:uuid:" + release.name().substr(slash == std::string::npos ? 0 : slash + 1);
}

std::string SummaryOf(const Release& release) {
  if (!release.subtitle().empty()) return release.subtitle();
  for (const Part& part : PartsOf(release)) {
    if (!IsMainText(part.kind) || part.kind == release::v1::Section::HEADING) continue;
    const auto paragraphs = Paragraphs(part.text);
    if (paragraphs.empty()) continue;
    std::string_view text = paragraphs.front();
    if (text.size() <= kSummaryBytes) return std::string(text);
    size_t end = kSummaryBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "…";
  }
  return {};
}

std::string Element(std::string_view name, std::string_view text) {
  return text.empty() ? std::string() : fmt::format("<{0}>{1}</{0}>\n", name, EscapeXml(text));
}

std::string Link(std::string_view rel, std::string_view href, std::string_view type) {
  if (href.empty()) return {};
  return fmt::format("<link rel=\"{}\"{} href=\"{}\"/>\n", rel, type.empty() ? "" : fmt::format(" type=\"{}\"", type),
                     EscapeXml(href));
}

std::string Entry(const Release& release, std::string_view item_base, std::string_view open) {
  std::string out = fmt::format("<{}>\n", open);
  out += Element("id", IdOf(release));
  out += Element("title", TitleOf(release));
  out += Link("alternate", LinkOf(release, item_base), "");
  if (!item_base.empty()) out += Link("related", std::string(item_base) + release.name(), "text/html");
  out += Element("published", Published(release));
  out += Element("updated", UpdateTime(release));
  for (const auto& author : release.authors())
    out += "<author>\n" + Element("name", author.display_name()) + "</author>\n";
  if (release.authors().empty()) {
    out +=
        "<author>\n" + Element("name", release.site_name().empty() ? "unknown" : release.site_name()) + "</author>\n";
  }
  for (const std::string& topic : release.topics()) {
    out += fmt::format("<category term=\"{}\"/>\n", EscapeXml(topic));
  }
  out += Element("summary", SummaryOf(release));
  const std::string language = release.language().empty() || release.language() == "und"
                                   ? ""
                                   : fmt::format(" xml:lang=\"{}\"", EscapeXml(release.language()));
  out += fmt::format("<content type=\"html\"{}>{}</content>\n", language, EscapeXml(HtmlBody(release)));
  return out + "</entry>\n";
}

// "Mon, 30 Nov 2026 14:05:00 GMT", whatever the locale.
std::string Rfc822(const google::protobuf::Timestamp& time) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time.seconds();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[static_cast<size_t>(parts.tm_wday)],
                     parts.tm_mday, kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                     parts.tm_min, parts.tm_sec);
}

std::string RssItem(const Release& release, std::string_view item_base) {
  std::string out = "<item>\n";
  out += Element("title", TitleOf(release));
  out += Element("link", LinkOf(release, item_base));
  out += fmt::format("<guid isPermaLink=\"false\">{}</guid>\n", EscapeXml(IdOf(release)));
  out += Element("pubDate", Rfc822(release.publish().has_time() ? release.publish().time() : release.create_time()));
  for (const auto& author : release.authors()) out += Element("dc:creator", author.display_name());
  out += Element("dc:language", release.language());
  for (const std::string& topic : release.topics()) out += Element("category", topic);
  out += Element("description", SummaryOf(release));
  out += Element("content:encoded", HtmlBody(release));
  out += Element("atom:updated", UpdateTime(release));
  return out + "</item>\n";
}

void WriteFacts(const Release& release, JsonWriter& json) {
  json.BeginObject("_dateline");
  json.String("release", release.name());
  json.Integer("revision", release.revision());
  json.StringIfAny("source", release.source());
  json.StringIfAny("dateline", release.dateline().place());
  json.BeginArray("quotes");
  for (const auto& quote : release.quotes()) {
    json.BeginObject();
    json.String("text", quote.text());
    json.StringIfAny("speaker", quote.speaker());
    json.EndObject();
  }
  json.EndArray();
  json.BeginArray("figures");
  for (const auto& figure : release.figures()) {
    json.BeginObject();
    json.String("text", figure.text());
    json.Number("value", figure.value());
    json.StringIfAny("unit", figure.unit());
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace

std::string EscapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (size_t i = 0; i < text.size();) {
    const text::CodePoint c = text::CodePointAt(text, i);
    const bool forbidden = c.value == 0xFFFD ||
                           (c.value < 0x20 && c.value != '\t' && c.value != '\n' && c.value != '\r') ||
                           c.value == 0xFFFE || c.value == 0xFFFF;
    if (forbidden) {
      out += kReplacement;
    } else if (c.value == '&') {
      out += "&amp;";
    } else if (c.value == '<') {
      out += "&lt;";
    } else if (c.value == '>') {
      out += "&gt;";
    } else if (c.value == '"') {
      out += "&quot;";
    } else if (c.value == '\r') {
      out += "&#13;";
    } else {
      out += text.substr(i, c.length);
    }
    i += c.length;
  }
  return out;
}

std::string AtomEntry(const Release& release, std::string_view item_base) {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" +
         Entry(release, item_base, fmt::format("entry xmlns=\"{}\"", kAtomNamespace));
}

std::string Atom(const Feed& feed) {
  std::string out = fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"{}\">\n", kAtomNamespace);
  out += Element("id", feed.id) + Element("title", feed.title) + Element("subtitle", feed.subtitle);
  out += Element("updated", Latest(feed));
  out += "<generator uri=\"https://dateline.org/\">Dateline</generator>\n";
  out += Link("self", feed.self_uri, "application/atom+xml") + Link("alternate", feed.home_uri, "text/html");
  out += Link("next", feed.next_uri, "application/atom+xml") + Link("hub", feed.hub_uri, "");
  for (const Release& release : feed.releases) out += Entry(release, feed.item_base, "entry");
  return out + "</feed>\n";
}

std::string Rss(const Feed& feed) {
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"{}\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n"
      "<channel>\n",
      kAtomNamespace);
  out += Element("title", feed.title) + Element("link", feed.home_uri);
  out += Element("description", feed.subtitle.empty() ? feed.title : feed.subtitle);
  out += fmt::format("<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>\n", EscapeXml(feed.self_uri));
  if (!feed.next_uri.empty()) out += fmt::format("<atom:link rel=\"next\" href=\"{}\"/>\n", EscapeXml(feed.next_uri));
  if (!feed.hub_uri.empty()) out += fmt::format("<atom:link rel=\"hub\" href=\"{}\"/>\n", EscapeXml(feed.hub_uri));
  for (const Release& release : feed.releases) out += RssItem(release, feed.item_base);
  return out + "</channel>\n</rss>\n";
}

std::string JsonFeed(const Feed& feed) {
  JsonWriter json;
  json.BeginObject();
  json.String("version", "https://jsonfeed.org/version/1.1");
  json.String("title", feed.title);
  json.StringIfAny("description", feed.subtitle);
  json.StringIfAny("home_page_url", feed.home_uri);
  json.StringIfAny("feed_url", feed.self_uri);
  json.StringIfAny("next_url", feed.next_uri);
  if (!feed.hub_uri.empty()) {
    json.BeginArray("hubs");
    json.BeginObject();
    json.String("type", "WebSub");
    json.String("url", feed.hub_uri);
    json.EndObject();
    json.EndArray();
  }
  json.BeginArray("items");
  for (const Release& release : feed.releases) {
    json.BeginObject();
    json.String("id", IdOf(release));
    json.String("url", LinkOf(release, feed.item_base));
    json.String("title", TitleOf(release));
    json.StringIfAny("summary", SummaryOf(release));
    json.String("content_html", HtmlBody(release));
    json.String("date_published", Published(release));
    json.String("date_modified", UpdateTime(release));
    if (!release.authors().empty()) {
      json.BeginArray("authors");
      for (const auto& author : release.authors()) {
        json.BeginObject();
        json.String("name", author.display_name());
        json.EndObject();
      }
      json.EndArray();
    }
    if (!release.topics().empty()) {
      json.BeginArray("tags");
      for (const std::string& topic : release.topics()) json.String({}, topic);
      json.EndArray();
    }
    if (!release.language().empty() && release.language() != "und") json.String("language", release.language());
    WriteFacts(release, json);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace dateline::exporting
