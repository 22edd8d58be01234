#include "common/filter/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "absl/status/status.h"
#include "common/base/check.h"
#include "common/base/edit_distance.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::filter {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::vector<std::string> FieldNames(const Descriptor& descriptor) {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor.field_count(); ++i) names.push_back(descriptor.field(i)->name());
  return names;
}

}  // namespace

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::string folded(candidate);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const size_t distance = EditDistance(lower, folded);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

absl::StatusOr<FieldPath> ResolvePath(const Descriptor& descriptor, const std::vector<std::string>& path) {
  FieldPath fields;
  const Descriptor* message = &descriptor;
  for (const std::string& name : path) {
    if (message == nullptr) {
      return Error(absl::StatusCode::kInvalidArgument, "INVALID_FILTER",
                   fmt::format("\"{}\" has no fields, so \".{}\" names nothing", fields.back()->name(), name));
    }
    const FieldDescriptor* field = message->FindFieldByName(name);
    if (field == nullptr) {
      const std::vector<std::string> names = FieldNames(*message);
      const std::string nearest = NearestName(name, names);
      const std::string where = fields.empty() ? message->name() : fields.back()->name();
      return Error(absl::StatusCode::kInvalidArgument, "INVALID_FILTER",
                   nearest.empty()
                       ? fmt::format("{} has no field \"{}\"; it has {}", where, name, fmt::join(names, ", "))
                       : fmt::format("{} has no field \"{}\"; did you mean \"{}\"?", where, name, nearest));
    }
    fields.push_back(field);
    message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? field->message_type() : nullptr;
  }
  return fields;
}

namespace {

// A path that the program itself names.
FieldPath StringPath(const Descriptor& descriptor, const std::string& path) {
  absl::StatusOr<FieldPath> fields = ResolvePath(descriptor, SplitPath(path));
  DATELINE_CHECK(fields.ok() && fields->back()->cpp_type() == FieldDescriptor::CPPTYPE_STRING, path);
  return *std::move(fields);
}

}  // namespace

Schema MakeSchema(const Descriptor& descriptor, const std::vector<std::string>& word_paths) {
  Schema schema;
  schema.descriptor = &descriptor;
  for (const std::string& path : word_paths) schema.word_paths.push_back(StringPath(descriptor, path));
  return schema;
}

const Schema& ReleaseSchema() {
  static const Schema schema = [] {
    const Descriptor& release = *release::v1::Release::descriptor();
    Schema made = MakeSchema(release, {"title", "subtitle", "text", "people.display_name", "organizations.display_name",
                                       "organizations.acronym", "places.display_name"});
    made.text_path = StringPath(release, "text");
    made.name_paths = {{"person", StringPath(release, "people.display_name")},
                       {"organization", StringPath(release, "organizations.display_name")},
                       {"organization", StringPath(release, "organizations.acronym")},
                       {"place", StringPath(release, "places.display_name")},
                       {"programme", StringPath(release, "programmes.display_name")}};
    return made;
  }();
  return schema;
}

}  // namespace dateline::filter
