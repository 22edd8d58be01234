#include "services/cli/render/facts_text.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "common/export/parts.h"
#include "common/text/utf8.h"
#include "services/cli/render/release_text.h"
#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using release::v1::Confidence;
using release::v1::Contact;
using release::v1::Phone;
using release::v1::Release;
using release::v1::Span;

constexpr size_t kIndent = 2;
// So much of a fact's words is shown beside its rule.
constexpr size_t kRuleColumns = 60;

std::string_view Unsure(Confidence confidence) {
  if (confidence == release::v1::MEDIUM) return " (fairly sure)";
  return confidence == release::v1::LOW ? " (unsure)" : std::string_view();
}

// Appends ", part" or "part" where there is one.
void Append(std::string_view part, std::string& out, std::string_view separator = ", ") {
  if (part.empty()) return;
  if (!out.empty()) out += separator;
  out += part;
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

class Lists {
 public:
  Lists(const Style& style, size_t columns) : style_(style), columns_(columns) {}

  void Head(std::string_view name) { out_ += fmt::format("\n{:{}}{}\n", "", kIndent, style_.Bold(name)); }
  void Item(std::string_view line, Confidence confidence) {
    out_ += Wrap(fmt::format("{}{}", line, Unsure(confidence)), columns_, kIndent + 2);
  }
  std::string& out() { return out_; }

 private:
  const Style& style_;
  size_t columns_;
  std::string out_;
};

void AppendNames(const Release& release, Lists& lists) {
  if (release.people_size() > 0) lists.Head("People");
  for (const auto& person : release.people()) {
    std::string about = person.role().empty() ? person.honorific() : person.role();
    Append(person.organization(), about);
    lists.Item(about.empty() ? person.display_name() : person.display_name() + " — " + about, person.confidence());
  }
  if (release.organizations_size() > 0) lists.Head("Organisations");
  for (const auto& organization : release.organizations()) {
    std::string line = organization.display_name();
    if (!organization.acronym().empty()) line += fmt::format(" ({})", organization.acronym());
    lists.Item(line, organization.confidence());
  }
  if (release.places_size() > 0) lists.Head("Places");
  for (const auto& place : release.places()) {
    std::string line = place.display_name();
    if (!place.country_code().empty()) line += fmt::format(" ({})", place.country_code());
    lists.Item(line, place.confidence());
  }
}

std::string QuantityOf(const release::v1::Figure& figure) {
  std::string out = fmt::format("{} {}", figure.comparator().empty() ? "=" : figure.comparator(), figure.value());
  if (figure.has_value_to()) out += fmt::format(" to {}", figure.value_to());
  Append(figure.unit(), out, " ");
  if (!figure.asserter().empty()) out += fmt::format("; by {}", figure.asserter());
  if (const std::string date = DateText(figure.as_of()); !date.empty()) out += fmt::format("; as of {}", date);
  return out;
}

void AppendStatements(const Release& release, Lists& lists) {
  if (release.quotes_size() > 0) lists.Head("Quotes");
  for (const auto& quote : release.quotes()) {
    lists.Item(fmt::format("{} — {}", quote.text(), quote.speaker().empty() ? "speaker not named" : quote.speaker()),
               quote.confidence());
  }
  if (release.figures_size() > 0) lists.Head("Figures");
  for (const auto& figure : release.figures())
    lists.Item(fmt::format("{}  [{}]", figure.text(), QuantityOf(figure)), figure.confidence());
  if (release.dates_size() > 0) lists.Head("Dates");
  for (const auto& date : release.dates()) {
    std::string value = DateText(date.value());
    if (date.has_value_to()) value += " to " + DateText(date.value_to());
    if (!date.anchor().empty()) value += ", by the " + date.anchor();
    lists.Item(fmt::format("{}  [{}]", date.text(), value), date.confidence());
  }
}

void AppendFrames(const Release& release, Lists& lists) {
  if (release.events_size() > 0) lists.Head("Events");
  for (const auto& event : release.events()) {
    std::string line = event.text();
    Append(event.place(), line);
    Append(DateText(event.date()), line);
    lists.Item(line, event.confidence());
  }
  if (release.funding_size() > 0) lists.Head("Funding");
  for (const auto& funding : release.funding()) {
    lists.Item(fmt::format("{} pays for {}", funding.funder(),
                           funding.recipient().empty() ? std::string("what is not named") : funding.recipient()),
               funding.confidence());
  }
  if (release.programmes_size() > 0) lists.Head("Programmes");
  for (const auto& programme : release.programmes()) lists.Item(programme.display_name(), programme.confidence());
  if (release.publications_size() > 0) lists.Head("Publications");
  for (const auto& publication : release.publications()) lists.Item(publication.title(), publication.confidence());
}

class Rules {
 public:
  Rules(const Release& release, const Style& style) : release_(release), style_(style) {}

  template <typename Facts>
  void Said(std::string_view kind, const Facts& facts) {
    for (const auto& fact : facts) Line(kind, fact.confidence(), fact.rule(), fact.span());
  }
  template <typename Entities>
  void Named(std::string_view kind, const Entities& entities) {
    for (const auto& entity : entities) {
      for (const Span& mention : entity.mentions()) Line(kind, entity.confidence(), entity.rule(), mention);
    }
  }
  void Line(std::string_view kind, Confidence confidence, std::string_view rule, const Span& span) {
    std::string words(exporting::Slice(release_.text(), span));
    for (char& c : words) c = c == '\n' ? ' ' : c;
    out_ += fmt::format("fact  {:<12}  {:<6}  {:<28}  {}  {}\n", kind, release::v1::Confidence_Name(confidence), rule,
                        style_.Dim(fmt::format("[{}, {})", span.start(), span.end())),
                        text::TruncateToWidth(words, kRuleColumns));
  }
  std::string Take() { return std::move(out_); }

 private:
  const Release& release_;
  const Style& style_;
  std::string out_;
};

}  // namespace

std::string FactsText(const Release& release, const Style& style, size_t columns) {
  Lists lists(style, columns);
  AppendNames(release, lists);
  AppendStatements(release, lists);
  AppendFrames(release, lists);
  if (release.contacts_size() > 0) lists.Head("Contacts");
  for (const Contact& contact : release.contacts()) AppendContact(contact, style, lists.out());
  if (release.notices_size() > 0) lists.Head("Notices");
  for (const auto& notice : release.notices())
    lists.Item(fmt::format("{}: {}", notice.reason(), notice.message()), release::v1::HIGH);
  return std::move(lists.out());
}

std::string FactRulesText(const Release& release, const Style& style) {
  Rules rules(release, style);
  if (release.has_dateline())
    rules.Line("dateline", release.dateline().confidence(), release.dateline().rule(), release.dateline().span());
  rules.Named("person", release.people());
  rules.Named("organization", release.organizations());
  rules.Named("place", release.places());
  rules.Said("quote", release.quotes());
  rules.Said("figure", release.figures());
  rules.Said("date", release.dates());
  rules.Said("event", release.events());
  rules.Said("funding", release.funding());
  rules.Named("programme", release.programmes());
  rules.Named("publication", release.publications());
  rules.Said("contact", release.contacts());
  return rules.Take();
}

}  // namespace dateline::cli
