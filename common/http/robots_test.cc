// Proves the rules of RFC 9309: which group counts, which rule wins, how patterns and escapes match, and that damaged
// files do no harm.

#include "common/http/robots.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace dateline::http {
namespace {

using std::chrono_literals::operator""ms;

bool Allowed(std::string_view rules, std::string_view path) {
  return RobotsRules::Parse("User-agent: *\n" + std::string(rules), "Dateline").Allows(path);
}

TEST(Robots, AllowsEverythingWithoutRules) {
  EXPECT_TRUE(RobotsRules().Allows("/a"));
  EXPECT_TRUE(RobotsRules::Parse("", "Dateline").Allows("/a"));
  EXPECT_TRUE(RobotsRules::Parse("<html>not found</html>", "Dateline").Allows("/a"));
  EXPECT_TRUE(Allowed("Disallow:", "/a"));
}

TEST(Robots, DisallowAllLeavesOnlyRobotsTxt) {
  EXPECT_FALSE(RobotsRules::DisallowAll().Allows("/"));
  EXPECT_TRUE(RobotsRules::DisallowAll().Allows("/robots.txt"));
}

TEST(Robots, TakesTheGroupsOfOurTokenTogether) {
  const std::string text =
      "user-agent: *\ndisallow: /\n\n"
      "User-Agent: OTHER\nUser-agent: dateLINE/2.0\nDisallow: /a\n"
      "User-agent: third\nDisallow: /c\n"
      "User-agent: Dateline\nDisallow: /b\n";
  const RobotsRules rules = RobotsRules::Parse(text, "Dateline");
  EXPECT_FALSE(rules.Allows("/a"));
  EXPECT_FALSE(rules.Allows("/b"));
  EXPECT_TRUE(rules.Allows("/c"));
  EXPECT_TRUE(rules.Allows("/d"));
  EXPECT_FALSE(RobotsRules::Parse(text, "Unknown").Allows("/d"));
}

TEST(Robots, NamesWithDigitsAreNamesAndTheirLettersAlsoTheTokenOfTheStandard) {
  const std::string text = "User-agent: reader1\nDisallow: /a\nUser-agent: reader2\nDisallow: /b\n";
  EXPECT_FALSE(RobotsRules::Parse(text, "reader1").Allows("/a"));
  EXPECT_TRUE(RobotsRules::Parse(text, "reader2/3.1 (x)").Allows("/a"));
  EXPECT_TRUE(RobotsRules::Parse(text, "reader3").Allows("/b"));
  EXPECT_FALSE(RobotsRules::Parse(text, "Reader").Allows("/b"));
}

TEST(Robots, WhatIsDoubtfulMustBeAllowedInEveryReading) {
  const std::string text = "User-agent: *\nDisallow: /a\nUser-agent: Night Reader\nDisallow: /b\nAllow: /a\n";
  const RobotsRules rules = RobotsRules::Parse(text, "Night Reader");
  EXPECT_FALSE(rules.Allows("/a"));
  EXPECT_FALSE(rules.Allows("/b"));
  EXPECT_TRUE(rules.Allows("/c"));
  EXPECT_TRUE(RobotsRules::Parse(text, "Night").Allows("/a"));
  EXPECT_FALSE(Allowed("Disallow: /\nAllow: /\xC3\xBC\n", "/\xC3\xBC"));
  EXPECT_TRUE(Allowed("Disallow: /\nAllow: /\xC3\xBC\n", "/%c3%bc"));
}

TEST(Robots, ReadsCommonMistakesAsTheyAreMeant) {
  EXPECT_FALSE(RobotsRules::Parse("user-agent dateline\ndisallow /a\n", "Dateline").Allows("/a"));
  EXPECT_FALSE(RobotsRules::Parse("\xEFUseragent: dateline\nDisalow: /a\n", "Dateline").Allows("/a"));
  EXPECT_TRUE(Allowed("disallow /a /b", "/a"));
}

TEST(Robots, GivesTheSitemapsOfAllGroups) {
  const RobotsRules rules = RobotsRules::Parse(
      "Sitemap: https://a.example/1.xml\nUser-agent: x\nDisallow: /\nsite-map: https://a.example/2.xml\n", "Dateline");
  EXPECT_EQ(rules.sitemaps(), (std::vector<std::string>{"https://a.example/1.xml", "https://a.example/2.xml"}));
}

TEST(Robots, OnlyAGroupOfOurOwnMayForbidRobotsTxtItself) {
  const RobotsRules general = RobotsRules::Parse("User-agent: *\nDisallow: /\n", "Dateline");
  EXPECT_TRUE(general.Allows("/robots.txt"));
  EXPECT_TRUE(general.RulesAllow("/robots.txt"));
  const RobotsRules named = RobotsRules::Parse("User-agent: Dateline\nDisallow: /\n", "Dateline");
  EXPECT_TRUE(named.Allows("/robots.txt"));
  EXPECT_FALSE(named.RulesAllow("/robots.txt"));
}

TEST(Robots, OurEmptyGroupFreesUsFromTheGeneralOne) {
  EXPECT_TRUE(
      RobotsRules::Parse("User-agent: *\nDisallow: /\nUser-agent: dateline\nDisallow:\n", "Dateline").Allows("/a"));
}

TEST(Robots, LongestPatternWinsAndAllowWinsTies) {
  EXPECT_TRUE(Allowed("Disallow: /a\nAllow: /a/b\n", "/a/b/c"));
  EXPECT_FALSE(Allowed("Disallow: /a\nAllow: /a/b\n", "/a/c"));
  EXPECT_TRUE(Allowed("Disallow: /a\nAllow: /a\n", "/a"));
  EXPECT_TRUE(Allowed("Allow: /a\nDisallow: /a\n", "/a"));
}

TEST(Robots, MatchesPatterns) {
  EXPECT_FALSE(Allowed("Disallow: /a", "/abc"));
  EXPECT_TRUE(Allowed("Disallow: /A", "/abc"));
  EXPECT_FALSE(Allowed("Disallow: /*.pdf$", "/x/y.pdf"));
  EXPECT_TRUE(Allowed("Disallow: /*.pdf$", "/x/y.pdf?z"));
  EXPECT_FALSE(Allowed("Disallow: /*a*b*c", "/xxaxxbxxc"));
  EXPECT_TRUE(Allowed("Disallow: /*a*b*c", "/xxaxxcxxb"));
  EXPECT_FALSE(Allowed("Disallow: /*?id=", "/p?id=3"));
  EXPECT_FALSE(Allowed("Disallow: *", "/p"));
  EXPECT_FALSE(Allowed("Disallow: /a*$", "/ab"));
  EXPECT_TRUE(Allowed("Disallow: /a$", "/ab"));
}

TEST(Robots, ComparesEscapesInOneForm) {
  EXPECT_FALSE(Allowed("Disallow: /%7ejoe", "/~joe/x"));
  EXPECT_FALSE(Allowed("Disallow: /~joe", "/%7Ejoe/x"));
  EXPECT_FALSE(Allowed("Disallow: /ä", "/%c3%a4"));
  EXPECT_TRUE(Allowed("Disallow: /a%2Fb", "/a/b"));
}

TEST(Robots, ReadsCommentsByteOrderMarkLineEndsAndDelay) {
  const RobotsRules rules = RobotsRules::Parse(
      "\xEF\xBB\xBFUser-agent: *  # all\rDisallow: /a # why\r\nCrawl-delay: 2.5\nSitemap: /s\nDisallow: /b", "D");
  EXPECT_FALSE(rules.Allows("/a"));
  EXPECT_FALSE(rules.Allows("/b"));
  EXPECT_EQ(rules.crawl_delay(), 2500ms);
}

TEST(Robots, StaysFastOnHostilePatterns) {
  const std::string pattern = [] {
    std::string out = "/";
    for (int i = 0; i < 200; ++i) out += "*a";
    return out + "$";
  }();
  const std::string path = "/" + std::string(4000, 'a') + "b";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(Allowed("Disallow: " + pattern, path));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2000ms);
}

}  // namespace
}  // namespace dateline::http
