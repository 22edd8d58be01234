#include "services/ingestion/feeds/sitemap.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/feeds/charset.h"
#include "services/ingestion/feeds/gunzip.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {
namespace {

constexpr std::size_t kAlternatesMax = 100;
constexpr std::size_t kKeywordsMax = 50;

absl::Status Refuse(std::string_view reason, std::string_view url, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, reason, fmt::format("{}: {}", url.empty() ? "sitemap" : url, what),
               {{"url", std::string(url)}});
}

// Absolute and http(s), or empty.
std::string PageUrl(std::string_view text, std::string_view base) {
  text = text::TrimSpace(text);
  if (text.empty()) return {};
  const auto base_url = url::Parse(base);
  const auto parsed = url::Parse(text, base_url.ok() ? &*base_url : nullptr);
  return parsed.ok() && parsed->IsHttp() ? parsed->Href() : std::string();
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Moment ReadMoment(std::string_view text) {
  Moment moment;
  moment.raw = std::string(text::TrimSpace(text));
  moment.date = dates::ParseDate(moment.raw);
  return moment;
}

class SitemapReader {
 public:
  SitemapReader(const XmlDocument& document, std::string_view url) : document_(document), url_(url) {}

  // nullopt when the document has no sitemap in it.
  std::optional<Sitemap> Read() {
    std::uint32_t root = 0;
    for (std::uint32_t i = 1; i < document_.size() && root == 0; ++i) {
      const std::string_view name = document_.node(i).name;
      if (name == "urlset" || name == "sitemapindex") root = i;
      if (name == "html" || name == "rss" || name == "feed") break;
    }
    if (root == 0) return std::nullopt;
    sitemap_.is_index = document_.node(root).name == "sitemapindex";
    const std::string_view entry = sitemap_.is_index ? "sitemap" : "url";
    for (std::uint32_t child = document_.node(root).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).name != entry) continue;
      if (sitemap_.entries.size() >= kSitemapEntriesMax) {
        sitemap_.truncated = true;
        break;
      }
      SitemapEntry read = Entry(child);
      if (!read.url.empty()) sitemap_.entries.push_back(std::move(read));
    }
    sitemap_.well_formed = document_.well_formed();
    sitemap_.truncated = sitemap_.truncated || document_.truncated();
    return std::move(sitemap_);
  }

 private:
  SitemapEntry Entry(std::uint32_t element) {
    SitemapEntry entry;
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      const XmlNode& node = document_.node(child);
      if (!node.IsElement()) continue;
      if (node.name == "news") {
        entry.news = News(child);
      } else if (node.name == "link") {
        Alternate(child, &entry);
      } else if (node.ns != Ns::kSitemap && node.ns != Ns::kNone) {
        continue;
      } else if (node.name == "loc") {
        entry.url = PageUrl(document_.InnerText(child), url_);
      } else if (node.name == "lastmod") {
        entry.modified = ReadMoment(document_.InnerText(child));
      } else if (node.name == "changefreq") {
        entry.change_frequency = Lower(text::CollapseSpace(document_.InnerText(child)));
      } else if (node.name == "priority") {
        const std::string text = text::CollapseSpace(document_.InnerText(child));
        double value = 0;
        const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failed == std::errc() && value >= 0 && value <= 1) entry.priority = value;
      }
    }
    return entry;
  }

  SitemapNews News(std::uint32_t element) {
    SitemapNews news;
    for (std::uint32_t child = document_.node(element).first_child; child != 0; child = document_.node(child).next) {
      const std::string_view name = document_.node(child).name;
      const std::string text = text::CollapseSpace(document_.InnerText(child));
      if (name == "title") news.title = text;
      if (name == "publication_date") news.published = ReadMoment(text);
      if (name == "keywords") Keywords(text, &news);
      if (name != "publication") continue;
      for (std::uint32_t part = document_.node(child).first_child; part != 0; part = document_.node(part).next) {
        if (document_.node(part).name == "name") news.publication = text::CollapseSpace(document_.InnerText(part));
        if (document_.node(part).name == "language") news.language = text::CollapseSpace(document_.InnerText(part));
      }
    }
    return news;
  }

  static void Keywords(std::string_view text, SitemapNews* news) {
    for (std::size_t at = 0; at <= text.size() && news->keywords.size() < kKeywordsMax;) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      const std::string_view word = text::TrimSpace(text.substr(at, comma - at));
      if (!word.empty()) news->keywords.emplace_back(word);
      at = comma + 1;
    }
  }

  void Alternate(std::uint32_t element, SitemapEntry* entry) {
    if (document_.Attribute(element, "rel") != "alternate" || entry->alternates.size() >= kAlternatesMax) return;
    Link link;
    link.href = PageUrl(document_.Attribute(element, "href"), url_);
    link.rel = "alternate";
    link.hreflang = std::string(document_.Attribute(element, "hreflang"));
    if (!link.href.empty()) entry->alternates.push_back(std::move(link));
  }

  const XmlDocument& document_;
  const std::string_view url_;
  Sitemap sitemap_;
};

// One address a line; a line that is none makes it some other text.
std::optional<Sitemap> ReadPlain(std::string_view text) {
  Sitemap sitemap;
  for (const std::string_view line : text::SplitLines(text)) {
    const std::string_view address = text::TrimSpace(line);
    if (address.empty()) continue;
    if (sitemap.entries.size() >= kSitemapEntriesMax) {
      sitemap.truncated = true;
      break;
    }
    SitemapEntry entry;
    entry.url = PageUrl(address, {});
    if (entry.url.empty()) return std::nullopt;
    sitemap.entries.push_back(std::move(entry));
  }
  return sitemap.entries.empty() ? std::nullopt : std::optional(std::move(sitemap));
}

}  // namespace

absl::StatusOr<Sitemap> ParseSitemap(std::string_view bytes, std::string_view url) {
  std::string unpacked;
  if (IsGzip(bytes)) {
    auto text = Gunzip(bytes, kSitemapBytesMax);
    if (!text.ok()) return WithContext(text.status(), url);
    unpacked = *std::move(text);
    bytes = unpacked;
  }
  if (bytes.size() > kSitemapBytesMax) {
    return Refuse("DOCUMENT_TOO_LARGE", url, fmt::format("over the limit of {} MiB", kSitemapBytesMax >> 20));
  }
  DecodedXml decoded = DecodeXml(bytes, {});
  const std::string_view text = text::TrimSpace(decoded.text);
  if (text.empty()) return Refuse("EMPTY_DOCUMENT", url, "nothing but white space");
  if (text.front() != '<') {
    if (auto plain = ReadPlain(text)) return *std::move(plain);
  } else {
    const XmlDocument document(std::move(decoded.text));
    if (auto sitemap = SitemapReader(document, url).Read()) return *std::move(sitemap);
  }
  return Refuse("NOT_A_SITEMAP", url, "neither a sitemap, an index of sitemaps nor a list of addresses");
}

}  // namespace dateline::feeds
