#include "services/notification/matching/filter_program.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace dateline::notification {
namespace {

using filter::Condition;
using filter::Expression;
using Kind = ProgramNode::Kind;

// So many terms may take turns as the first beside an anchor; each is a posting of its own.
constexpr size_t kFirstsMax = 4;

class Writer {
 public:
  Writer(absl::FunctionRef<uint32_t(const filter::Term&)> term, absl::FunctionRef<uint32_t(const Condition&)> clause)
      : term_(term), clause_(clause) {}

  Program Write(const Condition& condition, bool negated) {
    switch (condition.kind) {
      case Expression::Kind::kAll:
        return Combine(Kind::kAll, negated, {});
      case Expression::Kind::kNot:
        return Write(condition.children.front(), !negated);
      case Expression::Kind::kAnd:
      case Expression::Kind::kOr: {
        std::vector<Program> parts;
        for (const Condition& child : condition.children) parts.push_back(Write(child, false));
        return Combine(condition.kind == Expression::Kind::kAnd ? Kind::kAll : Kind::kAny, negated, std::move(parts));
      }
      case Expression::Kind::kWords:
      case Expression::Kind::kComparison:
      case Expression::Kind::kFunction:
        break;
    }
    const filter::ClauseTerms needed = filter::FindClauseTerms(condition);
    std::vector<Program> parts;
    for (const filter::Term& term : needed.terms)
      parts.push_back({ProgramNode{Kind::kTerm, false, term_(term)}.Encode()});
    if (!needed.sufficient) parts.push_back({ProgramNode{Kind::kClause, false, clause_(condition)}.Encode()});
    return Combine(Kind::kAll, negated, std::move(parts));
  }

 private:
  // What costs least goes first.
  static int Cost(const Program& part) {
    switch (ProgramNode::Decode(part.front()).kind) {
      case Kind::kTerm:
        return 0;
      case Kind::kAll:
      case Kind::kAny:
        return 1;
      case Kind::kClause:
        return 2;
    }
    return 2;
  }

  static Program Combine(Kind kind, bool negated, std::vector<Program> parts) {
    if (parts.size() == 1) {
      ProgramNode only = ProgramNode::Decode(parts.front().front());
      only.negated = only.negated != negated;
      parts.front().front() = only.Encode();
      return std::move(parts.front());
    }
    std::vector<Program> flat;
    for (Program& part : parts) {
      const ProgramNode node = ProgramNode::Decode(part.front());
      if (node.kind != kind || node.negated || node.value == 0) {
        flat.push_back(std::move(part));
        continue;
      }
      // The parts of a part of the same kind are parts.
      for (size_t at = 1; at < part.size();) {
        const ProgramNode inner = ProgramNode::Decode(part[at]);
        const size_t size = 1 + (inner.has_parts() ? inner.value : 0);
        flat.emplace_back(part.begin() + static_cast<std::ptrdiff_t>(at),
                          part.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
      }
    }
    std::stable_sort(flat.begin(), flat.end(), [](const Program& a, const Program& b) { return Cost(a) < Cost(b); });
    Program program(1);
    for (const Program& part : flat) program.insert(program.end(), part.begin(), part.end());
    program.front() = ProgramNode{kind, negated, static_cast<uint32_t>(program.size() - 1)}.Encode();
    return program;
  }

  absl::FunctionRef<uint32_t(const filter::Term&)> term_;
  absl::FunctionRef<uint32_t(const Condition&)> clause_;
};

// Terms of which a record that matches has one, and how common they are together.
struct TermGroup {
  std::vector<uint32_t> terms;
  double commonness = 0;
};
// What a part of a program requires: all of these groups.
struct Requirement {
  std::vector<TermGroup> groups;
  bool sufficient = false;  // The part holds exactly when each group has a term of the record.
};

class Chooser {
 public:
  explicit Chooser(absl::FunctionRef<double(uint32_t)> commonness) : commonness_(commonness) {}

  // Of a node; `at` moves behind it.
  Requirement Required(const uint32_t*& at) const {
    const ProgramNode node = ProgramNode::Decode(*at++);
    if (!node.has_parts()) {
      if (node.kind == Kind::kClause || node.negated) return {};
      return {.groups = {{{node.value}, commonness_(node.value)}}, .sufficient = true};
    }
    const uint32_t* const end = at + node.value;
    if (node.negated) {
      at = end;
      return {};
    }
    return node.kind == Kind::kAll ? RequiredOfAll(at, end) : RequiredOfAny(at, end);
  }

 private:
  Requirement RequiredOfAll(const uint32_t*& at, const uint32_t* end) const {
    Requirement all{.groups = {}, .sufficient = true};
    while (at < end) {
      Requirement part = Required(at);
      all.sufficient = all.sufficient && part.sufficient;
      for (TermGroup& group : part.groups) all.groups.push_back(std::move(group));
    }
    return all;
  }

  // One group that is required whichever part holds: the rarest of each, together.
  Requirement RequiredOfAny(const uint32_t*& at, const uint32_t* end) const {
    TermGroup any;
    bool sufficient = true;
    while (at < end) {
      const Requirement part = Required(at);
      if (part.groups.empty()) {
        at = end;
        return {};
      }
      const TermGroup& rarest =
          *std::min_element(part.groups.begin(), part.groups.end(),
                            [](const TermGroup& a, const TermGroup& b) { return a.commonness < b.commonness; });
      any.terms.insert(any.terms.end(), rarest.terms.begin(), rarest.terms.end());
      any.commonness += rarest.commonness;
      sufficient = sufficient && part.sufficient && part.groups.size() == 1;
    }
    return {.groups = {std::move(any)}, .sufficient = sufficient};
  }

  absl::FunctionRef<double(uint32_t)> commonness_;
};

// The parts that all have to hold; a program that is no AND is one part.
std::vector<std::span<const uint32_t>> PartsOf(std::span<const uint32_t> program) {
  const auto size_at = [&](size_t at) {
    const ProgramNode node = ProgramNode::Decode(program[at]);
    return 1 + (node.has_parts() ? node.value : 0U);
  };
  const ProgramNode root = ProgramNode::Decode(program.front());
  if (root.kind != Kind::kAll || root.negated) return {program};
  std::vector<std::span<const uint32_t>> parts;
  for (size_t at = 1; at < program.size(); at += size_at(at)) parts.push_back(program.subspan(at, size_at(at)));
  return parts;
}

// Sorts the parts of a program into what an index can look at beside an anchor, and what is left.
struct Sorted {
  std::vector<TermGroup> groups;
  std::vector<uint32_t> absent;
  std::vector<SignedNumber> clauses;
  bool complete = true;  // Nothing is left.
};

Sorted SortParts(std::span<const uint32_t> program, const Chooser& chooser) {
  Sorted sorted;
  for (const std::span<const uint32_t> part : PartsOf(program)) {
    const ProgramNode node = ProgramNode::Decode(part.front());
    if (node.kind == Kind::kClause) {
      sorted.clauses.emplace_back(node.value, node.negated);
      continue;
    }
    if (node.kind == Kind::kTerm && node.negated) {
      sorted.absent.push_back(node.value);
      continue;
    }
    const uint32_t* at = part.data();
    Requirement required = chooser.Required(at);
    DATELINE_CHECK(at == part.data() + part.size(), "a part is one tree");
    sorted.complete = sorted.complete && required.sufficient;
    for (TermGroup& group : required.groups) sorted.groups.push_back(std::move(group));
  }
  std::stable_sort(sorted.groups.begin(), sorted.groups.end(),
                   [](const TermGroup& a, const TermGroup& b) { return a.commonness < b.commonness; });
  return sorted;
}

// Puts a term where there is room beside the anchors, or else leaves it to the program.
void AddBeside(SignedNumber term, Anchors* anchors) {
  if (anchors->firsts.empty()) {
    anchors->firsts.push_back(term);
  } else if (anchors->second.is_always()) {
    anchors->second = term;
  } else {
    anchors->decided = false;
  }
}

// The same for a group of which one term is enough: a few can be the first.
void AddBeside(const std::vector<uint32_t>& terms, Anchors* anchors) {
  if (terms.size() == 1) return AddBeside(SignedNumber(terms.front(), false), anchors);
  const bool room = anchors->firsts.empty() || (anchors->firsts.size() == 1 && anchors->second.is_always());
  if (!room || terms.size() > kFirstsMax) {
    anchors->decided = false;
    return;
  }
  if (!anchors->firsts.empty()) anchors->second = anchors->firsts.front();
  anchors->firsts.clear();
  for (const uint32_t term : terms) anchors->firsts.emplace_back(term, false);
}

}  // namespace

Program WriteProgram(const Condition& condition, absl::FunctionRef<uint32_t(const filter::Term&)> term,
                     absl::FunctionRef<uint32_t(const Condition&)> clause) {
  return Writer(term, clause).Write(condition, false);
}

Anchors ChooseAnchors(std::span<const uint32_t> program, absl::FunctionRef<double(uint32_t)> commonness) {
  Sorted sorted = SortParts(program, Chooser(commonness));
  Anchors anchors;
  if (sorted.groups.empty()) {
    anchors.firsts.emplace_back();
    return anchors;
  }
  std::vector<uint32_t>& terms = sorted.groups.front().terms;
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  anchors.terms = std::move(terms);
  anchors.commonness = sorted.groups.front().commonness;
  anchors.decided = sorted.complete && sorted.clauses.size() <= 1;
  if (!sorted.clauses.empty()) anchors.clause = sorted.clauses.front();
  for (size_t i = 1; i < sorted.groups.size(); ++i) AddBeside(sorted.groups[i].terms, &anchors);
  for (const uint32_t term : sorted.absent) AddBeside(SignedNumber(term, true), &anchors);
  if (anchors.firsts.empty()) anchors.firsts.emplace_back();
  return anchors;
}

}  // namespace dateline::notification
