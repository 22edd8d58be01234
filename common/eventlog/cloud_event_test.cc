// Proves that the envelope carries the attributes that proto/README.md promises, in the right types, and that what is
// incomplete or too large is refused with the field's name.

#include "common/eventlog/cloud_event.h"

#include <string>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace dateline::eventlog {
namespace {

NewEvent Complete() {
  NewEvent event{.topic = "release/",
                 .id = "id-1",
                 .type = "org.dateline.release.published",
                 .subject = "releases/1",
                 .partition_key = "sources/7",
                 .time = FromMicros(1'700'000'000'123'456),
                 .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                 .dataref = "/v1/releases/1"};
  google::protobuf::Timestamp data;
  data.set_seconds(42);
  event.data.PackFrom(data);
  return event;
}

TEST(CloudEvent, CarriesEveryAttribute) {
  const auto event = BuildCloudEvent(Complete(), "/dateline/storage", Sequence(17));
  EXPECT_EQ(event.spec_version(), "1.0");
  EXPECT_EQ(event.id(), "id-1");
  EXPECT_EQ(event.source(), "/dateline/storage");
  EXPECT_EQ(event.type(), "org.dateline.release.published");
  EXPECT_EQ(Attribute(event, "subject"), "releases/1");
  EXPECT_EQ(Attribute(event, "sequence"), "00000000000000000017");
  EXPECT_EQ(Attribute(event, "partitionkey"), "sources/7");
  EXPECT_EQ(Attribute(event, "traceparent"), Complete().traceparent);
  EXPECT_EQ(event.attributes().at("dataref").ce_uri_ref(), "/v1/releases/1");
  EXPECT_EQ(event.attributes().at("time").ce_timestamp().seconds(), 1'700'000'000);
  EXPECT_EQ(event.attributes().at("time").ce_timestamp().nanos(), 123'456'000);
  google::protobuf::Timestamp data;
  ASSERT_TRUE(event.proto_data().UnpackTo(&data));
  EXPECT_EQ(data.seconds(), 42);
}

TEST(CloudEvent, LeavesOutWhatIsNotGiven) {
  NewEvent event = Complete();
  event.id.clear();
  event.partition_key.clear();
  event.traceparent.clear();
  event.dataref.clear();
  const auto built = BuildCloudEvent(event, "/s", Sequence(1));
  EXPECT_TRUE(IsUuid(built.id()));
  EXPECT_EQ(Attribute(built, "partitionkey"), "releases/1") << "the subject orders events when nothing else does";
  EXPECT_FALSE(built.attributes().contains("traceparent"));
  EXPECT_FALSE(built.attributes().contains("dataref"));
}

TEST(CloudEvent, TextOrderOfSequencesIsTheirOrder) {
  EXPECT_EQ(FormatSequence(Sequence(18'446'744'073'709'551'615u)), "18446744073709551615");
  EXPECT_LT(FormatSequence(Sequence(9)), FormatSequence(Sequence(10)));
}

TEST(CloudEvent, ARecordCarriesTheEnvelopeWheneverItsSequenceIsKnown) {
  const auto record = BuildRecord(Complete(), "/dateline/storage", Sequence(17));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->sequence, Sequence(17));
  io::cloudevents::v1::CloudEvent carried;
  ASSERT_TRUE(carried.ParseFromString(record->payload));
  const auto built = BuildCloudEvent(Complete(), "/dateline/storage", Sequence(17));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(carried, built)) << carried.DebugString();

  // The same event may be appended at another place, after a transaction that failed.
  const auto encoded = EncodeEvent(Complete(), "/dateline/storage");
  ASSERT_TRUE(encoded.ok());
  for (const uint64_t sequence : {5U, 6U}) {
    eventlog::EncodedEvent copy = *encoded;
    ASSERT_TRUE(carried.ParseFromString(std::move(copy).WithSequence(Sequence(sequence)).payload));
    EXPECT_EQ(Attribute(carried, "sequence"), FormatSequence(Sequence(sequence)));
  }
}

TEST(CloudEvent, RefusesWhatIsIncompleteOrTooLarge) {
  const auto reason_without = [](auto change) {
    NewEvent event = Complete();
    change(event);
    return ErrorReason(BuildRecord(event, "/s", Sequence(1)).status());
  };
  EXPECT_EQ(reason_without([](NewEvent&) {}), "");
  EXPECT_EQ(reason_without([](NewEvent& event) { event.topic = "release"; }), kReasonInvalidEvent);
  EXPECT_EQ(reason_without([](NewEvent& event) { event.type.clear(); }), kReasonInvalidEvent);
  EXPECT_EQ(reason_without([](NewEvent& event) { event.subject.clear(); }), kReasonInvalidEvent);
  EXPECT_EQ(reason_without([](NewEvent& event) { event.subject.assign(3'000, 's'); }), kReasonInvalidEvent);
  EXPECT_EQ(reason_without([](NewEvent& event) { event.time = WallTime(); }), kReasonInvalidEvent);
  EXPECT_EQ(reason_without([](NewEvent& event) { event.data.mutable_value()->assign(kEventDataBytesMax + 1, 'd'); }),
            kReasonEventTooLarge);
  EXPECT_EQ(reason_without([](NewEvent& event) { event.data.mutable_value()->assign(kEventDataBytesMax, 'd'); }), "");
}

}  // namespace
}  // namespace dateline::eventlog
