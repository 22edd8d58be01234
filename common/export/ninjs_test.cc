// Proves that the ninjs form is JSON, has only members that ninjs 3.1 knows with the types it wants, and carries the
// release. By parsing what is written and checking every member against the list below.

#include "common/export/ninjs.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <set>

#include "common/export/test_release.h"

namespace dateline::exporting {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

Struct Parse(const std::string& json) {
  Struct object;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &object).ok()) << json;
  return object;
}

const Value& At(const Struct& object, const std::string& key) {
  static const Value kAbsent;
  const auto found = object.fields().find(key);
  return found == object.fields().end() ? kAbsent : found->second;
}

const Struct& Item(const Struct& object, const std::string& key, int index) {
  static const Struct kAbsent;
  const auto& values = At(object, key).list_value().values();
  return index < values.size() ? values.Get(index).struct_value() : kAbsent;
}

TEST(Ninjs, HasOnlyMembersOfTheStandard) {
  const std::set<std::string> strings = {
      "uri",       "type",           "representationType", "version",  "firstCreated",
      "pubStatus", "versionCreated", "embargoedUntil",     "language", "by",
      "located",   "title",          "usageTerms"};
  const std::set<std::string> lists = {"headlines", "bodies",      "people",       "organisations", "places",
                                       "subjects",  "infoSources", "associations", "altIds",        "events"};
  const Struct item = Parse(Ninjs(SomeRelease()));
  for (const auto& [key, value] : item.fields()) {
    if (key == "standard" || key == "rightsInfo") {
      EXPECT_TRUE(value.has_struct_value()) << key;
    } else if (lists.contains(key)) {
      ASSERT_TRUE(value.has_list_value()) << key;
      EXPECT_GT(value.list_value().values_size(), 0) << key;
      for (const Value& entry : value.list_value().values()) EXPECT_TRUE(entry.has_struct_value()) << key;
    } else {
      EXPECT_TRUE(strings.contains(key)) << key;
      EXPECT_TRUE(value.has_string_value()) << key;
    }
  }
}

TEST(Ninjs, CarriesTheRelease) {
  const Struct item = Parse(Ninjs(SomeRelease()));
  EXPECT_EQ(At(item, "uri").string_value(), "https://example.org/news/bridges?a=1&b=2");
  EXPECT_EQ(At(item, "firstCreated").string_value(), "2025-03-11T09:30:00Z");
  EXPECT_EQ(At(item, "located").string_value(), "Quito");
  EXPECT_EQ(At(item, "by").string_value(), "Ana Mora");
  EXPECT_EQ(At(Item(item, "headlines", 0), "value").string_value(), "Bridges \"of\" <Quito> open");
  const Struct& body = Item(item, "bodies", 0);
  EXPECT_EQ(At(body, "value").string_value(), SomeRelease().text());
  EXPECT_EQ(At(body, "charCount").number_value(), static_cast<double>(SomeRelease().text().size()));
  EXPECT_EQ(At(Item(item, "bodies", 1), "contentType").string_value(), "text/html");
  EXPECT_EQ(At(Item(item, "infoSources", 0), "name").string_value(), "City of Quito");
  const Struct& contact = Item(item, "infoSources", 1);
  EXPECT_EQ(At(Item(contact, "contactInfo", 0), "value").string_value(), "ana@example.org");
  EXPECT_EQ(At(Item(item, "associations", 0), "by").string_value(), "Photo: L. Paz");
  EXPECT_EQ(At(Item(item, "altIds", 1), "value").string_value(), "PR/25/17");
}

TEST(Ninjs, AlwaysHasAnAddress) {
  release::v1::Release release;
  release.set_text("words");
  const std::string first = At(Parse(Ninjs(release)), "uri").string_value();
  EXPECT_THAT(first, ::testing::StartsWith("urn:uuid:"));
  EXPECT_EQ(At(Parse(Ninjs(release)), "uri").string_value(), first);
  release.set_name("releases/0d6a0e5e-7c1f-5a35-9d0b-0f3c7f1e2a44");
  EXPECT_EQ(At(Parse(Ninjs(release)), "uri").string_value(), "urn:uuid:0d6a0e5e-7c1f-5a35-9d0b-0f3c7f1e2a44");
}

TEST(Ninjs, WritesAnyBytesAsJson) {
  release::v1::Release release;
  release.set_title("a\x01\"\\\n\xFFz");
  EXPECT_EQ(At(Parse(Ninjs(release)), "title").string_value(), "a\x01\"\\\n\xEF\xBF\xBDz");
}

TEST(Ninjs, SaysWhenAReleaseWasWithdrawn) {
  release::v1::Release release = SomeRelease();
  release.mutable_withdraw_time()->set_seconds(1);
  EXPECT_EQ(At(Parse(Ninjs(release)), "pubStatus").string_value(), "canceled");
}

}  // namespace
}  // namespace dateline::exporting
