// A newsroom on this machine, watched by the real suite: found by `dateline source add`, polled, its release in the
// archive; edited, and the edit is a revision; refused, and the source is said to be ill on its topic. Also the rule
// about loopback: an address that a person typed may lead there, one that the feed names may not. And a recipe that is
// kept, corrected and removed: each time the release becomes what it gives, though the page says that it is unchanged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <string>
#include <thread>

#include "common/base/mutex.h"
#include "common/testing/wait.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kReadLimit{60'000};

// Serves one release, a feed of it and a front page that links to the feed.
class Newsroom {
 public:
  Newsroom() {
    server_.Get("/", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(
          "<html><head><title>Harbour Authority</title><link rel=\"alternate\" "
          "type=\"application/rss+xml\" href=\"/feed.xml\"></head><body><p>Welcome to the harbour "
          "authority of Leticia.</p></body></html>",
          "text/html");
      Count(&front_);
    });
    server_.Get("/feed.xml", [this](const httplib::Request&, httplib::Response& response) {
      Count(&feeds_);
      if (refuse_) {
        response.status = 403;
        return;
      }
      response.set_content(Feed(), "application/rss+xml");
    });
    server_.Get("/news/1", [this](const httplib::Request& request, httplib::Response& response) {
      Count(&pages_);
      const std::string tag = "\"" + length() + "\"";
      response.set_header("ETag", tag);
      if (request.get_header_value("If-None-Match") == tag) {
        response.status = 304;
        return;
      }
      response.set_content(
          "<html><head><title>Harbour opens a new pier</title></head><body><article><h1>Harbour opens "
          "a new pier</h1><h2 class=\"real\">Boats land at the pier of Leticia</h2><p>Leticia, 3 March 2025 - The "
          "harbour authority opened a pier of " +
              length() +
              " metres today. It will serve passenger boats on the river all year round.</p><p>The "
              "works took two years and were paid for by the city.</p></article></body></html>",
          "text/html; charset=utf-8");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    WaitUntil([this] { return server_.is_running(); });
  }
  ~Newsroom() {
    server_.stop();
    thread_.join();
  }

  std::string Url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  void Edit(const std::string& length) {
    MutexLock lock(mutex_);
    length_ = length;
  }
  void Refuse(bool refuse) { refuse_ = refuse; }
  int pages() const { return pages_; }
  int feeds() const { return feeds_; }

 private:
  static void Count(std::atomic<int>* counter) { ++*counter; }
  std::string length() {
    MutexLock lock(mutex_);
    return length_;
  }
  std::string Feed() {
    return "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour Authority</title><link>" + Url("/") +
           "</link><description>News</description><item><title>Harbour opens a new pier</title><link>" +
           Url("/news/1") +
           "</link><guid>urn:harbour:1</guid><pubDate>Mon, 03 Mar 2025 10:00:00 GMT</pubDate><description>Leticia, 3 "
           "March 2025 - The harbour authority opened a pier of " +
           length() +
           " metres today. It will serve passenger boats on the river all year round. The works took two years and "
           "were "
           "paid for by the city.</description></item></channel></rss>";
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::atomic<int> front_{0};
  std::atomic<int> feeds_{0};
  std::atomic<int> pages_{0};
  std::atomic<bool> refuse_{false};
  Mutex mutex_;
  std::string length_ GUARDED_BY(mutex_) = "80";
};

TEST(Newsroom, IsFoundWatchedAndHeardOf) {
  Newsroom newsroom;
  const RunningSuite suite({"--allow-private-address", "127.0.0.1"});
  const Completed add = suite.Run({"source", "add", "--yes", "--id", "harbour", newsroom.Url("/")});
  ASSERT_EQ(add.status, 0) << add.err;
  EXPECT_EQ(add.out, "sources/harbour\n");
  EXPECT_THAT(add.err, AllOf(HasSubstr("/feed.xml"), HasSubstr("Harbour opens a new pier")));
  const int asked = newsroom.feeds();

  const auto list = [&] { return suite.Run({"list"}).out; };
  ASSERT_TRUE(WaitUntil(kReadLimit, [&] { return list().find("Harbour opens a new pier") != std::string::npos; }));
  EXPECT_EQ(newsroom.pages(), 1);
  EXPECT_EQ(newsroom.feeds(), asked) << "the first poll uses what discovery fetched";
  EXPECT_THAT(suite.Run({"source", "list"}).out, AllOf(HasSubstr("sources/harbour"), HasSubstr("ok")));

  newsroom.Edit("90");
  const Completed poll = suite.Run({"source", "poll", "harbour"});
  EXPECT_EQ(poll.status, 0) << poll.err;
  EXPECT_THAT(poll.out, HasSubstr("1 items, 0 new"));
  const std::string release = newsroom.Url("/news/1");
  ASSERT_TRUE(WaitUntil(kReadLimit, [&] {
    return suite.Run({"show", release}).out.find("revision 2") != std::string::npos;
  }));
  EXPECT_THAT(suite.Run({"show", release}).out, HasSubstr("90 metres"));

  newsroom.Refuse(true);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(suite.Run({"source", "poll", "harbour"}).status, 0);
  EXPECT_THAT(suite.Run({"source", "show", "harbour"}).out,
              AllOf(HasSubstr("blocked: it refused 3 polls in a row (HTTP status 403)"), HasSubstr("403")));
  newsroom.Refuse(false);
  EXPECT_EQ(suite.Run({"source", "poll", "harbour"}).status, 0);
  EXPECT_THAT(suite.Run({"source", "list"}).out, HasSubstr("ok"));
  EXPECT_EQ(Lines(list()).size(), 1U) << "troubles of a source are no releases";
}

TEST(Newsroom, IsReadAnewWhenItsRecipeChanges) {
  Newsroom newsroom;
  const RunningSuite suite({"--allow-private-address", "127.0.0.1"});
  ASSERT_EQ(suite.Run({"source", "add", "--feed", "--id", "harbour", newsroom.Url("/feed.xml")}).status, 0);
  const std::string page = newsroom.Url("/news/1");
  const auto becomes = [&](const std::string& title, const std::string& revision) {
    return WaitUntil(kReadLimit, [&] {
      const std::string shown = suite.Run({"show", page}).out;
      const std::string heading = shown.substr(0, shown.find('\n'));
      return heading.find(title) != std::string::npos && shown.find("revision " + revision) != std::string::npos;
    });
  };
  ASSERT_TRUE(becomes("Harbour opens a new pier", "1")) << suite.Run({"show", page}).out;
  const Completed kept = suite.Run({"source", "test", page, "--title", "h2.real", "--keep", "harbour"});
  EXPECT_EQ(kept.status, 0) << kept.err;
  EXPECT_THAT(kept.err, HasSubstr("Kept as version 1"));
  EXPECT_TRUE(becomes("Boats land at the pier of Leticia", "2")) << suite.Run({"show", page}).out;
  EXPECT_EQ(suite.Run({"source", "recipe", "harbour", "--remove", "1"}).status, 0);
  EXPECT_TRUE(becomes("Harbour opens a new pier", "3")) << suite.Run({"show", page}).out;
}

TEST(Newsroom, LeadsToLoopbackOnlyWhenItWasTyped) {
  Newsroom newsroom;
  const RunningSuite suite;
  const Completed add = suite.Run({"source", "add", "--feed", "--id", "harbour", newsroom.Url("/feed.xml")});
  ASSERT_EQ(add.status, 0) << add.err;
  // The page is refused, so what the feed says of the item is all there is.
  ASSERT_TRUE(WaitUntil(kReadLimit,
                        [&] { return suite.Run({"list"}).out.find("Harbour opens a new pier") != std::string::npos; }));
  EXPECT_EQ(newsroom.pages(), 0);
}

TEST(Newsroom, KeepsItsScheduleThroughKillMinusNine) {
  Newsroom newsroom;
  const RunningSuite suite;
  ASSERT_EQ(suite.Run({"source", "add", "--feed", "--id", "harbour", newsroom.Url("/feed.xml")}).status, 0);
  ASSERT_TRUE(WaitUntil(kReadLimit,
                        [&] { return suite.Run({"list"}).out.find("Harbour opens a new pier") != std::string::npos; }));
  ASSERT_EQ(suite.Run({"source", "poll", "harbour"}).status, 0);
  const auto schedule = [&] {
    for (const std::string& line : Lines(suite.Run({"source", "show", "harbour"}).out)) {
      if (line.starts_with("next poll")) return line;
    }
    return std::string();
  };
  const std::string before = schedule();
  const int asked = newsroom.feeds();
  ASSERT_NE(before, "");
  ASSERT_TRUE(suite.Kill("ingestion"));
  ASSERT_TRUE(suite.Healthy(kReadLimit));
  EXPECT_EQ(schedule(), before);
  EXPECT_EQ(newsroom.feeds(), asked) << "nothing is polled again because of a restart";
}

TEST(Newsroom, IsRemovedPausedAndMovedByOpml) {
  Newsroom newsroom;
  const RunningSuite suite;
  ASSERT_EQ(
      suite.Run({"source", "add", "--feed", "--id", "harbour", "--name", "The harbour", newsroom.Url("/feed.xml")})
          .status,
      0);
  EXPECT_EQ(suite.Run({"source", "add", "--feed", newsroom.Url("/feed.xml")}).status, 1) << "it is watched already";
  EXPECT_EQ(suite.Run({"source", "pause", "harbour"}).status, 0);
  EXPECT_THAT(suite.Run({"source", "list"}).out, HasSubstr("paused"));
  EXPECT_EQ(suite.Run({"source", "resume", "harbour", "nobody"}).status, 4);
  const std::string file = suite.folder().File("sources.opml");
  EXPECT_EQ(suite.Run({"source", "export", file}).status, 0);
  EXPECT_EQ(suite.Run({"source", "remove", "harbour"}).status, 0);
  EXPECT_EQ(suite.Run({"source", "show", "harbour"}).status, 1);
  const Completed import = suite.Run({"source", "import", file});
  EXPECT_EQ(import.status, 0) << import.err;
  EXPECT_THAT(suite.Run({"source", "list"}).out, HasSubstr("The harbour"));
}

}  // namespace
}  // namespace dateline::testing
