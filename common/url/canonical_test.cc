// Proves that the canonical form is the documented one, that it is a fixed point, and that what has none is refused
// with the part named. Names of releases rest on it.

#include "common/url/canonical.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/url/percent.h"
#include "common/url/site_policy.h"

namespace dateline::url {
namespace {

TEST(Canonicalize, GivesTheDocumentedForm) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"HTTP://WWW.Example.ORG:80", "http://www.example.org/"},
      {"https://example.org./a/../b#frag", "https://example.org/b"},
      {"https://example.org/?utm_source=x&id=7&UTM_Medium=y&fbclid=z", "https://example.org/?id=7"},
      {"https://example.org/a?gclid=1&mc_cid=2&mc_eid=3", "https://example.org/a"},
      {"https://example.org/a?b=2&a=1&b=3", "https://example.org/a?b=2&a=1&b=3"},
      {"https://example.org/a?x=1&amp;utm_campaign=2", "https://example.org/a?x=1"},
      {"https://example.org/a?utm%5Fsource=1", "https://example.org/a"},
      {"https://example.org/a?", "https://example.org/a"},
      {"https://example.org/a?ref=1&source=2", "https://example.org/a?ref=1&source=2"},
      {"https://example.org/%7euser/%e4%2F%41", "https://example.org/~user/%E4%2FA"},
      {"https://example.org/%%32e%%32e/x", "https://example.org/%%32e%%32e/x"},
      {"https://münchen.example/", "https://xn--mnchen-3ya.example/"},
      {"file://localhost/srv/a.txt#x", "file:///srv/a.txt"},
  };
  for (const auto& [input, want] : rows) {
    const auto once = Canonicalize(input);
    ASSERT_TRUE(once.ok()) << input << ": " << once.status();
    EXPECT_EQ(*once, want);
    const auto twice = Canonicalize(*once);
    ASSERT_TRUE(twice.ok()) << twice.status();
    EXPECT_EQ(*twice, *once);
  }
}

TEST(Canonicalize, RefusesWhatHasNoCanonicalForm) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "scheme"},
      {"ftp://example.org/a", "scheme"},
      {"javascript:alert(1)", "scheme"},
      {"https://user:secret@example.org/", "userinfo"},
      {"file://server/share/a", "host"},
      {"https://../", "host"},
      {"https://example.org/" + std::string(kMaxCanonicalBytes, 'a'), "url"},
  };
  for (const auto& [input, part] : rows) {
    const auto result = Canonicalize(input);
    ASSERT_FALSE(result.ok()) << *result;
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(result.status()), "INVALID_URI");
    EXPECT_EQ(ErrorMetadataValue(result.status(), "part"), part) << input;
    EXPECT_EQ(result.status().message().find("secret"), absl::string_view::npos);
  }
}

TEST(Canonicalize, IsAFixedPointForEveryByte) {
  for (int byte = 1; byte < 256; ++byte) {
    for (const std::string& form :
         {std::string("http://h/a") + static_cast<char>(byte) + "b?c" + static_cast<char>(byte),
          "http://h/%" + std::string(1, static_cast<char>(byte)) + "%32e%2"}) {
      const auto once = Canonicalize(form);
      if (!once.ok()) continue;
      const auto twice = Canonicalize(*once);
      ASSERT_TRUE(twice.ok()) << *once;
      EXPECT_EQ(*twice, *once);
    }
  }
}

TEST(FileUrl, GoesThereAndBack) {
  for (const std::string path : {"/srv/a b.txt", "/a%20b", "/ä?#\\x|y", "/C:/x", "/quote\"s"}) {
    const auto href = FileUrl(path);
    ASSERT_TRUE(href.ok()) << href.status();
    const auto back = FilePath(*href);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, path);
  }
  EXPECT_EQ(*FileUrl("/srv/a b.txt"), "file:///srv/a%20b.txt");
  EXPECT_FALSE(FileUrl("a.txt").ok());
  EXPECT_FALSE(FilePath("http://h/a").ok());
}

TEST(Percent, DecodesOnlyWellFormedEscapes) {
  EXPECT_EQ(Decode("%41%4g%4%"), "A%4g%4%");
  EXPECT_EQ(Encode("a b\"", EncodeSet::kPath), "a%20b%22");
}

// Found by tests/fuzz: without its dots "7.." would be read as an IPv4 address the next time.
TEST(Canonicalize, RefusesAHostThatEndsWithSeveralDots) {
  EXPECT_FALSE(Canonicalize("https://7../x").ok());
  EXPECT_FALSE(Canonicalize("https://example.org../x").ok());
  EXPECT_EQ(*Canonicalize("https://example.org./x"), "https://example.org/x");
}

TEST(Canonicalize, KeepsEmptyParameters) {
  EXPECT_EQ(*Canonicalize("https://example.org/?a&&"), "https://example.org/?a&&");
  EXPECT_EQ(*Canonicalize("https://example.org/?utm_source=x&a&"), "https://example.org/?a&");
  EXPECT_EQ(*Canonicalize("https://example.org/?"), "https://example.org/");
}

TEST(SitePolicy, FoldsOnlyWhatTheSiteShows) {
  const auto policy = PolicyOfHome("https://www.a.example/en/");
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(policy->host, "a.example");
  EXPECT_EQ(*CanonicalizeFor("http://a.example/x?utm_source=y", *policy), "https://www.a.example/x");
  EXPECT_EQ(*CanonicalizeFor("https://www.a.example/x", *policy), "https://www.a.example/x");
  // Other hosts, also below this one, and ports are left alone.
  EXPECT_EQ(*CanonicalizeFor("http://b.a.example/x", *policy), "http://b.a.example/x");
  EXPECT_EQ(*CanonicalizeFor("http://a.example:8080/x", *policy), "http://www.a.example:8080/x");
  const auto bare = PolicyOfHome("http://a.example/");
  EXPECT_EQ(*CanonicalizeFor("https://www.a.example/x", *bare), "https://a.example/x");
  EXPECT_FALSE(PolicyOfHome("mailto:x@a.example").ok());
}

TEST(SitePolicy, LeavesOutTheParametersThatItNames) {
  SitePolicy policy;
  policy.host = "a.example";
  policy.ignored_parameters = {"sid"};
  EXPECT_EQ(*CanonicalizeFor("https://a.example/x?sid=1&b=2&SID=3", policy), "https://a.example/x?b=2&SID=3");
  EXPECT_EQ(*CanonicalizeFor("https://a.example/x?sid=1", policy), "https://a.example/x");
  const std::string once = *CanonicalizeFor("https://a.example/x?b=%7e&&sid", policy);
  EXPECT_EQ(*CanonicalizeFor(once, policy), once);
}

}  // namespace
}  // namespace dateline::url
