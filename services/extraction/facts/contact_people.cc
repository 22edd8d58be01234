#include "services/extraction/facts/contact_people.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/normalize.h"

namespace dateline::extraction {
namespace {

using release::v1::Contact;
using release::v1::Person;
using release::v1::Release;
using release::v1::Span;

// A mention of a person, or of an organisation or place (person -1).
struct Mention {
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  int person = -1;
};

class Ties {
 public:
  explicit Ties(Release* release) : release_(release) {
    for (int i = 0; i < release->people_size(); ++i) {
      for (const Span& span : release->people(i).mentions()) mentions_.push_back({span.start(), span.end(), i});
    }
    for (const auto& organization : release->organizations()) {
      for (const Span& span : organization.mentions()) mentions_.push_back({span.start(), span.end(), -1});
    }
    for (const auto& place : release->places()) {
      for (const Span& span : place.mentions()) mentions_.push_back({span.start(), span.end(), -1});
    }
    std::sort(mentions_.begin(), mentions_.end(), [](const Mention& a, const Mention& b) { return a.start < b.start; });
  }

  void Tie(Contact* contact) {
    // A second address of the same person repeats the name, which stands before the span.
    const std::string& text = release_->text();
    std::size_t at = text.find(contact->display_name(), contact->span().start());
    if (at == std::string::npos || at >= contact->span().end())
      at = text.rfind(contact->display_name(), contact->span().start());
    if (at == std::string::npos) return;
    const auto start = static_cast<std::uint32_t>(at);
    const auto end = static_cast<std::uint32_t>(at + contact->display_name().size());
    const auto first = std::lower_bound(mentions_.begin(), mentions_.end(), start,
                                        [](const Mention& m, std::uint32_t s) { return m.end <= s; });
    if (first != mentions_.end() && first->start < end) {
      if (first->person < 0) return;
      Share(contact, release_->mutable_people(first->person));
      return;
    }
    if (const int known = PersonOf(contact->display_name()); known >= 0) {
      Person* person = release_->mutable_people(known);
      Add({start, end, known}, person);
      Share(contact, person);
      return;
    }
    Person* person = release_->add_people();
    person->set_display_name(contact->display_name());
    person->set_confidence(contact->confidence());
    person->set_rule("person.contact");
    Add({start, end, release_->people_size() - 1}, person);
    Share(contact, person);
  }

 private:
  // The person of this name; -1 for none.
  int PersonOf(const std::string& name) const {
    const std::string key = text::FoldKey(name);
    for (int i = 0; i < release_->people_size(); ++i) {
      if (text::FoldKey(release_->people(i).display_name()) == key) return i;
    }
    return -1;
  }

  void Add(const Mention& mention, Person* person) {
    Span span;
    span.set_start(mention.start);
    span.set_end(mention.end);
    *person->add_mentions() = span;
    std::sort(person->mutable_mentions()->begin(), person->mutable_mentions()->end(),
              [](const Span& a, const Span& b) { return a.start() < b.start(); });
    mentions_.insert(std::lower_bound(mentions_.begin(), mentions_.end(), mention,
                                      [](const Mention& a, const Mention& b) { return a.start < b.start; }),
                     mention);
  }

  static void Share(Contact* contact, Person* person) {
    if (person->display_name().size() > contact->display_name().size())
      contact->set_display_name(person->display_name());
    if (person->role().empty()) person->set_role(contact->role());
    if (person->organization().empty()) person->set_organization(contact->organization());
  }

  Release* release_;
  std::vector<Mention> mentions_;
};

}  // namespace

void TieContactsToPeople(Release* release) {
  if (release->contacts().empty()) return;
  Ties ties(release);
  for (Contact& contact : *release->mutable_contacts()) {
    if (!contact.display_name().empty()) ties.Tie(&contact);
  }
}

}  // namespace dateline::extraction
