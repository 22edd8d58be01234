// Proves that content comes back byte for byte and that damage is noticed; and the small rules about names beside it.

#include "services/storage/content.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

TEST(Content, ComesBackByteForByte) {
  for (const std::string& content : {std::string("x"), std::string("a\0b\xFF", 4), std::string(1'000'000, 'y')}) {
    const auto back = DecompressContent(CompressContent(content), content.size());
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, content);
  }
  EXPECT_LT(CompressContent(std::string(1'000'000, 'y')).size(), 1'000u);
}

TEST(Content, DamageIsDataLoss) {
  const std::string compressed =
      CompressContent("some content that is long enough to be compressed, compressed, compressed");
  EXPECT_EQ(ErrorReason(DecompressContent(compressed.substr(0, compressed.size() / 2), 72).status()),
            "CONTENT_CORRUPT");
  EXPECT_EQ(DecompressContent(compressed, 5).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecompressContent(compressed, 1'000).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecompressContent(compressed, size_t{1} << 40).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Content, HashIsSha256) {
  EXPECT_EQ(BytesToHex(Sha256Bytes("abc")), Sha256Hex("abc"));
}

TEST(Names, ReadOnlyWhatIsAName) {
  const std::string uuid = "0F1D5C3E-52a4-5b0e-9b1f-0d8a6c7e4f21";
  const auto key = ParseReleaseName("releases/" + uuid + "/revisions/12");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->name, "releases/0f1d5c3e-52a4-5b0e-9b1f-0d8a6c7e4f21");
  EXPECT_EQ(key->revision, 12u);
  for (const std::string& bad :
       {std::string("releases/x"), "releases/" + uuid + "/", "releases/" + uuid + "/revisions/0",
        "releases/" + uuid + "/revisions/-1", "releases/" + uuid + "/revisions/99999999999", "releases/" + uuid + "x",
        "documents/" + uuid, std::string()}) {
    EXPECT_FALSE(ParseReleaseName(bad).has_value()) << bad;
  }
  EXPECT_TRUE(ParseDocumentName("documents/" + uuid).has_value());
  EXPECT_FALSE(ParseDocumentName("documents/" + uuid + "/x").has_value());
}

TEST(Names, KeysGoBothWays) {
  const std::string name = DocumentName("https://example.org/", 3);
  EXPECT_EQ(NameToKey(name).size(), 16u);
  EXPECT_EQ("documents/" + KeyToUuid(NameToKey(name)), name);
}

TEST(Names, FindTheHost) {
  EXPECT_EQ(UriHost("https://user@example.org:8080/path?q#f"), "example.org");
  EXPECT_EQ(UriHost("http://[::1]:80/"), "[::1]");
  EXPECT_EQ(UriHost("file:///etc/x"), "");
  EXPECT_EQ(UriHost("mailto:a@b.c"), "");
}

TEST(Names, ShortenAtACharacter) {
  EXPECT_EQ(Shorten("short", 10), "short");
  EXPECT_EQ(Shorten("äöü", 5), "ä…");
  EXPECT_LE(Shorten(std::string(1'000, 'x'), 100).size(), 100u);
}

}  // namespace
}  // namespace dateline::storage
