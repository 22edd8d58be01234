// Proves how the target of a relation is read out of Link headers, with all that RFC 8288 lets them carry.

#include "common/http/link_header.h"

#include <gtest/gtest.h>

namespace dateline::http {
namespace {

Response With(std::initializer_list<std::string> links) {
  Response response;
  response.final_url = "https://news.example/feeds/all.xml";
  for (const std::string& link : links) response.headers.emplace("link", link);
  return response;
}

TEST(LinkTarget, FindsTheRelation) {
  const Response response = With({"</style.css>; rel=preload; as=style, <https://hub.example/>; rel=\"hub\"",
                                  "<https://news.example/all>; title=\"all, of; it\"; rel=\"alternate SELF\""});
  EXPECT_EQ(LinkTarget(response, "hub"), "https://hub.example/");
  EXPECT_EQ(LinkTarget(response, "self"), "https://news.example/all");
  EXPECT_EQ(LinkTarget(response, "preload"), "https://news.example/style.css") << "relative to the answer";
  EXPECT_EQ(LinkTarget(response, "next"), "");
}

TEST(LinkTarget, TakesTheFirstOfSeveral) {
  EXPECT_EQ(LinkTarget(With({"<https://one.example/>; rel=hub", "<https://two.example/>; rel=hub"}), "hub"),
            "https://one.example/");
  EXPECT_EQ(LinkTarget(With({"<https://one.example/>; rel=next; rel=hub, <https://two.example/>;rel = hub"}), "hub"),
            "https://two.example/")
      << "only the first rel of a link counts";
}

TEST(LinkTarget, PassesOverWhatIsNotMeantOrMalformed) {
  EXPECT_EQ(LinkTarget(With({"<https://hub.example/>; rel=hub; anchor=\"https://other.example/\""}), "hub"), "");
  for (const char* text : {"", "<", "<>", "<https://hub.example/", "https://hub.example/; rel=hub",
                           "<https://hub.example/>; rel=\"hu", "<https://hub.example/>; rel", "<https://[/>; rel=hub",
                           "<https://hub.example/>; title=\"rel=hub\\", "<https://hub.example/>;;;=;\"\""}) {
    EXPECT_EQ(LinkTarget(With({text}), "hub"), "") << text;
  }
}

}  // namespace
}  // namespace dateline::http
