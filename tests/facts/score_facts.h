#pragma once
// Compares the facts of releases with annotations, kind by kind. A scorer adds up over releases; it is not
// thread-safe.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "tests/facts/gold_release.h"

namespace dateline::tests {

// How many facts of a kind were found, found wrongly and missed; or, of an attribute, how many are right (`found`) and
// wrong (`missed`).
struct FactCount {
  int found = 0;
  int invented = 0;
  int missed = 0;

  double Precision() const;
  double Recall() const;
  double F1() const;
};

// Kinds are called as in the annotations; attributes "person.role", "place.country", "quote.speaker", "contact.name",
// "event.place", "event.date", "funding.funder", "funding.recipient", "funding.amount", "dateline.country".
class FactScorer {
 public:
  void Add(const GoldRelease& gold, const release::v1::Release& answer);

  const std::map<std::string, FactCount>& counts() const { return counts_; }
  // What was missed, invented or wrong, a line each: "01-iom: missed place Búzi".
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void Single(std::string_view kind, const std::string& answer);
  void Names(std::string_view kind, const std::map<std::string, std::string>& answers);
  void People();
  void Places();
  void Quotes();
  void Values(std::string_view kind, const std::map<std::string, std::string>& answers);
  void Contacts();
  void Events();
  void Fundings();
  void Works(std::string_view kind, const std::vector<std::string>& answers);
  // Whether an attribute that the annotation gives is right; nothing is counted where it gives none.
  void Attribute(const GoldFact& fact, std::string_view name, bool right, std::string_view answer);
  void Complain(std::string_view what, std::string_view kind, std::string_view words);

  std::map<std::string, FactCount> counts_;
  std::vector<std::string> complaints_;
  const GoldRelease* gold_ = nullptr;
  const release::v1::Release* answer_ = nullptr;
};

}  // namespace dateline::tests
