// What every store does with the entities of releases: the same people, organisations and places across releases become
// one, with aliases, roles, contacts, mentions and figures; revisions take back what they drop; what a person decided
// stays. Each test states one rule of entity_store.h and entities/, and runs on every back end.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/entity_answers.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using v1::Entity;

// The text of a release grows with its facts, so that spans are right.
class Draft {
 public:
  explicit Draft(std::string_view uri, int year = 2019) : release_(MakeRelease(uri, "Title", "")) {
    auto* date = release_.mutable_publish()->mutable_date();
    date->set_year(year);
    date->set_month(3);
    date->set_day(4);
  }
  Draft& Person(const std::string& name, const std::string& role = "", const std::string& organization = "") {
    auto* person = release_.add_people();
    person->set_display_name(name);
    person->set_role(role);
    person->set_organization(organization);
    Mention(name, person->add_mentions());
    return *this;
  }
  Draft& Organization(const std::string& name, const std::string& acronym = "") {
    auto* body = release_.add_organizations();
    body->set_display_name(name);
    body->set_acronym(acronym);
    Mention(name, body->add_mentions());
    if (!acronym.empty()) Mention(acronym, body->add_mentions());
    return *this;
  }
  Draft& Place(const std::string& name, const std::string& country, uint64_t geonames = 0, double latitude = 0) {
    auto* place = release_.add_places();
    place->set_display_name(name);
    place->set_country_code(country);
    place->set_geonames_id(geonames);
    place->set_latitude(latitude);
    Mention(name, place->add_mentions());
    return *this;
  }
  Draft& Figure(const std::string& words, double value, const std::string& unit) {
    auto* figure = release_.add_figures();
    figure->set_text(words);
    figure->set_value(value);
    figure->set_unit(unit);
    Mention(words, figure->mutable_span());
    return *this;
  }
  Draft& Contact(const std::string& name, const std::string& organization, const std::string& email,
                 const std::string& phone) {
    auto* contact = release_.add_contacts();
    contact->set_display_name(name);
    contact->set_organization(organization);
    contact->set_email(email);
    contact->add_phones()->set_raw(phone);
    contact->mutable_phones(0)->set_e164(phone);
    Mention(name + organization, contact->mutable_span());
    return *this;
  }
  Draft& Quote(const std::string& words, const std::string& speaker) {
    auto* quote = release_.add_quotes();
    quote->set_text(words);
    quote->set_speaker(speaker);
    Mention(words, quote->mutable_span());
    return *this;
  }
  Draft& Words(const std::string& words) {
    release_.mutable_text()->append(words);
    return *this;
  }
  const Release& release() const { return release_; }

 private:
  void Mention(const std::string& words, release::v1::Span* span) {
    std::string* text = release_.mutable_text();
    span->set_start(static_cast<uint32_t>(text->size()));
    text->append(words);
    span->set_end(static_cast<uint32_t>(text->size()));
    text->append(" and ");
  }
  Release release_;
};

class Entities {
 public:
  Entities(Store& store, const Clock& clock) : store_(store), derivation_(store.derived(), clock) {}

  void Commit(const Draft& draft) {
    const auto put = PutAndWait(store_, MakeDocument(draft.release().uri(), draft.release().SerializeAsString()));
    ASSERT_TRUE(put.ok()) << put.status();
    v1::CommitReleasesRequest request;
    request.set_document(put->document.name());
    *request.add_releases() = draft.release();
    ASSERT_TRUE(CommitAndWait(store_, request).ok());
    const auto derived = derivation_.Drain();
    ASSERT_TRUE(derived.ok()) << derived.status();
  }
  std::vector<Entity> List(Entity::Kind kind, const std::string& query = "", bool contacts_only = false) {
    const auto page = AnswerEntities(
        store_.derived(), {.kind = kind, .query = query, .contacts_only = contacts_only, .limit = 100, .after = {}});
    EXPECT_TRUE(page.ok()) << page.status();
    return {page->response.entities().begin(), page->response.entities().end()};
  }
  std::vector<std::string> Names(Entity::Kind kind, const std::string& query = "") {
    std::vector<std::string> names;
    for (const Entity& entity : List(kind, query)) names.push_back(entity.display_name());
    return names;
  }
  Entity Only(Entity::Kind kind, const std::string& query) {
    const auto found = List(kind, query);
    EXPECT_THAT(found, SizeIs(1)) << query;
    return found.empty() ? Entity() : Get(found[0].name());
  }
  Entity Get(const std::string& name) {
    const auto entity = AnswerEntity(store_.derived(), name);
    EXPECT_TRUE(entity.ok()) << entity.status();
    return entity.ok() ? *entity : Entity();
  }
  std::vector<v1::EntityMention> Mentions(const std::string& name) {
    const auto page = AnswerMentions(store_.derived(), name, 100, std::nullopt);
    EXPECT_TRUE(page.ok()) << page.status();
    return {page->response.mentions().begin(), page->response.mentions().end()};
  }
  Release Stored(std::string_view uri) {
    return *store_.GetRelease({.name = "releases/" + UuidV5(uri), .revision = 0}, View::kFull);
  }
  Derivation& derivation() { return derivation_; }

 private:
  Store& store_;
  Derivation derivation_;
};

std::string Uri(int number) {
  return fmt::format("https://x{0}.example/{0}", number);
}

TEST_P(StoreConformance, JoinsPeopleByTheirNamesAndAddresses) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1), 2019)
                      .Person("Etienne Micallef")
                      .Contact("Etienne Micallef", "IOM China", "emicallef@iom.int", "+86105979969"));
  entities.Commit(Draft(Uri(2), 2015).Contact("Etienne Micallef", "IOM Beijng", "emicallef@iom.int", "+8613811209875"));
  const Entity person = entities.Only(Entity::KIND_PERSON, "micallef");
  EXPECT_EQ(person.display_name(), "Etienne Micallef");
  EXPECT_EQ(person.release_count(), 2);
  ASSERT_THAT(person.contacts(), SizeIs(2));
  EXPECT_EQ(person.contacts(0).contact().organization(), "IOM China");
  EXPECT_EQ(person.contacts(0).contact().phones(0).e164(), "+86105979969");
  EXPECT_EQ(person.contacts(1).contact().organization(), "IOM Beijng");
  EXPECT_LT(person.contacts(1).last_seen_time().seconds(), person.contacts(0).first_seen_time().seconds());
  EXPECT_THAT(person.roles(), SizeIs(2));
  EXPECT_EQ(entities.Stored(Uri(1)).people(0).entity(), person.name());
  EXPECT_EQ(entities.Only(Entity::KIND_PERSON, "emicallef@").name(), person.name());
  EXPECT_THAT(entities.List(Entity::KIND_UNSPECIFIED, "", true), SizeIs(1));
}

TEST_P(StoreConformance, KeepsPeopleOfOtherMiddleNamesApartWhatStandsBetweenThem) {
  Entities entities(store_, clock_);
  entities.Commit(Draft("https://harbour.example/1").Person("Ana Borg"));
  entities.Commit(Draft("https://harbour.example/2").Person("Ana M. Borg"));
  entities.Commit(Draft("https://harbour.example/3").Person("Ana H. Borg"));
  EXPECT_THAT(entities.Names(Entity::KIND_PERSON, "ana"), UnorderedElementsAre("Ana M. Borg", "Ana H. Borg"));
  EXPECT_EQ(entities.List(Entity::KIND_PERSON, "ana")[0].release_count(), 2);
}

TEST_P(StoreConformance, JoinsAFamilyNameAloneWithItsOnlyBearerAtTheIssuer) {
  Entities entities(store_, clock_);
  entities.Commit(Draft("https://harbour.example/1").Person("Etienne Micallef").Person("Ana Borg"));
  entities.Commit(Draft("https://harbour.example/2").Person("Micallef"));
  EXPECT_EQ(entities.Only(Entity::KIND_PERSON, "micallef").release_count(), 2);
  // Elsewhere it may be anybody, and here it may be either of two.
  entities.Commit(Draft("https://other.example/1").Person("Micallef"));
  EXPECT_THAT(entities.List(Entity::KIND_PERSON, "micallef"), SizeIs(2));
  entities.Commit(Draft("https://harbour.example/3").Person("Joe Borg"));
  entities.Commit(Draft("https://harbour.example/4").Person("Borg"));
  EXPECT_THAT(entities.Names(Entity::KIND_PERSON, "borg"), UnorderedElementsAre("Ana Borg", "Joe Borg", "Borg"));
}

TEST_P(StoreConformance, JoinsPlacesOfOnePointAndNationalBodiesOfOneCountry) {
  Entities entities(store_, clock_);
  const auto draft = [](int number, const std::string& place, const std::string& country, double latitude) {
    Draft made(Uri(number));
    for (int i = 0; i < 3; ++i) made.Place(place, country, 0, latitude);
    return made.Organization("Ministry of Health").Organization("Police Department");
  };
  entities.Commit(draft(1, "Malta", "MT", 35.9));
  entities.Commit(draft(2, "Republic of Malta", "MT", 35.9));
  entities.Commit(draft(3, "Gozo", "MT", 36.1));
  entities.Commit(Draft(Uri(5)).Place("Western Malta", "MT", 0, 35.9));
  entities.Commit(draft(4, "Tonga", "TO", -21.2));
  EXPECT_THAT(entities.List(Entity::KIND_PLACE), SizeIs(4))
      << "a part, to which the point of the whole was given, is none";
  EXPECT_EQ(entities.Only(Entity::KIND_PLACE, "republic").release_count(), 2);
  std::vector<int64_t> ministries;
  for (const Entity& body : entities.List(Entity::KIND_ORGANIZATION, "ministry"))
    ministries.push_back(body.release_count());
  EXPECT_THAT(ministries, ElementsAre(3, 1));
  EXPECT_THAT(entities.List(Entity::KIND_ORGANIZATION, "police"), SizeIs(4)) << "each town has one";
}

TEST_P(StoreConformance, KeepsPeopleOfOtherNamesApart) {
  Entities entities(store_, clock_);
  entities.Commit(
      Draft(Uri(1)).Person("Jane Q. Smith").Contact("", "Harbour Board", "press@harbour.example", "+35621000000"));
  entities.Commit(
      Draft(Uri(2)).Person("Jane R. Smith").Contact("Mary Vella", "", "press@harbour.example", "+35621000001"));
  EXPECT_THAT(entities.Names(Entity::KIND_PERSON),
              UnorderedElementsAre("Jane Q. Smith", "Jane R. Smith", "Mary Vella"));
  // The address of an office is nobody's own.
  EXPECT_THAT(entities.Only(Entity::KIND_ORGANIZATION, "harbour board").contacts(), SizeIs(1));
}

TEST_P(StoreConformance, BindsAcronymsToTheirNames) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Organization("IOM"));
  entities.Commit(Draft(Uri(2)).Organization("International Organization for Migration", "IOM"));
  entities.Commit(Draft(Uri(3)).Organization("IOM"));
  entities.Commit(Draft(Uri(4)).Organization("the International Organisation for Migration"));
  const Entity body = entities.Only(Entity::KIND_ORGANIZATION, "");
  EXPECT_EQ(body.display_name(), "International Organization for Migration");
  EXPECT_EQ(body.release_count(), 4);
  ASSERT_THAT(body.aliases(), SizeIs(2));
  const auto& alias = body.aliases(0);
  EXPECT_EQ(alias.display_name(), "IOM");
  EXPECT_EQ(alias.release(), "releases/" + UuidV5(Uri(1)));
  EXPECT_EQ(alias.span().end(), 3U);
}

TEST_P(StoreConformance, AbsorbsABareAcronymWhenATextBindsIt) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Organization("World Harbour Forum"));
  entities.Commit(Draft(Uri(2)).Organization("WHF"));
  EXPECT_THAT(entities.Names(Entity::KIND_ORGANIZATION), UnorderedElementsAre("World Harbour Forum", "WHF"));
  const std::string bare = entities.Stored(Uri(2)).organizations(0).entity();
  entities.Commit(Draft(Uri(3)).Organization("World Harbour Forum", "WHF"));
  const Entity body = entities.Only(Entity::KIND_ORGANIZATION, "");
  EXPECT_EQ(body.release_count(), 3);
  EXPECT_NE(entities.Stored(Uri(2)).organizations(0).entity(), bare);
  EXPECT_EQ(entities.Stored(Uri(2)).organizations(0).entity(), body.name());
}

TEST_P(StoreConformance, KeepsMinistriesOfOtherIssuersApart) {
  Entities entities(store_, clock_);
  entities.Commit(Draft("https://malta.example/1").Organization("Ministry of Health"));
  entities.Commit(Draft("https://malta.example/2").Organization("Ministry of Health"));
  entities.Commit(Draft("https://tonga.example/1").Organization("Ministry of Health"));
  const auto found = entities.List(Entity::KIND_ORGANIZATION);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].release_count(), 2);
  EXPECT_EQ(found[1].release_count(), 1);
}

TEST_P(StoreConformance, NamesakesHaveNamesOfTheirOwnThatARebuildGivesAgain) {
  Entities entities(store_, clock_);
  const auto names = [&entities] {
    std::vector<std::string> found;
    for (const Entity& entity : entities.List(Entity::KIND_ORGANIZATION, "ministry")) found.push_back(entity.name());
    std::sort(found.begin(), found.end());
    return found;
  };
  for (int issuer = 1; issuer <= 11; ++issuer) {
    entities.Commit(Draft(fmt::format("https://news{}.example/1", issuer)).Organization("Ministry of Health"));
  }
  const auto before = names();
  ASSERT_THAT(before, SizeIs(11));
  EXPECT_EQ(std::set<std::string>(before.begin(), before.end()).size(), 11U);
  ASSERT_TRUE(entities.derivation().Rebuild().ok());
  ASSERT_TRUE(entities.derivation().Drain().ok());
  EXPECT_EQ(names(), before) << "all of one step now";
}

TEST_P(StoreConformance, JoinsPlacesByIdAndCountry) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Place("Sanya", "CN", 1799627).Place("Victoria", "MT"));
  entities.Commit(Draft(Uri(2)).Place("三亚", "CN", 1799627).Place("Victoria", "SC"));
  EXPECT_THAT(entities.List(Entity::KIND_PLACE), SizeIs(3));
  const Entity sanya = entities.Only(Entity::KIND_PLACE, "sanya");
  EXPECT_EQ(sanya.country_code(), "CN");
  ASSERT_THAT(sanya.aliases(), SizeIs(1));
  EXPECT_EQ(sanya.aliases(0).display_name(), "三亚");
}

TEST_P(StoreConformance, FollowsRolesOverTime) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1), 2012).Person("Ana Borg", "Director", "Port Board"));
  entities.Commit(Draft(Uri(2), 2016).Person("Dr. Ana Borg", "Director", "the Port Board"));
  entities.Commit(Draft(Uri(3), 2019).Person("Ana Borg", "Minister", "Government"));
  const Entity person = entities.Only(Entity::KIND_PERSON, "ana borg");
  ASSERT_THAT(person.roles(), SizeIs(2));
  EXPECT_EQ(person.roles(0).role(), "Minister");
  EXPECT_EQ(person.roles(1).role(), "Director");
  EXPECT_EQ(person.roles(1).start_date().year(), 2012);
  EXPECT_EQ(person.roles(1).end_date().year(), 2016);
  EXPECT_THAT(person.roles(1).releases(), ElementsAre("releases/" + UuidV5(Uri(1)), "releases/" + UuidV5(Uri(2))));
}

TEST_P(StoreConformance, ListsMentionsWithQuotesNewestFirst) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1), 2012).Person("Ana Borg", "Director").Quote("“We built it.”", "Ana Borg"));
  entities.Commit(Draft(Uri(2), 2019).Person("Ana Borg", "Minister").Quote("“Not hers.”", "Ivo Zahra"));
  const auto mentions = entities.Mentions(entities.Only(Entity::KIND_PERSON, "borg").name());
  ASSERT_THAT(mentions, SizeIs(2));
  EXPECT_EQ(mentions[0].release(), "releases/" + UuidV5(Uri(2)));
  EXPECT_EQ(mentions[0].role(), "Minister");
  EXPECT_THAT(mentions[0].quotes(), IsEmpty());
  EXPECT_EQ(mentions[1].title(), "Title");
  ASSERT_THAT(mentions[1].quotes(), SizeIs(1));
  EXPECT_EQ(mentions[1].quotes(0).text(), "“We built it.”");
}

TEST_P(StoreConformance, ATimelineIsReadInPiecesOfBytes) {
  Entities entities(store_, clock_);
  for (int year = 2011; year <= 2015; ++year) {
    entities.Commit(Draft(Uri(year), year).Person("Ana Borg", "Director").Quote("“We built it.”", "Ana Borg"));
  }
  const std::string name = entities.Only(Entity::KIND_PERSON, "borg").name();
  const auto rows = store_.derived().LoadEntitiesByName({name, "people/nobody"});
  ASSERT_TRUE(rows.ok() && rows->size() == 1);
  MentionQuery query{.entity_id = rows->front().id, .figures_only = false, .limit = 4, .after_time_us = {}};
  const auto all = store_.derived().ListTimelineRows(query, 1 << 20);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_THAT(*all, SizeIs(4));
  for (const TimelineRow& found : *all) {
    Release release;
    ASSERT_TRUE(release.ParseFromString(found.release));
    EXPECT_THAT(release.quotes(), SizeIs(1));
    EXPECT_GT(found.mention.time_us, 0);
  }
  // The first row is given however large it is; the second ends behind the limit that it reaches.
  EXPECT_THAT(*store_.derived().ListTimelineRows(query, 1), SizeIs(1));
  EXPECT_THAT(*store_.derived().ListTimelineRows(query, (*all)[0].release.size() + 1), SizeIs(2));
  query.after_time_us = (*all)[3].mention.time_us;
  query.after_release_id = (*all)[3].mention.release_id;
  EXPECT_THAT(*store_.derived().ListTimelineRows(query, 1 << 20), SizeIs(1));
  query = {.entity_id = rows->front().id, .figures_only = true, .limit = 4, .after_time_us = {}};
  EXPECT_THAT(*store_.derived().ListTimelineRows(query, 1 << 20), IsEmpty());
  // By pages of two: every release once, the newest first.
  std::vector<std::string> releases;
  std::optional<Position> after;
  do {
    const auto page = AnswerMentions(store_.derived(), name, 2, after);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& mention : page->response.mentions()) releases.push_back(mention.release());
    after = page->next;
  } while (after.has_value());
  std::vector<std::string> expected;
  for (int year = 2015; year >= 2011; --year) expected.push_back("releases/" + UuidV5(Uri(year)));
  EXPECT_EQ(releases, expected);
}

TEST_P(StoreConformance, FollowsFiguresNearAnEntity) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1), 2012).Place("Guangzhou", "CN", 1).Figure("2 million people", 2e6, "people"));
  entities.Commit(Draft(Uri(2), 2019)
                      .Place("Guangzhou", "CN", 1)
                      .Figure("14 million people", 14e6, "people")
                      .Figure("90 percent", 90, "percent")
                      .Words("\n\n")
                      .Figure("7 boats", 7, "boats"));
  const std::string name = entities.Only(Entity::KIND_PLACE, "guangzhou").name();
  const auto people = AnswerFigures(store_.derived(), name, "people", 10, std::nullopt);
  ASSERT_TRUE(people.ok());
  ASSERT_THAT(people->response.points(), SizeIs(2));
  EXPECT_EQ(people->response.points(0).figure().value(), 14e6);
  EXPECT_EQ(people->response.points(1).figure().value(), 2e6);
  // All of them by pages of one; what stands in another paragraph is not of the place.
  std::vector<std::string> texts;
  std::optional<Position> after;
  do {
    const auto page = AnswerFigures(store_.derived(), name, "", 1, after);
    ASSERT_TRUE(page.ok());
    for (const auto& point : page->response.points()) texts.push_back(point.figure().text());
    after = page->next;
  } while (after.has_value());
  EXPECT_THAT(texts, ElementsAre("14 million people", "90 percent", "2 million people"));
}

TEST_P(StoreConformance, DropsWhatARevisionDrops) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Person("Ana Borg", "Director", "Port Board").Person("Ivo Zahra"));
  entities.Commit(Draft(Uri(2)).Person("Ana Borg"));
  entities.Commit(Draft(Uri(1)).Person("Ivo Zahra").Words("They changed it."));
  const Entity borg = entities.Only(Entity::KIND_PERSON, "borg");
  EXPECT_EQ(borg.release_count(), 1);
  EXPECT_THAT(borg.roles(), IsEmpty());
  EXPECT_THAT(entities.Mentions(borg.name()), SizeIs(1));
  EXPECT_EQ(entities.Only(Entity::KIND_PERSON, "zahra").release_count(), 1);
  entities.Commit(Draft(Uri(2)).Words("Nobody is named any more."));
  EXPECT_THAT(entities.List(Entity::KIND_PERSON, "borg"), IsEmpty());
}

TEST_P(StoreConformance, RemembersWhatAPersonMerged) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Person("William Swing"));
  entities.Commit(Draft(Uri(2)).Person("Bill Swing").Person("Ana Borg"));
  const Entity william = entities.Only(Entity::KIND_PERSON, "william");
  const Entity bill = entities.Only(Entity::KIND_PERSON, "bill");
  const auto stale = entities.derivation().Merge(william.name(), {bill.name()}, "0-0");
  EXPECT_EQ(ErrorReason(stale.status()), "ETAG_MISMATCH");
  const auto merged = entities.derivation().Merge(william.name(), {bill.name()}, william.etag());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(entities.Get(bill.name()).name(), william.name());
  EXPECT_EQ(entities.Get(william.name()).release_count(), 2);
  EXPECT_EQ(entities.Get(william.name()).aliases(0).basis(), "person");
  EXPECT_EQ(entities.Stored(Uri(2)).people(0).entity(), william.name());
  // Later releases follow, and so does everything that is derived anew.
  entities.Commit(Draft(Uri(3)).Person("Bill Swing"));
  EXPECT_EQ(entities.Get(william.name()).release_count(), 3);
  // A merge of a merge.
  const Entity borg = entities.Only(Entity::KIND_PERSON, "borg");
  ASSERT_TRUE(entities.derivation().Merge(borg.name(), {william.name()}, "").ok());
  EXPECT_EQ(entities.Get(bill.name()).name(), borg.name());
  ASSERT_TRUE(entities.derivation().Rebuild().ok());
  ASSERT_TRUE(entities.derivation().Drain().ok());
  entities.Commit(Draft(Uri(4)).Person("Bill Swing"));
  EXPECT_EQ(entities.Get(bill.name()).name(), borg.name());
  EXPECT_EQ(entities.Get(borg.name()).release_count(), 4);
}

TEST_P(StoreConformance, RemembersWhatAPersonSplit) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Organization("Institute of Medicine", "IOM"));
  entities.Commit(Draft(Uri(2)).Organization("IOM"));
  const Entity body = entities.Only(Entity::KIND_ORGANIZATION, "");
  EXPECT_EQ(body.release_count(), 2);
  EXPECT_EQ(ErrorReason(entities.derivation().Split(body.name(), {"WHO"}, "").status()), "INVALID_ENTITY");
  EXPECT_EQ(ErrorReason(entities.derivation().Split(body.name(), {"IOM", "Institute of Medicine"}, "").status()),
            "INVALID_ENTITY");
  const auto parted = entities.derivation().Split(body.name(), {"IOM"}, body.etag());
  ASSERT_TRUE(parted.ok()) << parted.status();
  EXPECT_EQ(entities.Get(parted->first).release_count(), 1);
  EXPECT_EQ(entities.Get(parted->second).display_name(), "IOM");
  EXPECT_EQ(entities.Stored(Uri(1)).organizations(0).entity(), parted->first);
  EXPECT_EQ(entities.Stored(Uri(2)).organizations(0).entity(), parted->second);
  // Later releases follow, the text that bound the acronym too.
  entities.Commit(Draft(Uri(3)).Organization("Institute of Medicine", "IOM"));
  entities.Commit(Draft(Uri(4)).Organization("IOM"));
  EXPECT_EQ(entities.Stored(Uri(3)).organizations(0).entity(), parted->first);
  EXPECT_EQ(entities.Stored(Uri(4)).organizations(0).entity(), parted->second);
  ASSERT_TRUE(entities.derivation().Rebuild().ok());
  ASSERT_TRUE(entities.derivation().Drain().ok());
  EXPECT_EQ(entities.Stored(Uri(4)).organizations(0).entity(), parted->second);
  EXPECT_NE(entities.Stored(Uri(3)).organizations(0).entity(), parted->second);
}

TEST_P(StoreConformance, SplitsAfterAMerge) {
  Entities entities(store_, clock_);
  entities.Commit(Draft(Uri(1)).Person("William Swing"));
  entities.Commit(Draft(Uri(2)).Person("Bill Swing"));
  const Entity william = entities.Only(Entity::KIND_PERSON, "william");
  const Entity bill = entities.Only(Entity::KIND_PERSON, "bill");
  ASSERT_TRUE(entities.derivation().Merge(william.name(), {bill.name()}, "").ok());
  const auto parted = entities.derivation().Split(william.name(), {"Bill Swing"}, "");
  ASSERT_TRUE(parted.ok()) << parted.status();
  entities.Commit(Draft(Uri(3)).Person("Bill Swing"));
  EXPECT_EQ(entities.Get(parted->second).release_count(), 2);
  EXPECT_EQ(entities.Get(william.name()).release_count(), 1);
}

TEST_P(StoreConformance, PagesThroughEntitiesByFrequency) {
  Entities entities(store_, clock_);
  Draft many(Uri(0));
  for (int i = 0; i < 5; ++i) many.Person(fmt::format("Ana{} Borg{}", i, i));
  entities.Commit(many);
  entities.Commit(Draft(Uri(1)).Person("Ana3 Borg3"));
  std::vector<std::string> names;
  std::optional<Position> after;
  do {
    const auto page =
        AnswerEntities(store_.derived(),
                       {.kind = Entity::KIND_PERSON, .query = "", .contacts_only = false, .limit = 2, .after = after});
    ASSERT_TRUE(page.ok());
    for (const Entity& entity : page->response.entities()) names.push_back(entity.display_name());
    after = page->next;
  } while (after.has_value());
  EXPECT_THAT(names, SizeIs(5));
  EXPECT_EQ(names[0], "Ana3 Borg3");
  EXPECT_THAT(entities.Names(Entity::KIND_PERSON, "borg4"), ElementsAre("Ana4 Borg4"));
  EXPECT_THAT(entities.Names(Entity::KIND_PERSON, "borg"), SizeIs(5));
}

TEST_P(StoreConformance, FindsEntitiesAndDecisionsByKeysOfAnyLength) {
  const std::string key = "n:" + std::string(5'000, 'a');
  const std::string like = key + "b";
  DerivedChanges changes;
  changes.generation = *store_.derived().DerivedGeneration();
  changes.keys_added = {{.kind = Entity::KIND_PERSON, .key = key, .entity_id = 7},
                        {.kind = Entity::KIND_PERSON, .key = like, .entity_id = 8}};
  changes.pins_put = {{.kind = Entity::KIND_PERSON, .key = key, .entity = "people/of-the-key"}};
  std::promise<absl::Status> applied;
  store_.derived().ApplyDerived(changes, [&applied](const absl::Status& status) { applied.set_value(status); });
  ASSERT_TRUE(applied.get_future().get().ok());
  const std::vector<SoughtEntityKey> sought{
      {Entity::KIND_PERSON, like}, {Entity::KIND_PLACE, key}, {Entity::KIND_PERSON, key}, {Entity::KIND_PERSON, like}};
  EXPECT_THAT(*store_.derived().FindEntities(sought, 10),
              ElementsAre(ElementsAre(8), IsEmpty(), ElementsAre(7), ElementsAre(8)));
  EXPECT_THAT(*store_.derived().FindEntitiesByPrefix(Entity::KIND_PERSON, "n:aaa", 10), SizeIs(2));
  const auto pins = store_.derived().FindPins(sought);
  ASSERT_TRUE(pins.ok()) << pins.status();
  ASSERT_THAT(*pins, SizeIs(1));
  EXPECT_EQ(pins->front().key, key);
  EXPECT_EQ(pins->front().entity, "people/of-the-key");
}

TEST_P(StoreConformance, KnowsNoEntityThatIsNotThere) {
  const auto entity = AnswerEntity(store_.derived(), "people/00000000-0000-5000-8000-000000000000");
  EXPECT_EQ(ErrorReason(entity.status()), "ENTITY_NOT_FOUND");
  EXPECT_THAT(std::string(entity.status().message()), HasSubstr("no such entity"));
}

}  // namespace
}  // namespace dateline::storage
