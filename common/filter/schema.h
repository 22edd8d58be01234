#pragma once
// What filters of one kind of record may name: a protobuf message, found by reflection, and where bare words are looked
// for. Immutable and thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace dateline::filter {

using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// Where a record names somebody or something.
struct NamePath {
  std::string kind;  // What mentions() calls it.
  FieldPath path;    // Ends in a string.
};

struct Schema {
  const google::protobuf::Descriptor* descriptor = nullptr;
  std::vector<FieldPath> word_paths;  // Where bare words are looked for; each ends in a string.
  // What the functions read. A schema without them has no functions.
  std::vector<NamePath> name_paths;  // Of mentions().
  FieldPath text_path;               // Of near(); a field of the record itself.
};

// dateline.release.v1.Release. Bare words are looked for in title, subtitle, text and in the names of people,
// organisations and places. It has all functions.
const Schema& ReleaseSchema();

// A schema for another message, without functions; `word_paths` are dotted names. A wrong path is a mistake in the
// program and ends it.
Schema MakeSchema(const google::protobuf::Descriptor& descriptor, const std::vector<std::string>& word_paths);

// The fields that `path` names, through repeated messages too. An error is a sentence for the user, without its place.
absl::StatusOr<FieldPath> ResolvePath(const google::protobuf::Descriptor& descriptor,
                                      const std::vector<std::string>& path);

// The parts of a dotted path.
std::vector<std::string> SplitPath(std::string_view path);

// The candidate that differs least from `name`; empty when none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace dateline::filter
