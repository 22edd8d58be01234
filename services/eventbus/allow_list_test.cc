// Proves that the allow-list admits exactly the keys of its file, notices changes, and keeps what it had when a new
// version is broken; and that only complete CURVE requests are understood.

#include "services/eventbus/allow_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"
#include "services/eventbus/zap_handler.h"

namespace dateline::eventbus {
namespace {

using ::testing::HasSubstr;

const std::string kFirst(40, 'a');
const std::string kSecond = "#" + std::string(39, 'b');  // "#" is a letter of Z85.
const std::string kThird(40, 'c');

TEST(AllowList, HoldsTheKeysOfItsFile) {
  const testing::TempDir folder;
  AllowList list(
      folder.Write("keys", "# who may publish\n" + kFirst + " storage\n\n#\n" + kSecond + "\t ingestion\r\n"));
  ASSERT_TRUE(list.Load().ok());
  EXPECT_EQ(list.size(), 2u);
  EXPECT_TRUE(list.Contains(kFirst));
  EXPECT_TRUE(list.Contains(kSecond));
  EXPECT_FALSE(list.Contains(kThird));
}

TEST(AllowList, FollowsItsFile) {
  const testing::TempDir folder;
  AllowList list(folder.Write("keys", kFirst + "\n"));
  ASSERT_TRUE(list.Load().ok());
  EXPECT_FALSE(list.ReloadIfChanged().value());
  folder.Write("keys", kThird + "\n" + kSecond + "\n");
  EXPECT_TRUE(list.ReloadIfChanged().value());
  EXPECT_FALSE(list.Contains(kFirst));
  EXPECT_TRUE(list.Contains(kThird));
}

TEST(AllowList, KeepsWhatItHadWhenTheNewVersionIsBroken) {
  const testing::TempDir folder;
  AllowList list(folder.Write("keys", kFirst + "\n"));
  ASSERT_TRUE(list.Load().ok());
  const std::string path = folder.Write("keys", kThird + "\nnot a key\n");
  const absl::Status status = list.ReloadIfChanged().status();
  EXPECT_EQ(ErrorReason(status), "ALLOW_LIST_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr(path + ":2"));
  EXPECT_TRUE(list.Contains(kFirst));
  EXPECT_FALSE(list.Contains(kThird));
  EXPECT_FALSE(list.ReloadIfChanged().value()) << "the broken version is reported once";
}

TEST(AllowList, NamesAMissingFile) {
  const testing::TempDir folder;
  AllowList list(folder.File("missing"));
  const absl::Status status = list.Load();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(folder.File("missing")));
}

TEST(ZapRequest, IsUnderstoodOnlyWhenComplete) {
  const std::string key(32, 'k');
  const std::vector<std::string_view> good = {"1.0", "id", "publishers", "127.0.0.1", "", "CURVE", key};
  ZapRequest request;
  ASSERT_TRUE(ParseZapRequest(good, &request));
  EXPECT_EQ(request.domain, "publishers");
  EXPECT_EQ(request.client_key, key);
  for (size_t i : {0u, 5u, 6u}) {
    std::vector<std::string_view> bad = good;
    bad[i] = "x";
    EXPECT_FALSE(ParseZapRequest(bad, &request)) << i;
  }
  EXPECT_FALSE(ParseZapRequest({good.begin(), good.end() - 1}, &request));
  EXPECT_FALSE(ParseZapRequest({"1.0", "id", "publishers", "127.0.0.1", "", "NULL"}, &request));
}

}  // namespace
}  // namespace dateline::eventbus
