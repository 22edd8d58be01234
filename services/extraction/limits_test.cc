// Proves that no document makes extraction slow or large beyond its size. Each hostile document is made in two sizes,
// one four times the other, in the same run: a linear stage takes four times as long, a quadratic one sixteen, so the
// ratio of CPU time tells them apart on any machine and under any load. What the limits cut is checked besides: a
// release stays within its bounds and says that it was cut.

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "services/extraction/extract.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kSmall = std::size_t{256} << 10;
constexpr std::size_t kGrowth = 4;
// Between linear (4) and quadratic (16), with room for caches and allocators.
constexpr double kMaxRatio = 9;
// Below this much CPU time a ratio is noise, and the stage is not what costs.
constexpr double kNoiseSeconds = 0.02;
constexpr std::size_t kLargePage = std::size_t{20} << 20;
// A release is its text, its facts and a bounded number of links and images.
constexpr std::size_t kMaxReleaseBytes = std::size_t{24} << 20;

const Extractor& SharedExtractor() {
  static const std::unique_ptr<const Extractor> extractor = *Extractor::Create();
  return *extractor;
}

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Repeats `unit` until `bytes` are there.
std::string Repeat(std::string_view unit, std::size_t bytes) {
  std::string out;
  out.reserve(bytes + unit.size());
  while (out.size() < bytes) out.append(unit);
  return out;
}

std::string Page(std::string_view body) {
  return "<html><head><title>A page of some length</title></head><body><h1>A page of some length</h1><p>" +
         Repeat("The agency said that work on the bridge goes on. ", 600) + "</p>" + std::string(body) +
         "</body></html>";
}

std::string Numbered(std::string_view before, std::string_view behind, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; out.size() < bytes; ++i) out.append(before).append(std::to_string(i)).append(behind);
  return out;
}

struct Hostile {
  const char* name;
  bool html;
  std::function<std::string(std::size_t)> make;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.name;
}

// A contact section of `unit` over and over, which is where numbers and addresses are looked for.
std::string Contacts(std::string_view unit, std::size_t bytes) {
  return "Agency opens bridge\n\nGeneva - " + Repeat("The agency said that work goes on. ", 600) +
         "\n\nMedia contact:\n" + Repeat(unit, bytes);
}

std::string JsonLd(std::string_view json) {
  return "<script type=\"application/ld+json\">" + std::string(json) + "</script>";
}

const Hostile kHostile[] = {
    {"DeepDivs", true, [](std::size_t n) { return Page(Repeat("<div>", n)); }},
    {"DeepDivsClosed", true,
     [](std::size_t n) { return Page(Repeat("<div>", n / 2) + "words" + Repeat("</div>", n / 2)); }},
    {"DeepFormats", true, [](std::size_t n) { return Page(Repeat("<b><i>", n)); }},
    {"FormatsAcrossParagraphs", true, [](std::size_t n) { return Page(Repeat("<p><b><a href=x>w", n)); }},
    {"DeepTables", true, [](std::size_t n) { return Page(Repeat("<table><tr><td>x", n)); }},
    {"DeepLists", true, [](std::size_t n) { return Page(Repeat("<ul><li>x", n)); }},
    {"DeepQuotes", true, [](std::size_t n) { return Page(Repeat("<blockquote>some words here", n)); }},
    {"ManyCells", true, [](std::size_t n) { return Page("<table>" + Repeat("<tr><td>a<td>b", n) + "</table>"); }},
    {"OneRowOfCells", true, [](std::size_t n) { return Page("<table><tr>" + Repeat("<td>a", n) + "</table>"); }},
    {"ManyTables", true, [](std::size_t n) { return Page(Repeat("<table><tr><td>a<td>b<tr><td>c<td>d</table>", n)); }},
    {"Spans", true,
     [](std::size_t n) {
       return Page("<table>" + Repeat("<tr><td colspan=9999999999999999 rowspan=65534>a<td>b", n) + "</table>");
     }},
    {"AttributesOfOneElement", true,
     [](std::size_t n) { return Page("<div " + Numbered("a", "=1 ", n) + ">" + "some words</div>"); }},
    {"OneLongAttribute", true,
     [](std::size_t n) { return Page("<div class=\"" + Repeat("a-b share ", n) + "\">some words</div>"); }},
    {"ManyClasses", true, [](std::size_t n) { return Page(Numbered("<div class='share x", "'>w</div>", n)); }},
    {"Entities", true,
     [](std::size_t n) { return Page(Repeat("&amp;&notin;&#x41;&CounterClockwiseContourIntegral;", n)); }},
    {"BrokenEntities", true, [](std::size_t n) { return Page(Repeat("&a&#&#x&#99999999999;", n)); }},
    {"OneLine", true, [](std::size_t n) { return Page("<p>" + std::string(n, 'x')); }},
    {"TinyElements", true, [](std::size_t n) { return Page(Repeat("<i></i>", n)); }},
    {"TinyParagraphs", true, [](std::size_t n) { return Page(Repeat("<p>w", n)); }},
    {"Unclosed", true, [](std::size_t n) { return Page(Repeat("<p><span><em>some words here ", n)); }},
    {"OpenTags", true, [](std::size_t n) { return Page(Repeat("<", n)); }},
    {"OpenComments", true, [](std::size_t n) { return Page(Repeat("<!--", n)); }},
    {"OpenScripts", true, [](std::size_t n) { return Page(Repeat("<script>", n)); }},
    {"ClosingTagsOfNothing", true, [](std::size_t n) { return Page(Repeat("</div></p></b>", n)); }},
    {"Headlines", true, [](std::size_t n) { return Page(Repeat("<h1>A headline</h1>", n)); }},
    {"Titles", true, [](std::size_t n) { return Page(Repeat("<title>A headline | Site</title>", n)); }},
    {"Metas", true, [](std::size_t n) { return Repeat("<meta name=keywords content='a,b,c,d,e'>", n) + Page(""); }},
    {"Keywords", true,
     [](std::size_t n) { return "<meta name=keywords content='" + Numbered("k", ",", n) + "'>" + Page(""); }},
    {"Links", true, [](std::size_t n) { return Page(Numbered("<a href='/", "'>some words</a> and ", n)); }},
    {"LinksInOneParagraph", true,
     [](std::size_t n) { return Page("<p>" + Numbered("<a href='/", "'>word</a> ", n) + "</p>"); }},
    {"Images", true, [](std::size_t n) { return Page(Numbered("<img src='/", "'><p>Photo: x", n)); }},
    {"Times", true, [](std::size_t n) { return Page(Repeat("<time>11 March 2025</time>", n)); }},
    {"JsonLdFlat", true,
     [](std::size_t n) {
       return JsonLd("{\"@type\":\"NewsArticle\",\"author\":[" + Repeat("{\"@type\":\"Person\",\"name\":\"A B\"},", n) +
                     "{}]}") +
              Page("");
     }},
    {"JsonLdDeep", true, [](std::size_t n) { return JsonLd(Repeat("[", n)) + Page(""); }},
    {"JsonLdDeepObjects", true, [](std::size_t n) { return JsonLd(Repeat("{\"@graph\":", n)) + Page(""); }},
    {"JsonLdMany", true, [](std::size_t n) { return Repeat(JsonLd("{\"@type\":\"Article\"}"), n) + Page(""); }},
    {"TextOneLine", false, [](std::size_t n) { return Repeat("word ", n); }},
    {"TextOneWord", false, [](std::size_t n) { return "Words here\n\n" + std::string(n, 'x'); }},
    {"TextShortLines", false, [](std::size_t n) { return Repeat("Menu\n", n); }},
    {"TextWrappedLines", false,
     [](std::size_t n) { return Repeat("the agency said that work on the bridge goes on and that\n", n); }},
    {"TextSpaces", false, [](std::size_t n) { return "Words here" + std::string(n, ' ') + "end"; }},
    {"TextColumns", false, [](std::size_t n) { return Repeat("word          ", n); }},
    {"TextBrackets", false, [](std::size_t n) { return "Words " + Repeat("( and\n", n); }},
    {"TextCombining", false, [](std::size_t n) { return "Words e" + Repeat("\u0301\u0323", n); }},
    {"TextDashes", false, [](std::size_t n) { return "GENEVA " + Repeat("- ", n); }},
    {"TextCapitals", false, [](std::size_t n) { return Repeat("GENEVA, ", n) + "- The agency said."; }},
    {"TextDatelines", false,
     [](std::size_t n) { return Repeat("GENEVA, March 11 (Agency) - The agency said.\n\n", n); }},
    {"TextDates", false, [](std::size_t n) { return Repeat("11 March 2025\n", n); }},
    {"TextToday", false, [](std::size_t n) { return "Geneva - The agency " + Repeat("today (", n); }},
    {"TextCredits", false, [](std::size_t n) { return Repeat("Photo: \u00A9 ", n); }},
    {"TextReferences", false, [](std::size_t n) { return Repeat("PR/25/17 IP/25/1 ", n); }},
    {"FactsOpenQuotes", false, [](std::size_t n) { return Repeat("“we \"said \"he ‘x ", n); }},
    {"FactsQuotes", false, [](std::size_t n) { return Repeat("“We opened the lock,” he said. ", n); }},
    {"FactsQuotedParagraphs", false, [](std::size_t n) { return Repeat("“We opened the lock at last.\n\n", n); }},
    {"FactsSpeakers", false, [](std::size_t n) { return Repeat("Ada Quay said that Lee Hart said ", n); }},
    {"FactsLeadIns", false, [](std::size_t n) { return Repeat("Ada Quay said:\n\nWe open our locks.\n\n", n); }},
    {"FactsPeople", false, [](std::size_t n) { return Numbered("Minister Ada Quay", " met Lee Hart. ", n); }},
    {"FactsManyNames", false,
     [](std::size_t n) {
       std::string out;
       for (std::size_t i = 0; out.size() < n; ++i) {
         std::string word = "Q";
         for (std::size_t rest = i; rest > 0; rest /= 26) word += static_cast<char>('a' + rest % 26);
         out += "Prof. Ada " + word + " of the " + word + " Agency met. ";
       }
       return out;
     }},
    {"FactsCapitals", false, [](std::size_t n) { return Repeat("Ministry of Water and ", n); }},
    {"FactsAcronyms", false, [](std::size_t n) { return Repeat("River Basin Office (RBO) ", n); }},
    {"FactsNumbers", false, [](std::size_t n) { return Repeat("more than 14 million to ", n); }},
    {"FactsNumberWords", false, [](std::size_t n) { return Repeat("two hundred and ", n); }},
    {"FactsDates", false, [](std::size_t n) { return Repeat("from 3 to 5 March 2024 and this week ", n); }},
    {"FactsFunding", false, [](std::size_t n) { return Repeat("funded by the Water Facility under the seminar ", n); }},
    {"ContactDigits", false, [](std::size_t n) { return Contacts("1234567890", n); }},
    {"ContactPluses", false, [](std::size_t n) { return Contacts("+", n); }},
    {"ContactBracketsAndSigns", false, [](std::size_t n) { return Contacts("(1-(", n); }},
    {"ContactNumbersInOneLine", false, [](std::size_t n) { return Contacts("+41 22 739 81 11, ", n); }},
    {"ContactNumbers", false, [](std::size_t n) { return Contacts("Tel. +41 22 739 81 11\n", n); }},
    {"ContactLocalNumbers", false, [](std::size_t n) { return Contacts("Tel. 022 739 81 11\n", n); }},
    {"ContactAts", false, [](std::size_t n) { return Contacts("@", n); }},
    {"ContactAddresses", false, [](std::size_t n) { return Contacts("a.b@example.org, ", n); }},
    {"ContactAddressOfDots", false, [](std::size_t n) { return Contacts("a@" + Repeat("a.", 600), n); }},
    {"ContactNames", false, [](std::size_t n) { return Contacts("Ana Mora, Press Officer, ", n); }},
    {"ContactPeople", false,
     [](std::size_t n) { return Contacts("Ana Mora, Press Officer, ana@example.org, +41 22 739 81 11\n", n); }},
};

struct Outcome {
  double seconds = 0;
  absl::StatusOr<release::v1::Release> release;
};

Outcome Time(const std::string& document, bool html) {
  const double begin = CpuSeconds();
  auto release = SharedExtractor().Extract(
      {.bytes = document, .uri = "https://example.org/a", .content_type = html ? "text/html" : "text/plain"});
  return {CpuSeconds() - begin, std::move(release)};
}

// The faster of two runs: interruptions only ever add.
double Seconds(const std::string& document, bool html) {
  return std::min(Time(document, html).seconds, Time(document, html).seconds);
}

bool SaysTruncated(const release::v1::Release& release) {
  return std::any_of(release.notices().begin(), release.notices().end(),
                     [](const release::v1::Notice& notice) { return notice.reason() == "TRUNCATED"; });
}

class HostileDocument : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileDocument, TimeGrowsAsTheDocument) {
  const Hostile& hostile = GetParam();
  const double small = Seconds(hostile.make(kSmall), hostile.html);
  const std::string large_document = hostile.make(kGrowth * kSmall);
  const double large = Seconds(large_document, hostile.html);
  EXPECT_TRUE(large < kNoiseSeconds || large < kMaxRatio * small)
      << hostile.name << ": " << small << " s for " << kSmall << " bytes, " << large << " s for " << kGrowth
      << " times as many";
  RecordProperty("seconds_per_mib", std::to_string(large));
  const Outcome outcome = Time(large_document, hostile.html);
  if (!outcome.release.ok()) {
    EXPECT_FALSE(ErrorReason(outcome.release.status()).empty()) << outcome.release.status();
    return;
  }
  EXPECT_LE(outcome.release->text().size(), kMaxTextBytes);
  EXPECT_LE(outcome.release->ByteSizeLong(), kMaxReleaseBytes);
}

INSTANTIATE_TEST_SUITE_P(Limits, HostileDocument, ::testing::ValuesIn(kHostile),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Limits, WhatIsCutInSilenceElsewhereIsSaid) {
  std::string table = "<table>";
  for (int row = 0; row < 6000; ++row) table += "<tr><td>harbour " + std::to_string(row) + "</td><td>12 m</td></tr>";
  const std::string pages[] = {
      Page(Numbered("<img src=/i/", ".jpg>", 20'000)),
      Page(table + "</table>"),
      Page("<p>" +
           Numbered("The bridge over the river <a href=/n/", ">is open</a> again today, the agency said. ", 300'000)),
  };
  for (const std::string& page : pages) {
    const Outcome outcome = Time(page, true);
    ASSERT_TRUE(outcome.release.ok()) << outcome.release.status();
    EXPECT_TRUE(SaysTruncated(*outcome.release)) << page.substr(page.size() - 80);
  }
  const Outcome contacts =
      Time(Contacts("Ana Mora, Press Officer, ana@example.org, +41 22 739 81 11\n", 200'000), false);
  ASSERT_TRUE(contacts.release.ok()) << contacts.release.status();
  EXPECT_TRUE(SaysTruncated(*contacts.release));
  const Outcome whole = Time(Page("<p>The bridge is open again.</p>"), true);
  ASSERT_TRUE(whole.release.ok()) << whole.release.status();
  EXPECT_FALSE(SaysTruncated(*whole.release));
}

// A text of ordinary paragraphs costs nearly the same for each byte at 10 KB and at 1 MB. The share of a fixed cost for
// each document only helps the longer one.
TEST(Limits, ALongTextCostsNoMoreForEachByte) {
  constexpr std::string_view kParagraphs =
      "The River Basin Office (RBO) opened nine locks in Kisumu today, Ada Quay said. “We waited for twelve years,” "
      "she "
      "noted. More than 14 million people, or 40 per cent, will use them by 5 March 2031.\n\nProf. Lee Hart, Head of "
      "Mission of the Office in Kenya, met the Minister for Water. The works cost €3.5 million, according to a "
      "study.\n\n";
  constexpr std::size_t kLong = std::size_t{1} << 20;
  constexpr std::size_t kShort = std::size_t{10} << 10;
  const std::string small = Repeat(kParagraphs, kShort);
  const std::string large = Repeat(kParagraphs, kLong);
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    double shorter = 0;
    for (int i = 0; i < 20; ++i) shorter += Time(small, false).seconds;
    const double each = shorter / (20 * static_cast<double>(small.size()));
    best = std::min(best, Time(large, false).seconds / static_cast<double>(large.size()) / each);
  }
  RecordProperty("ratio", std::to_string(best));
  EXPECT_LT(best, 1.3);
}

TEST(Limits, ALargePageIsCutAndSaysSo) {
  const Outcome outcome = Time(Page(Repeat("<p>The agency said that work on the bridge goes on.", kLargePage)), true);
  ASSERT_TRUE(outcome.release.ok()) << outcome.release.status();
  EXPECT_TRUE(SaysTruncated(*outcome.release));
  EXPECT_LE(outcome.release->text().size(), kMaxTextBytes);
  EXPECT_LE(outcome.release->ByteSizeLong(), kMaxReleaseBytes);
}

TEST(Limits, AMillionLevelsAreCutAndSaySo) {
  const Outcome outcome = Time(Page(Repeat("<div>", 5'000'000) + "<p>the end"), true);
  ASSERT_TRUE(outcome.release.ok()) << outcome.release.status();
  EXPECT_TRUE(SaysTruncated(*outcome.release));
  EXPECT_NE(outcome.release->text().find("work on the bridge goes on"), std::string::npos);
}

TEST(Limits, AMillionElementsAreCutAndSaySo) {
  const Outcome outcome = Time(Page(Repeat("<i></i>", 7 * (kMaxNodes + 100'000))), true);
  ASSERT_TRUE(outcome.release.ok()) << outcome.release.status();
  EXPECT_TRUE(SaysTruncated(*outcome.release));
}

TEST(Limits, ALongTextIsCutAndSaysSo) {
  const std::string text =
      "Agency opens bridge\n\nGeneva - " + Repeat("The agency said that work goes on.\n\n", kLargePage);
  const Outcome outcome = Time(text, false);
  ASSERT_TRUE(outcome.release.ok()) << outcome.release.status();
  EXPECT_TRUE(SaysTruncated(*outcome.release));
  EXPECT_LE(outcome.release->text().size(), kMaxTextBytes);
}

}  // namespace
}  // namespace dateline::extraction
