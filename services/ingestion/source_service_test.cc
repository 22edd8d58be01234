// Proves every method of SourceService from a client's view, over real gRPC on loopback, with good and with bad input:
// what is answered, and which reason with which remedy an error has. Behind it stand the real crawler on its thread, a
// database in a folder, the real parsers and a fake network.

#include "services/ingestion/source_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/metrics/registry.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "services/ingestion/fake_fetcher.h"
#include "services/ingestion/polling/crawl_thread.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/sources/sqlite/sqlite_source_store.h"

namespace dateline::ingestion {
namespace {

using namespace v1;  // The messages of one service, in a test of it alone.
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using std::chrono_literals::operator""s;

using Stub = v1::SourceService::StubInterface;

constexpr char kSite[] = "https://harbour.example";
constexpr char kFeedUrl[] = "https://harbour.example/feed.xml";

std::string Feed(int items) {
  std::string feed = "<rss version=\"2.0\"><channel><title>Harbour Authority</title>";
  for (int i = 1; i <= items; ++i) {
    const std::string url = std::string(kSite) + "/news/" + std::to_string(i);
    feed += "<item><title>Harbour opens pier number " + std::to_string(i) + "</title><link>" + url + "</link><guid>" +
            url + "</guid><pubDate>Mon, 03 Mar 2025 10:00:00 GMT</pubDate></item>";
  }
  return feed + "</channel></rss>";
}

constexpr char kList[] =
    "<html><body><ul><li class=n><a href=/news/1>Harbour opens a pier</a> <time>2025-03-03</time></li>"
    "<li class=n><a href=/news/2>Harbour closes a pier</a> <time>2025-03-04</time></li></ul></body></html>";

// The fake network for those who do not wait.
class AsyncFake final : public http::AsyncFetcher {
 public:
  explicit AsyncFake(http::Fetcher& fetcher) : fetcher_(fetcher) {}
  void Start(http::Request request, Done done) override { done(fetcher_.Fetch(request)); }

 private:
  http::Fetcher& fetcher_;
};

class NoArchive final : public Archive {
 public:
  void PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds, PutDone done) override {
    storage::v1::PutDocumentResponse response;
    response.mutable_document()->set_uri(request.document().uri());
    response.set_outcome(storage::v1::PutDocumentResponse::OUTCOME_CREATED);
    done(std::move(response));
  }
};

rpc::Server::Options ServerOptions() {
  rpc::Server::Options options;
  options.message_bytes_max = int64_t{33} << 20;
  options.stop_limit = 2s;
  return options;
}

class SourceServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = SqliteSourceStore::Open({.path = folder_.File("ingestion.db")}, RealClock());
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    CrawlOptions crawl;
    crawl.host.interval = std::chrono::milliseconds(0);
    crawl.look_interval = std::chrono::milliseconds(20);
    crawler_ = std::make_unique<Crawler>(crawl,
                                         Crawler::Ports{.store = *store_,
                                                        .fetcher = async_,
                                                        .archive = archive_,
                                                        .reader = reader_,
                                                        .robots = book_,
                                                        .cache = cache_,
                                                        .metrics = metrics_,
                                                        .clock = RealClock()},
                                         [this] { thread_.Wake(); });
    service_ = std::make_unique<SourceServiceImpl>(SourceServiceImpl::Options{}, server_.kit(), *store_, *crawler_,
                                                   survey_, RealClock());
    server_.AddService(service_.get());
    ASSERT_TRUE(server_.Start().ok());
    stub_ = v1::SourceService::NewStub(rpc::MakeChannel(server_.target(), {.message_bytes_max = int64_t{34} << 20}));
    thread_.Start(*crawler_, [] {});
    network_.Answer(kFeedUrl, Page(Feed(2), "application/rss+xml"));
  }
  void TearDown() override {
    crawler_->Drain();
    EXPECT_TRUE(server_.Stop().ok());
    service_->Stop();
    thread_.Stop(2s);
    EXPECT_TRUE(store_->Close().ok());
  }

  template <class Response, class Method, class Request>
  absl::StatusOr<Response> Call(Method method, const Request& request) {
    Response response;
    const absl::Status status =
        rpc::Call(*stub_, method, request, &response, {.deadline = 30s, .wait_for_ready = true});
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::Source> Create(const std::string& uri, const std::string& id = "",
                                    const std::string& request_id = "") {
    CreateSourceRequest request;
    request.mutable_source()->set_uri(uri);
    request.set_source_id(id);
    request.set_request_id(request_id);
    auto response = Call<CreateSourceResponse>(&Stub::CreateSource, request);
    if (!response.ok()) return response.status();
    return response->source();
  }
  absl::StatusOr<v1::Source> Get(const std::string& name) {
    GetSourceRequest request;
    request.set_name(name);
    auto response = Call<GetSourceResponse>(&Stub::GetSource, request);
    if (!response.ok()) return response.status();
    return response->source();
  }
  absl::StatusOr<v1::Source> Update(const v1::Source& source, const std::vector<std::string>& mask) {
    UpdateSourceRequest request;
    *request.mutable_source() = source;
    for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
    auto response = Call<UpdateSourceResponse>(&Stub::UpdateSource, request);
    if (!response.ok()) return response.status();
    return response->source();
  }
  absl::StatusOr<PollSourceResponse> Poll(const std::string& name) {
    PollSourceRequest request;
    request.set_name(name);
    return Call<PollSourceResponse>(&Stub::PollSource, request);
  }
  absl::StatusOr<ListSourcesResponse> List(const std::string& filter, int size = 0, const std::string& token = "") {
    ListSourcesRequest request;
    request.set_filter(filter);
    request.set_page_size(size);
    request.set_page_token(token);
    return Call<ListSourcesResponse>(&Stub::ListSources, request);
  }
  absl::StatusOr<TestRecipeResponse> Try(const Recipe& recipe, const std::string& uri) {
    TestRecipeRequest request;
    *request.mutable_recipe() = recipe;
    request.set_uri(uri);
    return Call<TestRecipeResponse>(&Stub::TestRecipe, request);
  }
  absl::StatusOr<DiscoverSourcesResponse> Discover(const std::string& uri) {
    DiscoverSourcesRequest request;
    request.set_uri(uri);
    return Call<DiscoverSourcesResponse>(&Stub::DiscoverSources, request);
  }

  const testing::TempDir folder_;
  FakeFetcher network_;
  AsyncFake async_{network_};
  NoArchive archive_;
  FormatReader reader_;
  RobotsBook book_{RobotsBook::Options{}};
  RobotsGate gate_{book_, network_, RealClock()};
  FetchCache cache_{FetchCache::Options{}, RealClock()};
  SiteSurvey survey_{SiteSurvey::Options{}, network_, gate_, cache_, RealClock()};
  metrics::Registry registry_{"ingestion"};
  CrawlMetrics metrics_{registry_};
  CrawlThread thread_{RealClock()};
  std::unique_ptr<SqliteSourceStore> store_;
  std::unique_ptr<Crawler> crawler_;
  rpc::Server server_{ServerOptions(), registry_};
  std::unique_ptr<SourceServiceImpl> service_;
  std::unique_ptr<v1::SourceService::Stub> stub_;
};

TEST_F(SourceServiceTest, CreatesASourceOnceAndPollsIt) {
  const auto created = Create(std::string(kFeedUrl) + "#top", "harbour", "0b1f0f6e-2f0e-4c5e-9c53-0a0e4f3d9a11");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->name(), "sources/harbour");
  EXPECT_EQ(created->uri(), kFeedUrl);
  EXPECT_EQ(created->state(), v1::Source::STATE_ACTIVE);
  EXPECT_NE(created->etag(), "");
  const auto again = Create(kFeedUrl, "harbour", "0b1f0f6e-2f0e-4c5e-9c53-0a0e4f3d9a11");
  EXPECT_TRUE(again.ok()) << "the same request gets the same answer: " << again.status();
  ASSERT_TRUE(testing::WaitUntil([&] { return Get("sources/harbour")->health() == v1::Source::HEALTH_OK; }));
  const auto source = Get("sources/harbour");
  EXPECT_EQ(source->display_name(), "Harbour Authority") << "from its feed";
  EXPECT_EQ(source->kind(), v1::Source::KIND_FEED);
  EXPECT_TRUE(source->has_next_poll_time());

  EXPECT_EQ(ErrorReason(Create(kFeedUrl).status()), "SOURCE_EXISTS");
  EXPECT_EQ(ErrorMetadataValue(Create(kFeedUrl).status(), "source"), "sources/harbour");
  EXPECT_EQ(ErrorReason(Create("https://other.example/", "harbour").status()), "SOURCE_EXISTS");
  const auto named = Create("https://www.other.example/feed");
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->name(), "sources/other-example");
}

TEST_F(SourceServiceTest, RefusesToCreateWhatCannotBeWatched) {
  for (const char* uri : {"", "harbour", "ftp://harbour.example/", "https://me:secret@harbour.example/", "https://[",
                          "file:///etc/passwd"}) {
    EXPECT_EQ(ErrorReason(Create(uri).status()), "INVALID_URI") << uri;
  }
  for (const char* id : {"abc", "Harbour", "9lives", "a_b_c", "-abcd"}) {
    EXPECT_EQ(ErrorReason(Create(kFeedUrl, id).status()), "INVALID_SOURCE") << id;
  }
  const auto refused = [&](const std::function<void(v1::Source*)>& change) {
    CreateSourceRequest request;
    request.mutable_source()->set_uri(kFeedUrl);
    change(request.mutable_source());
    return ErrorReason(Call<CreateSourceResponse>(&Stub::CreateSource, request).status());
  };
  EXPECT_EQ(refused([](auto* s) { s->set_display_name(std::string(64, 'x')); }), "INVALID_SOURCE");
  EXPECT_EQ(refused([](auto* s) { s->mutable_poll_interval()->set_seconds(5); }), "INVALID_SOURCE");
  EXPECT_EQ(refused([](auto* s) { s->set_home_uri("javascript:x()"); }), "INVALID_URI");
  EXPECT_EQ(refused([](auto* s) { s->add_recipes()->set_version(1); }), "INVALID_SELECTOR");
  EXPECT_EQ(refused([](auto* s) {
              for (int i = 0; i < 2; ++i) {
                s->add_recipes()->set_version(1);
                s->mutable_recipes(i)->set_item_selector("li");
              }
            }),
            "INVALID_SOURCE")
      << "two of one version";
  EXPECT_EQ(refused([](auto* s) {
              s->add_recipes()->set_version(1);
              s->mutable_recipes(0)->set_body_selector("div[");
            }),
            "INVALID_SELECTOR");
  EXPECT_EQ(refused([](auto* s) {
              for (int i = 0; i < 65; ++i) (*s->mutable_annotations())["a" + std::to_string(i)] = "";
            }),
            "INVALID_SOURCE");
  EXPECT_THAT(List("")->sources(), IsEmpty());
}

TEST_F(SourceServiceTest, ListsByPagesAndFilters) {
  for (const char* id : {"anchor", "beacon", "capstan", "dinghy"}) {
    ASSERT_TRUE(Create(std::string("https://") + id + ".example/feed", id).ok());
  }
  const auto first = List("", 3);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->sources(), SizeIs(3));
  const auto second = List("", 3, first->next_page_token());
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_THAT(second->sources(), SizeIs(1));
  EXPECT_EQ(second->sources(0).name(), "sources/dinghy");
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_THAT(List("uri : \"beacon\"")->sources(), SizeIs(1));
  EXPECT_EQ(ErrorReason(List("uri = ").status()), "INVALID_FILTER");
  EXPECT_EQ(ErrorReason(List("colour = \"red\"").status()), "INVALID_FILTER");
  EXPECT_EQ(ErrorReason(List("", -1).status()), "INVALID_PAGE");
  EXPECT_EQ(ErrorReason(List("", 3, "nonsense").status()), "INVALID_PAGE");
  EXPECT_EQ(ErrorReason(List("uri : \"a\"", 3, first->next_page_token()).status()), "INVALID_PAGE")
      << "a token belongs to its arguments";
}

TEST_F(SourceServiceTest, UpdatesWhatTheMaskNames) {
  ASSERT_TRUE(Create(kFeedUrl, "harbour").ok());
  v1::Source change;
  change.set_name("sources/harbour");
  change.set_display_name("The harbour");
  change.set_language("es");
  const auto changed = Update(change, {"display_name"});
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->display_name(), "The harbour");
  EXPECT_EQ(changed->language(), "");
  EXPECT_EQ(changed->uri(), kFeedUrl);
  EXPECT_EQ(Update(change, {})->language(), "es") << "without a mask, all that is set";
  change.set_etag("stale");
  EXPECT_EQ(ErrorReason(Update(change, {"display_name"}).status()), "ETAG_MISMATCH");
  change.set_etag(Get("sources/harbour")->etag());
  EXPECT_TRUE(Update(change, {"display_name"}).ok());
  change.clear_etag();
  EXPECT_EQ(ErrorReason(Update(change, {"colour"}).status()), "INVALID_SOURCE");
  change.set_uri("gopher://harbour.example/");
  EXPECT_EQ(ErrorReason(Update(change, {"uri"}).status()), "INVALID_URI");
  ASSERT_TRUE(Create("https://other.example/feed", "other").ok());
  change.set_uri("https://other.example/feed");
  EXPECT_EQ(ErrorReason(Update(change, {"uri"}).status()), "SOURCE_EXISTS");
  change.set_name("sources/nobody");
  EXPECT_EQ(ErrorReason(Update(change, {"uri"}).status()), "SOURCE_NOT_FOUND");
}

TEST_F(SourceServiceTest, PausesResumesAndDeletes) {
  ASSERT_TRUE(Create(kFeedUrl, "harbour").ok());
  const auto with_name = [](auto request, const std::string& name) {
    request.set_name(name);
    return request;
  };
  const auto paused = Call<PauseSourceResponse>(&Stub::PauseSource, with_name(PauseSourceRequest(), "sources/harbour"));
  ASSERT_TRUE(paused.ok()) << paused.status();
  EXPECT_EQ(paused->source().state(), v1::Source::STATE_PAUSED);
  EXPECT_FALSE(paused->source().has_next_poll_time());
  const auto resumed =
      Call<ResumeSourceResponse>(&Stub::ResumeSource, with_name(ResumeSourceRequest(), "sources/harbour"));
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(resumed->source().state(), v1::Source::STATE_ACTIVE);
  DeleteSourceRequest remove = with_name(DeleteSourceRequest(), "sources/harbour");
  remove.set_etag("stale");
  EXPECT_EQ(ErrorReason(Call<DeleteSourceResponse>(&Stub::DeleteSource, remove).status()), "ETAG_MISMATCH");
  remove.clear_etag();
  EXPECT_TRUE(Call<DeleteSourceResponse>(&Stub::DeleteSource, remove).ok());
  EXPECT_EQ(ErrorReason(Call<DeleteSourceResponse>(&Stub::DeleteSource, remove).status()), "SOURCE_NOT_FOUND");
  for (const char* name : {"sources/nobody", "", "harbour", "releases/harbour"}) {
    EXPECT_EQ(ErrorReason(Get(name).status()), "SOURCE_NOT_FOUND") << name;
    EXPECT_EQ(
        ErrorReason(Call<PauseSourceResponse>(&Stub::PauseSource, with_name(PauseSourceRequest(), name)).status()),
        "SOURCE_NOT_FOUND");
    EXPECT_EQ(
        ErrorReason(Call<ResumeSourceResponse>(&Stub::ResumeSource, with_name(ResumeSourceRequest(), name)).status()),
        "SOURCE_NOT_FOUND");
  }
}

TEST_F(SourceServiceTest, PollsNowAndListsTheFetches) {
  ASSERT_TRUE(Create(kFeedUrl, "harbour").ok());
  ASSERT_TRUE(testing::WaitUntil([&] { return Get("sources/harbour")->health() == v1::Source::HEALTH_OK; }));
  network_.Answer(kFeedUrl, Page(Feed(3), "application/rss+xml"));
  const auto polled = Poll("sources/harbour");
  ASSERT_TRUE(polled.ok()) << polled.status();
  EXPECT_EQ(polled->fetch().item_count(), 3);
  EXPECT_EQ(polled->fetch().new_item_count(), 1);
  EXPECT_EQ(polled->source().name(), "sources/harbour");
  network_.Answer(kFeedUrl, Page("", "text/html", 500));
  EXPECT_THAT(Poll("sources/harbour")->fetch().error(), HasSubstr("500"));
  EXPECT_EQ(ErrorReason(Poll("sources/nobody").status()), "SOURCE_NOT_FOUND");

  ListFetchesRequest request;
  request.set_name("sources/harbour");
  request.set_page_size(2);
  auto page = Call<ListFetchesResponse>(&Stub::ListFetches, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->fetches(), SizeIs(2));
  EXPECT_EQ(page->fetches(0).http_status(), 500) << "newest first";
  request.set_page_token(page->next_page_token());
  page = Call<ListFetchesResponse>(&Stub::ListFetches, request);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->fetches(), SizeIs(1)) << "the first poll and the two that were asked for";
  request.set_page_token("nonsense");
  EXPECT_EQ(ErrorReason(Call<ListFetchesResponse>(&Stub::ListFetches, request).status()), "INVALID_PAGE");
  request.clear_page_token();
  request.set_page_size(-2);
  EXPECT_EQ(ErrorReason(Call<ListFetchesResponse>(&Stub::ListFetches, request).status()), "INVALID_PAGE");
  request.set_page_size(0);
  request.set_name("sources/nobody");
  EXPECT_EQ(ErrorReason(Call<ListFetchesResponse>(&Stub::ListFetches, request).status()), "SOURCE_NOT_FOUND");
}

TEST_F(SourceServiceTest, DefersAPollOfAHostThatHasToRest) {
  http::Response busy = Page("", "text/plain", 429);
  busy.headers.emplace("retry-after", "3600");
  network_.Answer(kFeedUrl, busy);
  ASSERT_TRUE(Create(kFeedUrl, "harbour").ok());
  ASSERT_TRUE(testing::WaitUntil(
      [&] { return Get("sources/harbour")->has_last_poll_time() && crawler_->hosts_under_way() == 0; }));
  PollSourceRequest request;
  request.set_name("sources/harbour");
  PollSourceResponse response;
  const absl::Status deferred =
      rpc::Call(*stub_, &Stub::PollSource, request, &response, {.deadline = 1s, .wait_for_ready = true});
  EXPECT_EQ(ErrorReason(deferred), "POLL_DEFERRED") << deferred;
}

TEST_F(SourceServiceTest, DiscoversWhatASiteOffers) {
  network_.Answer(std::string(kSite) + "/",
                  Page("<html><head><link rel=alternate type=application/rss+xml href=/feed.xml></head></html>"));
  const auto found = Discover(kSite);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_GE(found->candidates_size(), 1);
  EXPECT_EQ(found->candidates(0).source().uri(), kFeedUrl);
  EXPECT_THAT(found->candidates(0).samples(), SizeIs(2));
  EXPECT_NE(found->candidates(0).cause(), "");
  EXPECT_EQ(ErrorReason(Discover("").status()), "INVALID_URI");
  EXPECT_EQ(ErrorReason(Discover("mailto:press@harbour.example").status()), "INVALID_URI");
  network_.Answer("https://empty.example/", Page("<html><body>Nothing here.</body></html>"));
  EXPECT_EQ(ErrorReason(Discover("https://empty.example/").status()), "NOTHING_FOUND");
  EXPECT_EQ(ErrorReason(Discover("https://missing.example/").status()), "HTTP_STATUS");
  network_.Fail("https://down.example/", Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", "no connection"));
  network_.Fail("https://down.example/robots.txt",
                Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", "no connection"));
  EXPECT_EQ(ErrorReason(Discover("https://down.example/").status()), "FETCH_FAILED");
  network_.Answer("https://closed.example/robots.txt", Page("User-agent: *\nDisallow: /", "text/plain"));
  EXPECT_EQ(ErrorReason(Discover("https://closed.example/").status()), "ROBOTS_DISALLOWED");
}

TEST_F(SourceServiceTest, SaysWhyWhatAPageNamesWasNotLookedAt) {
  network_.Answer("http://127.0.0.1:8080/",
                  Page("<html><head><link rel=alternate type=application/rss+xml href=/feed.xml></head></html>"));
  const absl::Status forbidden = Error(absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS",
                                       "http://127.0.0.1:8080/feed.xml leads to 127.0.0.1", {{"address", "127.0.0.1"}});
  network_.Fail("http://127.0.0.1:8080/feed.xml", forbidden);
  const absl::Status nothing = Discover("http://127.0.0.1:8080/").status();
  EXPECT_EQ(ErrorReason(nothing), "NOTHING_FOUND");
  EXPECT_THAT(ToStd(nothing.message()), AllOf(HasSubstr("/feed.xml leads to 127.0.0.1"), HasSubstr("--feed"),
                                              HasSubstr("--allow-private-address")));
  EXPECT_EQ(ErrorMetadataValue(nothing, "address"), "127.0.0.1");
}

TEST_F(SourceServiceTest, TriesARecipeOnAListAndOnARelease) {
  network_.Answer(std::string(kSite) + "/news", Page(kList));
  Recipe list;
  list.set_item_selector("li.n");
  const auto items = Try(list, std::string(kSite) + "/news");
  ASSERT_TRUE(items.ok()) << items.status();
  ASSERT_THAT(items->items(), SizeIs(2));
  EXPECT_EQ(items->items(1).uri(), std::string(kSite) + "/news/2");
  EXPECT_TRUE(items->items(1).has_publish_time());

  network_.Answer(std::string(kSite) + "/news/1",
                  Page("<html><body><h1>Harbour opens a pier</h1><p class=d>3 March 2025</p><div id=b><p>One.</p>"
                       "<p>Two.</p><p class=share>Share</p></div></body></html>"));
  Recipe release;
  release.set_title_selector("h1");
  release.set_date_selector(".d");
  release.set_body_selector("#b");
  release.add_remove_selectors(".share");
  release.add_remove_selectors(".advertisement");
  const auto read = Try(release, std::string(kSite) + "/news/1");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->title(), "Harbour opens a pier");
  EXPECT_EQ(read->publish_time().seconds(), 1740960000) << "3 March 2025";
  EXPECT_EQ(read->text(), "One.\nTwo.\n");
  EXPECT_THAT(read->unmatched_fields(), ElementsAre("remove[1]"));

  EXPECT_EQ(ErrorReason(Try(Recipe(), std::string(kSite) + "/news").status()), "INVALID_SELECTOR");
  list.set_item_selector("li[");
  EXPECT_EQ(ErrorReason(Try(list, std::string(kSite) + "/news").status()), "INVALID_SELECTOR");
  list.set_item_selector("tr.n");
  EXPECT_EQ(ErrorReason(Try(list, std::string(kSite) + "/news").status()), "NOTHING_FOUND");
  EXPECT_EQ(ErrorReason(Try(list, std::string(kSite) + "/missing").status()), "HTTP_STATUS");
  EXPECT_EQ(ErrorReason(Try(list, "no url").status()), "INVALID_URI");
}

TEST_F(SourceServiceTest, ImportsAndExportsOpml) {
  ImportSourcesRequest request;
  request.set_opml(
      "<opml version=\"2.0\"><body><outline text=\"Sea\"><outline text=\"Harbour\" type=\"rss\" "
      "xmlUrl=\"https://harbour.example/feed.xml\"/></outline><outline text=\"Bad\" type=\"rss\" "
      "xmlUrl=\"ftp://bad.example/\"/><outline text=\"Twice\" type=\"rss\" "
      "xmlUrl=\"https://harbour.example/feed.xml#again\"/></body></opml>");
  request.set_validate_only(true);
  auto imported = Call<ImportSourcesResponse>(&Stub::ImportSources, request);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_THAT(List("")->sources(), IsEmpty()) << "it was only tried";
  request.set_validate_only(false);
  imported = Call<ImportSourcesResponse>(&Stub::ImportSources, request);
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_THAT(imported->sources(), SizeIs(1));
  EXPECT_EQ(imported->sources(0).name(), "sources/harbour-example");
  EXPECT_EQ(imported->sources(0).annotations().at("folder"), "Sea");
  EXPECT_THAT(imported->errors(), ElementsAre(HasSubstr("watched already")));
  const auto exported = Call<ExportSourcesResponse>(&Stub::ExportSources, ExportSourcesRequest());
  ASSERT_TRUE(exported.ok()) << exported.status();
  EXPECT_THAT(exported->opml(), AllOf(HasSubstr("https://harbour.example/feed.xml"), HasSubstr("Sea")));

  request.set_opml("<html></html>");
  EXPECT_EQ(ErrorReason(Call<ImportSourcesResponse>(&Stub::ImportSources, request).status()), "NOT_OPML");
  request.set_opml(std::string((size_t{4} << 20) + 1, ' '));
  EXPECT_EQ(ErrorReason(Call<ImportSourcesResponse>(&Stub::ImportSources, request).status()), "DOCUMENT_TOO_LARGE");
}

}  // namespace
}  // namespace dateline::ingestion
