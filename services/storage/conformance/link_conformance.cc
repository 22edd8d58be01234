// What every store does with what is derived of releases: near-duplicates, parts, translations and reports of one
// happening are linked both ways, stand in one cluster, are told by events, follow revisions, and are derived anew as
// they were. Each test states one rule of derived_store.h and runs on every back end.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/linking/posting_buckets.h"
#include "services/storage/linking/posting_index.h"
#include "services/storage/similar_releases.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::SimilarRelease;

constexpr std::string_view kFirst = "https://harbour.example/news/1";
constexpr std::string_view kSecond = "https://port.example/a/2";

// A text of `count` sentences, each different, none like those of another `kind`.
std::string Sentences(std::string_view kind, int count, int from = 0) {
  std::string text;
  for (int i = from; i < from + count; ++i)
    text +=
        fmt::format("The {0} council number{1} heard how {0} boats{1} reached pier{1} before {0} dawn{1}. ", kind, i);
  return text;
}

// A store and what its tests do with it.
class Links {
 public:
  Links(Store& store, const Clock& clock) : store_(store), derivation_(store.derived(), clock) {}

  void Commit(const Release& release) {
    const auto put = PutAndWait(store_, MakeDocument(release.uri(), release.text()));
    ASSERT_TRUE(put.ok()) << put.status();
    v1::CommitReleasesRequest request;
    request.set_document(put->document.name());
    *request.add_releases() = release;
    ASSERT_TRUE(CommitAndWait(store_, request).ok());
  }
  void Derive() {
    const auto derived = derivation_.Drain();
    ASSERT_TRUE(derived.ok()) << derived.status();
  }
  std::vector<SimilarRelease> SimilarTo(std::string_view uri) {
    const auto similar = ListSimilar(store_.derived(), "releases/" + UuidV5(uri), 20);
    EXPECT_TRUE(similar.ok()) << similar.status();
    return {similar->releases().begin(), similar->releases().end()};
  }
  Release Get(std::string_view uri) {
    const auto release = store_.GetRelease({.name = "releases/" + UuidV5(uri), .revision = 0}, View::kFull);
    EXPECT_TRUE(release.ok()) << release.status();
    return *release;
  }
  std::vector<events::v1::ReleaseEvent> LinkedEvents() {
    std::vector<events::v1::ReleaseEvent> linked;
    for (const auto& event : EventsOf(store_, kReleaseTopic)) {
      if (event.type() == "org.dateline.release.linked") {
        EXPECT_TRUE(event.proto_data().UnpackTo(&linked.emplace_back()));
      }
    }
    return linked;
  }
  Derivation& derivation() { return derivation_; }

 private:
  Store& store_;
  Derivation derivation_;
};

TEST_P(StoreConformance, LinksNearDuplicatesBothWays) {
  Links links(store_, clock_);
  Publish(store_, kFirst, "Boats", Sentences("harbour", 20));
  Publish(store_, kSecond, "Ships", Sentences("harbour", 20) + "One more sentence at the end of it all.");
  links.Derive();
  const auto of_second = links.SimilarTo(kSecond);
  ASSERT_THAT(of_second, SizeIs(1));
  EXPECT_EQ(of_second[0].release().uri(), kFirst);
  EXPECT_EQ(of_second[0].relation(), SimilarRelease::RELATION_NEAR_DUPLICATE);
  EXPECT_GT(of_second[0].similarity(), 0.9);
  const auto of_first = links.SimilarTo(kFirst);
  ASSERT_THAT(of_first, SizeIs(1));
  EXPECT_EQ(of_first[0].release().uri(), kSecond);
  EXPECT_EQ(links.Get(kFirst).cluster(), links.Get(kSecond).cluster());
  EXPECT_THAT(links.Get(kFirst).cluster(), HasSubstr("clusters/"));
}

TEST_P(StoreConformance, TellsTheSameWordsAndParts) {
  Links links(store_, clock_);
  Publish(store_, kFirst, "Boats", Sentences("harbour", 40));
  Publish(store_, kSecond, "Again", Sentences("harbour", 40));
  Publish(store_, "https://digest.example/3", "Short", Sentences("harbour", 12, 20));
  links.Derive();
  const auto similar = links.SimilarTo("https://digest.example/3");
  ASSERT_THAT(similar, SizeIs(2));
  EXPECT_EQ(similar[0].relation(), SimilarRelease::RELATION_CONTAINED);
  EXPECT_EQ(links.SimilarTo(kFirst)[0].relation(), SimilarRelease::RELATION_IDENTICAL);
  EXPECT_EQ(links.SimilarTo(kFirst)[1].relation(), SimilarRelease::RELATION_CONTAINS);
}

TEST_P(StoreConformance, LinksNoReleasesOfOtherWords) {
  Links links(store_, clock_);
  Publish(store_, kFirst, "Boats", Sentences("harbour", 20));
  Publish(store_, kSecond, "Trains", Sentences("railway", 20));
  links.Derive();
  EXPECT_THAT(links.SimilarTo(kFirst), IsEmpty());
  EXPECT_EQ(links.Get(kFirst).cluster(), "");
  EXPECT_THAT(links.LinkedEvents(), IsEmpty());
}

TEST_P(StoreConformance, TellsLinksByEventsOfBoth) {
  Links links(store_, clock_);
  Publish(store_, kFirst, "Boats", Sentences("harbour", 20));
  links.Derive();
  Publish(store_, kSecond, "Ships", Sentences("harbour", 19));
  links.Derive();
  const auto events = links.LinkedEvents();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].release().uri(), kSecond);
  EXPECT_EQ(events[0].release().text(), "");
  EXPECT_EQ(events[0].release().cluster(), links.Get(kFirst).cluster());
  ASSERT_EQ(events[0].changes_size(), 2);
  EXPECT_EQ(events[0].changes(0).field(), "cluster");
  EXPECT_EQ(events[0].changes(1).field(), "similar");
  EXPECT_EQ(events[0].changes(1).new_value(), "releases/" + UuidV5(kFirst));
  EXPECT_EQ(events[1].release().uri(), kFirst);
  EXPECT_EQ(events[1].changes(0).new_value(), links.Get(kFirst).cluster());
}

TEST_P(StoreConformance, LinksTranslationsByTheirAddresses) {
  Links links(store_, clock_);
  Release english = MakeRelease("https://harbour.example/en/1", "Boats", Sentences("harbour", 20));
  auto* translation = english.add_translations();
  translation->set_language("fr");
  translation->set_uri("https://harbour.example/fr/1");
  Release french = MakeRelease("https://harbour.example/fr/1", "Bateaux", "Le conseil du port a entendu les pêcheurs.");
  french.set_language("fr");
  links.Commit(english);
  links.Derive();
  EXPECT_EQ(links.Get(english.uri()).translations(0).release(), "");
  links.Commit(french);
  links.Derive();
  ASSERT_THAT(links.SimilarTo(english.uri()), SizeIs(1));
  EXPECT_EQ(links.SimilarTo(english.uri())[0].relation(), SimilarRelease::RELATION_TRANSLATION);
  EXPECT_EQ(links.Get(english.uri()).translations(0).release(), french.name());
  EXPECT_EQ(links.Get(english.uri()).cluster(), links.Get(french.uri()).cluster());
}

TEST_P(StoreConformance, LinksFollowRevisions) {
  Links links(store_, clock_);
  links.Commit(MakeRelease(kFirst, "Boats", Sentences("harbour", 20)));
  links.Commit(MakeRelease(kSecond, "Ships", Sentences("harbour", 20)));
  links.Derive();
  ASSERT_THAT(links.SimilarTo(kFirst), SizeIs(1));
  const size_t events = links.LinkedEvents().size();
  links.Commit(MakeRelease(kSecond, "Trains", Sentences("railway", 20)));
  links.Derive();
  EXPECT_THAT(links.SimilarTo(kFirst), IsEmpty());
  EXPECT_THAT(links.SimilarTo(kSecond), IsEmpty());
  EXPECT_EQ(links.Get(kFirst).cluster(), "");
  EXPECT_EQ(links.LinkedEvents().size(), events + 2);
  // Under its old words it is not found any more, under the new it is.
  links.Commit(MakeRelease("https://rail.example/3", "Rail", Sentences("railway", 20)));
  links.Commit(MakeRelease("https://sea.example/4", "Sea", Sentences("harbour", 20)));
  links.Derive();
  ASSERT_THAT(links.SimilarTo("https://rail.example/3"), SizeIs(1));
  EXPECT_EQ(links.SimilarTo("https://rail.example/3")[0].release().uri(), kSecond);
  ASSERT_THAT(links.SimilarTo("https://sea.example/4"), SizeIs(1));
  EXPECT_EQ(links.SimilarTo("https://sea.example/4")[0].release().uri(), kFirst);
}

TEST_P(StoreConformance, PartsAClusterWhoseBridgeFell) {
  Links links(store_, clock_);
  const std::string a = Sentences("harbour", 20);
  const std::string b = Sentences("railway", 20);
  links.Commit(MakeRelease("https://x.example/a1", "A", a));
  links.Commit(MakeRelease("https://x.example/a2", "A", a + "With a last word on it."));
  links.Commit(MakeRelease("https://x.example/b1", "B", b));
  links.Commit(MakeRelease("https://x.example/b2", "B", b + "With a last word on it."));
  links.Commit(MakeRelease("https://x.example/bridge", "Both", a + b));
  links.Derive();
  EXPECT_EQ(links.Get("https://x.example/a1").cluster(), links.Get("https://x.example/b2").cluster());
  links.Commit(MakeRelease("https://x.example/bridge", "Both", Sentences("airport", 20)));
  links.Derive();
  EXPECT_EQ(links.Get("https://x.example/bridge").cluster(), "");
  EXPECT_NE(links.Get("https://x.example/a1").cluster(), "");
  EXPECT_EQ(links.Get("https://x.example/a1").cluster(), links.Get("https://x.example/a2").cluster());
  EXPECT_EQ(links.Get("https://x.example/b1").cluster(), links.Get("https://x.example/b2").cluster());
  EXPECT_NE(links.Get("https://x.example/a1").cluster(), links.Get("https://x.example/b1").cluster());
}

TEST_P(StoreConformance, TellsWhatTwoReportsContradict) {
  Links links(store_, clock_);
  const auto with_event = [](std::string_view uri, std::string_view title, int day) {
    Release release = MakeRelease(uri, title, Sentences("harbour", 20));
    auto* event = release.add_events();
    event->set_text("policy seminar on migrants and cities");
    event->set_place("Guangzhou");
    event->mutable_date()->set_month(3);
    event->mutable_date()->set_day(day);
    return release;
  };
  Release other = with_event(kSecond, "Ships", 12);
  other.set_text(other.text() + "It ends here.");
  links.Commit(with_event(kFirst, "Boats", 11));
  links.Commit(other);
  links.Derive();
  const auto similar = links.SimilarTo(kSecond);
  ASSERT_THAT(similar, SizeIs(1));
  EXPECT_THAT(similar[0].contradictions(),
              ElementsAre("two dates for one event, “policy seminar on migrants and cities”: 12 March here, 11 March "
                          "there"));
  EXPECT_THAT(links.SimilarTo(kFirst)[0].contradictions(0), HasSubstr("11 March here, 12 March there"));
}

TEST_P(StoreConformance, DerivesAnewWhatItHadWithoutEvents) {
  Links links(store_, clock_);
  Publish(store_, kFirst, "Boats", Sentences("harbour", 20));
  Publish(store_, kSecond, "Ships", Sentences("harbour", 20));
  links.Derive();
  const std::string cluster = links.Get(kFirst).cluster();
  const size_t events = links.LinkedEvents().size();
  const auto waiting = links.derivation().Rebuild();
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(*waiting, 2U);
  EXPECT_EQ(*store_.derived().DerivedRules(), 0U);
  EXPECT_THAT(links.SimilarTo(kFirst), IsEmpty());
  const auto derived = links.derivation().Drain();
  ASSERT_TRUE(derived.ok());
  EXPECT_EQ(*derived, 2);
  EXPECT_THAT(links.SimilarTo(kFirst), SizeIs(1));
  EXPECT_EQ(links.Get(kFirst).cluster(), cluster);
  EXPECT_EQ(links.LinkedEvents().size(), events);
}

// Two letters of one form, and the first half of one of them: whatever comes last, the piece is of its own letter.
TEST_P(StoreConformance, APieceIsOfTheTextThatHoldsItAllNotOfOneLikeThat) {
  const std::string form = Sentences("fire", 40);
  const std::string own = Sentences("north", 5) + form;
  const std::string other = Sentences("south", 5) + form;
  const std::string piece = own.substr(0, own.find("number12"));
  for (const bool piece_last : {true, false}) {
    SCOPED_TRACE(piece_last);
    const std::string host = piece_last ? "https://last.example/" : "https://first.example/";
    Links links(store_, clock_);
    std::vector<std::pair<std::string, std::string>> order = {{"own", own}, {"piece", piece}, {"other", other}};
    if (piece_last) order = {{"other", other}, {"own", own}, {"piece", piece}};
    for (const auto& [name, text] : order) {
      links.Commit(MakeRelease(host + name, name, fmt::format("{} {}", piece_last ? "alpha" : "beta", text)));
      links.Derive();
    }
    const auto similar = links.SimilarTo(host + "piece");
    int here = 0;
    for (const auto& one : similar) {
      if (one.release().uri().find(host) == std::string::npos) continue;
      ++here;
      EXPECT_EQ(one.release().uri(), host + "own");
      EXPECT_EQ(one.relation(), SimilarRelease::RELATION_CONTAINED);
    }
    EXPECT_EQ(here, 1);
  }
}

TEST_P(StoreConformance, RefusesAStepWhoseGroundChanged) {
  Links links(store_, clock_);
  DerivedChanges late;
  const auto generation = store_.derived().DerivedGeneration();
  ASSERT_TRUE(generation.ok());
  late.generation = *generation;
  Publish(store_, kFirst, "Boats", Sentences("harbour", 20));
  links.Derive();
  const auto before = store_.derived().LoadPostingHead();
  ASSERT_TRUE(before.ok());
  late.postings.push_back({.sequence = before->latest + 1, .release_id = 1, .keys = {7}});
  std::promise<absl::Status> outcome;
  store_.derived().ApplyDerived(late, [&outcome](const absl::Status& status) { outcome.set_value(status); });
  EXPECT_EQ(outcome.get_future().get().code(), absl::StatusCode::kAborted);
  const auto after = store_.derived().LoadPostingHead();
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(*after, *before);
}

// One step that posts a release under these keys.
void PostKeys(DerivedStore& store, PostingIndex& index, int64_t release, const std::vector<uint32_t>& keys) {
  DerivedChanges changes;
  const auto generation = store.DerivedGeneration();
  ASSERT_TRUE(generation.ok());
  changes.generation = *generation;
  ASSERT_TRUE(index.Refresh().ok());
  changes.postings.push_back({.sequence = 0, .release_id = release, .keys = keys});
  ASSERT_TRUE(index.Complete(&changes).ok());
  std::promise<absl::Status> outcome;
  store.ApplyDerived(changes, [&outcome](const absl::Status& status) { outcome.set_value(status); });
  ASSERT_TRUE(outcome.get_future().get().ok());
  index.Applied(changes);
}

TEST_P(StoreConformance, RunsOfPostingsBecomeOne) {
  constexpr size_t kInMemory = 2;
  DerivedStore& store = store_.derived();
  PostingIndex index(store, kInMemory);
  const auto key = [](int64_t release) { return static_cast<uint32_t>(release) * 100'000'007; };
  std::set<int> whole;
  std::set<int> begun;
  for (int64_t release = 1; release <= 60; ++release) {
    PostKeys(store, index, release, {7, key(release)});
    const auto head = store.LoadPostingHead();
    ASSERT_TRUE(head.ok()) << head.status();
    EXPECT_EQ(head->latest, release);
    for (const PostingRunHead& run : head->runs) (run.is_whole() ? whole : begun).insert(run.level);
    if (release % 5 != 0) continue;
    PostingIndex later(store, kInMemory);
    ASSERT_TRUE(later.Refresh().ok());
    for (PostingIndex* const one : {&index, &later}) {
      std::vector<uint64_t> sought;
      for (int64_t earlier = 1; earlier <= release; ++earlier) sought.push_back(uint64_t{key(earlier)} << 32U);
      const auto found = one->Find(sought, kRunPostingsMax);
      ASSERT_TRUE(found.ok()) << found.status();
      for (int64_t earlier = 1; earlier <= release; ++earlier)
        EXPECT_THAT((*found)[static_cast<size_t>(earlier) - 1], ElementsAre(earlier)) << "after " << release;
      const auto frequent = one->Find({uint64_t{7} << 32U}, 10);
      ASSERT_TRUE(frequent.ok());
      EXPECT_EQ(frequent->front().front(), release);
    }
  }
  EXPECT_EQ(whole, (std::set<int>{0, 1, 2}));
  EXPECT_EQ(begun, (std::set<int>{1, 2}));
  // Everything begins anew, runs too.
  std::promise<absl::Status> outcome;
  store.ResetDerived([&outcome](const absl::Status& status) { outcome.set_value(status); });
  ASSERT_TRUE(outcome.get_future().get().ok());
  EXPECT_THAT(store.LoadPostingHead()->runs, IsEmpty());
  ASSERT_TRUE(index.Refresh().ok());
  EXPECT_THAT(*index.Find({uint64_t{key(3)} << 32U}, 10), ElementsAre(IsEmpty()));
}

TEST_P(StoreConformance, FindsNothingSimilarToAReleaseThatIsNotThere) {
  const auto similar = ListSimilar(store_.derived(), "releases/" + UuidV5("https://nowhere.example/"), 20);
  EXPECT_EQ(similar.status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace dateline::storage
