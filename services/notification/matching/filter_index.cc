#include "services/notification/matching/filter_index.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/hash/hash.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/filter/normal_form.h"
#include "services/notification/matching/clause_table.h"
#include "services/notification/matching/filter_program.h"
#include "services/notification/matching/number_set.h"
#include "services/notification/matching/posting_list.h"
#include "services/notification/matching/term_table.h"

namespace dateline::notification {
namespace {

// How many filters Find() looks over for better anchors, of the term that found most.
constexpr size_t kReviewed = 4;
// Anchors are changed for others that are so much rarer.
constexpr double kWorthMoving = 0.7;
// What is looked at soon is fetched while others are evaluated: a group, and then what it points to.
constexpr size_t kFetchGroupAhead = 16;
constexpr size_t kFetchFilterAhead = 8;

// What a filter asks for, in one form for all who ask for it.
std::string KeyOf(const filter::Condition& normalized, EventTypeSet types) {
  std::string key = filter::ConditionKey(normalized);
  key += static_cast<char>(types);
  return key;
}

}  // namespace

class FilterIndex::Impl {
 public:
  Impl() : numbers_(*this) {}

  absl::Status Put(int64_t id, std::string_view text, EventTypeSet types) {
    Remove(id);
    DATELINE_ASSIGN_OR_RETURN(const filter::Filter compiled, filter::Compile(text));
    const filter::Condition condition = filter::Normalize(compiled.condition());
    const std::string canonical = KeyOf(condition, types);
    const Key key{absl::Hash<std::string>()(canonical), text, types, canonical};
    const auto found = numbers_.Find(key);
    if (!found && free_.empty() && groups_.size() >= Posting::kFiltersMax) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_FILTERS",
                   "the index holds as many different filters as it can; have another instance match some of them");
    }
    const uint32_t number = found ? *found : MakeGroup(condition, key);
    auto& subscriptions = groups_[number].subscriptions;
    places_[id] = {number, static_cast<uint32_t>(subscriptions.size())};
    subscriptions.push_back(id);
    return absl::OkStatus();
  }

  void Remove(int64_t id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    const Place place = found->second;
    places_.erase(found);
    auto& subscriptions = groups_[place.group].subscriptions;
    subscriptions[place.at] = subscriptions.back();
    subscriptions.pop_back();
    if (subscriptions.empty()) return DropGroup(place.group);
    if (place.at < subscriptions.size()) places_[subscriptions[place.at]].at = place.at;
  }

  std::vector<Match> Find(const filter::Subject& subject, EventTypeSet type) {
    terms_.Mark(subject);
    clauses_.Begin(subject);
    work_ = {};
    candidates_.clear();
    Choose(unbound_, type);
    uint32_t most = kAlways;
    size_t found_by_most = 0;
    for (const uint32_t term : terms_.marked()) {
      const PostingList& found = terms_.anchored(term);
      Choose(found, type);
      if (found.size() > found_by_most) {
        most = term;
        found_by_most = found.size();
      }
    }
    DropRepeats();
    std::vector<Match> matches;
    matches.reserve(candidates_.size());
    for (size_t i = 0; i < candidates_.size(); ++i) {
      Fetch(i);
      const Posting& posting = candidates_[i];
      if (clauses_.Holds(posting.clause().number()) == posting.clause().negated()) continue;
      const Group& group = groups_[posting.filter()];
      if (!posting.decided() && !Holds(group)) continue;
      matches.emplace_back(group.filter, group.subscriptions);
      __builtin_prefetch(group.subscriptions.data());  // The caller reads them next.
    }
    work_.clauses = clauses_.evaluated();
    Review(most);
    return matches;
  }

  Size size() const { return {places_.size(), numbers_.size(), clauses_.size(), terms_.size(), unbound_.size()}; }
  const Work& work() const { return work_; }

  // For the set of numbers.
  struct Key {
    size_t hash = 0;
    std::string_view text;  // As it was given, and what it comes to.
    EventTypeSet types = 0;
    std::string_view canonical;
  };
  size_t HashOf(uint32_t number) const { return groups_[number].hash; }
  bool Is(uint32_t number, const Key& key) const {
    const Group& group = groups_[number];
    if (group.hash != key.hash || group.types != key.types) return false;
    if (group.filter.text() == key.text) return true;
    // Kept as text only, because that is smallest; it is compared when another is written differently.
    const auto compiled = filter::Compile(group.filter.text());
    DATELINE_CHECK(compiled.ok(), group.filter.text());
    return KeyOf(filter::Normalize(compiled->condition()), group.types) == key.canonical;
  }

 private:
  // Subscriptions that ask for the same.
  struct Group {
    absl::InlinedVector<int64_t, 2> subscriptions;
    KeptFilter filter;
    size_t hash = 0;
    EventTypeSet types = 0;
  };
  struct Place {
    uint32_t group = 0;
    uint32_t at = 0;  // In its list.
  };

  uint32_t MakeGroup(const filter::Condition& condition, const Key& key) {
    uint32_t number = static_cast<uint32_t>(groups_.size());
    if (free_.empty()) {
      groups_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    const Program program = WriteProgram(
        condition, [this](const filter::Term& term) { return terms_.Acquire(term); },
        [this](const filter::Condition& clause) { return clauses_.Acquire(clause); });
    Group& group = groups_[number];
    group.hash = key.hash;
    group.types = key.types;
    numbers_.Insert(number);
    Anchor(number, program, key.text, ChooseFor(program));
    return number;
  }

  void DropGroup(uint32_t number) {
    Group& group = groups_[number];
    numbers_.Erase(number);
    RemoveAnchors(number);
    for (const uint32_t word : group.filter.program()) {
      const ProgramNode node = ProgramNode::Decode(word);
      if (node.kind == ProgramNode::Kind::kTerm) terms_.Release(node.value);
      if (node.kind == ProgramNode::Kind::kClause) clauses_.Release(node.value);
    }
    group.subscriptions.clear();
    group.subscriptions.shrink_to_fit();
    group.filter = KeptFilter();
    free_.push_back(number);
  }

  Anchors ChooseFor(std::span<const uint32_t> program) const {
    return ChooseAnchors(program, [this](uint32_t term) { return terms_.Commonness(term); });
  }

  void Anchor(uint32_t number, std::span<const uint32_t> program, std::string_view text, const Anchors& anchors) {
    Group& group = groups_[number];
    group.filter = KeptFilter(program, anchors.terms, text);
    const Posting posting(number, group.types, anchors);
    if (anchors.terms.empty()) unbound_.Add(anchors.first, posting);
    for (const uint32_t term : anchors.terms) terms_.anchored(term).Add(anchors.first, posting);
  }

  void RemoveAnchors(uint32_t number) {
    const std::span<const uint32_t> anchors = groups_[number].filter.anchors();
    if (anchors.empty()) unbound_.Remove(number);
    for (const uint32_t term : anchors) terms_.anchored(term).Remove(number);
  }

  // Adds those that may match to the candidates.
  void Choose(const PostingList& postings, EventTypeSet type) {
    work_.found += postings.size();
    postings.Choose([this](SignedNumber first) { return terms_.Holds(first); },
                    [&](const Posting& posting) {
                      if (!terms_.Holds(posting.second()) || (posting.types() & type) == 0) return;
                      candidates_.push_back(posting);
                    });
  }

  // A record may have several of the terms that find one filter.
  void DropRepeats() {
    const auto several = std::partition(candidates_.begin(), candidates_.end(),
                                        [](const Posting& posting) { return !posting.several(); });
    std::sort(several, candidates_.end(), [](const Posting& a, const Posting& b) { return a.filter() < b.filter(); });
    candidates_.erase(std::unique(several, candidates_.end(),
                                  [](const Posting& a, const Posting& b) { return a.filter() == b.filter(); }),
                      candidates_.end());
  }

  // Of the candidate at a place, those that come soon.
  void Fetch(size_t at) const {
    if (at + kFetchGroupAhead < candidates_.size()) {
      __builtin_prefetch(&groups_[candidates_[at + kFetchGroupAhead].filter()]);
    }
    if (at + kFetchFilterAhead >= candidates_.size()) return;
    const Posting& soon = candidates_[at + kFetchFilterAhead];
    if (!soon.decided()) groups_[soon.filter()].filter.Fetch();
  }

  bool Holds(const Group& group) {
    ++work_.evaluated;
    const uint32_t* at = group.filter.program().data();
    return RunProgram(
        at, [this](uint32_t term) { return terms_.Has(term); },
        [this](uint32_t clause) { return clauses_.Holds(clause); });
  }

  // What is common is learnt while records pass: some of the filters of the term that found most get anchors anew, a
  // few at a time, so that no event waits for it.
  void Review(uint32_t most) {
    if (most == kAlways) return;
    for (size_t i = 0; i < kReviewed && !terms_.anchored(most).empty(); ++i) {
      const PostingList& postings = terms_.anchored(most);
      const uint32_t number = postings[reviewed_++ % postings.size()].filter();
      double present = 0;
      for (const uint32_t term : groups_[number].filter.anchors()) present += terms_.Commonness(term);
      const Anchors better = ChooseFor(groups_[number].filter.program());
      if (better.commonness >= kWorthMoving * present) continue;
      RemoveAnchors(number);
      const KeptFilter kept = std::move(groups_[number].filter);
      Anchor(number, kept.program(), kept.text(), better);
    }
  }

  TermTable terms_;
  ClauseTable clauses_;
  std::vector<Group> groups_;  // By number; without subscriptions when it is free.
  std::vector<uint32_t> free_;
  NumberSet<Impl> numbers_;
  PostingList unbound_;
  absl::flat_hash_map<int64_t, Place> places_;
  std::vector<Posting> candidates_;  // Of the latest Find().
  size_t reviewed_ = 0;
  Work work_;
};

FilterIndex::FilterIndex() : impl_(std::make_unique<Impl>()) {}
FilterIndex::~FilterIndex() = default;

absl::Status FilterIndex::Put(int64_t id, std::string_view filter, EventTypeSet types) {
  return impl_->Put(id, filter, types);
}

void FilterIndex::Clear() {
  impl_ = std::make_unique<Impl>();
}

void FilterIndex::Remove(int64_t id) {
  impl_->Remove(id);
}

std::vector<FilterIndex::Match> FilterIndex::Find(const filter::Subject& subject, EventTypeSet type) {
  return impl_->Find(subject, type);
}

FilterIndex::Size FilterIndex::size() const {
  return impl_->size();
}

FilterIndex::Work FilterIndex::work() const {
  return impl_->work();
}

}  // namespace dateline::notification
