// Proves that secrets come back only with their key and in their context, that keys can be changed without a gap, and
// that key files which are damaged or open to all are refused.

#include "common/secrets/secret_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"

namespace dateline::secrets {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kFirst[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr char kSecond[] = "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

class SecretBoxTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    folder_.Write(name, text);
    EXPECT_EQ(::chmod(folder_.File(name).c_str(), mode), 0);
    return folder_.File(name);
  }
  SecretBox Box(const std::string& keys) {
    const auto box = SecretBox::Load(Write("keys", keys));
    EXPECT_TRUE(box.ok()) << box.status();
    return box.ok() ? *box : SecretBox();
  }

  testing::TempDir folder_;
};

TEST_F(SecretBoxTest, GivesBackWhatItSealed) {
  const SecretBox box = Box(kFirst);
  const std::string sealed = box.Seal("whsec_c2VjcmV0", "subscriptions/a");
  EXPECT_THAT(sealed, Not(HasSubstr("whsec")));
  EXPECT_NE(sealed, box.Seal("whsec_c2VjcmV0", "subscriptions/a")) << "a nonce for each";
  EXPECT_EQ(*box.Open(sealed, "subscriptions/a"), "whsec_c2VjcmV0");
  EXPECT_FALSE(box.IsOutdated(sealed));
  EXPECT_EQ(box.Seal("", "subscriptions/a"), "");
}

TEST_F(SecretBoxTest, OpensOnlyWhatIsWholeAndInItsPlace) {
  const SecretBox box = Box(kFirst);
  const std::string sealed = box.Seal("whsec_c2VjcmV0", "subscriptions/a");
  EXPECT_EQ(ErrorReason(box.Open(sealed, "subscriptions/b").status()), "SECRET_DAMAGED");
  EXPECT_EQ(ErrorReason(box.Open(sealed.substr(0, 30), "subscriptions/a").status()), "SECRET_DAMAGED");
  for (size_t at = 19; at + 4 < sealed.size(); at += 3) {
    std::string changed = sealed;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ErrorReason(box.Open(changed, "subscriptions/a").status()), "SECRET_DAMAGED") << at;
  }
}

TEST_F(SecretBoxTest, LetsKeysBeChanged) {
  const SecretBox before = Box(kFirst);
  const std::string plain = "whsec_old";
  const std::string sealed = before.Seal(plain, "a");
  const SecretBox prepared = Box(std::string(kFirst) + "\n" + kSecond + "\n");
  const SecretBox changed = Box(std::string("# new\n") + kSecond + "\n" + kFirst + "\n");
  EXPECT_FALSE(prepared.IsOutdated(sealed));
  EXPECT_TRUE(changed.IsOutdated(sealed));
  EXPECT_TRUE(changed.IsOutdated(plain)) << "from before there was a key";
  EXPECT_EQ(*changed.Open(sealed, "a"), plain);
  EXPECT_EQ(*changed.Open(plain, "a"), plain);
  const std::string anew = changed.Seal(plain, "a");
  EXPECT_EQ(*prepared.Open(anew, "a"), plain);
  const absl::Status missing = before.Open(anew, "a").status();
  EXPECT_EQ(ErrorReason(missing), "SECRET_KEY_MISSING");
  EXPECT_THAT(std::string(missing.message()), HasSubstr(anew.substr(10, 8)));
}

TEST_F(SecretBoxTest, WithoutKeysKeepsSecretsAsTheyAre) {
  const SecretBox none;
  EXPECT_EQ(none.Seal("whsec_a", "a"), "whsec_a");
  EXPECT_FALSE(none.IsOutdated("whsec_a"));
  EXPECT_EQ(ErrorReason(none.Open(Box(kFirst).Seal("whsec_a", "a"), "a").status()), "SECRET_KEY_MISSING");
}

TEST_F(SecretBoxTest, RefusesWrongFiles) {
  const struct {
    const char* text;
    mode_t mode;
    const char* says;
  } kCases[] = {
      {"", 0600, "has no key"},       {"# nothing\n", 0600, "has no key"},
      {"c2hvcnQ=\n", 0600, "line 1"}, {"# one\nno base64!\n", 0600, "line 2"},
      {kFirst, 0604, "chmod o-rwx"},
  };
  for (const auto& [text, mode, says] : kCases) {
    const auto box = SecretBox::Load(Write("wrong", text, mode));
    EXPECT_EQ(ErrorReason(box.status()), "BAD_SECRET_KEY_FILE") << text;
    EXPECT_THAT(std::string(box.status().message()), HasSubstr(says));
  }
  EXPECT_EQ(ErrorReason(SecretBox::Load(folder_.File("none")).status()), "BAD_SECRET_KEY_FILE");
  EXPECT_TRUE(SecretBox::Load(Write("group", kFirst, 0640)).ok()) << "as mounted for a group";
}

TEST_F(SecretBoxTest, MakesFilesForTheOwnerAlone) {
  const std::string file = folder_.File("made");
  ASSERT_TRUE(MakeSecretKeyFile(file).ok());
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_TRUE(absl::IsAlreadyExists(MakeSecretKeyFile(file))) << "no key is overwritten";
  const auto box = SecretBox::Load(file);
  ASSERT_TRUE(box.ok()) << box.status();
  EXPECT_TRUE(box->has_keys());
}

}  // namespace
}  // namespace dateline::secrets
