// Events as CloudEvents JSON: attributes as members, data by protobuf's mapping, nothing that could end a line.

#include "common/export/event_json.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "dateline/events/v1/event_data.pb.h"

namespace dateline::exporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

io::cloudevents::v1::CloudEvent SomeEvent() {
  io::cloudevents::v1::CloudEvent event;
  event.set_id("id-1");
  event.set_source("/dateline/storage");
  event.set_spec_version("1.0");
  event.set_type("org.dateline.release.revised");
  auto& attributes = *event.mutable_attributes();
  attributes["subject"].set_ce_string("releases/1");
  attributes["sequence"].set_ce_string("00000000000000000042");
  attributes["time"].mutable_ce_timestamp()->set_seconds(1'700'000'000);
  events::v1::ReleaseEvent data;
  data.mutable_release()->set_title("Bridges\nof \"Quito\"");
  event.mutable_proto_data()->PackFrom(data);
  return event;
}

TEST(EventJson, FollowsTheCloudEventsFormat) {
  const auto json = EventJson(SomeEvent());
  ASSERT_TRUE(json.ok()) << json.status();
  google::protobuf::Struct object;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(*json, &object).ok()) << *json;
  EXPECT_EQ(object.fields().at("specversion").string_value(), "1.0");
  EXPECT_EQ(object.fields().at("sequence").string_value(), "00000000000000000042");
  EXPECT_EQ(object.fields().at("time").string_value(), "2023-11-14T22:13:20Z");
  EXPECT_EQ(object.fields().at("datacontenttype").string_value(), "application/json");
  const auto& release = object.fields().at("data").struct_value().fields().at("release").struct_value();
  EXPECT_EQ(release.fields().at("title").string_value(), "Bridges\nof \"Quito\"");
  EXPECT_THAT(*json, Not(HasSubstr("\n")));
  EXPECT_THAT(*json, StartsWith("{\"specversion\":"));
}

TEST(EventJson, RefusesDataThatItDoesNotKnow) {
  io::cloudevents::v1::CloudEvent event = SomeEvent();
  event.mutable_proto_data()->set_type_url("type.googleapis.com/some.Other");
  EXPECT_FALSE(EventJson(event).ok());
}

}  // namespace
}  // namespace dateline::exporting
