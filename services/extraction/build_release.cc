#include "services/extraction/build_release.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/contact_people.h"
#include "services/extraction/facts/contacts.h"
#include "services/extraction/facts/dateline.h"
#include "services/extraction/facts/day_order.h"
#include "services/extraction/facts/find_facts.h"
#include "services/extraction/facts/front_matter.h"
#include "services/extraction/facts/images.h"
#include "services/extraction/facts/publish.h"
#include "services/extraction/language/language.h"
#include "services/extraction/notice.h"

namespace dateline::extraction {

using release::v1::Release;
using release::v1::Section;

namespace {

// Where "today (11 March)" is looked for: the first paragraphs.
constexpr std::size_t kTodayReach = std::size_t{16} << 10;

// So much text tells the language: more makes it no surer, and detection is among the slowest stages.
constexpr std::size_t kLanguageBytes = std::size_t{8} << 10;

// Of what a feed names as authors.
constexpr std::size_t kMaxAuthorBytes = 300;
constexpr std::size_t kMaxHintedAuthors = 20;

// Authors from this probability on are meant to be right in 80 of 100 cases.
constexpr double kSureAuthor = 0.75;

// A line longer than this is no evidence for its date, since a candidate keeps only the head of its words.
constexpr std::size_t kMaxDateLineBytes = 200;

release::v1::Span MakeSpan(std::size_t begin, std::size_t end) {
  release::v1::Span span;
  span.set_start(static_cast<std::uint32_t>(begin));
  span.set_end(static_cast<std::uint32_t>(end));
  return span;
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

// "5 March 2024 - The basin ...": a date that opens a text and is parted from it by a sign.
std::optional<DateMatch> DateOpening(std::string_view text, const Calendar& calendar, DayOrder order) {
  constexpr std::size_t kReach = 60;
  const std::string_view head = text::TruncateUtf8(text, kReach);
  if (head.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  const std::optional<DateMatch> date = FindPageDate(head, calendar, order);
  if (!date.has_value() || date->begin > 1 || !date->value.complete()) return std::nullopt;
  const std::string_view behind = text::TrimSpace(head.substr(date->end));
  for (const std::string_view sign : {"-", "\u2013", "\u2014", ":", "|", ")", "\u2022", "/"}) {
    if (behind.starts_with(sign)) return date;
  }
  return std::nullopt;
}

// The date that opens the title or one of the first paragraphs.
std::optional<DateMatch> DateAtStart(const Document& document, const Calendar& calendar, DayOrder order) {
  constexpr std::size_t kParagraphs = 3;
  constexpr std::size_t kLeastBytes = 60;
  if (const auto date = DateOpening(document.metadata.title, calendar, order); date.has_value()) return date;
  std::size_t seen = 0;
  for (const Block& block : document.blocks) {
    if (block.left || block.shape != Shape::kParagraph || block.text.size() < kLeastBytes) continue;
    if (++seen > kParagraphs) break;
    if (const auto date = DateOpening(block.text, calendar, order); date.has_value()) return date;
  }
  return std::nullopt;
}

// The day of the boxes around the article, else of the lines far from the headline when all of them give the same.
void AddFootDate(const std::vector<DateSign>& signs, const Calendar& calendar, DayOrder order,
                 release::v1::PublishDate* publish) {
  std::optional<ParsedSign> found;
  const DateSign* from = nullptr;
  for (const DateSign& sign : signs) {
    if (!sign.foot) continue;
    std::optional<ParsedSign> parsed = ParseSign(sign, calendar, order);
    if (!parsed.has_value()) continue;
    if (found.has_value() && parsed->time.date != found->time.date) return;
    found = std::move(parsed);
    from = &sign;
    if (sign.basis != "far_line") break;
  }
  if (!found.has_value()) return;
  AddCandidate(found->time.date, found->basis, from->raw, found->time.unix_seconds, std::nullopt, publish);
}

void FillPublish(const Input& input, const Document& document, const std::vector<LineFeatures>& features,
                 const Zoning& zoning, const Assembly& assembly, const Calendar& calendar, Release* release) {
  release::v1::PublishDate* publish = release->mutable_publish();
  const DayOrder order = OrderOf(document.metadata.language, input.uri);
  if (const auto date = DateOfUrl(input.uri, order); date.has_value())
    AddCandidate(*date, "url", input.uri, std::nullopt, std::nullopt, publish);
  for (const DateSign& sign : document.metadata.dates) {
    if (sign.foot) continue;
    auto parsed = ParseSign(sign, calendar, order);
    if (!parsed.has_value()) continue;
    // "03/04/2024" in the other order, where another sign says so.
    for (const DayOrder other : {DayOrder::kDayFirst, DayOrder::kMonthFirst, DayOrder::kMonthFirstDots}) {
      if (other == order || HasDay(*publish, parsed->time.date)) continue;
      // Whoever writes the day first does so with full stops anyway.
      if (order == DayOrder::kDayFirst && other == DayOrder::kMonthFirstDots) continue;
      auto swapped = ParseSign(sign, calendar, other);
      if (swapped.has_value() && HasDay(*publish, swapped->time.date)) parsed = std::move(swapped);
    }
    AddCandidate(parsed->time.date, parsed->basis, sign.raw, parsed->time.unix_seconds, std::nullopt, publish);
  }
  if (publish->candidates().empty()) AddFootDate(document.metadata.dates, calendar, order, publish);
  const bool is_copy = document.html && document.metadata.copy;
  for (const std::size_t i : zoning.date_lines) {
    const std::string& line = document.blocks[i].text;
    // A page tells of days before there were pages.
    if (document.html && features[i].date.year != 0 && features[i].date.year < kFirstPageYear) continue;
    if (document.html && IsLineOfOtherDate(line)) continue;
    std::optional<release::v1::Span> span;
    if (assembly.block_begin[i] != kNowhere && line.size() <= kMaxDateLineBytes)
      span = MakeSpan(assembly.block_begin[i], assembly.block_begin[i] + line.size());
    const std::string_view basis = IsChangeLine(line) ? ChangeBasis(/*far=*/false, is_copy) : "text_line";
    AddCandidate(features[i].date, basis, line, std::nullopt, span, publish);
  }
  if (const auto start = DateAtStart(document, calendar, order); start.has_value())
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

// What a recipe says of the date is not weighed against other signs: somebody looked at this site. What the feed says
// is taken only where the document is silent.
void FillPublishFromHints(const Input& input, const Document& document, const Calendar& calendar, Release* release) {
  const auto choose = [release](const CalendarDate& date, std::string_view basis, std::string_view raw,
                                std::optional<std::int64_t> unix_seconds, release::v1::Confidence confidence) {
    release::v1::PublishDate* publish = release->mutable_publish();
    AddCandidate(date, basis, raw, unix_seconds, std::nullopt, publish);
    *publish->mutable_date() = ToProto(date);
    publish->clear_time();
    if (unix_seconds.has_value()) publish->mutable_time()->set_seconds(*unix_seconds);
    publish->set_basis(std::string(basis));
    publish->set_confidence(confidence);
  };
  if (!input.recipe_date.empty()) {
    const auto written = ParseTime(input.recipe_date, calendar, OrderOf(document.metadata.language, input.uri));
    if (written.has_value() && written->date.complete()) {
      choose(written->date, "recipe", input.recipe_date, written->unix_seconds, release::v1::HIGH);
      return;
    }
    for (const DateMatch& match : calendar.Find(input.recipe_date)) {
      if (!match.value.complete()) continue;
      choose(match.value, "recipe", input.recipe_date, std::nullopt, release::v1::HIGH);
      return;
    }
  }
  if (!input.publish_hint.has_value() || release->publish().has_date()) return;
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(*input.publish_hint));
  choose({static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))},
         "feed", "", input.publish_hint->time_since_epoch().count(), release::v1::MEDIUM);
}

void FillAuthorsFromHints(const Input& input, Release* release) {
  if (release->authors_size() > 0) return;
  for (const std::string_view name : input.author_hints) {
    std::string clean = CleanLine(text::TruncateUtf8(name, kMaxAuthorBytes));
    if (clean.empty() || static_cast<std::size_t>(release->authors_size()) >= kMaxHintedAuthors) continue;
    release::v1::Author* author = release->add_authors();
    author->set_display_name(std::move(clean));
    author->set_confidence(release::v1::MEDIUM);
    author->set_rule("author.feed");
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

// The country in which most of the places named lie; empty when no country has them.
std::string CountrySpokenOf(const Release& release) {
  constexpr int kLeast = 3;
  std::map<std::string, int> mentions;
  int all = 0;
  for (const release::v1::Place& place : release.places()) {
    if (place.country_code().empty()) continue;
    const int count = std::max(1, place.mentions_size());
    mentions[place.country_code()] += count;
    all += count;
  }
  for (const auto& [country, count] : mentions) {
    if (count == all || (count >= kLeast && count * 4 >= all * 3)) return country;
  }
  return {};
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
  add(CountrySpokenOf(release));
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

ZonedDocument ZoneDocument(const ExtractionTables& tables, const Document& document) {
  ZonedDocument zoned;
  zoned.features = ComputeFeatures(document.blocks, tables.calendar);
  const ZoningTables zoning_tables{tables.calendar, tables.gazetteer};
  zoned.zoning = document.html ? ZonePage(document.blocks, zoned.features, zoning_tables, document.metadata.heading)
                               : ZoneText(document.blocks, zoned.features, zoning_tables);
  return zoned;
}

BuiltRelease BuildRelease(const ExtractionTables& tables, const Input& input, const Document& document,
                          const ZonedDocument& zoned, std::string_view uri) {
  BuiltRelease built;
  Release& release = built.release;
  const Zoning& zoning = zoned.zoning;
  release.set_uri(text::ReplaceInvalidUtf8(uri));
  release.set_source(text::ReplaceInvalidUtf8(input.source));
  release.mutable_extractor()->set_version(DATELINE_VERSION);
  release.mutable_extractor()->set_rules(std::string(kRulesVersion));
  release.set_page_type(document.page_type);
  if (!document.metadata.title.empty())
    release.set_title(document.metadata.title);
  else if (!document.html && zoning.title.has_value())
    release.set_title(document.blocks[*zoning.title].text);
  if (release.title().empty()) release.set_title(CleanLine(text::TruncateUtf8(input.title_hint, 1000)));
  if (zoning.subtitle.has_value()) release.set_subtitle(document.blocks[*zoning.subtitle].text);

  built.assembly = AssembleText(document.blocks, zoning, kMaxTextBytes, &release);
  const Assembly& assembly = built.assembly;
  FillMetadata(document, tables.calendar, &release);
  release.set_language(DetectLanguage(MainText(release), document.metadata.language));
  FillDateline(zoning, assembly, &release);
  FillLinks(document, zoning, assembly, &release);
  FillImages(document.blocks, zoning, assembly, document.images, document.metadata.images, &release);
  FindReferenceIds(document.blocks, zoned.features, &release);
  FillEmbargo(zoned.features, zoning, assembly, tables.calendar, &release);
  FillPublish(input, document, zoned.features, zoning, assembly, tables.calendar, &release);
  FillPublishFromHints(input, document, tables.calendar, &release);
  FillAuthorsFromHints(input, &release);
  if (!input.omit_facts && tables.packs != nullptr) {
    FindFacts(tables.packs->For(release.language()), tables.calendar, tables.gazetteer, &release);
    FindContacts(RegionsOf(input, tables.gazetteer, release), tables.gazetteer, &release);
    TieContactsToPeople(&release);
  }
  return built;
}

}  // namespace dateline::extraction
