#include "services/storage/administration/record_changes.h"

#include <fmt/format.h>

#include <map>

#include "common/text/utf8.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using release::v1::Release;

constexpr size_t kValueBytesMax = 80;

std::string Quoted(const std::string& value) {
  if (value.empty()) return "nothing";
  const std::string_view cut = text::TruncateUtf8(value, kValueBytesMax);
  return fmt::format("\"{}{}\"", cut, cut.size() < value.size() ? "…" : "");
}

// How often each value stands in a repeated field, by its bytes.
std::map<std::string, int> Values(const Release& release, const FieldDescriptor& field) {
  const Reflection& reflection = *release.GetReflection();
  std::map<std::string, int> values;
  for (int i = 0; i < reflection.FieldSize(release, &field); ++i) {
    ++values[field.message_type() != nullptr ? reflection.GetRepeatedMessage(release, &field, i).SerializeAsString()
                                             : reflection.GetRepeatedString(release, &field, i)];
  }
  return values;
}

// "3 more, 1 less", or nothing.
std::string DescribeList(const Release& before, const Release& after, const FieldDescriptor& field) {
  std::map<std::string, int> balance = Values(after, field);
  for (const auto& [value, count] : Values(before, field)) balance[value] -= count;
  int more = 0;
  int less = 0;
  for (const auto& [value, count] : balance) (count > 0 ? more : less) += count;
  if (more == 0 && less == 0) return {};
  if (less == 0) return fmt::format("{} more", more);
  if (more == 0) return fmt::format("{} less", -less);
  return fmt::format("{} more, {} less", more, -less);
}

std::string DescribeField(const Release& before, const Release& after, const FieldDescriptor& field) {
  const Reflection& reflection = *before.GetReflection();
  if (field.is_repeated()) {
    const bool readable = field.message_type() != nullptr || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    return readable ? DescribeList(before, after, field) : std::string();
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    const std::string was = reflection.GetString(before, &field);
    const std::string is = reflection.GetString(after, &field);
    if (was == is) return {};
    // A text is too long to be shown.
    if (field.name() == "text") return fmt::format("{} bytes instead of {}", is.size(), was.size());
    return fmt::format("{} instead of {}", Quoted(is), Quoted(was));
  }
  if (field.message_type() == nullptr) return {};
  const bool was = reflection.HasField(before, &field);
  const bool is = reflection.HasField(after, &field);
  if (was != is) return is ? "found" : "no longer found";
  const bool same = reflection.GetMessage(before, &field).SerializeAsString() ==
                    reflection.GetMessage(after, &field).SerializeAsString();
  return same ? std::string() : "another";
}

}  // namespace

std::vector<std::string> DescribeChanges(const Release& stored, const Release& extracted, size_t most) {
  Release before = stored;
  Release after = extracted;
  for (Release* release : {&before, &after}) {
    ClearStoredFields(release);
    release->clear_extractor();
    release->clear_source();
  }
  std::vector<std::string> changes;
  const auto& type = *Release::descriptor();
  for (int i = 0; i < type.field_count() && changes.size() < most; ++i) {
    const std::string change = DescribeField(before, after, *type.field(i));
    if (!change.empty()) changes.push_back(fmt::format("{}: {}", type.field(i)->name(), change));
  }
  return changes;
}

}  // namespace dateline::storage
