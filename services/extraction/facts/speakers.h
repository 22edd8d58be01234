#pragma once
// Who is meant where words are attributed: finds the subject of a speech verb among the names of the release, and ties
// pronouns ("he noted") and offices ("the minister said") to the person named before. Built once for a document;
// immutable then. Borrows analysis and release. Searches reach a bounded number of tokens, so that all is linear.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/quote_spans.h"

namespace dateline::extraction {

// How a speaker is written.
enum class SpeakerForm : std::uint8_t {
  kPerson,
  kOrganization,
  kPronoun,
  kOffice,
  kUnknownName,
  kWork,  // a report, a law: it has no name as a speaker, or that of the body whose it is
};

// Someone who says something.
struct Speaker {
  std::string name;   // as in the record; as written when nobody of this name is in it
  TokenRange tokens;  // where the text says so
  SpeakerForm form = SpeakerForm::kPerson;
};

class Speakers {
 public:
  // How many tokens a subject may stand from its verb.
  static constexpr std::uint32_t kReach = 40;

  Speakers(const Analysis& analysis, const release::v1::Release& release, const std::vector<QuoteSpan>& quotes);

  // The subject that stands in [range), before a verb at its end.
  std::optional<Speaker> SubjectBefore(TokenRange range) const;
  // The subject that stands in [range), behind a verb at its beginning.
  std::optional<Speaker> SubjectAfter(TokenRange range) const;
  // The person whom a sentence is about: the first that it names outside of quotations.
  std::optional<Speaker> SubjectOf(TokenRange sentence) const;
  // The person whose remarks a sentence announces by a pronoun: "A copy of his speech is below:".
  std::optional<Speaker> OwnerIn(TokenRange sentence) const;
  // The one person whom a title or deck that announces somebody's words names: "Quay Issues Statement on Ferries".
  std::optional<Speaker> InTitle() const;

 private:
  // A name in the text; `person` and `organization` are indexes into the release, -1 for none.
  struct Mention {
    TokenRange tokens;
    int person = -1;
    int organization = -1;
    bool quoted = false;
  };

  std::size_t FirstMentionFrom(std::uint32_t token) const;
  const std::string& NameOf(const Mention& mention) const;
  Speaker SpeakerOf(const Mention& mention) const;
  // The name that covers or ends right before token `end`.
  const Mention* MentionEndingAt(std::uint32_t end) const;
  std::optional<Speaker> PronounAt(std::uint32_t token) const;
  bool IsIndefinite(std::uint32_t token) const;
  // Whether an article before the office at `role`, not before `first`, makes its holder somebody not named before.
  bool IsNew(std::uint32_t role, std::uint32_t first) const;
  std::optional<Speaker> OfficeIn(TokenRange range) const;
  // A work that ends right before token `end`, not before `begin`: "the report", "IOM's annual report".
  std::optional<Speaker> WorkEndingAt(std::uint32_t begin, std::uint32_t end) const;
  std::optional<Speaker> CapitalsIn(TokenRange range) const;
  // The person whom a heading among the first lines announces: "Statement by Minister Ada Quay".
  std::optional<Speaker> InHeading() const;
  std::optional<Speaker> FirstName(TokenRange range, bool people_only) const;
  // The person before `token` whom a pronoun of this gender may mean.
  const Mention* Antecedent(std::uint32_t token, std::uint32_t gender) const;

  const Analysis& a_;
  const release::v1::Release& release_;
  std::vector<Mention> mentions_;
  std::vector<std::uint32_t> gender_;  // per person: kEntryMale, kEntryFemale or 0
};

}  // namespace dateline::extraction
