// What the gateway promises without a socket: templates escape and refuse unsafe places, routes and transcoding agree
// with the contracts, marked words are the words of the record, forms need their token, and other sites stay out.
#include "services/gateway/gateway.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/error.h"
#include "common/metrics/registry.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/access/gate.h"
#include "services/gateway/api/api.h"
#include "services/gateway/api/openapi.h"
#include "services/gateway/api/transcode.h"
#include "services/gateway/console/evidence.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/template.h"
#include "services/gateway/http/conditional.h"

namespace dateline::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kEvil[] = "<script>alert('1')</script>\"onload=\"x";

// Answers every list with one release full of markup.
class FakeBackend final : public Backend {
 public:
  absl::Status Call(const google::protobuf::Message& request, google::protobuf::Message* response,
                    const CallLimits&) override {
    if (request.GetDescriptor()->name() == "ListReleasesRequest") {
      auto& list = static_cast<storage::v1::ListReleasesResponse&>(*response);
      release::v1::Release& basic = *list.add_releases();
      basic = Evil();
      for (const char* field : {"text", "people", "contacts", "etag"}) {
        basic.GetReflection()->ClearField(&basic, basic.GetDescriptor()->FindFieldByName(field));
      }
      return absl::OkStatus();
    }
    if (request.GetDescriptor()->name() == "BatchGetReleasesRequest") {
      ++batches;
      *static_cast<storage::v1::BatchGetReleasesResponse&>(*response).add_releases() = Evil();
      return absl::OkStatus();
    }
    if (request.GetDescriptor()->name() == "GetReleaseRequest") {
      *static_cast<storage::v1::GetReleaseResponse&>(*response).mutable_release() = Evil();
      return absl::OkStatus();
    }
    return Error(absl::StatusCode::kUnimplemented, "NOT_IN_THIS_VERSION", "not here");
  }
  absl::Status Export(const storage::v1::ExportReleasesRequest&,
                      const std::function<bool(const storage::v1::ExportReleasesResponse&)>&,
                      const CallLimits&) override {
    return absl::OkStatus();
  }
  static release::v1::Release Evil() {
    release::v1::Release release;
    release.set_name("releases/8aaec7c8-2968-5a10-b8ac-4f2fc1018975");
    release.set_title(kEvil);
    release.set_subtitle(kEvil);
    release.set_site_name(kEvil);
    release.set_uri("javascript:alert(1)");
    release.set_text(std::string("Ana ") + kEvil + " said so.");
    auto& person = *release.add_people();
    person.set_display_name(kEvil);
    person.set_role(kEvil);
    person.set_entity("people/evil");
    person.add_mentions()->set_end(3);
    auto& contact = *release.add_contacts();
    contact.set_email(kEvil);
    contact.add_phones()->set_raw(kEvil);
    release.mutable_create_time()->set_seconds(1'700'000'000);
    release.set_etag("an etag");
    return release;
  }

  int batches = 0;
};

struct World {
  explicit World(GateOptions options = {.require_keys = false})
      : sessions("secret"),
        site(backend, clock, sessions),
        gate(options, sessions, clock, registry),
        gateway(site, gate, registry, clock) {
    AddPages(gateway.router(), site);
    AddApi(gateway.router(), backend);
    AddApiPages(gateway.router(), site);
  }
  Response Get(const std::string& path) { return gateway.Handle(Make("GET", path)); }
  static Request Make(std::string method, const std::string& target) {
    Request request{.method = std::move(method), .target = target, .path = target.substr(0, target.find('?'))};
    if (const size_t at = target.find('?'); at != std::string::npos)
      request.query = ParseParameters(target.substr(at + 1));
    request.headers = {{"host", "127.0.0.1:7480"}};
    request.peer = "127.0.0.1";
    return request;
  }

  FakeClock clock;
  metrics::Registry registry{"test"};
  FakeBackend backend;
  Sessions sessions;
  Site site;
  Gate gate;
  Gateway gateway;
};

TEST(Templates, EscapeTextAndRepeatLists) {
  const TemplateFile files[] = {
      {"a.html", "<p title=\"{{x}}\">{{x}}</p>{{#l}}<i>{{.}}</i>{{/l}}{{^none}}no{{/none}}{{h}}"}};
  const Templates templates(files);
  Value value;
  value["x"] = "<\"&'>";
  value["l"].Append("1");
  value["l"].Append("2");
  value["h"] = Html{"<b>"};
  EXPECT_EQ(templates.Render("a.html", value),
            "<p title=\"&lt;&quot;&amp;&#39;&gt;\">&lt;&quot;&amp;&#39;&gt;</p><i>1</i><i>2</i>no<b>");
}

TEST(TemplatesDeathTest, RefuseValuesWhereEscapingDoesNotProtect) {
  for (const std::string_view bad :
       {"<p title={{x}}>", "<script>{{x}}</script>", "<style>a{{x}}</style>", "<p {{x}}>"}) {
    const TemplateFile files[] = {{"bad.html", bad}};
    EXPECT_DEATH(Templates{files}, "does not protect") << bad;
  }
}

TEST(Pages, ShowHostileTextAsText) {
  World world;
  for (const char* path : {"/", "/search", "/search?q=%22%3E%3Cscript%3Ealert", "/search?filter=%3Cscript%3Ealert",
                           "/releases/8aaec7c8-2968-5a10-b8ac-4f2fc1018975", "/%3Cscript%3Ealert"}) {
    const Response response = world.Get(path);
    EXPECT_THAT(response.body, Not(HasSubstr("<script>alert"))) << path;
    EXPECT_THAT(response.body, Not(HasSubstr("href=\"javascript:"))) << path;
    EXPECT_THAT(response.body, Not(HasSubstr("\"onload="))) << path;
    EXPECT_THAT(std::string(FindPair(response.headers, "Content-Security-Policy")), HasSubstr("default-src 'none'"));
  }
}

// Lists come without facts and without etag; what a row shows of the facts is read once.
TEST(Pages, AskForFactsOnlyOnce) {
  World world;
  ASSERT_THAT(world.Get("/").body, HasSubstr("1 person"));
  ASSERT_EQ(world.backend.batches, 1);
  EXPECT_THAT(world.Get("/").body, HasSubstr("1 person"));
  EXPECT_THAT(world.Get("/search").body, HasSubstr("1 person"));
  EXPECT_EQ(world.backend.batches, 1);
  world.clock.Advance(Cards::kRemembered + std::chrono::seconds(1));
  world.Get("/");
  EXPECT_EQ(world.backend.batches, 2) << "what names lead to may have changed";
}

TEST(MarkedText, KeepsEveryByteAndNestsFacts) {
  release::v1::Release release;
  release.set_text("“We saw Ana Ferri & 5 boats,” he said.");
  auto& quote = *release.add_quotes();
  quote.mutable_span()->set_end(static_cast<uint32_t>(release.text().find(" he")));
  auto& person = *release.add_people();
  auto& mention = *person.add_mentions();
  mention.set_start(static_cast<uint32_t>(release.text().find("Ana")));
  mention.set_end(mention.start() + 9);
  const auto groups = FactGroups(release);
  MarkedText marked(release.text(), groups);
  const std::string html = marked.Mark(release.text());
  EXPECT_THAT(html, HasSubstr("<a class=\"w k-person in-quote\" href=\"#p1\" data-f=\"q1 p1\">Ana Ferri</a>"));
  std::string plain;
  bool tag = false;
  for (const char c : html) {
    if (c == '<') tag = true;
    if (!tag) plain.push_back(c);
    if (c == '>') tag = false;
  }
  plain.replace(plain.find("&amp;"), 5, "&");
  EXPECT_EQ(plain, release.text());
}

TEST(Api, CoversEveryRpcOnceOrSaysThatItIsInternal) {
  std::set<std::string> told(InternalRpcs().begin(), InternalRpcs().end());
  for (const ApiRoute& route : ApiRoutes()) {
    EXPECT_NE(FindMethod(std::string(route.rpc)), nullptr) << route.rpc;
    told.insert(std::string(route.rpc));
  }
  for (const auto* service : KnownServices()) {
    for (int i = 0; i < service->method_count(); ++i)
      EXPECT_THAT(told, ::testing::Contains(service->method(i)->full_name()));
  }
}

TEST(Api, DocumentIsJsonAndItsReferencesLead) {
  const std::string document = OpenApiDocument("http://localhost");
  google::protobuf::Struct parsed;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(document, &parsed).ok());
  const auto& schemas = parsed.fields().at("components").struct_value().fields().at("schemas").struct_value().fields();
  constexpr std::string_view kReference = "#/components/schemas/";
  for (size_t at = document.find(kReference); at != std::string::npos; at = document.find(kReference, at + 1)) {
    const std::string name = document.substr(at + kReference.size(), document.find('"', at) - at - kReference.size());
    EXPECT_TRUE(schemas.contains(name)) << name;
  }
}

TEST(Transcode, ReadsPathQueryAndBodyAndNamesMistakes) {
  storage::v1::ListReleasesRequest request;
  EXPECT_TRUE(SetField(&request, "pageSize", "7").ok());
  EXPECT_TRUE(SetField(&request, "view", "RELEASE_VIEW_FULL").ok());
  EXPECT_TRUE(SetField(&request, "filter", "title = \"a\\b\"").ok());
  EXPECT_EQ(request.page_size(), 7);
  EXPECT_EQ(request.filter(), "title = \"a\\b\"");
  const absl::Status unknown = SetField(&request, "pageSise", "7");
  EXPECT_EQ(ErrorReason(unknown), "UNKNOWN_PARAMETER");
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("pageSize"));
  EXPECT_EQ(ErrorReason(SetField(&request, "pageSize", "many")), "INVALID_PARAMETER");
  EXPECT_EQ(ErrorReason(SetField(&request, "pageSize", "1,\"filter\":\"x\"")), "INVALID_PARAMETER");
}

TEST(Router, ComparesDecodedSegmentsAndNeverClimbs) {
  Router router;
  router.Add("GET", "/v1/{name=releases/*}:diff", "diff",
             [](const Request&, const Pairs& v) { return PlainText(200, v[0].second); });
  EXPECT_NE(router.Find("GET", "/v1/releases/a%20b:diff").handler, nullptr);
  EXPECT_EQ(router.Find("GET", "/v1/releases/a%20b:diff").variables[0].second, "releases/a b");
  for (const char* path : {"/v1/releases/a%2Fb:diff", "/v1/releases/..:diff", "/v1/releases/%2e%2e:diff",
                           "v1/releases/a:diff", "/v1/releases/a%0d:diff", "/v1/releases/:diff"}) {
    EXPECT_EQ(router.Find("GET", path).handler, nullptr) << path;
  }
  EXPECT_EQ(router.Find("POST", "/v1/releases/a:diff").allowed, "GET");
}

// Every form there is, not only those that somebody thought of.
TEST(Forms, AreAllRefusedWithoutTheirToken) {
  World world;
  int forms = 0;
  for (const auto& [method, path] : world.gateway.router().Routes()) {
    if (method != "POST" || path.starts_with("/v1/")) continue;
    ++forms;
    std::string target(path);
    if (const size_t variable = target.find('{'); variable != std::string::npos) {
      target.replace(variable, target.find('}') - variable + 1, "x");
    }
    Request post = World::Make("POST", target);
    post.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    post.body = "do=delete&name=x&uri=http%3A%2F%2Fa.example%2F&theme=dark&key=x";
    EXPECT_EQ(world.gateway.Handle(post).status, 403) << target;
  }
  EXPECT_GE(forms, 10);
}

TEST(Forms, NeedTheirTokenAndTheirSite) {
  World world;
  Request post = World::Make("POST", "/theme");
  post.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
  post.body = "theme=dark&here=%2F%2Fevil.example%2F";
  EXPECT_EQ(world.gateway.Handle(post).status, 403);
  const Sessions::Session session = world.sessions.Of(post);
  post.headers.emplace_back("cookie", "dateline_session=" + session.id);
  post.body += "&csrf=" + world.sessions.TokenFor(session);
  const Response done = world.gateway.Handle(post);
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(FindPair(done.headers, "Location"), "/");
  post.headers.emplace_back("sec-fetch-site", "cross-site");
  EXPECT_EQ(world.gateway.Handle(post).status, 403);
}

TEST(Gate, AnswersOnlyKnownNamesWithoutKeysAndNobodyElseWithThem) {
  World open;
  Request request = World::Make("GET", "/");
  request.headers = {{"host", "evil.example"}};
  EXPECT_EQ(open.gateway.Handle(request).status, 403);
  World closed({.require_keys = true, .keys_file = "/nonexistent/keys", .wrong_keys_per_minute = 3});
  EXPECT_EQ(closed.Get("/").status, 303);
  Request guess = World::Make("GET", "/v1/releases");
  guess.headers.emplace_back("authorization", "Bearer dl_000000000000_0");
  std::vector<int> statuses;
  for (int i = 0; i < 5; ++i) statuses.push_back(closed.gateway.Handle(guess).status);
  EXPECT_EQ(statuses, (std::vector<int>{401, 401, 401, 429, 429}));
}

TEST(Gate, LimitsTheRateOfACaller) {
  World world({.require_keys = false, .requests_per_minute = 2});
  EXPECT_EQ(FindPair(world.Get("/").headers, "RateLimit-Remaining"), "1");
  world.Get("/");
  EXPECT_EQ(world.Get("/").status, 429);
  world.clock.Advance(std::chrono::seconds(31));
  EXPECT_EQ(world.Get("/").status, 200);
}

TEST(Conditional, MatchesWeaklyAndInLists) {
  Request request;
  request.headers = {{"if-none-match", "\"a\", W/\"b\""}};
  EXPECT_TRUE(Matches(request, "W/\"a\""));
  EXPECT_TRUE(Matches(request, "W/\"b\""));
  EXPECT_FALSE(Matches(request, "W/\"c\""));
}

}  // namespace
}  // namespace dateline::gateway
