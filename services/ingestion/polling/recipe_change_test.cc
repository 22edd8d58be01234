// What becomes of a newsroom whose recipes change, in a simulated web that answers 304 to whoever asks whether a page
// has changed: the newest pages are read again by the recipe that holds now, once, within the host's budget; so is the
// list; and all goes back when the recipe holds no more. When the site changes its layout so that the recipe misses
// what it should find, the source is not OK.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "common/base/proto_time.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/simulation/crawl_simulation.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

constexpr char kHost[] = "newsroom.example";
constexpr int kListed = 10;
constexpr char kTag[] = "\"same for ever\"";

// The simulated form of feeds, with recipes as the service reads them.
class LinesAndRecipes final : public SourceReader {
 public:
  absl::StatusOr<SourceContent> Read(const ReadRequest& request) const override { return lines_.Read(request); }
  Recipes RecipesOf(const v1::Source& source, WallTime now) const override { return formats_.RecipesOf(source, now); }
  std::optional<PageReading> ReadPage(const v1::Source& source, const storage::v1::Document& document,
                                      WallTime now) const override {
    return formats_.ReadPage(source, document, now);
  }

 private:
  LineReader lines_;
  FormatReader formats_;
};

// Pages that never change, with a title that only a recipe finds.
std::optional<absl::StatusOr<http::Response>> PageOf(const Visit& visit) {
  if (!visit.path.starts_with("/news/")) return std::nullopt;
  if (visit.if_none_match == kTag) return Reply(304);
  return Reply(200,
               fmt::format("<html><body><h1>Newsroom</h1><h2 class=\"real\">{0}</h2><h3>Other {0}</h3></body></html>",
                           visit.path),
               {{"etag", kTag}});
}

class RecipeChange : public ::testing::Test {
 protected:
  RecipeChange() {
    options_.items.reread = 6;
    simulation_.emplace(1, options_, &reader_);
    // Nothing new appears, so that every request has its cause in a recipe.
    simulation_->Watch({.host = kHost,
                        .gap = 24h * 365,
                        .listed = kListed,
                        .earlier = kListed - 1,
                        .conditional = Newsroom::Conditional::kETag,
                        .instead = PageOf});
    simulation_->RunDays(5);  // Read, and looked at again twice.
  }

  // As the service does it.
  void SetRecipes(const std::vector<v1::Recipe>& recipes) {
    const WallTime now = simulation_->clock().Now();
    const auto changed = simulation_->store().Change(CrawlSimulation::NameOf(kHost), [&](SourceRecord* record) {
      record->source.mutable_recipes()->Assign(recipes.begin(), recipes.end());
      record->next_poll = now;
      return absl::OkStatus();
    });
    ASSERT_TRUE(changed.ok()) << changed.status();
    simulation_->crawler(0).Nudge();
  }
  static v1::Recipe PageRecipe(uint32_t version, const std::string& title) {
    v1::Recipe recipe;
    recipe.set_version(version);
    recipe.set_title_selector(title);
    return recipe;
  }
  google::protobuf::Timestamp InDays(int days) { return ToTimestamp(simulation_->clock().Now() + days * kSimDay); }

  // Requests since the last call, by what they were answered.
  struct Asked {
    int pages = 0;
    int pages_unchanged = 0;
    int lists = 0;
    bool operator==(const Asked&) const = default;
  };
  Asked Run(double days) {
    simulation_->RunDays(days);
    Asked asked;
    const auto& requests = simulation_->web().requests();
    for (; seen_ < requests.size(); ++seen_) {
      const FakeWeb::Request& request = requests[seen_];
      if (request.path == "/feed") {
        asked.lists += request.status == 200 ? 1 : 0;
      } else if (request.path.starts_with("/news/")) {
        ++(request.status == 304 ? asked.pages_unchanged : asked.pages);
      }
    }
    return asked;
  }
  // How many pages stand in the archive with such a title of a recipe.
  int Titled(const std::string& begin) {
    int count = 0;
    for (const auto& [uri, stored] : simulation_->archive().documents()) {
      count += !stored.recipe_title.empty() && stored.recipe_title.starts_with(begin) ? 1 : 0;
    }
    return count;
  }

  CrawlOptions options_;
  LinesAndRecipes reader_;
  std::optional<CrawlSimulation> simulation_;
  size_t seen_ = 0;
};

TEST_F(RecipeChange, TheNewestPagesAreReadAgainOnceAndPolitely) {
  EXPECT_EQ(Run(0), (Asked{.pages = kListed, .pages_unchanged = 2 * kListed, .lists = 1}));
  SetRecipes({PageRecipe(1, "h2.real")});
  // Six of ten, whole; their list needs no second reading.
  EXPECT_EQ(Run(0.5), (Asked{.pages = 6}));
  EXPECT_EQ(Titled("/news/"), 6);
  for (int release = kListed - 6; release < kListed; ++release) {
    EXPECT_EQ(simulation_->archive().documents().at(fmt::format("https://{}/news/{}", kHost, release)).recipe_title,
              fmt::format("/news/{}", release));
  }
  const auto& requests = simulation_->web().requests();
  for (size_t i = 1; i < requests.size(); ++i) EXPECT_GE(requests[i].time - requests[i - 1].time, 1s);
  // What another recipe finds is no edit of the site, so nothing is looked at again for it.
  EXPECT_EQ(Run(10), Asked{});

  // Corrected under the same number, as through the API.
  SetRecipes({PageRecipe(1, "h3")});
  EXPECT_EQ(Run(5), (Asked{.pages = 6}));
  EXPECT_EQ(Titled("Other /news/"), 6);
  // Other numbers and dates around the same selectors change nothing.
  v1::Recipe renamed = PageRecipe(7, "h3");
  *renamed.mutable_end_time() = InDays(4);
  SetRecipes({renamed});
  EXPECT_EQ(Run(3), Asked{});
  // It ends by itself, and the general rules are back.
  EXPECT_EQ(Run(5), (Asked{.pages = 6}));
  EXPECT_EQ(Titled(""), 0);
  EXPECT_EQ(Run(10), Asked{});
}

TEST_F(RecipeChange, TheListIsReadAgainWhenItsRecipeBegins) {
  Run(0);
  v1::Recipe list;
  list.set_version(1);
  list.set_item_selector("li");
  *list.mutable_start_time() = InDays(2);
  SetRecipes({list});
  EXPECT_EQ(Run(1.9), Asked{}) << "it does not hold yet, and the list is unchanged";
  EXPECT_EQ(Run(2), (Asked{.lists = 1}));
  EXPECT_EQ(Run(5), Asked{});
}

TEST(RecipeHealth, ALayoutThatTheRecipeNoLongerFitsIsNoticed) {
  const LinesAndRecipes reader;
  CrawlSimulation simulation(1, {}, &reader);
  // A release a day, from the tenth on; the eighteenth comes in a new layout.
  simulation.Watch({.host = kHost, .gap = 24h, .instead = [](const Visit& visit) {
                      std::optional<absl::StatusOr<http::Response>> answer;
                      if (!visit.path.starts_with("/news/")) return answer;
                      const bool old_layout = std::stoi(visit.path.substr(6)) < 18;
                      answer = Reply(200, fmt::format("<html><body><h2 class=\"{}\">Title</h2></body></html>",
                                                      old_layout ? "title" : "headline"));
                      return answer;
                    }});
  const std::string name = CrawlSimulation::NameOf(kHost);
  const auto use = [&](const char* selector) {
    const auto changed = simulation.store().Change(name, [&](SourceRecord* record) {
      record->source.clear_recipes();
      record->source.add_recipes()->set_version(1);
      record->source.mutable_recipes(0)->set_title_selector(selector);
      record->next_poll = simulation.clock().Now();
      return absl::OkStatus();
    });
    ASSERT_TRUE(changed.ok());
    simulation.crawler(0).Nudge();
  };
  use("h2.title");
  simulation.RunDays(9.9);
  EXPECT_TRUE(simulation.TallyOf(kHost).events.empty()) << "two pages may be odd";
  simulation.RunDays(1);
  ASSERT_EQ(simulation.TallyOf(kHost).events.size(), 1U);
  EXPECT_TRUE(simulation.TallyOf(kHost).events[0].starts_with("DEGRADED"));
  EXPECT_NE(simulation.SourceOf(kHost).source.health_cause().find("finds no title on the pages of 3 new items"),
            std::string::npos)
      << simulation.SourceOf(kHost).source.health_cause();
  use("h2");
  simulation.RunDays(5);
  ASSERT_EQ(simulation.TallyOf(kHost).events.size(), 2U);
  EXPECT_TRUE(simulation.TallyOf(kHost).events[1].starts_with("OK"));
}

}  // namespace
}  // namespace dateline::ingestion
