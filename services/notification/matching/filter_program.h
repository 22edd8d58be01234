#pragma once
// A filter as the index evaluates it: a tree over numbered terms and clauses, written as a row of 32-bit words, so that
// most filters take some twenty bytes. Each clause of the filter is written as the terms that it requires, and, unless
// these say all, itself: what is cheap rules out what is not. Pure; thread-compatible.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/filter/condition.h"
#include "common/filter/terms.h"

namespace dateline::notification {

// The number of the term that every record has, and of the clause that always holds.
inline constexpr uint32_t kAlways = 0;

// A term that a record has, or has not; a clause that holds, or does not. In one word.
class SignedNumber {
 public:
  SignedNumber() = default;  // kAlways.
  SignedNumber(uint32_t number, bool negated) : word_(number << 1 | (negated ? 1U : 0U)) {}
  uint32_t number() const { return word_ >> 1; }
  bool negated() const { return (word_ & 1U) != 0; }
  bool is_always() const { return word_ == 0; }

 private:
  uint32_t word_ = 0;
};

// A word of a program. Of kAll and kAny the parts follow.
struct ProgramNode {
  enum class Kind : uint32_t {
    kTerm,    // The record has the term.
    kClause,  // The clause holds.
    kAll,     // Every part holds.
    kAny,     // Some part holds.
  };
  Kind kind = Kind::kAll;
  bool negated = false;
  uint32_t value = 0;  // A number; of kAll and kAny how many words its parts take. Below 2^29.

  static ProgramNode Decode(uint32_t word) {
    return {static_cast<Kind>(word >> 30), ((word >> 29) & 1U) != 0, word & ((1U << 29) - 1)};
  }
  uint32_t Encode() const {
    return static_cast<uint32_t>(kind) << 30 | static_cast<uint32_t>(negated ? 1 : 0) << 29 | value;
  }
  bool has_parts() const { return kind == Kind::kAll || kind == Kind::kAny; }
};

using Program = std::vector<uint32_t>;

// The program of a normalized condition. `term` and `clause` give the numbers; each is called once for every place in
// the program where the number then stands.
Program WriteProgram(const filter::Condition& condition, absl::FunctionRef<uint32_t(const filter::Term&)> term,
                     absl::FunctionRef<uint32_t(const filter::Condition&)> clause);

// Whether it holds; stops where the outcome is certain.
template <class HasTerm, class ClauseHolds>
bool RunProgram(const uint32_t*& at, const HasTerm& has_term, const ClauseHolds& clause_holds) {
  const ProgramNode node = ProgramNode::Decode(*at++);
  if (node.kind == ProgramNode::Kind::kTerm) return has_term(node.value) != node.negated;
  if (node.kind == ProgramNode::Kind::kClause) return clause_holds(node.value) != node.negated;
  const uint32_t* const end = at + node.value;
  const bool all = node.kind == ProgramNode::Kind::kAll;
  bool holds = all;
  while (holds == all && at < end) holds = RunProgram(at, has_term, clause_holds);
  at = end;
  return holds != node.negated;
}

// How an index finds a filter.
struct Anchors {
  std::vector<uint32_t> terms;  // A record that matches has one of these. None: nothing can be said.
  // One of the first, and the second: terms that it has, or has not, besides; and a clause that holds for it, or does
  // not. There is at least one first.
  std::vector<SignedNumber> firsts;
  SignedNumber second;
  SignedNumber clause;
  bool decided = false;  // It matches exactly when all that is so.
  double commonness = 0;
};
// Chooses the terms that are rarest by `commonness`, the part of the records that have a term.
Anchors ChooseAnchors(std::span<const uint32_t> program, absl::FunctionRef<double(uint32_t)> commonness);

}  // namespace dateline::notification
