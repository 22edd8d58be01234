// How fast feeds are read, beside what libxml2 takes to build its bare tree of the same bytes and expat to walk over
// them without doing anything: in megabytes a second of processor time, in the same run. Ours also decodes, resolves
// addresses, reads dates and sanitizes HTML in that time.

#include <expat.h>
#include <fmt/format.h>
#include <libxml/parser.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "services/ingestion/feeds/parse_feed.h"
#include "tests/perf/measure.h"

namespace {

using namespace dateline;

constexpr int kRounds = 7;
constexpr std::size_t kItems = 400;
constexpr double kMegabyte = 1e6;
// In each round.
constexpr std::size_t kBytesRead = 20'000'000;

constexpr std::string_view kParagraph =
    "<p>The port authority said on Friday that work on the <a href=\"/quay/north?from=feed\">northern quay</a> would "
    "go on "
    "through the summer, and that <strong>14 million</strong> had been set aside for it. &quot;We keep our word,&quot; "
    "said the harbour master.</p>\n";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// A feed as WordPress writes it; `paragraphs` of text in each item, in CDATA or escaped.
std::string Rss(std::size_t paragraphs, bool cdata) {
  std::string body;
  for (std::size_t i = 0; i < paragraphs; ++i) body += kParagraph;
  const std::string content = cdata ? "<![CDATA[" + body + "]]>" : Escaped(body);
  std::string feed =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
      "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel><title>Port "
      "Authority</title><link>https://port.example/</link>\n";
  for (std::size_t i = 0; i < kItems; ++i) {
    feed += fmt::format(
        "<item><title>New crane reaches quay number {0}</title><link>https://port.example/press/2024/{0}</link>\n"
        "<dc:creator><![CDATA[Press desk]]></dc:creator><pubDate>Fri, {1:02} May 2024 08:05:09 +0000</pubDate>\n"
        "<category><![CDATA[Works]]></category><guid isPermaLink=\"false\">https://port.example/?p={0}</guid>\n"
        "<description><![CDATA[The port authority said on Friday that work would go on [&#8230;]]]></description>\n"
        "<content:encoded>{2}</content:encoded></item>\n",
        i, i % 28 + 1, content);
  }
  return feed + "</channel></rss>\n";
}

// Megabytes a second of reading the feed again and again.
template <class Read>
double Rate(const std::string& feed, const Read& read) {
  const std::size_t times = std::max<std::size_t>(1, kBytesRead / feed.size());
  const double start = perf::ThreadCpuSeconds();
  for (std::size_t i = 0; i < times; ++i) read();
  return static_cast<double>(times * feed.size()) / kMegabyte / (perf::ThreadCpuSeconds() - start);
}

double Ours(const std::string& feed) {
  return Rate(feed, [&] {
    const auto parsed = feeds::ParseFeed({.bytes = feed, .url = "https://port.example/feed"});
    if (!parsed.ok() || parsed->items.size() != kItems) std::abort();
  });
}

double Libxml2(const std::string& feed) {
  return Rate(feed, [&] {
    xmlDocPtr document = xmlReadMemory(feed.data(), static_cast<int>(feed.size()), nullptr, nullptr, XML_PARSE_NONET);
    if (document == nullptr) std::abort();
    xmlFreeDoc(document);
  });
}

double Expat(const std::string& feed) {
  return Rate(feed, [&] {
    XML_Parser parser = XML_ParserCreateNS(nullptr, '|');
    if (XML_Parse(parser, feed.data(), static_cast<int>(feed.size()), 1) != XML_STATUS_OK) std::abort();
    XML_ParserFree(parser);
  });
}

}  // namespace

int main() {
  struct Case {
    std::string_view name;
    std::string feed;
  };
  for (const Case& one : {Case{"headlines only", Rss(0, true)}, Case{"whole text in CDATA", Rss(12, true)},
                          Case{"whole text, escaped", Rss(12, false)}}) {
    fmt::print("{} ({:.2f} MB, {} items), MB/s\n", one.name, static_cast<double>(one.feed.size()) / kMegabyte, kItems);
    perf::CompareRates(
        "  ParseFeed", "libxml2, bare tree", kRounds, [&] { return Ours(one.feed); },
        [&] { return Libxml2(one.feed); });
    perf::CompareRates(
        "  ParseFeed", "expat, no handlers", kRounds, [&] { return Ours(one.feed); }, [&] { return Expat(one.feed); });
  }
  xmlCleanupParser();
  return 0;
}
