#include "services/extraction/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/decode.h"
#include "common/text/normalize.h"
#include "common/text/sniff.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/facts/contacts.h"
#include "services/extraction/facts/dateline.h"
#include "services/extraction/facts/find_facts.h"
#include "services/extraction/facts/front_matter.h"
#include "services/extraction/facts/publish.h"
#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/language/language.h"
#include "services/extraction/language/language_pack.h"
#include "services/extraction/notice.h"
#include "services/extraction/page/body_text.h"
#include "services/extraction/page/explain_blocks.h"
#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_metadata.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/site_boilerplate.h"
#include "services/extraction/page/text_blocks.h"
#include "services/extraction/zones/assemble.h"
#include "services/extraction/zones/explain_zones.h"
#include "services/extraction/zones/line_features.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

using release::v1::Release;
using release::v1::Section;

struct Extractor::Tables {
  Calendar calendar;
  Gazetteer gazetteer;
  std::unique_ptr<const LanguagePacks> packs;
};

namespace {

// Pages with less text than this hold no article; with scripts besides, they are drawn by a browser.
constexpr std::size_t kMinArticleBytes = 150;
// On a page that lists others at least so much of the text stands in links, and at most so much in long paragraphs.
constexpr std::size_t kListingLinkPercent = 25;
constexpr std::size_t kListingProsePercent = 20;
constexpr std::size_t kLongParagraph = 250;
// Where "today (11 March)" is looked for: the first paragraphs.
constexpr std::size_t kTodayReach = std::size_t{16} << 10;

// So much text tells the language: more makes it no surer, and detection is among the slowest stages.
constexpr std::size_t kLanguageBytes = std::size_t{8} << 10;

// Authors from this probability on are meant to be right in 80 of 100 cases.
constexpr double kSureAuthor = 0.75;

// A line longer than this is no evidence for its date, since a candidate keeps only the head of its words.
constexpr std::size_t kMaxDateLineBytes = 200;

// What the stages hand on.
struct Document {
  std::vector<Block> blocks;
  std::vector<PageImage> images;
  std::vector<BlockVerdict> verdicts;
  std::string_view container_rule;
  HtmlMetadata metadata;
  bool html = false;
  bool truncated = false;
};

release::v1::Span MakeSpan(std::size_t begin, std::size_t end) {
  release::v1::Span span;
  span.set_start(static_cast<std::uint32_t>(begin));
  span.set_end(static_cast<std::uint32_t>(end));
  return span;
}

bool IsHtml(const Input& input, std::string_view text) {
  std::string type(text::TrimSpace(input.content_type.substr(0, input.content_type.find(';'))));
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (type == "text/html" || type == "application/xhtml+xml") return true;
  if (type == "text/plain" || type == "text/markdown") return false;
  return text::Sniff(text).kind == text::ContentKind::kHtml;
}

std::size_t KeptBytes(const std::vector<Block>& blocks) {
  std::size_t bytes = 0;
  for (const Block& block : blocks) bytes += block.left ? 0 : block.text.size();
  return bytes;
}

absl::StatusOr<Document> ReadHtml(const Input& input, std::string_view text, bool explain, Release* release) {
  Document document;
  document.html = true;
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<HtmlTree> tree, HtmlTree::Parse(text));
  document.metadata = ReadMetadata(*tree, input.uri);
  HtmlContent content = ReadContent(*tree, input.uri, HintsOf(document.metadata), explain);
  document.truncated = content.truncated;
  std::size_t bytes = 0;
  std::size_t link_bytes = 0;
  std::size_t prose_bytes = 0;
  if (KeptBytes(content.blocks) < kMinArticleBytes && !explain) {
    if (std::vector<Block> body = BlocksOfArticleBody(document.metadata.article_body); !body.empty()) {
      content.blocks = std::move(body);
      content.rule = "container.json_ld";
    }
  }
  for (const Block& block : content.blocks) {
    if (block.left) continue;
    bytes += block.text.size();
    if (block.text.size() > kLongParagraph && (block.shape == Shape::kParagraph || block.shape == Shape::kQuote))
      prose_bytes += block.text.size();
    for (const BlockLink& link : block.links) link_bytes += link.end - link.begin;
  }
  if (bytes < kMinArticleBytes) {
    const bool scripted = std::any_of(tree->nodes().begin(), tree->nodes().end(), [](const HtmlNode& node) {
      return !node.text.empty() && node.text.size() > 2000;
    });
    release->set_page_type(content.page_text < kMinArticleBytes && scripted ? release::v1::NEEDS_RENDERING
                                                                            : release::v1::OTHER);
  } else if (link_bytes * 100 > bytes * kListingLinkPercent && prose_bytes * 100 < bytes * kListingProsePercent) {
    release->set_page_type(release::v1::LISTING);
  } else {
    release->set_page_type(release::v1::ARTICLE);
  }
  document.blocks = std::move(content.blocks);
  document.verdicts = std::move(content.verdicts);
  document.container_rule = content.rule;
  document.images = std::move(content.images);
  return document;
}

Document ReadText(std::string_view text, Release* release) {
  Document document;
  // Menus and the like come on top of the text that may be kept.
  const std::string_view head = text::TruncateUtf8(text, 2 * kMaxTextBytes);
  document.truncated = head.size() < text.size();
  document.blocks = BlocksOfText(head, &document.truncated);
  release->set_page_type(release::v1::ARTICLE);
  return document;
}

void FillMetadata(const Document& document, const Calendar& calendar, Release* release) {
  const HtmlMetadata& m = document.metadata;
  release->set_site_name(m.site_name);
  release->set_license(m.license);
  for (const std::string& topic : m.topics) release->add_topics(topic);
  for (const std::string& directive : m.robots) release->add_robots_directives(directive);
  for (const PageAuthor& page_author : m.authors) {
    release::v1::Author* author = release->add_authors();
    author->set_display_name(page_author.name);
    author->set_confidence(page_author.probability >= kSureAuthor ? release::v1::MEDIUM : release::v1::LOW);
    author->set_uri(page_author.uri);
    author->set_rule(std::string(page_author.rule));
  }
  if (release->subtitle().empty()) release->set_subtitle(m.subtitle);
  for (const auto& [language, uri] : m.translations) {
    if (uri == release->uri()) continue;
    release::v1::Translation* translation = release->add_translations();
    translation->set_language(language);
    translation->set_uri(uri);
  }
  if (const auto modified = ParseTime(m.modified, calendar);
      modified.has_value() && modified->unix_seconds.has_value()) {
    release->mutable_page_modified_time()->set_seconds(*modified->unix_seconds);
  }
}

void FillLinks(const Document& document, const Zoning& zoning, const Assembly& assembly, Release* release) {
  for (std::size_t i = 0; i < document.blocks.size(); ++i) {
    if (assembly.block_begin[i] == kNowhere || zoning.zones[i] == Zone::kRelated) continue;
    for (const BlockLink& link : document.blocks[i].links) {
      if (static_cast<std::size_t>(release->links_size()) >= kMaxLinks) return;
      if (link.begin >= link.end || link.end > document.blocks[i].text.size()) continue;
      release::v1::Link* out = release->add_links();
      out->set_uri(link.uri);
      out->set_text(document.blocks[i].text.substr(link.begin, link.end - link.begin));
      *out->mutable_span() = MakeSpan(assembly.block_begin[i] + link.begin, assembly.block_begin[i] + link.end);
    }
  }
}

void FillDateline(const Zoning& zoning, const Assembly& assembly, Release* release) {
  if (!zoning.dateline.has_value() || assembly.block_begin[zoning.dateline_block] == kNowhere) return;
  const DatelineMatch& match = *zoning.dateline;
  const std::size_t begin = assembly.block_begin[zoning.dateline_block];
  // Cut text may end inside it.
  if (begin + match.end > release->text().size()) return;
  release::v1::Dateline* dateline = release->mutable_dateline();
  dateline->set_place(match.place);
  dateline->set_country_code(match.country_code);
  dateline->set_agency(match.agency);
  if (!match.date.empty()) *dateline->mutable_date() = ToProto(match.date);
  *dateline->mutable_span() = MakeSpan(begin + match.begin, begin + match.end);
  dateline->set_confidence(match.confidence);
  dateline->set_rule(std::string(match.rule));
}

bool HasDay(const release::v1::PublishDate& publish, const CalendarDate& day) {
  return std::any_of(publish.candidates().begin(), publish.candidates().end(), [&](const auto& candidate) {
    return candidate.date().year() == day.year && candidate.date().month() == day.month &&
           candidate.date().day() == day.day;
  });
}

// "5 March 2024 - The basin ...": a date that opens one of the first paragraphs.
std::optional<DateMatch> DateAtStart(const std::vector<Block>& blocks, const Calendar& calendar) {
  constexpr std::size_t kParagraphs = 3;
  constexpr std::size_t kReach = 60;
  std::size_t seen = 0;
  for (const Block& block : blocks) {
    if (block.left || block.shape != Shape::kParagraph || block.text.size() < kReach) continue;
    if (++seen > kParagraphs) break;
    const std::string_view head = text::TruncateUtf8(block.text, kReach);
    const std::vector<DateMatch> dates = calendar.Find(head);
    if (dates.empty() || dates.front().begin > 1 || !dates.front().value.complete()) continue;
    const std::string_view behind = text::TrimSpace(head.substr(dates.front().end));
    for (const std::string_view sign : {"-", "\u2013", "\u2014", ":", "|", ")", "\u2022", "/"}) {
      if (behind.starts_with(sign)) return dates.front();
    }
  }
  return std::nullopt;
}

void FillPublish(const Input& input, const Document& document, const std::vector<LineFeatures>& features,
                 const Zoning& zoning, const Assembly& assembly, const Calendar& calendar, Release* release) {
  release::v1::PublishDate* publish = release->mutable_publish();
  const DayOrder order = OrderOf(document.metadata.language, input.uri);
  if (const auto date = DateOfUrl(input.uri); date.has_value())
    AddCandidate(*date, "url", input.uri, std::nullopt, std::nullopt, publish);
  for (const DateSign& sign : document.metadata.dates) {
    auto parsed = ParseSign(sign, calendar, order);
    if (!parsed.has_value()) continue;
    // "03/04/2024" in the other order, where another sign says so.
    const DayOrder other = order == DayOrder::kMonthFirst ? DayOrder::kDayFirst : DayOrder::kMonthFirst;
    if (!HasDay(*publish, parsed->time.date)) {
      auto swapped = ParseSign(sign, calendar, other);
      if (swapped.has_value() && HasDay(*publish, swapped->time.date)) parsed = std::move(swapped);
    }
    AddCandidate(parsed->time.date, parsed->basis, sign.raw, parsed->time.unix_seconds, std::nullopt, publish);
  }
  for (const std::size_t i : zoning.date_lines) {
    const std::string& line = document.blocks[i].text;
    // A page tells of days before there were pages.
    if (document.html && features[i].date.year != 0 && features[i].date.year < kFirstPageYear) continue;
    std::optional<release::v1::Span> span;
    if (assembly.block_begin[i] != kNowhere && line.size() <= kMaxDateLineBytes)
      span = MakeSpan(assembly.block_begin[i], assembly.block_begin[i] + line.size());
    AddCandidate(features[i].date, IsChangeLine(line) ? "updated" : "text_line", line, std::nullopt, span, publish);
  }
  if (const auto start = DateAtStart(document.blocks, calendar); start.has_value())
    AddCandidate(start->value, "text_start", "", std::nullopt, std::nullopt, publish);
  if (release->has_dateline() && release->dateline().has_date()) {
    const release::v1::Span& span = release->dateline().span();
    AddCandidate(
        {release->dateline().date().year(), release->dateline().date().month(), release->dateline().date().day()},
        "dateline", std::string_view(release->text()).substr(span.start(), span.end() - span.start()), std::nullopt,
        span, publish);
  }
  for (const Section& section : release->sections()) {
    if (section.kind() != Section::LEAD && section.kind() != Section::BODY && section.kind() != Section::HEADING)
      continue;
    if (section.span().start() > kTodayReach) break;
    const std::string_view body =
        std::string_view(release->text()).substr(section.span().start(), section.span().end() - section.span().start());
    if (const auto today = FindTodayDate(body, calendar); today.has_value()) {
      const std::size_t begin = section.span().start();
      AddCandidate(today->value, "text_today", body.substr(today->begin, today->end - today->begin), std::nullopt,
                   MakeSpan(begin + today->begin, begin + today->end), publish);
      break;
    }
  }
  ChoosePublishDate(release);
  if (!input.observe_time.has_value() || !release->has_publish()) return;
  const CalendarDate date{release->publish().date().year(), release->publish().date().month(),
                          release->publish().date().day()};
  // A day of grace for zones ahead of ours.
  if (date.complete() && (DaysFromCivil(date) - 1) * 86400 > input.observe_time->time_since_epoch().count()) {
    AddNotice("PUBLISH_DATE_IN_FUTURE", "The publish date lies after the time at which the document was observed.",
              release);
  }
}

void FillEmbargo(const std::vector<LineFeatures>& features, const Zoning& zoning, const Assembly& assembly,
                 const Calendar& calendar, Release* release) {
  for (const Section& section : release->sections()) {
    if (section.kind() != Section::EMBARGO || release->has_embargo_time()) continue;
    const std::string_view line =
        std::string_view(release->text()).substr(section.span().start(), section.span().end() - section.span().start());
    const std::string key = text::FoldKey(text::TruncateUtf8(line, 300));
    // "For immediate release: 5 March 2024" is no embargo.
    if (key.find("immediate") != std::string::npos) continue;
    // Nor is a line that only dates the release.
    const bool date_line = std::any_of(zoning.date_lines.begin(), zoning.date_lines.end(), [&](std::size_t i) {
      return features[i].cue != Cue::kEmbargo && assembly.block_begin[i] == section.span().start();
    });
    if (date_line) continue;
    if (const auto time = EmbargoTime(line, calendar); time.has_value())
      release->mutable_embargo_time()->set_seconds(*time);
  }
}

// Regions in whose plans the release's telephone numbers may be read, the most likely first.
std::vector<std::string> RegionsOf(const Input& input, const Gazetteer& gazetteer, const Release& release) {
  std::vector<std::string> regions;
  const auto add = [&](std::string region) {
    if (!region.empty() && gazetteer.IsRegion(region)) regions.push_back(std::move(region));
  };
  add(release.dateline().country_code());
  const std::string_view host = [&] {
    const std::size_t scheme = input.uri.find("://");
    if (scheme == std::string_view::npos) return std::string_view();
    const std::string_view rest = input.uri.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of("/:?#"));
  }();
  std::string top;
  for (const char c : host.substr(host.rfind('.') == std::string_view::npos ? host.size() : host.rfind('.') + 1)) {
    top.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  if (top == "UK") top = "GB";
  if (top == "GOV" || top == "MIL") top = "US";
  if (top.size() == 2) add(top);
  add(std::string(input.default_region));
  return regions;
}

// The text of the sections that tell the language: not menus of related links, not addresses.
std::string MainText(const Release& release) {
  std::string main;
  for (const Section& section : release.sections()) {
    if (section.kind() == Section::CONTACT || section.kind() == Section::RELATED || section.kind() == Section::CAPTION)
      continue;
    main.append(release.text(), section.span().start(), section.span().end() - section.span().start());
    main.push_back('\n');
    if (main.size() > kLanguageBytes) break;
  }
  return main.empty() ? release.text() : main;
}

}  // namespace

Extractor::Extractor(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
Extractor::~Extractor() = default;

absl::StatusOr<std::unique_ptr<const Extractor>> Extractor::Create() {
  auto tables = std::make_unique<Tables>();
  if (tables->calendar.Month("january") != 1 || tables->gazetteer.size() < 1000) {
    return Error(absl::StatusCode::kInternal, "ICU_DATA",
                 "ICU's month or country names are missing; install the package libicu72 again");
  }
  DATELINE_ASSIGN_OR_RETURN(tables->packs, LanguagePacks::Create());
  return std::unique_ptr<const Extractor>(new Extractor(std::move(tables)));
}

absl::StatusOr<Release> Extractor::Extract(const Input& input, Explanation* explanation) const {
  const std::string what = input.uri.empty() ? "document" : std::string(text::TruncateUtf8(input.uri, 300));
  const std::string charset =
      input.charset.empty() ? text::CharsetOfContentType(input.content_type) : std::string(input.charset);
  DATELINE_RETURN_IF_ERROR(text::CheckDocument(input.bytes, what, charset));
  DATELINE_ASSIGN_OR_RETURN(
      const text::Decoded decoded,
      text::Decode(input.bytes, {.charset = input.charset, .content_type = input.content_type, .what = what}));

  Release release;
  release.set_uri(text::ReplaceInvalidUtf8(input.uri));
  release.set_source(text::ReplaceInvalidUtf8(input.source));
  release.mutable_extractor()->set_version(DATELINE_VERSION);
  release.mutable_extractor()->set_rules(std::string(kRulesVersion));

  Document document;
  if (IsHtml(input, decoded.text())) {
    DATELINE_ASSIGN_OR_RETURN(document, ReadHtml(input, decoded.text(), explanation != nullptr, &release));
  } else {
    document = ReadText(decoded.text(), &release);
  }
  MarkSiteBoilerplate(input.site_boilerplate, document.html, &document.blocks);
  const std::vector<LineFeatures> features = ComputeFeatures(document.blocks, tables_->calendar);
  const bool words = std::any_of(features.begin(), features.end(), [](const LineFeatures& f) { return f.words > 0; });
  if (!words && (!document.html || document.metadata.title.empty())) {
    return Error(absl::StatusCode::kInvalidArgument, "NO_TEXT",
                 fmt::format("{} holds no words; give a document with text", what), {{"document", what}});
  }

  const ZoningTables zoning_tables{tables_->calendar, tables_->gazetteer};
  const Zoning zoning = document.html ? ZonePage(document.blocks, features, zoning_tables, document.metadata.title)
                                      : ZoneText(document.blocks, features, zoning_tables);
  if (document.html)
    release.set_title(document.metadata.title);
  else if (zoning.title.has_value())
    release.set_title(document.blocks[*zoning.title].text);
  if (release.title().empty()) release.set_title(CleanLine(text::TruncateUtf8(input.title_hint, 1000)));
  if (zoning.subtitle.has_value()) release.set_subtitle(document.blocks[*zoning.subtitle].text);

  const Assembly assembly = AssembleText(document.blocks, zoning, kMaxTextBytes, &release);
  if (assembly.truncated || document.truncated) {
    AddNotice("TRUNCATED",
              fmt::format("The document is over a limit: {} bytes of text, {} blocks, {} links, {} images, 64 KiB of "
                          "one table, nesting of {}. What lies beyond was left out.",
                          kMaxTextBytes, kMaxBlocks, kMaxLinks, kMaxImages, kMaxDepth),
              &release);
  }
  if (decoded.replacements > 0) {
    AddNotice(
        "REPLACED_CHARACTERS",
        fmt::format("{} characters could not be read as {} and were replaced.", decoded.replacements, decoded.charset),
        &release);
  }
  FillMetadata(document, tables_->calendar, &release);
  release.set_language(DetectLanguage(MainText(release), document.metadata.language));
  FillDateline(zoning, assembly, &release);
  FillLinks(document, zoning, assembly, &release);
  FindCaptions(document.blocks, features, zoning, assembly, document.images, &release);
  FindReferenceIds(document.blocks, features, &release);
  FillEmbargo(features, zoning, assembly, tables_->calendar, &release);
  FillPublish(input, document, features, zoning, assembly, tables_->calendar, &release);
  if (!input.omit_facts) {
    FindFacts(tables_->packs->For(release.language()), tables_->calendar, tables_->gazetteer, &release);
    FindContacts(RegionsOf(input, tables_->gazetteer, release), tables_->gazetteer, &release);
  }
  if (explanation != nullptr) {
    ExplainZones(document.blocks, features, zoning, assembly, explanation);
    if (document.html) MergeVerdicts(document.verdicts, explanation);
    explanation->container_rule = std::string(document.container_rule);
  }
  return release;
}

}  // namespace dateline::extraction
