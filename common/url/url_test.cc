// Proves that URLs are read as browsers read them: each row is an input, an optional base, and the text that must come
// out, or the part that must be named when it is refused.

#include "common/url/url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/error.h"

namespace dateline::url {
namespace {

struct Row {
  std::string input;
  std::string base;
  std::string href;  // Empty: refused.
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.input + " against " + row.base);
    std::optional<Url> base;
    if (!row.base.empty()) {
      auto parsed = Parse(row.base);
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      base = *parsed;
    }
    const auto url = Parse(row.input, base ? &*base : nullptr);
    if (row.href.empty()) {
      ASSERT_FALSE(url.ok()) << url->Href();
      EXPECT_EQ(ErrorReason(url.status()), "INVALID_URI");
      continue;
    }
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->Href(), row.href);
    const auto again = Parse(url->Href());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->Href(), row.href) << "reading the text back must not change it";
  }
}

TEST(Url, ReadsSchemesAndAuthorities) {
  Check({
      {"HTTPS://Example.ORG", "", "https://example.org/"},
      {"  https://example.org/a\n", "", "https://example.org/a"},
      {"https:example.org", "", "https://example.org/"},
      {"https:\\\\example.org\\a\\b", "", "https://example.org/a/b"},
      {"http://example.org:80/", "", "http://example.org/"},
      {"https://example.org:443/", "", "https://example.org/"},
      {"https://example.org:080/", "", "https://example.org:80/"},
      {"http://example.org:/", "", "http://example.org/"},
      {"http://u:p@x@example.org/", "", "http://u:p%40x@example.org/"},
      {"http://user@/path", "", ""},
      {"http://example.org:65536/", "", ""},
      {"http://example.org:8a/", "", ""},
      {"http://", "", ""},
      {"http:///example.org/", "", "http://example.org/"},
      {"example.org/a", "", ""},
      {"", "", ""},
      {"mailto:Press@Example.org?subject=a b", "", "mailto:Press@Example.org?subject=a%20b"},
      {"news://Host/A", "", "news://Host/A"},
      {"custom:/..//p", "", "custom:/.//p"},
  });
}

TEST(Url, ReadsHosts) {
  Check({
      {"http://Bücher.example/", "", "http://xn--bcher-kva.example/"},
      {"http://xn--bcher-kva.example/", "", "http://xn--bcher-kva.example/"},
      {"http://faß.example/", "", "http://xn--fa-hia.example/"},
      {"http://例え.テスト/", "", "http://xn--r8jz45g.xn--zckzah/"},
      {"http://ex%41mple.org/", "", "http://example.org/"},
      {"http://a_b.example/", "", "http://a_b.example/"},
      {"http://a b/", "", ""},
      {"http://a%00b/", "", ""},
      {"http://a<b/", "", ""},
      {"http://XN--pokxncvks/", "", "http://xn--pokxncvks/"},
      {"http://192.168.0.1./", "", "http://192.168.0.1/"},
      {"http://0x7f.1/", "", "http://127.0.0.1/"},
      {"http://017700000001/", "", "http://127.0.0.1/"},
      {"http://2130706433/", "", "http://127.0.0.1/"},
      {"http://256.1.1.1/", "", ""},
      {"http://1.2.3.4.5/", "", ""},
      {"http://1.2.3.08/", "", ""},
      {"http://a.0x/", "", ""},
      {"http://１２７.0.0.1/", "", "http://127.0.0.1/"},
      {"http://[::1]:8080/", "", "http://[::1]:8080/"},
      {"http://[2001:DB8:0:0:1:0:0:1]/", "", "http://[2001:db8::1:0:0:1]/"},
      {"http://[::ffff:1.2.3.4]/", "", "http://[::ffff:102:304]/"},
      {"http://[1:2:3:4:5:6:7:8]/", "", "http://[1:2:3:4:5:6:7:8]/"},
      {"http://[1::]/", "", "http://[1::]/"},
      {"http://[::]/", "", "http://[::]/"},
      {"http://[1:2:3:4:5:6:7:8:9]/", "", ""},
      {"http://[1::2::3]/", "", ""},
      {"http://[::1.2.3]/", "", ""},
      {"http://[::01.2.3.4]/", "", ""},
      {"http://[1:]/", "", ""},
      {"http://[::1/", "", ""},
  });
}

TEST(Url, ReadsPathsQueriesAndFragments) {
  Check({
      {"http://h/a/./b/../c", "", "http://h/a/c"},
      {"http://h/../../a", "", "http://h/a"},
      {"http://h/a/%2e%2E/b", "", "http://h/b"},
      {"http://h/a/..", "", "http://h/"},
      {"http://h/a/.", "", "http://h/a/"},
      {"http://h//a//b", "", "http://h//a//b"},
      {"http://h/ä b{}", "", "http://h/%C3%A4%20b%7B%7D"},
      {"http://h/%zz%4", "", "http://h/%zz%4"},
      {"http://h?a=b'c#d e", "", "http://h/?a=b%27c#d%20e"},
      {"http://h/?q=ä&r=%c3", "", "http://h/?q=%C3%A4&r=%c3"},
      {"http://h/?", "", "http://h/?"},
      {"http://h/\xff", "", "http://h/%EF%BF%BD"},
  });
}

TEST(Url, ResolvesReferences) {
  const std::string base = "https://example.org/news/2026/index.html?p=1#top";
  Check({
      {"", base, "https://example.org/news/2026/index.html?p=1"},
      {"#x", base, "https://example.org/news/2026/index.html?p=1#x"},
      {"?p=2", base, "https://example.org/news/2026/index.html?p=2"},
      {"release-1", base, "https://example.org/news/2026/release-1"},
      {"../a/b/", base, "https://example.org/news/a/b/"},
      {"/a", base, "https://example.org/a"},
      {"//other.example/x", base, "https://other.example/x"},
      {"https:b", base, "https://example.org/news/2026/b"},
      {"http:b", base, "http://b/"},
      {"https://x/y", base, "https://x/y"},
      {"mailto:a@b", base, "mailto:a@b"},
      {"\\\\other.example\\x", base, "https://other.example/x"},
      {"a", "mailto:x@y", ""},
      {"#f", "mailto:x@y", "mailto:x@y#f"},
  });
}

// Plain paths of the same site are joined without parsing; the result is that of the parser.
TEST(Url, ResolvesPlainPathsAsTheParserDoes) {
  for (const char* base : {"https://example.org/news/a?p#f", "http://example.org:8080/", "https://u:p@example.org/x"}) {
    const auto parsed = Parse(base);
    ASSERT_TRUE(parsed.ok());
    for (const std::string reference : {"/",
                                        "/a",
                                        "/a/b_c-9.html",
                                        "/a/.b",
                                        "/a/./b",
                                        "/a/../b",
                                        "/a..b",
                                        "//b/c",
                                        "/a//b",
                                        "/a b",
                                        "/%41",
                                        "/a?b",
                                        "/\u00E9",
                                        "/a\\b",
                                        "https://example.org/a/b",
                                        "https://example.org/a/../b",
                                        "https://example.org",
                                        "https://example.org.evil/a",
                                        "http://example.org:8080/a",
                                        "https://EXAMPLE.org/a",
                                        "https://example.org//a"}) {
      const auto slow = Parse(reference, &*parsed);
      const auto fast = Resolve(*parsed, reference);
      ASSERT_EQ(slow.ok(), fast.ok()) << reference;
      if (!slow.ok()) continue;
      EXPECT_EQ(*fast, slow->Href()) << base << " " << reference;
    }
  }
}

TEST(Url, ReadsFileUrls) {
  Check({
      {"file:///srv/news/a.html", "", "file:///srv/news/a.html"},
      {"file://localhost/a", "", "file:///a"},
      {"file:/a", "", "file:///a"},
      {"file:a", "", "file:///a"},
      {"file://host/a", "", "file://host/a"},
      {"b.html", "file:///srv/a.html", "file:///srv/b.html"},
      {"/x", "file:///C:/srv/a.html", "file:///C:/x"},
      {"file:///C|/a/../..", "", "file:///C:/"},
  });
}

TEST(Url, NamesThePartThatIsWrong) {
  const auto part = [](std::string_view input) {
    const auto url = Parse(input);
    return url.ok() ? std::string("ok") : ErrorMetadataValue(url.status(), "part").value_or("");
  };
  EXPECT_EQ(part("example.org"), "scheme");
  EXPECT_EQ(part("http://a b/"), "host");
  EXPECT_EQ(part("http://a:x/"), "port");
  EXPECT_EQ(part("http://" + std::string(kMaxUrlBytes, 'a')), "url");
}

TEST(Url, GivesOriginAndTarget) {
  const auto url = Parse("https://user:secret@Example.org:8443/a?b#c");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->Origin(), "https://example.org:8443");
  EXPECT_EQ(url->PathAndQuery(), "/a?b");
}

}  // namespace
}  // namespace dateline::url
