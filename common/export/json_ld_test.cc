// Proves that the JSON-LD form is JSON and types authors as what they are: by parsing what is written for a release
// that a person and a desk sign.

#include "common/export/json_ld.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

namespace dateline::exporting {
namespace {

TEST(JsonLd, CallsADeskAnOrganization) {
  release::v1::Release release;
  release.set_title("Basin reopens");
  release::v1::Author* person = release.add_authors();
  person->set_display_name("Ada Quay");
  person->set_rule("author.byline");
  release::v1::Author* desk = release.add_authors();
  desk->set_display_name("Harbour Desk");
  desk->set_rule("author.desk");
  google::protobuf::Struct object;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(JsonLd(release), &object).ok());
  const auto& authors = object.fields().at("author").list_value();
  ASSERT_EQ(authors.values_size(), 2);
  const auto member = [&](int i, const char* name) {
    return authors.values(i).struct_value().fields().at(name).string_value();
  };
  EXPECT_EQ(member(0, "@type"), "Person");
  EXPECT_EQ(member(0, "name"), "Ada Quay");
  EXPECT_EQ(member(1, "@type"), "Organization");
  EXPECT_EQ(member(1, "name"), "Harbour Desk");
}

}  // namespace
}  // namespace dateline::exporting
