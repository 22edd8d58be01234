#include "services/cli/render/release_text.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "common/export/parts.h"
#include "common/text/utf8.h"
#include "services/cli/render/fact_marks.h"
#include "services/cli/render/facts_text.h"
#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using release::v1::Release;
using release::v1::Section;

constexpr size_t kIndent = 2;
constexpr size_t kLabelColumns = 11;

std::string_view MonthName(int month) {
  static constexpr std::array<std::string_view, 13> kNames = {"",        "January",  "February", "March",  "April",
                                                              "May",     "June",     "July",     "August", "September",
                                                              "October", "November", "December"};
  return month >= 1 && month <= 12 ? kNames[static_cast<size_t>(month)] : std::string_view();
}

// What the reader is told about a part that is not main text.
std::string_view SectionLabel(Section::Kind kind) {
  return kind == Section::CAPTION ? std::string_view("Caption") : exporting::PartLabel(kind);
}

void Field(std::string_view label, std::string_view value, const Style& style, std::string& out) {
  if (value.empty()) return;
  out += fmt::format("{:{}}{} {}\n", "", kIndent, style.Dim(fmt::format("{:<{}}", label, kLabelColumns)), value);
}

std::string PlaceText(const Release& release) {
  const auto& dateline = release.dateline();
  std::string value = dateline.place();
  if (!dateline.country_code().empty()) value += fmt::format(" ({})", dateline.country_code());
  if (!dateline.agency().empty()) value += fmt::format(", {}", dateline.agency());
  if (const std::string date = DateText(dateline.date()); !date.empty()) value += fmt::format(", {}", date);
  return value;
}

std::string PublishText(const Release& release) {
  std::string value = DateText(release.publish().date());
  if (value.empty()) return "not stated";
  if (!release.publish().basis().empty()) value += fmt::format(", by {}", release.publish().basis());
  return value;
}

void AppendHead(const Release& release, const Style& style, size_t columns, std::string& out) {
  const std::string title = release.title().empty() ? "(no title)" : release.title();
  const std::string wrapped = Wrap(title, columns, 0);
  for (const std::string_view line : text::SplitLines(wrapped)) {
    out += style.Bold(line);
    out += '\n';
  }
  if (!release.subtitle().empty()) out += Wrap(release.subtitle(), columns, 0);
  Field("dateline", PlaceText(release), style, out);
  Field("published", PublishText(release), style, out);
  if (release.has_embargo_time()) {
    Field("embargo", "until " + exporting::IsoTime(release.embargo_time()), style, out);
  }
  std::string authors;
  for (const auto& author : release.authors()) authors += (authors.empty() ? "" : ", ") + author.display_name();
  Field("by", authors, style, out);
  Field("site", release.site_name(), style, out);
  Field("language", release.language(), style, out);
  std::string ids;
  for (const auto& id : release.reference_ids()) ids += (ids.empty() ? "" : ", ") + id;
  Field("reference", ids, style, out);
  Field("from", release.uri(), style, out);
  std::string record = release.name();
  if (release.revision() > 0) record += fmt::format(", revision {}", release.revision());
  Field("record", record, style, out);
}

// One line of a list is one item.
void AppendList(std::string_view list, size_t columns, size_t indent, const Painter& painter, std::string& out) {
  for (const std::string_view item : text::SplitLines(list)) {
    std::string wrapped = Wrap(item, columns, indent + 2, painter);
    if (wrapped.size() > indent + 2) wrapped.replace(indent, 1, "•");
    out += wrapped;
  }
}

void AppendText(const Release& release, const Style& style, size_t columns, std::string& out) {
  const FactMarks marks(release, style);
  if (!marks.empty() && style.enabled()) out += fmt::format("\n{:{}}{}\n", "", kIndent, marks.Legend());
  const Painter painter = [&](std::string_view word, std::string& line) {
    marks.Paint(static_cast<size_t>(word.data() - release.text().data()), word, line);
  };
  for (const Section& section : release.sections()) {
    const std::string_view words = exporting::Slice(release.text(), section.span());
    if (words.empty()) continue;
    out += '\n';
    const std::string_view label = SectionLabel(section.kind());
    if (!label.empty()) out += fmt::format("{:{}}{}\n", "", kIndent, style.Dim(fmt::format("[{}]", label)));
    const size_t indent = label.empty() ? kIndent : kIndent + 2;
    if (section.kind() == Section::LIST)
      AppendList(words, columns, indent, painter, out);
    else if (section.kind() == Section::HEADING)
      out += style.Bold(Wrap(words, columns, indent));
    else
      out += Wrap(words, columns, indent, painter);
  }
}

}  // namespace

std::string DateText(const google::type::Date& date) {
  if (date.month() == 0) return date.year() == 0 ? std::string() : fmt::format("{}", date.year());
  std::string value = date.day() == 0 ? std::string(MonthName(date.month()))
                                      : fmt::format("{} {}", date.day(), MonthName(date.month()));
  if (date.year() == 0) return value + " (year not given)";
  return fmt::format("{} {}", value, date.year());
}

std::string ReleaseText(const Release& release, const Style& style, size_t columns) {
  std::string out;
  AppendHead(release, style, columns, out);
  AppendText(release, style, columns, out);
  out += FactsText(release, style, columns);
  return out;
}

std::string ReleaseLine(const Release& release, const Style& style, size_t columns) {
  const auto& date = release.publish().date();
  // Unknown parts of a date are shown as such; lists stay aligned and sortable.
  const auto part = [](int value, int width) {
    return value == 0 ? std::string(static_cast<size_t>(width), '-') : fmt::format("{:0{}}", value, width);
  };
  const std::string day = fmt::format("{}-{}-{}", part(date.year(), 4), part(date.month(), 2), part(date.day(), 2));
  const std::string language = release.language().empty() ? "--" : release.language();
  const std::string head = fmt::format("{}  {:<5}  ", day, text::TruncateToWidth(language, 5));
  const size_t room = columns > head.size() + 12 + 40 ? columns - head.size() - 2 - release.name().size() : 40;
  std::string title = text::TruncateToWidth(release.title().empty() ? "(no title)" : release.title(), room);
  const size_t width = text::DisplayWidth(title);
  if (width < room) title.append(room - width, ' ');
  return style.Dim(head) + title + "  " + style.Dim(release.name());
}

}  // namespace dateline::cli
