// Proves that MessageJson writes what protobuf's own printer writes: every character, every kind of field of a release,
// times, unknown enum values, and the messages that it leaves to protobuf.
#include "common/export/message_json.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/export/test_release.h"
#include "common/text/utf8.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {
namespace {

std::string ByProtobuf(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

std::string ByUs(const google::protobuf::Message& message) {
  const auto json = MessageJson(message);
  EXPECT_TRUE(json.ok());
  return json.ok() ? *json : std::string();
}

TEST(MessageJson, WritesEveryCharacterAsProtobufDoes) {
  for (char32_t begin = 0; begin < 0x110000; begin += 0x400) {
    release::v1::Release release;
    for (char32_t c = begin; c < begin + 0x400; ++c) {
      if (c < 0xD800 || c > 0xDFFF) text::AppendUtf8(c, *release.mutable_text());
    }
    ASSERT_TRUE(ByUs(release) == ByProtobuf(release)) << std::hex << static_cast<std::uint32_t>(begin);
  }
}

// Sets every field of a message to something, down to a few levels.
void Fill(google::protobuf::Message* message, int depth) {
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    using google::protobuf::FieldDescriptor;
    for (int round = 0; round < (field->is_repeated() ? 2 : 1); ++round) {
      const bool many = field->is_repeated();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          many ? reflection.AddString(message, field, "a<b>\"\n\u00AD\u2028\u4E2D")
               : reflection.SetString(message, field, "\x7F\\ caf\u00E9");
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          if (field->message_type()->full_name() == "google.protobuf.Timestamp") {
            auto* time = many ? reflection.AddMessage(message, field) : reflection.MutableMessage(message, field);
            time->GetReflection()->SetInt64(time, time->GetDescriptor()->field(0), 1709640000 + depth);
            time->GetReflection()->SetInt32(time, time->GetDescriptor()->field(1), depth % 2 == 0 ? 0 : 120000000);
          } else if (depth < 4) {
            Fill(many ? reflection.AddMessage(message, field) : reflection.MutableMessage(message, field), depth + 1);
          }
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          many ? reflection.AddEnumValue(message, field, 1) : reflection.SetEnumValue(message, field, 1 + depth * 77);
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          many ? reflection.AddBool(message, field, true) : reflection.SetBool(message, field, true);
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          many ? reflection.AddInt32(message, field, -5) : reflection.SetInt32(message, field, -2147483647);
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          many ? reflection.AddUInt32(message, field, 7) : reflection.SetUInt32(message, field, 4294967295U);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          many ? reflection.AddInt64(message, field, -1)
               : reflection.SetInt64(message, field, std::numeric_limits<std::int64_t>::min());
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          many ? reflection.AddUInt64(message, field, 1)
               : reflection.SetUInt64(message, field, std::numeric_limits<std::uint64_t>::max());
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          many ? reflection.AddDouble(message, field, 0.1) : reflection.SetDouble(message, field, 1.0 / 3 * depth);
          break;
        case FieldDescriptor::CPPTYPE_FLOAT:
          many ? reflection.AddFloat(message, field, 0.1F) : reflection.SetFloat(message, field, 2.5F);
          break;
      }
    }
  }
}

TEST(MessageJson, WritesEveryFieldOfAReleaseAsProtobufDoes) {
  release::v1::Release release;
  Fill(&release, 1);
  EXPECT_EQ(ByUs(release), ByProtobuf(release));
  EXPECT_EQ(ByUs(release::v1::Release()), "{}");
  release.Clear();
  release.mutable_dateline();  // present and empty
  EXPECT_EQ(ByUs(release), ByProtobuf(release));
}

TEST(MessageJson, WritesNumbersAsProtobufDoes) {
  release::v1::Release release;
  for (const double value : {0.1, -12.5, 1e21, 1e-7, 123456789.123456789, 3.0, 1.7976931348623157e308, 5e-324}) {
    auto* place = release.add_places();
    place->set_latitude(value);
  }
  EXPECT_EQ(ByUs(release), ByProtobuf(release));
}

TEST(MessageJson, LeavesOtherTypesToProtobuf) {
  google::protobuf::Struct object;
  (*object.mutable_fields())["id"].set_number_value(3);
  EXPECT_EQ(ByUs(object), R"({"id":3})");
}

TEST(MessageJson, SaysWhatCannotBeWritten) {
  release::v1::Release release;
  release.mutable_page_modified_time()->set_seconds(std::numeric_limits<std::int64_t>::max());
  const auto json = MessageJson(release);
  EXPECT_EQ(json.status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace dateline::exporting
