#include "services/gateway/console/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/export/html.h"
#include "common/export/parts.h"
#include "services/gateway/console/format.h"

namespace dateline::gateway {
namespace {

using release::v1::Confidence;
using release::v1::Release;

constexpr size_t kQuoteBytes = 400;

// Collects the facts of one kind.
class Group {
 public:
  Group(std::string_view kind, std::string_view heading, std::string_view letter) : letter_(letter) {
    group_.kind = kind;
    group_.heading = heading;
  }

  template <class Message>
  Fact& Add(const Message& message, std::string title) {
    Fact& fact = group_.facts.emplace_back();
    fact.id = fmt::format("{}{}", letter_, group_.facts.size());
    fact.kind = group_.kind;
    fact.card["id"] = fact.id;
    fact.card["kind"] = group_.kind;
    fact.card["title"] = title.empty() ? std::string("(unnamed)") : std::move(title);
    fact.card["rule"] = message.rule();
    switch (message.confidence()) {
      case Confidence::MEDIUM:
        fact.card["confidence"] = "likely";
        break;
      case Confidence::LOW:
        fact.card["confidence"] = "unsure";
        break;
      default:
        break;
    }
    if constexpr (requires { message.span(); }) {
      if (message.has_span()) fact.spans.push_back(message.span());
    } else {
      fact.spans.assign(message.mentions().begin(), message.mentions().end());
    }
    fact.card["has_words"] = !fact.spans.empty();
    if (fact.spans.size() > 1) fact.card["mentions"] = fmt::format("{}×", fact.spans.size());
    return fact;
  }

  void MoveTo(std::vector<FactGroup>& groups) {
    if (!group_.facts.empty()) groups.push_back(std::move(group_));
  }

 private:
  const std::string_view letter_;
  FactGroup group_;
};

std::string Joined(std::initializer_list<std::string_view> parts, std::string_view separator) {
  std::string out;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

// Entities have pages; a fact without one is searched for.
void LinkEntity(const std::string& entity, Fact& fact) {
  if (!entity.empty()) fact.card["href"] = "/" + entity;
}

void AddQuotes(const Release& release, std::vector<FactGroup>& groups) {
  Group group("quote", "Quotes", "q");
  for (const auto& quote : release.quotes()) {
    Fact& fact = group.Add(quote, Shortened(quote.text(), kQuoteBytes));
    fact.card["detail"] = quote.speaker().empty() ? std::string("speaker not named") : "— " + quote.speaker();
    if (quote.continues()) fact.card["note"] = "goes on";
    fact.card["is_quote"] = true;
  }
  group.MoveTo(groups);
}

void AddFigures(const Release& release, std::vector<FactGroup>& groups) {
  Group group("figure", "Figures", "f");
  for (const auto& figure : release.figures()) {
    Fact& fact = group.Add(figure, figure.text());
    std::string value = NumberText(figure.value());
    if (figure.has_value_to()) value += "–" + NumberText(figure.value_to());
    if (!figure.comparator().empty() && figure.comparator() != "=") value = figure.comparator() + " " + value;
    fact.card["detail"] = Joined({value, figure.unit()}, " ");
    std::string note = figure.asserter().empty() ? "" : "says " + figure.asserter();
    if (const std::string as_of = DayText(figure.as_of()); !as_of.empty())
      note = Joined({note, "as of " + as_of}, ", ");
    fact.card["note"] = note;
  }
  group.MoveTo(groups);
}

void AddPeople(const Release& release, std::vector<FactGroup>& groups) {
  Group group("person", "People", "p");
  for (const auto& person : release.people()) {
    Fact& fact = group.Add(person, Joined({person.honorific(), person.display_name()}, " "));
    fact.card["detail"] = Joined({person.role(), person.organization()}, ", ");
    LinkEntity(person.entity(), fact);
  }
  group.MoveTo(groups);
}

void AddContacts(const Release& release, std::vector<FactGroup>& groups) {
  Group group("contact", "Contacts", "c");
  for (const auto& contact : release.contacts()) {
    Fact& fact = group.Add(
        contact, contact.display_name().empty()
                     ? (contact.organization().empty() ? std::string("Press contact") : contact.organization())
                     : contact.display_name());
    fact.card["detail"] =
        Joined({contact.role(), contact.display_name().empty() ? std::string_view() : contact.organization()}, ", ");
    if (!contact.email().empty()) {
      Value line;
      line["text"] = contact.email();
      line["href"] = "mailto:" + exporting::EncodeUri(contact.email());
      fact.card["lines"].Append(std::move(line));
    }
    for (const auto& phone : contact.phones()) {
      Value line;
      line["text"] = phone.raw();
      if (phone.valid()) {
        line["href"] = "tel:" + phone.e164();
        if (!phone.region().empty() && phone.region() != "001") line["note"] = CountryName(phone.region());
      } else {
        std::string reason = phone.invalid_reason();
        std::transform(reason.begin(), reason.end(), reason.begin(),
                       [](char c) { return c == '_' ? ' ' : static_cast<char>(tolower(c)); });
        line["invalid"] = reason.empty() ? std::string("not valid") : "not valid: " + reason;
      }
      fact.card["lines"].Append(std::move(line));
    }
  }
  group.MoveTo(groups);
}

void AddOrganizations(const Release& release, std::vector<FactGroup>& groups) {
  Group group("organization", "Organisations", "o");
  for (const auto& organization : release.organizations()) {
    Fact& fact = group.Add(organization, organization.display_name());
    fact.card["detail"] = organization.acronym();
    LinkEntity(organization.entity(), fact);
  }
  group.MoveTo(groups);
}

void AddPlaces(const Release& release, std::vector<FactGroup>& groups) {
  Group group("place", "Places", "l");
  for (const auto& place : release.places()) {
    Fact& fact = group.Add(place, place.display_name());
    fact.card["detail"] = CountryName(place.country_code());
    LinkEntity(place.entity(), fact);
  }
  group.MoveTo(groups);
}

void AddDates(const Release& release, std::vector<FactGroup>& groups) {
  Group group("date", "Dates", "d");
  for (const auto& date : release.dates()) {
    Fact& fact = group.Add(date, date.text());
    fact.card["detail"] = Joined({DayText(date.value()), DayText(date.value_to())}, " – ");
    if (!date.anchor().empty()) fact.card["note"] = "counted from the " + date.anchor();
  }
  group.MoveTo(groups);
}

void AddHappenings(const Release& release, std::vector<FactGroup>& groups) {
  Group events("event", "Events", "e");
  for (const auto& event : release.events()) {
    Fact& fact = events.Add(event, event.text());
    fact.card["detail"] =
        Joined({event.place(), Joined({DayText(event.date()), DayText(event.date_to())}, " – ")}, ", ");
  }
  events.MoveTo(groups);
  Group funding("funding", "Funding", "m");
  for (const auto& grant : release.funding()) {
    Fact& fact = funding.Add(grant, Joined({grant.funder(), grant.recipient()}, " → "));
    fact.card["detail"] = grant.has_amount() ? grant.amount().text() : std::string();
  }
  funding.MoveTo(groups);
  Group programmes("programme", "Programmes", "g");
  for (const auto& programme : release.programmes()) programmes.Add(programme, programme.display_name());
  programmes.MoveTo(groups);
  Group publications("publication", "Publications", "b");
  for (const auto& publication : release.publications()) {
    publications.Add(publication, publication.title()).card["detail"] = publication.publisher();
  }
  publications.MoveTo(groups);
}

}  // namespace

std::vector<FactGroup> FactGroups(const Release& release) {
  std::vector<FactGroup> groups;
  AddQuotes(release, groups);
  AddFigures(release, groups);
  AddPeople(release, groups);
  AddContacts(release, groups);
  AddOrganizations(release, groups);
  AddPlaces(release, groups);
  AddDates(release, groups);
  AddHappenings(release, groups);
  return groups;
}

MarkedText::MarkedText(std::string_view text, const std::vector<FactGroup>& groups) : text_(text) {
  for (const FactGroup& group : groups) {
    for (const Fact& fact : group.facts) {
      bool first = true;
      for (const auto& span : fact.spans) {
        if (exporting::Slice(text, span).empty()) continue;
        stretches_.push_back({span.start(), span.end(), &fact, first});
        first = false;
      }
    }
  }
  std::stable_sort(stretches_.begin(), stretches_.end(), [](const Stretch& a, const Stretch& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
}

// The innermost fact gives the look and the link; all around it are named for the script.
void MarkedText::Piece(std::string_view words, const std::vector<const Stretch*>& open, std::string& out) const {
  if (words.empty()) return;
  std::string escaped = exporting::EscapeHtml(words);
  for (size_t at = escaped.find('\n'); at != std::string::npos; at = escaped.find('\n', at + 5)) {
    escaped.replace(at, 1, "<br>\n");
  }
  if (open.empty()) {
    out += escaped;
    return;
  }
  const Stretch* inner = open.front();
  std::string ids;
  bool quoted = false;
  for (const Stretch* stretch : open) {
    if (stretch->end - stretch->begin <= inner->end - inner->begin) inner = stretch;
    quoted = quoted || stretch->fact->kind == "quote";
    ids += (ids.empty() ? "" : " ") + stretch->fact->id;
  }
  fmt::format_to(std::back_inserter(out), "<a class=\"w k-{}{}\" href=\"#{}\" data-f=\"{}\">{}</a>", inner->fact->kind,
                 quoted && inner->fact->kind != "quote" ? " in-quote" : "", inner->fact->id, ids, escaped);
}

std::string MarkedText::Mark(std::string_view part) {
  const auto begin = static_cast<uint32_t>(part.data() - text_.data());
  const auto end = static_cast<uint32_t>(begin + part.size());
  std::vector<uint32_t> cuts = {begin, end};
  std::vector<const Stretch*> here;
  for (const Stretch& stretch : stretches_) {
    if (stretch.end <= begin || stretch.begin >= end) continue;
    here.push_back(&stretch);
    cuts.push_back(std::max(stretch.begin, begin));
    cuts.push_back(std::min(stretch.end, end));
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::string out;
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    std::vector<const Stretch*> open;
    for (const Stretch* stretch : here) {
      if (stretch->begin > cuts[i] || stretch->end <= cuts[i]) continue;
      open.push_back(stretch);
      if (stretch->first && std::max(stretch->begin, begin) == cuts[i] && stretch->begin >= begin) {
        fmt::format_to(std::back_inserter(out), "<span class=\"t\" id=\"w-{}\"></span>", stretch->fact->id);
      }
    }
    Piece(text_.substr(cuts[i], cuts[i + 1] - cuts[i]), open, out);
  }
  return out;
}

}  // namespace dateline::gateway
