#include "services/cli/render/release_text.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "common/export/parts.h"
#include "common/text/utf8.h"
#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using release::v1::Contact;
using release::v1::Phone;
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

std::string InvalidReason(const Phone& phone) {
  std::string reason = phone.invalid_reason().empty() ? "INVALID" : phone.invalid_reason();
  for (char& c : reason) c = c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return reason;
}

void AppendContact(const Contact& contact, const Style& style, std::string& out) {
  std::string head = contact.display_name();
  for (const std::string* part : {&contact.role(), &contact.organization()}) {
    if (part->empty()) continue;
    if (!head.empty()) head += ", ";
    head += *part;
  }
  if (!head.empty()) out += fmt::format("{:{}}{}\n", "", kIndent + 2, head);
  if (!contact.email().empty()) out += fmt::format("{:{}}{}\n", "", kIndent + 4, contact.email());
  for (const Phone& phone : contact.phones()) {
    out += fmt::format("{:{}}{}", "", kIndent + 4, phone.raw());
    if (phone.valid()) {
      out += style.Good(fmt::format("  valid, {}", phone.e164()));
      if (!phone.region().empty()) out += style.Dim(fmt::format(" {}", phone.region()));
    } else {
      out += style.Bad(fmt::format("  not valid: {}", InvalidReason(phone)));
    }
    out += '\n';
  }
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
std::string Bulleted(std::string_view list) {
  std::string out;
  for (const std::string_view item : text::SplitLines(list)) out += fmt::format("• {}\n", item);
  return out;
}

void AppendText(const Release& release, const Style& style, size_t columns, std::string& out) {
  for (const Section& section : release.sections()) {
    const std::string_view words = exporting::Slice(release.text(), section.span());
    if (words.empty()) continue;
    out += '\n';
    const std::string_view label = SectionLabel(section.kind());
    if (!label.empty()) out += fmt::format("{:{}}{}\n", "", kIndent, style.Dim(fmt::format("[{}]", label)));
    const std::string body = section.kind() == Section::LIST ? Bulleted(words) : std::string(words);
    std::string wrapped = Wrap(body, columns, label.empty() ? kIndent : kIndent + 2);
    if (section.kind() == Section::HEADING) wrapped = style.Bold(wrapped);
    out += wrapped;
  }
}

void AppendFacts(const Release& release, const Style& style, size_t columns, std::string& out) {
  const auto heading = [&](std::string_view name) { out += fmt::format("\n{:{}}{}\n", "", kIndent, style.Bold(name)); };
  if (release.quotes_size() > 0) {
    heading("Quotes");
    for (const auto& quote : release.quotes()) {
      out += Wrap(fmt::format("{} — {}", quote.text(), quote.speaker().empty() ? "speaker not named" : quote.speaker()),
                  columns, kIndent + 2);
    }
  }
  if (release.figures_size() > 0) {
    heading("Figures");
    for (const auto& figure : release.figures()) out += Wrap(figure.text(), columns, kIndent + 2);
  }
  if (release.contacts_size() > 0) {
    heading("Contacts");
    for (const Contact& contact : release.contacts()) AppendContact(contact, style, out);
  }
  if (release.notices_size() > 0) {
    heading("Notices");
    for (const auto& notice : release.notices()) {
      out += Wrap(fmt::format("{}: {}", notice.reason(), notice.message()), columns, kIndent + 2);
    }
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
  AppendFacts(release, style, columns, out);
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
