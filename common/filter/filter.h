#pragma once
// Filters over releases (and other records): the language of AIP-160 as README.md beside this describes it, checked
// once and then evaluated in memory. A compiled Filter is an immutable value, cheap to copy and safe to use from any
// thread. The tree is public for other back ends; Filter is the reference that they have to agree with.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/filter/ast.h"
#include "common/filter/condition.h"
#include "common/filter/schema.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::filter {

// A record to be matched, with what several filters need to know about it worked out once. Refers to the message, which
// outlives it unchanged. Thread-safe.
class Subject {
 public:
  explicit Subject(const release::v1::Release& release, Missing missing = {});
  Subject(const google::protobuf::Message& message, const Schema& schema, Missing missing = {});
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const google::protobuf::Message& message() const { return message_; }
  const Missing& missing() const { return missing_; }
  // The words of all fields in which bare words are looked for, folded, one value a line.
  const std::string& Words() const;

 private:
  const google::protobuf::Message& message_;
  const Schema& schema_;
  const Missing missing_;
  mutable std::once_flag once_;
  mutable std::string words_;
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

  bool matches_all() const { return parts_->condition.kind == Expression::Kind::kAll; }
  // As it was given.
  const std::string& text() const { return parts_->text; }
  const Expression& expression() const { return parts_->expression; }

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
