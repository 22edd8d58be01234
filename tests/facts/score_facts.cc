#include "tests/facts/score_facts.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "tests/facts/fact_words.h"

namespace dateline::tests {
namespace {

// Whether the words of one stand in the other, as whole words.
bool Contain(std::string_view a, std::string_view b) {
  const std::string x = " " + Words(a) + " ";
  const std::string y = " " + Words(b) + " ";
  if (x.size() <= 2 || y.size() <= 2) return false;
  return x.find(y) != std::string::npos || y.find(x) != std::string::npos;
}

// The surfaces of an entity in the text: folded, and as written.
template <typename Entities>
std::map<std::string, std::string> Surfaces(const release::v1::Release& release, const Entities& entities) {
  std::map<std::string, std::string> out;
  for (const auto& entity : entities) {
    for (const release::v1::Span& span : entity.mentions()) {
      const std::string surface = release.text().substr(span.start(), span.end() - span.start());
      out.emplace(Words(surface), surface);
    }
  }
  return out;
}

std::string ValueOf(double value, std::string_view unit) {
  return fmt::format("{:.6g}{}", value, unit == "percent" ? "%" : "");
}

}  // namespace

double FactCount::Precision() const {
  return found == 0 ? 0 : static_cast<double>(found) / (found + invented);
}
double FactCount::Recall() const {
  return found == 0 ? 0 : static_cast<double>(found) / (found + missed);
}
double FactCount::F1() const {
  return found == 0 ? 0 : 2.0 * found / (2.0 * found + invented + missed);
}

void FactScorer::Add(const GoldRelease& gold, const release::v1::Release& answer) {
  gold_ = &gold;
  answer_ = &answer;
  Single("title", answer.title());
  Single("dateline", answer.dateline().place());
  Single("publish", IsoDate(answer.publish().date()));
  for (const GoldFact* fact : gold.Of("dateline")) {
    Attribute(*fact, "country", fact->Get("country") == answer.dateline().country_code(),
              answer.dateline().country_code());
    Attribute(*fact, "date", fact->Get("date") == IsoDate(answer.dateline().date()), IsoDate(answer.dateline().date()));
  }
  People();
  Names("organization", Surfaces(answer, answer.organizations()));
  Places();
  Quotes();
  std::map<std::string, std::string> figures;
  for (const auto& figure : answer.figures()) figures.emplace(ValueOf(figure.value(), figure.unit()), figure.text());
  Values("figure", figures);
  std::map<std::string, std::string> dates;
  for (const auto& date : answer.dates()) {
    if (date.anchor().empty()) dates.emplace(IsoDate(date.value()), date.text());
  }
  Values("date", dates);
  Contacts();
  Events();
  Fundings();
  std::vector<std::string> programmes;
  for (const auto& programme : answer.programmes()) programmes.push_back(programme.display_name());
  Works("programme", programmes);
  std::vector<std::string> publications;
  for (const auto& publication : answer.publications()) publications.push_back(publication.title());
  Works("publication", publications);
}

void FactScorer::Complain(std::string_view what, std::string_view kind, std::string_view words) {
  complaints_.push_back(fmt::format("{}: {} {} {}", gold_->name, what, kind, words));
}

void FactScorer::Attribute(const GoldFact& fact, std::string_view name, bool right, std::string_view answer) {
  if (fact.Get(name).empty()) return;
  const std::string kind = fact.kind + "." + std::string(name);
  FactCount& count = counts_[kind];
  (right ? count.found : count.missed) += 1;
  if (!right) Complain("wrong", kind, fmt::format("{} ({}): {}", fact.text, fact.Get(name), answer));
}

// What a release has one of at most.
void FactScorer::Single(std::string_view kind, const std::string& answer) {
  const std::vector<const GoldFact*> gold = gold_->Of(kind);
  FactCount& count = counts_[std::string(kind)];
  if (gold.empty()) {
    if (answer.empty() || kind == "title") return;
    ++count.invented;
    Complain("invented", kind, answer);
  } else if (Words(gold[0]->text) == Words(answer)) {
    ++count.found;
  } else {
    ++count.missed;
    Complain("missed", kind, fmt::format("{}: {}", gold[0]->text, answer));
  }
}

// Names by each distinct form: those of `also` have to be found, those of `or` may be.
void FactScorer::Names(std::string_view kind, const std::map<std::string, std::string>& answers) {
  std::set<std::string> wanted;
  std::set<std::string> allowed;
  for (const GoldFact* fact : gold_->Of(kind)) {
    std::vector<std::string> forms = fact->List("also");
    forms.push_back(fact->text);
    bool other = false;
    for (const std::string& form : fact->List("or")) {
      allowed.insert(Words(form));
      other = other || answers.contains(Words(form));
    }
    for (const std::string& form : forms) {
      allowed.insert(Words(form));
      if (!other) wanted.insert(Words(form));
    }
  }
  FactCount& count = counts_[std::string(kind)];
  for (const auto& [words, surface] : answers) {
    if (allowed.contains(words)) {
      ++count.found;
    } else {
      ++count.invented;
      Complain("invented", kind, surface);
    }
  }
  for (const std::string& words : wanted) {
    if (answers.contains(words)) continue;
    ++count.missed;
    Complain("missed", kind, words);
  }
}

void FactScorer::People() {
  Names("person", Surfaces(*answer_, answer_->people()));
  for (const GoldFact* fact : gold_->Of("person")) {
    std::string role;
    for (const auto& person : answer_->people()) {
      if (LastWord(Words(person.display_name())) == LastWord(Words(fact->text))) role = person.role();
    }
    Attribute(*fact, "role", Contain(role, fact->Get("role")), role);
  }
}

void FactScorer::Places() {
  Names("place", Surfaces(*answer_, answer_->places()));
  for (const GoldFact* fact : gold_->Of("place")) {
    for (const auto& place : answer_->places()) {
      if (Words(place.display_name()) == Words(fact->text))
        Attribute(*fact, "country", place.country_code() == fact->Get("country"), place.country_code());
    }
  }
}

// A quotation is found if an answer says nine tenths of its words and not a quarter more.
void FactScorer::Quotes() {
  std::set<int> used;
  for (const GoldFact* fact : gold_->Of("quote")) {
    const std::string want = Words(fact->text);
    int found = -1;
    for (int i = 0; i < answer_->quotes_size() && found < 0; ++i) {
      const std::string words = Words(answer_->quotes(i).text());
      const bool inside = want.find(words) != std::string::npos || words.find(want) != std::string::npos;
      if (!used.contains(i) && inside && words.size() * 10 >= want.size() * 9 && words.size() * 4 <= want.size() * 5)
        found = i;
    }
    FactCount& count = counts_["quote"];
    if (found < 0) {
      ++count.missed;
      Complain("missed", "quote", fact->text);
      Attribute(*fact, "speaker", false, "no quote");
      continue;
    }
    used.insert(found);
    ++count.found;
    const std::string& speaker = answer_->quotes(found).speaker();
    Attribute(*fact, "speaker", LastWord(Words(speaker)) == LastWord(Words(fact->Get("speaker"))), speaker);
  }
  for (int i = 0; i < answer_->quotes_size(); ++i) {
    if (used.contains(i)) continue;
    ++counts_["quote"].invented;
    Complain("invented", "quote", answer_->quotes(i).text());
  }
}

// Figures and dates by their distinct values.
void FactScorer::Values(std::string_view kind, const std::map<std::string, std::string>& answers) {
  std::set<std::string> wanted;
  for (const GoldFact* fact : gold_->Of(kind)) {
    if (kind == "date") {
      wanted.insert(fact->text);
      continue;
    }
    wanted.insert(ValueOf(std::stod(fact->text), fact->Get("unit")));
  }
  FactCount& count = counts_[std::string(kind)];
  for (const auto& [value, text] : answers) {
    if (wanted.contains(value)) {
      ++count.found;
    } else {
      ++count.invented;
      Complain("invented", kind, fmt::format("{} ({})", value, text));
    }
  }
  for (const std::string& value : wanted) {
    if (answers.contains(value)) continue;
    ++count.missed;
    Complain("missed", kind, value);
  }
}

// Addresses and numbers; with the name of whose they are.
void FactScorer::Contacts() {
  std::map<std::string, std::string> answers;  // an address or number's digits, and who is called there
  for (const auto& contact : answer_->contacts()) {
    if (!contact.email().empty()) answers[Words(contact.email())] = contact.display_name();
    for (const auto& phone : contact.phones()) {
      answers[Digits(phone.raw())] = contact.display_name();
      if (phone.valid()) answers[Digits(phone.raw())] = contact.display_name();
    }
  }
  FactCount& count = counts_["contact"];
  std::set<std::string> wanted;
  for (const GoldFact* fact : gold_->Of("contact")) {
    for (const std::string& key : {Words(fact->Get("email")), Digits(fact->Get("phone"))}) {
      if (key.empty()) continue;
      wanted.insert(key);
      const auto at = answers.find(key);
      if (at == answers.end()) {
        ++count.missed;
        Complain("missed", "contact", key);
        continue;
      }
      ++count.found;
      Attribute(*fact, "name", Words(at->second) == Words(fact->Get("name")), at->second);
    }
  }
  for (const auto& [key, name] : answers) {
    if (wanted.contains(key)) continue;
    ++count.invented;
    Complain("invented", "contact", key);
  }
}

// An event is found where the words of one naming stand in the other.
void FactScorer::Events() {
  std::set<int> used;
  FactCount& count = counts_["event"];
  for (const GoldFact* fact : gold_->Of("event")) {
    int found = -1;
    for (int i = 0; i < answer_->events_size() && found < 0; ++i) {
      if (!used.contains(i) && Contain(answer_->events(i).text(), fact->text)) found = i;
    }
    if (found < 0) {
      ++count.missed;
      Complain("missed", "event", fact->text);
      continue;
    }
    used.insert(found);
    ++count.found;
    const auto& event = answer_->events(found);
    Attribute(*fact, "place", Contain(event.place(), fact->Get("place")), event.place());
    const std::string date = IsoDate(event.date());
    Attribute(*fact, "date", date == fact->Get("date") || IsoDate(event.date_to()) == fact->Get("date"), date);
  }
  for (int i = 0; i < answer_->events_size(); ++i) {
    if (used.contains(i)) continue;
    ++count.invented;
    Complain("invented", "event", answer_->events(i).text());
  }
}

// A funding is found by its sum, where both name one, else by who gives or who gets.
void FactScorer::Fundings() {
  std::set<int> used;
  FactCount& count = counts_["funding"];
  for (const GoldFact* fact : gold_->Of("funding")) {
    const double amount = fact->Get("amount").empty() ? 0 : std::stod(std::string(fact->Get("amount")));
    int found = -1;
    for (int i = 0; i < answer_->funding_size() && found < 0; ++i) {
      const auto& funding = answer_->funding(i);
      const double sum = funding.has_amount() ? funding.amount().value() : 0;
      const bool same_sum = amount > 0 && std::abs(sum - amount) < 1e-6 * amount;
      const bool other_sum = amount > 0 && sum > 0 && !same_sum;
      const bool party =
          Contain(funding.funder(), fact->Get("funder")) || Contain(funding.recipient(), fact->Get("recipient"));
      if (!used.contains(i) && !other_sum && (same_sum || party)) found = i;
    }
    const std::string words =
        fmt::format("{} > {} {}", fact->Get("funder"), fact->Get("recipient"), fact->Get("amount"));
    if (found < 0) {
      ++count.missed;
      Complain("missed", "funding", words);
      continue;
    }
    used.insert(found);
    ++count.found;
    const auto& funding = answer_->funding(found);
    Attribute(*fact, "funder", Contain(funding.funder(), fact->Get("funder")), funding.funder());
    Attribute(*fact, "recipient", Contain(funding.recipient(), fact->Get("recipient")), funding.recipient());
    Attribute(*fact, "amount", funding.has_amount(), "none");
  }
  for (int i = 0; i < answer_->funding_size(); ++i) {
    if (used.contains(i)) continue;
    ++count.invented;
    Complain("invented", "funding", answer_->funding(i).text());
  }
}

// Programmes and publications by their exact names.
void FactScorer::Works(std::string_view kind, const std::vector<std::string>& answers) {
  std::map<std::string, std::string> found;
  for (const std::string& answer : answers) found.emplace(Words(answer), answer);
  Names(kind, found);
}

}  // namespace dateline::tests
