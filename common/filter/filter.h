#pragma once
// Filters over releases (and other records): the language of AIP-160 as README.md beside this describes it, checked
// once and then evaluated in memory. A compiled Filter is an immutable value, cheap to copy and safe to use from any
// thread. The tree is public for other back ends; Filter is the reference that they have to agree with.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/filter/ast.h"
#include "common/filter/condition.h"
#include "common/filter/reasons.h"
#include "common/filter/schema.h"
#include "common/filter/word_list.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::filter {

// A record to be matched, with what several filters need to know about it worked out once. Refers to the message, which
// outlives it unchanged. Thread-safe.
class Subject {
 public:
  // `changed_fields`, the fields of the changes of an event, is what changed() asks for; elsewhere nothing changed.
  explicit Subject(const release::v1::Release& release, Missing missing = {},
                   std::vector<std::string> changed_fields = {});
  Subject(const google::protobuf::Message& message, const Schema& schema, Missing missing = {});
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const google::protobuf::Message& message() const { return message_; }
  const Missing& missing() const { return missing_; }
  // The words of all fields in which bare words are looked for, folded, one value a line.
  const std::string& Words() const;
  // The words of the text alone, folded; of a schema without text none.
  const std::string& TextWords() const;
  // The lists of Words() and TextWords(). Null for the first who ask: a list pays when many filters look at the record.
  const WordList* WordsList() const;
  const WordList* TextWordsList() const;
  const std::vector<std::string>& changed_fields() const { return changed_fields_; }
  const Schema& schema() const { return schema_; }
  // Whether the field that `path` begins with may have a value that the record at hand lacks.
  bool MayLack(const FieldPath& path) const;

 private:
  const google::protobuf::Message& message_;
  const Schema& schema_;
  const Missing missing_;
  const std::vector<std::string> changed_fields_;
  mutable std::once_flag once_;
  mutable std::string words_;
  mutable std::once_flag text_once_;
  mutable std::string text_words_;
  // A list with how often it was asked for.
  struct List {
    std::atomic<int> asked{0};
    std::once_flag once;
    std::optional<WordList> list;
  };
  static const WordList* Ask(List& list, const std::string& words);
  mutable List words_list_;
  mutable List text_words_list_;
};

class Filter {
 public:
  // The filter that everything matches.
  Filter();

  // Three-valued, for a record of which parts are missing: kUnknown when the missing parts decide. The subject is of
  // the schema that the filter was compiled for.
  Truth Evaluate(const Subject& subject) const;
  bool Matches(const Subject& subject) const { return Evaluate(subject) == Truth::kYes; }
  // For a complete release, and a filter compiled for releases.
  bool Matches(const release::v1::Release& release) const { return Matches(Subject(release)); }

  // Why a record matches: the clauses that hold, with the words of the record that make them hold; empty when it does
  // not match for certain. At most kReasonsMax.
  std::vector<MatchReason> Reasons(const Subject& subject) const;

  bool matches_all() const { return parts_->condition.kind == Expression::Kind::kAll; }
  // As it was given.
  const std::string& text() const { return parts_->text; }
  const Expression& expression() const { return parts_->expression; }
  // What the expression means, for other back ends.
  const Condition& condition() const { return parts_->condition; }

 private:
  friend absl::StatusOr<Filter> Compile(std::string_view text, const Schema& schema);
  struct Parts {
    std::string text;
    Expression expression;
    Condition condition;
  };
  // Shared by the copies of one filter; never changed.
  std::shared_ptr<const Parts> parts_;
};

// Parses and types `text`; the empty filter matches everything. INVALID_ARGUMENT (INVALID_FILTER, metadata "position":
// the byte offset) with a message that says what was expected and shows the place. `schema` outlives the filter.
absl::StatusOr<Filter> Compile(std::string_view text, const Schema& schema = ReleaseSchema());

}  // namespace dateline::filter
