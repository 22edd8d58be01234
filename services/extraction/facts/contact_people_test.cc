// Proves that the people of contacts are the people of the release: the fuller form is taken over, who was not seen
// becomes a person, role and organisation are filled but never overwritten, and a name inside another entity is left.
#include "services/extraction/facts/contact_people.h"

#include <gtest/gtest.h>

#include <string>

#include "services/extraction/facts/fact_fixture.h"

namespace dateline::extraction {
namespace {

release::v1::Contact* AddContact(std::string_view name, release::v1::Release* release) {
  release::v1::Contact* contact = release->add_contacts();
  contact->set_display_name(std::string(name));
  contact->set_email("a@rbo.example");
  contact->set_confidence(release::v1::HIGH);
  const std::size_t at = release->text().rfind(name);
  *contact->mutable_span() = SpanOf(at, release->text().size());
  return contact;
}

TEST(ContactPeople, TakesTheFullerNameAndGivesRoleAndOrganization) {
  release::v1::Release release =
      BodyOf("Ada M. Quay spoke.\nContact: Ada Quay, Press Officer, RBO Kenia, a@rbo.example");
  release::v1::Person* person = AddPerson("Ada M. Quay", "Ada Quay", &release);
  person->set_organization("RBO");
  release::v1::Contact* contact = AddContact("Ada Quay", &release);
  contact->set_role("Press Officer");
  contact->set_organization("RBO Kenia");
  TieContactsToPeople(&release);
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(release.contacts(0).display_name(), "Ada M. Quay");
  EXPECT_EQ(release.contacts(0).organization(), "RBO Kenia") << "kept as written";
  EXPECT_EQ(release.people(0).role(), "Press Officer");
  EXPECT_EQ(release.people(0).organization(), "RBO") << "never overwritten";
}

TEST(ContactPeople, MakesAPersonOfWhoWasNotSeen) {
  release::v1::Release release = BodyOf("Ask Lee Hart.\nContact: Lee Hart, a@rbo.example");
  AddContact("Lee Hart", &release);
  TieContactsToPeople(&release);
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(release.people(0).display_name(), "Lee Hart");
  EXPECT_EQ(release.people(0).rule(), "person.contact");
  ASSERT_EQ(release.people(0).mentions_size(), 1);
  EXPECT_EQ(release.people(0).mentions(0).start(), 23u);
}

TEST(ContactPeople, LeavesWhatIsAnotherEntity) {
  release::v1::Release release = BodyOf("Contact: Lee Hart Trust, a@rbo.example");
  release::v1::Organization* trust = release.add_organizations();
  trust->set_display_name("Lee Hart Trust");
  MarkAll("Lee Hart Trust", release, trust);
  AddContact("Lee Hart", &release);
  TieContactsToPeople(&release);
  EXPECT_EQ(release.people_size(), 0);
}

}  // namespace
}  // namespace dateline::extraction
