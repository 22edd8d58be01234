#include "common/export/csv.h"

#include <fmt/format.h>

#include <initializer_list>
#include <vector>

#include "common/export/parts.h"

namespace dateline::exporting {
namespace {

using release::v1::Release;

std::string Row(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) row.push_back(',');
    row += CsvCell(cell);
  }
  return row + "\r\n";
}

std::string Number(double value) {
  return fmt::format("{}", value);
}

std::string_view ConfidenceName(release::v1::Confidence confidence) {
  switch (confidence) {
    case release::v1::HIGH:
      return "HIGH";
    case release::v1::MEDIUM:
      return "MEDIUM";
    case release::v1::LOW:
      return "LOW";
    default:
      return "";
  }
}

// What the rows of all kinds of facts have; a cell that a kind lacks stays empty.
struct FactRow {
  std::string_view kind;
  std::string text;
  std::string value{}, unit{}, comparator{}, speaker{}, organization{}, role{}, email{}, phones{};
  std::string_view confidence{};
  std::string rule{};
  release::v1::Span span{};
  bool has_span = false;
};

std::string WriteFact(const Release& release, const FactRow& fact) {
  return Row({release.name(), fmt::format("{}", release.revision()), std::string(fact.kind), fact.text, fact.value,
              fact.unit, fact.comparator, fact.speaker, fact.organization, fact.role, fact.email, fact.phones,
              std::string(fact.confidence), fact.rule, fact.has_span ? fmt::format("{}", fact.span.start()) : "",
              fact.has_span ? fmt::format("{}", fact.span.end()) : "", release.uri(), release.title()});
}

std::string PhonesText(const release::v1::Contact& contact) {
  std::string text;
  for (const auto& phone : contact.phones()) {
    if (!text.empty()) text += "; ";
    text += phone.valid() ? phone.e164() : phone.raw() + " (not valid)";
  }
  return text;
}

}  // namespace

std::string CsvCell(std::string_view text) {
  std::string out;
  // "=1+1", "+…", "-…", "@…" would be formulas; numbers of our own never begin so but with a minus and a digit.
  const bool number =
      text.size() > 1 && text[0] == '-' && text.find_first_not_of("-0123456789.") == std::string_view::npos;
  if (!text.empty() && !number && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) out = "'";
  out += text;
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

std::string CsvReleaseHeading() {
  return Row({"name", "revision", "published", "stored", "title", "subtitle", "site", "source", "language", "place",
              "uri", "quotes", "figures", "people", "organizations", "contacts", "withdrawn", "text"});
}

std::string CsvReleaseRow(const Release& release) {
  const auto count = [](int size) { return fmt::format("{}", size); };
  return Row({release.name(), fmt::format("{}", release.revision()), PublishText(release),
              IsoTime(release.create_time()), release.title(), release.subtitle(), release.site_name(),
              release.source(), release.language(), release.dateline().place(), release.uri(),
              count(release.quotes_size()), count(release.figures_size()), count(release.people_size()),
              count(release.organizations_size()), count(release.contacts_size()),
              release.has_withdraw_time() ? IsoTime(release.withdraw_time()) : "", release.text()});
}

std::string CsvFactHeading() {
  return Row({"release", "revision", "kind", "text", "value", "unit", "comparator", "speaker", "organization", "role",
              "email", "phones", "confidence", "rule", "start", "end", "uri", "title"});
}

std::string CsvFactRows(const Release& release) {
  std::string rows;
  const auto write = [&](const auto& fact, FactRow row) {
    row.confidence = ConfidenceName(fact.confidence());
    row.rule = fact.rule();
    rows += WriteFact(release, row);
  };
  for (const auto& quote : release.quotes()) {
    write(quote, {.kind = "quote",
                  .text = quote.text(),
                  .speaker = quote.speaker(),
                  .span = quote.span(),
                  .has_span = quote.has_span()});
  }
  for (const auto& figure : release.figures()) {
    write(figure, {.kind = "figure",
                   .text = figure.text(),
                   .value = Number(figure.value()),
                   .unit = figure.unit(),
                   .comparator = figure.comparator(),
                   .speaker = figure.asserter(),
                   .span = figure.span(),
                   .has_span = figure.has_span()});
  }
  for (const auto& contact : release.contacts()) {
    write(contact, {.kind = "contact",
                    .text = contact.display_name(),
                    .organization = contact.organization(),
                    .role = contact.role(),
                    .email = contact.email(),
                    .phones = PhonesText(contact),
                    .span = contact.span(),
                    .has_span = contact.has_span()});
  }
  for (const auto& person : release.people()) {
    FactRow row{
        .kind = "person", .text = person.display_name(), .organization = person.organization(), .role = person.role()};
    if (person.mentions_size() > 0) {
      row.span = person.mentions(0);
      row.has_span = true;
    }
    write(person, std::move(row));
  }
  return rows;
}

}  // namespace dateline::exporting
