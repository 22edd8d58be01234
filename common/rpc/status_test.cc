// Proves that an error keeps its code, message and details over the border to gRPC and back, that every error on the
// wire has an ErrorInfo, and that the whole stays within what a peer accepts. Pure functions, no server.

#include "common/rpc/status.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/cord.h"
#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace dateline::rpc {
namespace {

TEST(Status, OkStaysOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(Status, EveryCodeComesBack) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status before = Error(static_cast<absl::StatusCode>(code), "WHY", "what", {{"key", "value"}});
    EXPECT_EQ(FromGrpc(ToGrpc(before)), before) << code;
  }
}

TEST(Status, AllDetailsComeBack) {
  absl::Status before = FieldError("BAD_SIZE", "page_size", "must be 1 to 1000, is -3");
  before = WithRetryDelay(before, std::chrono::milliseconds(2'500));
  const absl::Status after = FromGrpc(ToGrpc(before));
  EXPECT_EQ(after, before);
  EXPECT_EQ(ErrorReason(after), "BAD_SIZE");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(after.GetPayload(ToAbsl(kRetryInfoUrl)).value())));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(Status, AddsAReasonWhereThereIsNone) {
  const absl::Status after = FromGrpc(ToGrpc(absl::NotFoundError("no such thing")));
  EXPECT_EQ(after.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(after.message(), "no such thing");
  EXPECT_EQ(ErrorReason(after), "NOT_FOUND");
}

TEST(Status, DetailsAreAGoogleRpcStatus) {
  google::rpc::Status wire;
  ASSERT_TRUE(wire.ParseFromString(ToGrpc(Error(absl::StatusCode::kAborted, "WHY", "what")).error_details()));
  EXPECT_EQ(wire.code(), 10);
  EXPECT_EQ(wire.message(), "what");
  ASSERT_EQ(wire.details_size(), 1);
  EXPECT_TRUE(wire.details(0).Is<google::rpc::ErrorInfo>());
}

TEST(Status, CutsALongMessageBetweenCharacters) {
  std::string message(kMessageBytesMax - 1, 'a');
  message += "\xC3\xA9\xC3\xA9";
  const grpc::Status wire = ToGrpc(Error(absl::StatusCode::kInternal, "WHY", message));
  EXPECT_EQ(wire.error_message(), std::string(kMessageBytesMax - 1, 'a'));
}

TEST(Status, KeepsTheReasonWhenDetailsAreTooLarge) {
  absl::Status before = Error(absl::StatusCode::kInternal, "WHY", "what", {{"key", std::string(10'000, 'x')}});
  before.SetPayload("type.googleapis.com/test.Small", absl::Cord("small"));
  before.SetPayload("type.googleapis.com/test.Large", absl::Cord(std::string(10'000, 'y')));
  const grpc::Status wire = ToGrpc(before);
  EXPECT_LE(wire.error_details().size(), kMessageBytesMax + kDetailsBytesMax + 256);
  const absl::Status after = FromGrpc(wire);
  EXPECT_EQ(ErrorReason(after), "WHY");
  EXPECT_EQ(after.GetPayload("type.googleapis.com/test.Small").value(), "small");
  EXPECT_FALSE(after.GetPayload("type.googleapis.com/test.Large").has_value());
}

TEST(Status, IgnoresDetailsThatDoNotDecode) {
  const absl::Status after = FromGrpc({grpc::StatusCode::INTERNAL, "what", "\xFF\xFF\xFF"});
  EXPECT_EQ(after, absl::InternalError("what"));
}

}  // namespace
}  // namespace dateline::rpc
