// Keys on disk: what is written is what is found, secrets stand nowhere, and a revoked key stops working.
#include "common/access/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"

namespace dateline::access {
namespace {

using testing::TempDir;

std::string Content(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Scopes, AreReadAndWritten) {
  const auto scopes = ParseScopes("subscribe,read");
  ASSERT_TRUE(scopes.ok());
  EXPECT_EQ(ScopesText(*scopes), "read,subscribe");
  EXPECT_TRUE(Includes(*scopes, Scope::kRead));
  EXPECT_FALSE(Includes(*scopes, Scope::kIngest));
  EXPECT_TRUE(Includes(*ParseScopes("admin"), Scope::kIngest));
  EXPECT_EQ(ErrorReason(ParseScopes("read,write").status()), "UNKNOWN_SCOPE");
}

TEST(KeyFile, FindsWhatWasMadeAndKeepsNoSecret) {
  const TempDir folder;
  FakeClock clock;
  const NewKey made = MakeKey(*ParseScopes("read"), "Newsroom\nscript", clock.Now());
  ASSERT_TRUE(WriteKeys(folder.File("keys"), {made.key}).ok());
  EXPECT_THAT(Content(folder.File("keys")), ::testing::Not(::testing::HasSubstr(made.secret.substr(16))));
  KeyFile file(folder.File("keys"), clock);
  const auto found = file.Find(made.secret);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, made.key.id);
  EXPECT_EQ(found->display_name, "Newsroom script");
  for (const std::string& wrong : {std::string(), std::string("dl_"), made.secret + "0", made.secret.substr(1),
                                   "dl_" + made.key.id + "_" + std::string(64, '0'), std::string(10'000, 'x')}) {
    EXPECT_FALSE(file.Find(wrong).has_value()) << wrong.substr(0, 40);
  }
}

TEST(KeyFile, NoticesARevokedKeyWithinASecond) {
  const TempDir folder;
  FakeClock clock;
  const NewKey stays = MakeKey(*ParseScopes("read"), "a", clock.Now());
  const NewKey goes = MakeKey(*ParseScopes("admin"), "b", clock.Now());
  ASSERT_TRUE(WriteKeys(folder.File("keys"), {stays.key, goes.key}).ok());
  KeyFile file(folder.File("keys"), clock);
  EXPECT_TRUE(file.Find(goes.secret).has_value());
  ASSERT_TRUE(WriteKeys(folder.File("keys"), {stays.key}).ok());
  std::filesystem::last_write_time(folder.File("keys"),
                                   std::filesystem::last_write_time(folder.File("keys")) + std::chrono::seconds(5));
  clock.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(file.Find(goes.secret).has_value());
  EXPECT_TRUE(file.Find(stays.secret).has_value());
}

TEST(KeyFile, ADamagedFileLetsNobodyIn) {
  const TempDir folder;
  FakeClock clock;
  std::ofstream(folder.File("keys")) << "abc read now nothash name\n";
  KeyFile file(folder.File("keys"), clock);
  EXPECT_EQ(ErrorReason(file.status()), "BAD_KEY_FILE");
  EXPECT_FALSE(file.Find("dl_abc_x").has_value());
}

}  // namespace
}  // namespace dateline::access
