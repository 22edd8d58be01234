// Proves errors, identifiers, clocks and macros: an error's reason and metadata survive context and a round trip
// through the serialised payload; identifiers equal values computed independently (by hand over OpenSSL's SHA-1, and
// published vectors for SHA-256).

#include <openssl/sha.h>

#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/cord.h"
#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/edit_distance.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/truncate_utf8.h"
#include "common/base/word_index.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace dateline {
namespace {

TEST(Error, CarriesReasonDomainAndMetadata) {
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND", "releases/x: no such release", {{"name", "releases/x"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "releases/x: no such release");
  EXPECT_EQ(ErrorReason(status), "RELEASE_NOT_FOUND");
  EXPECT_EQ(ErrorMetadataValue(status, "name"), "releases/x");
  EXPECT_EQ(ErrorMetadataValue(status, "absent"), std::nullopt);

  google::rpc::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*status.GetPayload(ToAbsl(kErrorInfoUrl)))));
  EXPECT_EQ(info.domain(), "dateline.org");
}

TEST(Error, ReasonIsCutAtSixtyThreeCharacters) {
  EXPECT_EQ(ErrorReason(Error(absl::StatusCode::kInternal, std::string(80, 'A'), "m")), std::string(63, 'A'));
}

TEST(Error, HasNoReasonWhenForeignOrBroken) {
  EXPECT_EQ(ErrorReason(absl::OkStatus()), "");
  EXPECT_EQ(ErrorReason(absl::InternalError("other library")), "");
  absl::Status broken = absl::InternalError("m");
  broken.SetPayload(ToAbsl(kErrorInfoUrl), absl::Cord("\xff\xff\xff"));
  EXPECT_EQ(ErrorReason(broken), "");
}

TEST(FieldError, NamesTheFieldInBothDetails) {
  const absl::Status status = FieldError("PAGE_SIZE_TOO_LARGE", "page_size", "5000 is more than 1000");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "page_size: 5000 is more than 1000");
  EXPECT_EQ(ErrorReason(status), "PAGE_SIZE_TOO_LARGE");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(bad_request.ParseFromString(std::string(*status.GetPayload(ToAbsl(kBadRequestUrl)))));
  ASSERT_EQ(bad_request.field_violations_size(), 1);
  EXPECT_EQ(bad_request.field_violations(0).field(), "page_size");
}

TEST(WithContext, KeepsCodeAndPayloads) {
  const absl::Status inner = Error(absl::StatusCode::kDataLoss, "PAGE_CORRUPT", "page 3", {{"page", "3"}});
  const absl::Status outer = WithContext(inner, "archive.db");
  EXPECT_EQ(outer.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(outer.message(), "archive.db: page 3");
  EXPECT_EQ(ErrorReason(outer), "PAGE_CORRUPT");
  EXPECT_EQ(ErrorMetadataValue(outer, "page"), "3");
  EXPECT_TRUE(WithContext(absl::OkStatus(), "archive.db").ok());
}

// The definition of RFC 9562 section 5.5, without libuuid.
std::string UuidV5ByHand(std::string_view name_space, std::string_view name) {
  std::string input;
  std::string digits;
  for (const char c : name_space) {
    if (c != '-') digits.push_back(c);
  }
  for (size_t i = 0; i < digits.size(); i += 2) {
    input.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  input += name;
  unsigned char hash[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(input.data()), input.size(), hash);
  hash[6] = static_cast<unsigned char>((hash[6] & 0x0f) | 0x50);
  hash[8] = static_cast<unsigned char>((hash[8] & 0x3f) | 0x80);
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    char byte[3];
    std::snprintf(byte, sizeof(byte), "%02x", hash[i]);
    text += byte;
  }
  return text;
}

TEST(UuidV5, HandComputationAgreesWithThePublishedVector) {
  // RFC 9562 appendix A.4: the DNS name space and www.example.com.
  EXPECT_EQ(UuidV5ByHand("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(UuidV5, EqualsTheHandComputation) {
  for (const std::string_view name :
       {std::string_view(""), std::string_view("https://example.org/news/1"), std::string_view("a\0b", 3)}) {
    EXPECT_EQ(UuidV5(name), UuidV5ByHand(kUuidNamespace, name)) << name;
  }
}

TEST(UuidV5, NeverChanges) {
  // Stored archives hold this value: it may not change with any release of this code.
  EXPECT_EQ(UuidV5("https://example.org/news/1"), "eadc571a-fdd3-52db-adb0-d11620d8c31f");
}

TEST(UuidV4, IsRandomVersionFour) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = UuidV4();
    EXPECT_TRUE(IsUuid(uuid)) << uuid;
    EXPECT_EQ(uuid[14], '4');
    EXPECT_THAT(std::string("89ab"), testing::HasSubstr(uuid.substr(19, 1)));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(IsUuid, RefusesWhatOnlyLooksLikeOne) {
  EXPECT_TRUE(IsUuid("6F1D5C3E-52a4-5b0e-9b1f-0d8a6c7e4f21"));
  EXPECT_FALSE(IsUuid(""));
  EXPECT_FALSE(IsUuid("6f1d5c3e-52a4-5b0e-9b1f-0d8a6c7e4f2"));
  EXPECT_FALSE(IsUuid("6f1d5c3e-52a4-5b0e-9b1f-0d8a6c7e4f21 "));
  EXPECT_FALSE(IsUuid("6f1d5c3e052a405b0e09b1f00d8a6c7e4f21"));
  EXPECT_FALSE(IsUuid("6f1d5c3g-52a4-5b0e-9b1f-0d8a6c7e4f21"));
}

TEST(Epoch, RoundTripsThroughHex) {
  const Epoch epoch = RandomEpoch();
  EXPECT_NE(epoch, RandomEpoch());
  Epoch back{};
  ASSERT_TRUE(EpochFromHex(EpochToHex(epoch), &back));
  EXPECT_EQ(back, epoch);
  const Epoch known = {0x00, 0x01, 0x7f, 0x80, 0xff};
  EXPECT_EQ(EpochToHex(known), "00017f80ff0000000000000000000000");
}

TEST(Epoch, RoundTripsThroughBytes) {
  const Epoch epoch = RandomEpoch();
  Epoch back{};
  ASSERT_TRUE(EpochFromBytes(EpochToBytes(epoch), &back));
  EXPECT_EQ(back, epoch);
  EXPECT_FALSE(EpochFromBytes("fifteen bytes..", &back));
  EXPECT_FALSE(EpochFromBytes("seventeen bytes..", &back));
  EXPECT_EQ(back, epoch);
}

TEST(Epoch, FromHexLeavesTheTargetAloneWhenItFails) {
  Epoch epoch = {1, 2, 3};
  const Epoch before = epoch;
  EXPECT_FALSE(EpochFromHex("00017f80ff00000000000000000000", &epoch));
  EXPECT_FALSE(EpochFromHex("00017f80ff000000000000000000000g", &epoch));
  EXPECT_EQ(epoch, before);
}

TEST(Sha256Hex, PublishedVectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(FakeClock, MovesOnlyWhenTold) {
  FakeClock clock(FromMicros(1'000'000));
  const MonotonicTime monotonic = clock.Monotonic();
  EXPECT_EQ(ToMicros(clock.Now()), 1'000'000);
  EXPECT_EQ(clock.Monotonic(), monotonic);
  clock.Advance(std::chrono::milliseconds(1500));
  EXPECT_EQ(ToMicros(clock.Now()), 2'500'000);
  EXPECT_EQ(clock.Monotonic() - monotonic, std::chrono::milliseconds(1500));
}

TEST(RealClock, MonotonicNeverGoesBack) {
  MonotonicTime last = RealClock().Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = RealClock().Monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Micros, RoundDownBefore1970Too) {
  EXPECT_EQ(ToMicros(WallTime(std::chrono::nanoseconds(1999))), 1);
  EXPECT_EQ(ToMicros(WallTime(std::chrono::nanoseconds(-1))), -1);
  EXPECT_EQ(ToMicros(FromMicros(-1'234'567)), -1'234'567);
}

TEST(Clock, TimesBeyondItsRangeBecomeItsEnds) {
  // The years 9999 and 1, which a Timestamp may hold and nanoseconds in 64 bits may not.
  EXPECT_GT(FromMicros(253'402'300'799'000'000), FromMicros(9'000'000'000'000'000));
  EXPECT_LT(FromMicros(-62'135'596'800'000'000), FromMicros(-9'000'000'000'000'000));
}

TEST(ProtoTime, GoesToMessagesAndBack) {
  const WallTime before_1970 = FromMicros(-1);
  EXPECT_EQ(ToTimestamp(before_1970).seconds(), -1);
  EXPECT_EQ(ToTimestamp(before_1970).nanos(), 999'999'000);
  EXPECT_EQ(FromTimestamp(ToTimestamp(before_1970)), before_1970);
  google::protobuf::Timestamp absurd;
  absurd.set_seconds(INT64_MAX);
  EXPECT_GT(FromTimestamp(absurd), FromMicros(9'000'000'000'000'000));
  EXPECT_EQ(FromDuration(ToDuration(std::chrono::milliseconds(-1'500))), std::chrono::milliseconds(-1'500));
  google::protobuf::Duration endless;
  endless.set_seconds(INT64_MAX);
  EXPECT_EQ(FromDuration(endless), std::chrono::milliseconds(315'576'000'000'000));
}

TEST(TruncateUtf8, NeverSplitsACharacter) {
  EXPECT_EQ(TruncateUtf8("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
  EXPECT_EQ(TruncateUtf8("a\xE2\x82\xAC", 3), "a");
  EXPECT_EQ(TruncateUtf8("abc", 0), "");
}

TEST(EditDistance, CountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("same", "same"), 0U);
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  DATELINE_ASSIGN_OR_RETURN(const int half, Half(number));
  DATELINE_ASSIGN_OR_RETURN(const int quarter, Half(half));
  DATELINE_RETURN_IF_ERROR(quarter < 0 ? absl::OutOfRangeError("negative") : absl::OkStatus());
  return quarter;
}

TEST(StatusMacros, ReturnTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
  EXPECT_EQ(Quarter(-4).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(CheckDeathTest, EndsTheProcessWithTheReason) {
  DATELINE_CHECK(1 + 1 == 2, "never printed");
  EXPECT_DEATH(DATELINE_CHECK(1 + 1 == 3, "arithmetic is broken"), "check failed: 1 \\+ 1 == 3: arithmetic is broken");
}

TEST(WordIndex, FindsEveryWordAndNoOther) {
  static constexpr WordIndex kIndex(std::to_array<std::string_view>({"date", "update", "up", "d", "dateline"}));
  static_assert(kIndex.Find("up") == 2);
  EXPECT_EQ(kIndex.Find("date"), 0U);
  EXPECT_EQ(kIndex.Find("dateline"), 4U);
  for (const std::string_view other : {"", "dat", "Date", "dates", "datelines", "x"})
    EXPECT_FALSE(kIndex.contains(other));
}

}  // namespace
}  // namespace dateline
