// Pages to releases on one core, JSON written and facts left out, beside HTML parsers alone (MyHTML, which extraction
// does not use, and its own; nothing reads the trees): megabytes and pages for each second of CPU time, the time of
// single pages, and the peak of memory. CPU time, because it says the same on a busy machine.
//
// usage: page_rates [folder]
// The folder is searched for .html and .htm files; without one the benchmark makes its own pages.

#include <fmt/format.h>
#include <myhtml/api.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/export/message_json.h"
#include "services/extraction/extract.h"
#include "services/extraction/page/html_tree.h"
#include "tests/perf/measure.h"

namespace dateline::perf {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kMadePages = 400;
constexpr double kMega = 1e6;

struct Page {
  std::string uri;
  std::string html;
};

std::vector<Page> ReadPages(const std::filesystem::path& folder) {
  std::vector<Page> pages;
  std::error_code failed;  // a folder that cannot be read has no pages
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, failed)) {
    const std::string ending = entry.path().extension().string();
    if (ending != ".html" && ending != ".htm") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    pages.push_back({"https://pages.example/" + entry.path().stem().string(),
                     std::string(std::istreambuf_iterator<char>(file), {})});
  }
  return pages;
}

// Pages as newsrooms make them: a head with metadata and scripts, menus, an article, teasers, a footer.
class PageMaker {
 public:
  explicit PageMaker(std::uint32_t seed) : random_(seed) {}

  std::string Make(std::size_t number) {
    html_.clear();
    const std::string title = Words(7);
    Head(title, number);
    html_ += "<body class=\"page node-type-release\"><header id=\"site-header\" class=\"header header--wide\">";
    Links("menu__item menu__item--level-1", 24);
    html_ += "</header><main id=\"main-content\"><article class=\"node node--full\"><h1 class=\"page-title\">" + title;
    html_ += "</h1><div class=\"meta\"><span class=\"date\">5 March 2024</span></div><div class=\"field--name-body\">";
    for (std::size_t i = 0, n = Below(14) + 6; i < n; ++i) Paragraph();
    html_ += "</div></article></main><aside class=\"sidebar related\">";
    for (std::size_t i = 0, n = Below(20) + 10; i < n; ++i) Teaser(i);
    html_ += "</aside><footer class=\"footer\">";
    Links("footer__link", 30);
    html_ += "<p>&copy; 2024 Harbour Trust. All rights reserved.</p></footer></body></html>";
    return html_;
  }

 private:
  std::size_t Below(std::size_t limit) { return random_() % limit; }

  std::string Words(std::size_t count) {
    constexpr std::string_view kSyllables[] = {"ba",  "cor", "del", "en",  "fir", "gal", "hu",  "in",
                                               "jo",  "kel", "lor", "man", "ne",  "or",  "per", "qui",
                                               "ras", "sen", "ter", "ul",  "va",  "win"};
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out.push_back(' ');
      const std::size_t begin = out.size();
      for (std::size_t k = 0, n = Below(3) + 1; k < n; ++k) out += kSyllables[Below(std::size(kSyllables))];
      if (i == 0) out[begin] = static_cast<char>(out[begin] - 'a' + 'A');
    }
    return out;
  }

  void Head(const std::string& title, std::size_t number) {
    html_ += fmt::format(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0} | Harbour Trust</title>"
        "<meta property=\"og:title\" content=\"{0}\"><meta property=\"og:site_name\" content=\"Harbour Trust\">"
        "<meta property=\"article:published_time\" content=\"2024-03-05T10:30:00Z\">"
        "<link rel=\"canonical\" href=\"https://pages.example/news/{1}\">"
        "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"headline\":\"{0}\",\"datePublished\":"
        "\"2024-03-05\",\"author\":{{\"@type\":\"Person\",\"name\":\"Ada Quay\"}}}}</script><script>",
        title, number);
    for (std::size_t i = 0, n = Below(400) + 200; i < n; ++i)
      html_ += fmt::format("window.q.push(['track',{{id:{},name:\"{}\"}}]);\n", i, Words(2));
    html_ += "</script><style>";
    for (std::size_t i = 0, n = Below(300) + 100; i < n; ++i)
      html_ += fmt::format(".c{}-{} > li{{margin:0 {}px;color:#fff}}\n", i, Below(90), Below(40));
    html_ += "</style></head>";
  }

  void Links(std::string_view name, std::size_t count) {
    html_ += "<ul>\n";
    for (std::size_t i = 0; i < count; ++i)
      html_ += fmt::format("  <li class=\"{}\"><a href=\"/section/{}\" data-track=\"nav-{}\">{}</a></li>\n", name,
                           Below(1000), i, Words(Below(3) + 1));
    html_ += "</ul>\n";
  }

  void Paragraph() {
    html_ += "<p>";
    for (std::size_t i = 0, n = Below(4) + 2; i < n; ++i) {
      html_ += Words(Below(14) + 8) + ", " + Words(Below(8) + 3);
      html_ += i % 3 == 1 ? fmt::format(" <a href=\"/news/{}\">{}</a>. ", Below(999), Words(2)) : ". ";
    }
    html_ += "</p>\n";
  }

  void Teaser(std::size_t i) {
    html_ += fmt::format(
        "<div class=\"card card--teaser views-row\" id=\"card-{0}\">\n  <a class=\"card__link\" href=\"/news/{1}\">"
        "<img class=\"card__image\" src=\"/images/{1}.jpg\" alt=\"\" width=\"320\" height=\"180\" loading=\"lazy\">"
        "<h3 class=\"card__title\">{2}</h3></a>\n  <p class=\"card__summary\">{3}</p>\n"
        "  <span class=\"card__date\">{4} March 2024</span></div>\n",
        i, Below(9999), Words(6), Words(14), Below(28) + 1);
  }

  std::mt19937 random_;
  std::string html_;
};

std::vector<Page> MakePages() {
  PageMaker maker(20240305);
  std::vector<Page> pages;
  for (std::size_t i = 0; i < kMadePages; ++i)
    pages.push_back({fmt::format("https://pages.example/{}", i), maker.Make(i)});
  return pages;
}

// Seconds of CPU time to build the tree of one page and free it.
double ParseOnce(const Page& page) {
  const double start = ThreadCpuSeconds();
  myhtml_t* parser = myhtml_create();
  myhtml_init(parser, MyHTML_OPTIONS_PARSE_MODE_SINGLE, 1, 0);
  myhtml_tree_t* tree = myhtml_tree_create();
  myhtml_tree_init(tree, parser);
  if (myhtml_parse_single(tree, MyENCODING_UTF_8, page.html.data(), page.html.size()) != 0) std::exit(1);
  myhtml_tree_destroy(tree);
  myhtml_destroy(parser);
  return ThreadCpuSeconds() - start;
}

// The same with extraction's own parser.
double BuildTreeOnce(const Page& page) {
  const double start = ThreadCpuSeconds();
  if (extraction::HtmlTree::Parse(page.html).nodes().empty()) std::exit(1);
  return ThreadCpuSeconds() - start;
}

double ExtractOnce(const extraction::Extractor& extractor, const Page& page, std::size_t* json_bytes) {
  const double start = ThreadCpuSeconds();
  const auto release =
      extractor.Extract({.bytes = page.html, .uri = page.uri, .content_type = "text/html", .omit_facts = true});
  if (release.ok()) *json_bytes += exporting::MessageJson(*release).value_or("").size();
  return ThreadCpuSeconds() - start;
}

int Run(const std::vector<Page>& pages) {
  std::size_t bytes = 0;
  for (const Page& page : pages) bytes += page.html.size();
  const double megabytes = static_cast<double>(bytes) / kMega;
  fmt::print("{} pages, {:.1f} MB\n", pages.size(), megabytes);
  const auto extractor = extraction::Extractor::Create();
  if (!extractor.ok()) return 1;

  std::size_t json_bytes = 0;
  std::vector<double> milliseconds;
  std::vector<double> seconds;
  const auto ours = [&] {
    double sum = 0;
    milliseconds.clear();
    for (const Page& page : pages) {
      const double one = ExtractOnce(**extractor, page, &json_bytes);
      milliseconds.push_back(one * 1000);
      sum += one;
    }
    seconds.push_back(sum);
    return megabytes / sum;
  };
  const auto parser = [&] {
    double sum = 0;
    for (const Page& page : pages) sum += ParseOnce(page);
    return megabytes / sum;
  };
  CompareRates("pages to JSON, MB per CPU second", "MyHTML alone", kRounds, ours, parser);
  const auto tree = [&] {
    double sum = 0;
    for (const Page& page : pages) sum += BuildTreeOnce(page);
    return megabytes / sum;
  };
  CompareRates("the page's tree, MB per CPU second", "MyHTML alone", kRounds, tree, parser);
  PrintRate("pages to JSON, per CPU second", static_cast<double>(pages.size()) / Median(seconds),
            fmt::format("{:.1f} MB of JSON", static_cast<double>(json_bytes) / kMega / kRounds));
  PrintLatency("one page, CPU time", milliseconds);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory {:.0f} MB, {:.0f} of them the pages themselves\n",
             static_cast<double>(usage.ru_maxrss) / 1024, megabytes);
  return 0;
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  const auto pages = argc > 1 ? dateline::perf::ReadPages(argv[1]) : dateline::perf::MakePages();
  if (pages.empty()) {
    fmt::print(stderr, "page_rates: no .html or .htm file in {}\n", argv[1]);
    return 1;
  }
  return dateline::perf::Run(pages);
}
