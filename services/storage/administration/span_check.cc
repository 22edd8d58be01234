#include "services/storage/administration/span_check.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "common/text/utf8.h"
#include "dateline/release/v1/evidence.pb.h"

namespace dateline::storage {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Checker {
 public:
  Checker(const release::v1::Release& release, size_t most) : text_(release.text()), most_(most) {}

  // Depth is bounded by the messages of a release, which hold no message of their own kind.
  void Walk(const Message& message, const std::string& path) {
    if (const auto* span = dynamic_cast<const release::v1::Span*>(&message)) return Check(*span, path);
    const auto& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      const std::string inner = path.empty() ? field->name() : path + "." + field->name();
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count && wrong_.size() < most_; ++i) {
        Walk(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                  : reflection.GetMessage(message, field),
             inner);
      }
    }
  }

  std::vector<std::string> Finish() { return std::move(wrong_); }

 private:
  void Check(const release::v1::Span& span, const std::string& path) {
    if (span.start() <= span.end() && span.end() <= text_.size() && text::IsBoundary(text_, span.start()) &&
        text::IsBoundary(text_, span.end())) {
      return;
    }
    wrong_.push_back(fmt::format("{} is [{}, {}), which is no part of a text of {} bytes", path, span.start(),
                                 span.end(), text_.size()));
  }

  const std::string_view text_;
  const size_t most_;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> CheckSpans(const release::v1::Release& release, size_t most) {
  Checker checker(release, most);
  checker.Walk(release, {});
  return checker.Finish();
}

}  // namespace dateline::storage
