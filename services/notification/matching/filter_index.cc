#include "services/notification/matching/filter_index.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/filter/terms.h"
#include "services/notification/matching/term_table.h"

namespace dateline::notification {
namespace {

using filter::Expression;
using filter::Term;

// About how many of a hundred records have the term: a guess, by which the group is chosen that finds a filter.
double Commonness(const Term& term) {
  switch (term.kind) {
    case Term::Kind::kWord:
      if (term.text.size() <= 3) return 30;
      if (term.text.size() <= 5) return 10;
      return term.text.size() <= 7 ? 4 : 2;
    case Term::Kind::kPrefix:
      return 20;
    case Term::Kind::kValue:
      // Languages, enumerations and truths have few values, names many.
      return term.text.size() <= 5 ? 25 : 1;
    case Term::Kind::kPresent:
      return 60;
    case Term::Kind::kChanged:
      return 5;
  }
  return 100;
}

double Commonness(const filter::TermGroup& group) {
  double sum = 0;
  for (const Term& term : group) sum += Commonness(term);
  return sum;
}

bool HasWildcard(const Expression& expression) {
  return expression.value.has_wildcard() ||
         std::any_of(expression.children.begin(), expression.children.end(), HasWildcard);
}

// Whether a clause holds exactly when the record has one of its required terms, so that nothing else has to be looked
// at. `groups` are its required terms.
bool IsDecidedByTerms(const Expression& clause, const std::vector<filter::TermGroup>& groups) {
  if (groups.size() != 1 || groups.front().empty() || HasWildcard(clause)) return false;
  if (clause.kind == Expression::Kind::kFunction && clause.path != std::vector<std::string>{"mentions"} &&
      clause.path != std::vector<std::string>{"changed"}) {
    return false;
  }
  return std::all_of(groups.front().begin(), groups.front().end(), [](const Term& term) {
    return term.kind == Term::Kind::kWord || term.kind == Term::Kind::kValue || term.kind == Term::Kind::kChanged;
  });
}

bool IsClause(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kAll:
    case Expression::Kind::kAnd:
    case Expression::Kind::kOr:
    case Expression::Kind::kNot:
      return false;
    case Expression::Kind::kWords:
    case Expression::Kind::kComparison:
    case Expression::Kind::kFunction:
      return true;
  }
  return true;
}

}  // namespace

class FilterIndex::Impl {
 public:
  absl::Status Put(int64_t id, std::string_view text, EventTypeSet types) {
    Remove(id);
    DATELINE_ASSIGN_OR_RETURN(filter::Filter compiled, filter::Compile(text));
    std::string key = filter::Print(compiled.expression());
    key += '\0';
    key += static_cast<char>(types);
    auto [found, made] = by_key_.try_emplace(std::move(key), 0U);
    if (made) found->second = MakeGroup(std::move(compiled), types, found->first);
    groups_[found->second]->subscriptions.push_back(id);
    places_[id] = found->second;
    return absl::OkStatus();
  }

  void Remove(int64_t id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    const uint32_t number = found->second;
    places_.erase(found);
    std::vector<int64_t>& subscriptions = groups_[number]->subscriptions;
    std::erase(subscriptions, id);
    if (subscriptions.empty()) DropGroup(number);
  }

  std::vector<Match> Find(const filter::Subject& subject, EventTypeSet type) {
    std::vector<Match> matches;
    candidates_ = unbound_;
    terms_.Mark(subject, [this](const TermTable::Entry& entry) {
      candidates_.insert(candidates_.end(), entry.anchored.begin(), entry.anchored.end());
    });
    ++round_;
    std::erase_if(candidates_, [this, type](uint32_t number) {
      Probe& probe = probes_[number];
      // A filter has one group of anchors, but a record may have several of its terms.
      if (probe.round == round_) return true;
      probe.round = round_;
      if ((probe.types & type) == 0 || !MayHold(probe)) return true;
      if (!probe.decides) __builtin_prefetch(groups_[number].get());
      return false;
    });
    for (size_t i = 0; i < candidates_.size(); ++i) {
      // What is looked at soon is fetched while others are evaluated.
      if (i + kFetchAhead < candidates_.size()) Fetch(candidates_[i + kFetchAhead]);
      const uint32_t number = candidates_[i];
      const Group& group = *groups_[number];
      if (!probes_[number].decides && !Holds(group.root, subject)) continue;
      matches.push_back({&group.filter, &group.subscriptions});
    }
    return matches;
  }

  Size size() const { return {places_.size(), by_key_.size(), clauses_.size(), terms_.size(), unbound_.size()}; }
  size_t evaluated() const { return candidates_.size(); }

 private:
  static constexpr uint32_t kNoTerm = UINT32_MAX;
  static constexpr size_t kFetchAhead = 8;
  // What is looked at first of a filter, all of them side by side: most of those that an anchor finds are ruled out, or
  // decided, without a look at anything else.
  struct Probe {
    uint64_t round = 0;  // Of the latest Find() that came by.
    // Terms that it requires beside its anchor.
    uint32_t first = kNoTerm;
    uint32_t second = kNoTerm;
    EventTypeSet types = 0;
    bool decides = false;  // It holds exactly when the record has these and the anchor.
  };
  bool MayHold(const Probe& probe) const {
    return (probe.first == kNoTerm || terms_.Has(probe.first)) && (probe.second == kNoTerm || terms_.Has(probe.second));
  }

  struct Clause {
    filter::Filter filter;
    std::vector<TermTable::Entry*> terms;  // Any of them decides, when not empty.
    uint32_t uses = 0;
    uint64_t round = 0;  // Of `holds`.
    bool holds = false;
    std::string key;
  };
  struct Node {
    Expression::Kind kind = Expression::Kind::kAll;
    std::vector<Node> children;
    Clause* clause = nullptr;      // Instead of children.
    uint32_t only_term = kNoTerm;  // The number of the term that decides the clause, when there is but one.
  };
  struct Group {
    filter::Filter filter;
    EventTypeSet types = 0;
    std::string key;
    Node root;
    std::vector<TermTable::Entry*> anchors;
    std::vector<TermTable::Entry*> probed;  // Those of its probe.
    std::vector<int64_t> subscriptions;
  };

  void Fetch(uint32_t number) const {
    if (!probes_[number].decides) __builtin_prefetch(groups_[number]->root.children.data());
  }

  uint32_t MakeGroup(filter::Filter compiled, EventTypeSet types, const std::string& key) {
    auto group = std::make_unique<Group>();
    group->types = types;
    group->key = key;
    group->root = MakeNode(compiled.expression());
    uint32_t number = static_cast<uint32_t>(groups_.size());
    if (!free_.empty()) {
      number = free_.back();
      free_.pop_back();
    }
    std::vector<filter::TermGroup> required = compiled.RequiredTerms();
    std::stable_sort(required.begin(), required.end(),
                     [](const auto& a, const auto& b) { return Commonness(a) < Commonness(b); });
    if (required.empty()) {
      unbound_.push_back(number);
    } else {
      for (const Term& term : required.front()) {
        TermTable::Entry* const entry = terms_.Acquire(term);
        entry->anchored.push_back(number);
        group->anchors.push_back(entry);
      }
    }
    group->filter = std::move(compiled);
    if (number == groups_.size()) groups_.emplace_back();
    probes_.resize(groups_.size());
    probes_[number] = MakeProbe(required, group.get());
    groups_[number] = std::move(group);
    return number;
  }

  // `required`: the groups of terms, that of the anchors first.
  Probe MakeProbe(const std::vector<filter::TermGroup>& required, Group* group) {
    Probe probe;
    probe.types = group->types;
    std::vector<const TermTable::Entry*> needed;
    bool decided = IsAllOfTerms(group->root, &needed);
    for (size_t i = 1; i < required.size() && group->probed.size() < 2; ++i) {
      if (required[i].size() == 1) group->probed.push_back(terms_.Acquire(required[i].front()));
    }
    if (!group->probed.empty()) probe.first = group->probed[0]->number;
    if (group->probed.size() > 1) probe.second = group->probed[1]->number;
    for (const TermTable::Entry* entry : needed) {
      const bool anchored = group->anchors.size() == 1 && entry == group->anchors.front();
      decided = decided && (anchored || entry->number == probe.first || entry->number == probe.second);
    }
    // Without a term in it there is nothing to decide by but the evaluation.
    probe.decides = decided && !needed.empty();
    return probe;
  }

  // Whether a filter holds exactly when the record has all of some terms, which are added to `needed`.
  static bool IsAllOfTerms(const Node& node, std::vector<const TermTable::Entry*>* needed) {
    if (node.clause != nullptr) {
      if (node.clause->terms.size() != 1) return false;
      needed->push_back(node.clause->terms.front());
      return true;
    }
    return node.kind == Expression::Kind::kAnd &&
           std::all_of(node.children.begin(), node.children.end(),
                       [needed](const Node& child) { return IsAllOfTerms(child, needed); });
  }

  void DropGroup(uint32_t number) {
    Group& group = *groups_[number];
    for (TermTable::Entry* const entry : group.anchors) {
      std::erase(entry->anchored, number);
      terms_.Release(entry);
    }
    for (TermTable::Entry* const entry : group.probed) terms_.Release(entry);
    if (group.anchors.empty()) std::erase(unbound_, number);
    DropNode(group.root);
    by_key_.erase(std::string(group.key));
    groups_[number].reset();
    free_.push_back(number);
  }

  Node MakeNode(const Expression& expression) {
    Node node;
    node.kind = expression.kind;
    if (IsClause(expression)) {
      node.clause = AcquireClause(expression);
      if (node.clause->terms.size() == 1) node.only_term = node.clause->terms.front()->number;
      return node;
    }
    for (const Expression& child : expression.children) node.children.push_back(MakeNode(child));
    // What the terms decide costs next to nothing: it goes first.
    std::stable_partition(node.children.begin(), node.children.end(),
                          [](const Node& child) { return child.clause != nullptr && !child.clause->terms.empty(); });
    return node;
  }

  void DropNode(const Node& node) {
    for (const Node& child : node.children) DropNode(child);
    if (node.clause == nullptr || --node.clause->uses > 0) return;
    for (TermTable::Entry* const entry : node.clause->terms) terms_.Release(entry);
    clauses_.erase(std::string(node.clause->key));
  }

  Clause* AcquireClause(const Expression& expression) {
    const std::string key = filter::Print(expression);
    std::unique_ptr<Clause>& clause = clauses_[key];
    if (clause == nullptr) {
      clause = std::make_unique<Clause>();
      clause->key = key;
      // A clause of a filter that compiles is a filter that compiles: Print() keeps inside the limits.
      absl::StatusOr<filter::Filter> compiled = filter::Compile(key);
      DATELINE_CHECK(compiled.ok(), key);
      clause->filter = *std::move(compiled);
      const std::vector<filter::TermGroup> groups = clause->filter.RequiredTerms();
      if (IsDecidedByTerms(expression, groups)) {
        for (const Term& term : groups.front()) clause->terms.push_back(terms_.Acquire(term));
      }
    }
    ++clause->uses;
    return clause.get();
  }

  bool Holds(const Node& node, const filter::Subject& subject) {
    if (node.only_term != kNoTerm) return terms_.Has(node.only_term);
    if (node.clause != nullptr) return Holds(*node.clause, subject);
    const auto holds = [&](const Node& child) { return Holds(child, subject); };
    switch (node.kind) {
      case Expression::Kind::kAnd:
        return std::all_of(node.children.begin(), node.children.end(), holds);
      case Expression::Kind::kOr:
        return std::any_of(node.children.begin(), node.children.end(), holds);
      case Expression::Kind::kNot:
        return !holds(node.children.front());
      default:
        return true;
    }
  }

  bool Holds(Clause& clause, const filter::Subject& subject) {
    if (!clause.terms.empty()) {
      return std::any_of(clause.terms.begin(), clause.terms.end(),
                         [this](const TermTable::Entry* entry) { return terms_.Has(entry->number); });
    }
    if (clause.round != round_) {
      clause.round = round_;
      clause.holds = clause.filter.Matches(subject);
    }
    return clause.holds;
  }

  TermTable terms_;
  absl::flat_hash_map<std::string, std::unique_ptr<Clause>> clauses_;
  absl::flat_hash_map<std::string, uint32_t> by_key_;
  std::vector<std::unique_ptr<Group>> groups_;  // By number; null where one has gone.
  std::vector<Probe> probes_;                   // By number.
  std::vector<uint32_t> free_;                  // Numbers of those.
  std::vector<uint32_t> unbound_;
  absl::flat_hash_map<int64_t, uint32_t> places_;
  std::vector<uint32_t> candidates_;  // Of the latest Find(); in the end those that its terms did not rule out.
  uint64_t round_ = 0;
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

size_t FilterIndex::evaluated() const {
  return impl_->evaluated();
}

}  // namespace dateline::notification
