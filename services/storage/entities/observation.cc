#include "services/storage/entities/observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "common/base/proto_time.h"
#include "common/text/utf8.h"
#include "services/storage/entities/name_key.h"
#include "services/storage/linking/profile.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

using records::MentionRecord;
using release::v1::Contact;
using release::v1::Figure;
using release::v1::Release;
using release::v1::Span;
using v1::Entity;

constexpr size_t kNameBytesMax = 300;
// A figure is of an entity that is named in the same paragraph within so many bytes.
constexpr uint32_t kNearBytes = 200;
constexpr size_t kSubjectBytesMax = 80;
constexpr int kSubjectWordsMax = 8;
// A release is about a country that so many of its places, and two thirds of them, lie in.
constexpr int kMainCountryMentionsMin = 3;

std::string IssuerContext(const Release& release) {
  if (!release.source().empty()) return "s:" + release.source();
  std::string host = UriHost(release.uri());
  if (host.rfind("www.", 0) == 0) host.erase(0, 4);
  return host.empty() ? "s:" + release.uri() : "s:" + host;
}

int64_t TimeOf(const Release& release) {
  if (release.publish().has_time()) return ToMicros(FromTimestamp(release.publish().time()));
  if (const int64_t day = DayNumber(release.publish().date()); day != 0) return day * 86'400'000'000;
  return ToMicros(FromTimestamp(release.create_time()));
}

// What stands behind a figure up to the end of the phrase: what it counts.
std::string SubjectOf(std::string_view text, const Figure& figure) {
  std::string_view rest =
      text::TruncateUtf8(text.substr(std::min<size_t>(figure.span().end(), text.size())), kSubjectBytesMax);
  rest = rest.substr(0, rest.find_first_of(".,;:()\n\"?!"));
  for (const std::string_view mark : {"“", "”", "—", "–"}) rest = rest.substr(0, rest.find(mark));
  // The figure ends with its unit, so what follows begins a new word.
  if (rest.empty() || text::SpaceAt(rest, 0) == 0) return {};
  std::string subject;
  int words = 0;
  for (size_t at = 0; at < rest.size() && words < kSubjectWordsMax;) {
    at += text::SpaceAt(rest, at);
    const size_t end = std::min(text::FindSpace(rest, at), rest.size());
    if (end == at) break;
    // A word that was cut in its middle says nothing.
    if (end == rest.size() && rest.size() + 4 > kSubjectBytesMax) break;
    if (!subject.empty()) subject += ' ';
    subject.append(rest.substr(at, end - at));
    at = end;
    ++words;
  }
  return subject;
}

class Observer {
 public:
  explicit Observer(const Release& release) : release_(release), issuer_(IssuerContext(release)) {}

  std::vector<Observation> Run() {
    for (int i = 0; i < release_.people_size(); ++i) AddPerson(i);
    for (int i = 0; i < release_.organizations_size(); ++i) AddOrganization(i);
    for (int i = 0; i < release_.places_size(); ++i) AddPlace(i);
    for (int i = 0; i < release_.programmes_size(); ++i) AddProgramme(i);
    for (const Contact& contact : release_.contacts()) AddContact(contact);
    return std::move(observations_);
  }

 private:
  Observation* Add(Entity::Kind kind, uint32_t fact, const std::string& name, std::string key) {
    if (key.empty() || name.size() > kNameBytesMax || observations_.size() >= kObservationsMax) return nullptr;
    Observation& added = observations_.emplace_back();
    added.kind = kind;
    added.fact = fact;
    added.display_name = name;
    added.key = std::move(key);
    added.mention.set_release(release_.name());
    added.mention.set_time_us(TimeOf(release_));
    added.mention.add_contexts(issuer_);
    if (release_.publish().has_date()) *added.mention.mutable_date() = release_.publish().date();
    return &added;
  }

  static void AddAlias(Observation* to, const std::string& name, std::string_view basis, const Span& span) {
    auto* alias = to->mention.add_aliases();
    alias->set_display_name(name);
    alias->set_basis(std::string(basis));
    alias->set_fact(to->fact);
    if (span.end() > span.start()) *alias->mutable_span() = span;
  }

  template <class Spans>
  Span SpanOf(const Spans& mentions, std::string_view name) const {
    const std::string_view text = release_.text();
    for (const Span& span : mentions) {
      if (span.end() <= text.size() && span.start() < span.end() &&
          text.substr(span.start(), span.end() - span.start()) == name)
        return span;
    }
    return mentions.empty() ? Span() : mentions.Get(0);
  }

  // The country of most of the places that the release names; empty when none is of most.
  std::string MainCountry() const {
    std::map<std::string, int> mentions;
    int all = 0;
    for (const auto& place : release_.places()) {
      const int count = std::max(1, place.mentions_size());
      if (!place.country_code().empty()) mentions[place.country_code()] += count;
      all += count;
    }
    for (const auto& [country, count] : mentions) {
      if (count >= kMainCountryMentionsMin && count * 3 > all * 2) return country;
    }
    return {};
  }

  // Figures in the same paragraph near any of the mentions.
  template <class Spans>
  void AddFigures(Observation* to, const Spans& mentions) const {
    const std::string_view text = release_.text();
    for (const Figure& figure : release_.figures()) {
      if (to->mention.figures_size() == kMentionFiguresMax) return;
      const Span& at = figure.span();
      const bool near = std::any_of(mentions.begin(), mentions.end(), [&](const Span& span) {
        const uint32_t begin = std::min(span.end(), at.end());
        const uint32_t end = std::max(span.start(), at.start());
        if (end > text.size() || (end > begin && end - begin > kNearBytes)) return false;
        return end <= begin || text.substr(begin, end - begin).find('\n') == std::string_view::npos;
      });
      if (!near) continue;
      *to->mention.add_figures() = figure;
      to->mention.add_figure_subjects(SubjectOf(text, figure));
    }
  }

  static void AddRole(Observation* to, const std::string& role, const std::string& organization) {
    if (const std::string key = OrganizationKey(organization); !key.empty()) to->mention.add_contexts("o:" + key);
    if (role.empty() && organization.empty()) return;
    auto* added = to->mention.add_roles();
    added->set_role(role);
    added->set_organization(organization);
  }

  void AddPerson(int i) {
    const auto& person = release_.people(i);
    std::vector<std::string> words = PersonWords(person.display_name());
    Observation* added =
        Add(Entity::KIND_PERSON, static_cast<uint32_t>(i + 1), person.display_name(), PersonKey(words));
    if (added == nullptr) return;
    added->words = std::move(words);
    AddAlias(added, person.display_name(), "name_key", SpanOf(person.mentions(), person.display_name()));
    AddRole(added, person.role(), person.organization());
    AddFigures(added, person.mentions());
  }

  void AddOrganization(int i) {
    const auto& body = release_.organizations(i);
    Observation* added = Add(Entity::KIND_ORGANIZATION, static_cast<uint32_t>(i + 1), body.display_name(),
                             OrganizationKey(body.display_name()));
    if (added == nullptr) return;
    if (const std::string country = MainCountry(); !country.empty() && IsNationalBody(body.display_name()))
      added->mention.add_contexts("y:" + country);
    AddAlias(added, body.display_name(), "name_key", SpanOf(body.mentions(), body.display_name()));
    if (!body.acronym().empty() && body.acronym() != body.display_name()) {
      added->acronym = body.acronym();
      AddAlias(added, body.acronym(), "acronym", SpanOf(body.mentions(), body.acronym()));
    }
    AddFigures(added, body.mentions());
  }

  void AddPlace(int i) {
    const auto& place = release_.places(i);
    Observation* added =
        Add(Entity::KIND_PLACE, static_cast<uint32_t>(i + 1), place.display_name(), PlaceKey(place.display_name()));
    if (added == nullptr) return;
    added->geonames_id = place.geonames_id();
    added->country_code = place.country_code();
    if (place.latitude() != 0 || place.longitude() != 0)
      added->location = fmt::format("{} {:.4f} {:.4f}", place.country_code(), place.latitude(), place.longitude());
    added->mention.set_country_code(place.country_code());
    AddAlias(added, place.display_name(), "name_key", SpanOf(place.mentions(), place.display_name()));
    AddFigures(added, place.mentions());
  }

  void AddProgramme(int i) {
    const auto& programme = release_.programmes(i);
    Observation* added = Add(Entity::KIND_PROGRAMME, static_cast<uint32_t>(i + 1), programme.display_name(),
                             ProgrammeKey(programme.display_name()));
    if (added == nullptr) return;
    AddAlias(added, programme.display_name(), "name_key", SpanOf(programme.mentions(), programme.display_name()));
    AddFigures(added, programme.mentions());
  }

  // Whom the contact is of, as far as the release names it elsewhere.
  Observation* Owner(const Contact& contact, const std::vector<std::string>& words) {
    const std::string body = OrganizationKey(contact.organization());
    for (Observation& known : observations_) {
      if (!contact.display_name().empty()) {
        if (known.kind == Entity::KIND_PERSON && NamesAgree(known.words, words)) return &known;
      } else if (known.kind == Entity::KIND_ORGANIZATION && !body.empty()) {
        if (known.key == body || OrganizationKey(known.acronym) == body) return &known;
      }
    }
    return nullptr;
  }

  void AddContact(const Contact& contact) {
    if (contact.email().empty() && contact.phones().empty()) return;
    const std::vector<std::string> words = PersonWords(contact.display_name());
    Observation* owner = Owner(contact, words);
    const bool person = !contact.display_name().empty();
    if (owner == nullptr) {
      const std::string& name = person ? contact.display_name() : contact.organization();
      owner = Add(person ? Entity::KIND_PERSON : Entity::KIND_ORGANIZATION, 0, name,
                  person ? PersonKey(words) : OrganizationKey(name));
      if (owner == nullptr) return;
      owner->words = person ? words : std::vector<std::string>();
      AddAlias(owner, name, "name_key", contact.span());
    }
    if (owner->mention.contacts_size() < kMentionContactsMax) *owner->mention.add_contacts() = contact;
    if (!contact.email().empty()) owner->emails.push_back(FoldedEmail(contact.email()));
    if (person && (!contact.role().empty() || !contact.organization().empty()))
      AddRole(owner, contact.role(), contact.organization());
  }

  const Release& release_;
  const std::string issuer_;
  std::vector<Observation> observations_;
};

}  // namespace

std::string FoldedEmail(std::string_view email) {
  std::string folded(email);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return folded;
}

std::vector<Observation> Observe(const Release& release) {
  return Observer(release).Run();
}

}  // namespace dateline::storage
