#include "services/notification/matching/filter_index.h"

#include <algorithm>
#include <random>
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

// How many of the filters that it found Find() looks over for better anchors: a few, and more where more are found.
constexpr size_t kReviewed = 2;
constexpr size_t kReviewedPerFound = 2048;
// Anchors are changed for others that are so much rarer.
constexpr double kWorthMoving = 0.7;
// What is looked at soon is fetched while others are evaluated: a group, and then what it points to.
constexpr size_t kFetchGroupAhead = 16;
constexpr size_t kFetchFilterAhead = 8;
constexpr size_t kFetchListAhead = 4;

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
    const std::vector<uint32_t>& marked = terms_.marked();
    for (size_t i = 0; i < marked.size(); ++i) {
      if (i + kFetchListAhead < marked.size()) terms_.anchored(marked[i + kFetchListAhead]).Fetch();
      Choose(terms_.anchored(marked[i]), type);
    }
    for (const Posting& posting : candidates_) found_[posting.filter() / 64] = 0;
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
    Review();
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
  size_t HashOf(uint32_t number) const { return groups_[number].filter.hash(); }
  bool Is(uint32_t number, const Key& key) const {
    const Group& group = groups_[number];
    if (group.filter.hash() != key.hash || group.filter.types() != key.types) return false;
    if (group.filter.text() == key.text) return true;
    // Kept as text only, because that is smallest; it is compared when another is written differently.
    const auto compiled = filter::Compile(group.filter.text());
    DATELINE_CHECK(compiled.ok(), group.filter.text());
    return KeyOf(filter::Normalize(compiled->condition()), group.filter.types()) == key.canonical;
  }

 private:
  // Subscriptions that ask for the same. In one line of the cache.
  struct alignas(32) Group {
    absl::InlinedVector<int64_t, 2> subscriptions;
    KeptFilter filter;
  };
  static_assert(sizeof(Group) == 32);
  struct Place {
    uint32_t group = 0;
    uint32_t at = 0;  // In its list.
  };

  uint32_t MakeGroup(const filter::Condition& condition, const Key& key) {
    uint32_t number = static_cast<uint32_t>(groups_.size());
    if (free_.empty()) {
      groups_.emplace_back();
      found_.resize(number / 64 + 1);
    } else {
      number = free_.back();
      free_.pop_back();
    }
    const Program program = WriteProgram(
        condition, [this](const filter::Term& term) { return terms_.Acquire(term); },
        [this](const filter::Condition& clause) { return clauses_.Acquire(clause); });
    Anchor(number, {key.hash, key.types, program, {}, key.text}, ChooseFor(program));
    numbers_.Insert(number);
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

  // Has a filter be found by these anchors from now on.
  void Anchor(uint32_t number, const KeptFilter& filter, const Anchors& anchors) {
    groups_[number].filter = KeptFilter(filter.hash(), filter.types(), filter.program(), anchors.terms, filter.text());
    const Posting posting(number, filter.types(), anchors);
    if (anchors.terms.empty()) unbound_.Add(anchors.firsts, posting);
    for (const uint32_t term : anchors.terms) terms_.anchored(term).Add(anchors.firsts, posting);
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
                      if (posting.several() && IsRepeat(posting.filter())) return;
                      candidates_.push_back(posting);
                    });
  }

  // A record may find a filter in several ways.
  bool IsRepeat(uint32_t filter) {
    uint64_t& word = found_[filter / 64];
    const uint64_t bit = uint64_t{1} << filter % 64;
    const bool repeat = (word & bit) != 0;
    word |= bit;
    return repeat;
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

  // What is common is learnt while records pass: a few of the filters that terms of the record found, each with the
  // same chance, get anchors anew where others are much rarer.
  void Review() {
    size_t bound = 0;
    for (const uint32_t term : terms_.marked()) bound += terms_.anchored(term).size();
    for (size_t left = kReviewed + bound / kReviewedPerFound; left > 0 && bound > 0; --left) {
      size_t at = random_() % bound;
      for (const uint32_t term : terms_.marked()) {
        const size_t size = terms_.anchored(term).size();
        if (at < size) {
          if (ReviewOne(term, at)) --bound;
          break;
        }
        at -= size;
      }
    }
  }

  // Of the filter at a place of a term's list. Whether it got others.
  bool ReviewOne(uint32_t term, size_t at) {
    const uint32_t number = terms_.anchored(term)[at].filter();
    const KeptFilter& kept = groups_[number].filter;
    double present = 0;
    for (const uint32_t anchor : kept.anchors()) present += terms_.Commonness(anchor);
    const Anchors better = ChooseFor(kept.program());
    if (better.commonness >= kWorthMoving * present) return false;
    RemoveAnchors(number);
    const KeptFilter before = std::move(groups_[number].filter);
    Anchor(number, before, better);
    return true;
  }

  TermTable terms_;
  ClauseTable clauses_;
  std::vector<Group> groups_;  // By number; without subscriptions when it is free.
  std::vector<uint32_t> free_;
  NumberSet<Impl> numbers_;
  PostingList unbound_;
  absl::flat_hash_map<int64_t, Place> places_;
  std::vector<Posting> candidates_;  // Of the latest Find().
  std::vector<uint64_t> found_;      // A bit for each filter that it has found and that may be found again.
  std::minstd_rand random_;
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
