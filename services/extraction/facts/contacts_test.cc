// Proves how contact sections become contacts: sentences and lines of one contact join, a malformed number stays as
// written, and neither addresses nor labels become names.
#include "services/extraction/facts/contacts.h"

#include <gtest/gtest.h>

#include "services/extraction/facts/contact_tokens.h"
#include "services/extraction/facts/phones.h"

namespace dateline::extraction {
namespace {

release::v1::Release Read(std::string_view section, const std::vector<std::string>& regions = {}) {
  static const Gazetteer gazetteer;
  release::v1::Release release;
  release.set_text(std::string(section));
  release::v1::Section* zone = release.add_sections();
  zone->set_kind(release::v1::Section::CONTACT);
  zone->mutable_span()->set_end(static_cast<uint32_t>(section.size()));
  FindContacts(regions, gazetteer, &release);
  return release;
}

std::string_view Words(const release::v1::Release& release, const release::v1::Span& span) {
  return std::string_view(release.text()).substr(span.start(), span.end() - span.start());
}

TEST(Contacts, PassOverWhereSomebodyIsReached) {
  const auto release = Read(
      "In Aden: Monica Quay, Tel: +967 730 552 233, mquay@harbour.example\n"
      "In Geneva: Safa Hart, Tel: +41 79 403 5526, shart@harbour.example");
  ASSERT_EQ(release.contacts_size(), 2);
  EXPECT_EQ(release.contacts(0).display_name(), "Monica Quay");
  EXPECT_EQ(release.contacts(1).display_name(), "Safa Hart");
  EXPECT_EQ(release.contacts(1).organization(), "");
}

TEST(Contacts, KeepInitialsSaintsAndBodiesApart) {
  const auto two = Read("Contact: Barry E. Hart and Ada Quay, 202/224-2551.", {"US"});
  ASSERT_EQ(two.contacts_size(), 2);
  EXPECT_EQ(two.contacts(0).display_name(), "Barry E. Hart");
  EXPECT_EQ(two.contacts(1).display_name(), "Ada Quay");
  EXPECT_EQ(two.contacts(0).organization(), "");
  const auto saint = Read("Contact: Amy St. Clair, 202/224-2551.", {"US"});
  ASSERT_EQ(saint.contacts_size(), 1);
  EXPECT_EQ(saint.contacts(0).display_name(), "Amy St. Clair");
  const auto body = Read("Contact\nPeter Hart FAO Media Relations (Rome) (+39) 06 570 53625 peter.hart@fao.example");
  ASSERT_EQ(body.contacts_size(), 1);
  EXPECT_EQ(body.contacts(0).display_name(), "Peter Hart");
  const auto firm = Read("Medrosa AG\nBeat Hart, +41 61 555 01 77");
  ASSERT_EQ(firm.contacts_size(), 1);
  EXPECT_EQ(firm.contacts(0).display_name(), "Beat Hart");
}

TEST(Contacts, AreNoCoordinatesAndAddressesOfTheWeb) {
  const auto release = Read(
      "Contact: 35.0325; 43.6463889\nPlease visit: http://www.harbour.example/wps/2006/05/0150.xml and "
      "www.h.example/2006055555");
  EXPECT_EQ(release.contacts_size(), 0);
}

TEST(Contacts, TellAFirmFromAPerson) {
  const auto release = Read(
      "Jane Quay, 858-555-0142\nInvestor Relations\njquay@harbour.example\nor\n"
      "Brightline Partners\nTom Hart, +1-415-555-0199\nthart@brightline.example",
      {"US"});
  ASSERT_EQ(release.contacts_size(), 2);
  EXPECT_EQ(release.contacts(0).display_name(), "Jane Quay");
  EXPECT_EQ(release.contacts(0).email(), "jquay@harbour.example");
  EXPECT_EQ(release.contacts(1).display_name(), "Tom Hart");
  EXPECT_EQ(release.contacts(1).organization(), "Brightline Partners");
}

TEST(Contacts, JoinsTheSentencesOfOneContact) {
  const auto release = Read(
      "For further information please contact Ada Quay at HBT China. Email: ada.quay@HARBOUR.example, Tel: "
      "+86105979969.");
  ASSERT_EQ(release.contacts_size(), 1);
  const auto& contact = release.contacts(0);
  EXPECT_EQ(contact.display_name(), "Ada Quay");
  EXPECT_EQ(contact.organization(), "HBT China");
  EXPECT_EQ(contact.email(), "ada.quay@harbour.example");
  ASSERT_EQ(contact.phones_size(), 1);
  EXPECT_EQ(contact.phones(0).raw(), "+86105979969");
  EXPECT_FALSE(contact.phones(0).valid());
  EXPECT_FALSE(contact.phones(0).invalid_reason().empty());
  EXPECT_EQ(Words(release, contact.phones(0).span()), "+86105979969");
  EXPECT_EQ(Words(release, contact.span()),
            "Ada Quay at HBT China. Email: ada.quay@HARBOUR.example, Tel: +86105979969");
}

TEST(Contacts, ReadsASpaceBehindThePlusSign) {
  const auto release = Read(
      "For further information please contact Ada Quay, HBT Beijng, Tel: + 86 13811209875, Email: a@harbour.example");
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).organization(), "HBT Beijng");
  EXPECT_EQ(release.contacts(0).phones(0).raw(), "+ 86 13811209875");
  EXPECT_EQ(release.contacts(0).phones(0).e164(), "+8613811209875");
  EXPECT_TRUE(release.contacts(0).phones(0).valid());
  EXPECT_EQ(release.contacts(0).phones(0).region(), "CN");
}

TEST(Contacts, ReadsBlocksOfLines) {
  const auto release = Read(
      "Contacts:\n\nZoë KRANĀS\nPress Officer\nContact data:\nPhone number: (+32) 2 28 32547 (BXL)\nMobile number: "
      "(+32) 470 96 08 19\n"
      "E-mail: zoe.kranas@assembly.example\nE-mail: desk@assembly.example\n\nVera Lund\nPress Officer\nPhone number: "
      "(+33) 3 881 72420 (STR)");
  ASSERT_EQ(release.contacts_size(), 3);
  EXPECT_EQ(release.contacts(0).display_name(), "Zoë KRANĀS");
  EXPECT_EQ(release.contacts(0).role(), "Press Officer");
  EXPECT_EQ(release.contacts(0).phones_size(), 2);
  EXPECT_EQ(release.contacts(1).display_name(), "Zoë KRANĀS");
  EXPECT_EQ(release.contacts(1).email(), "desk@assembly.example");
  EXPECT_EQ(release.contacts(2).display_name(), "Vera Lund");
  EXPECT_EQ(release.contacts(2).phones(0).region(), "FR");
}

TEST(Contacts, TakesAddressesForNeitherNamesNorOrganizations) {
  const auto release = Read(
      "Harbour Research Centre\nBuilding R103\nFermi Avenue\nNewton Abbey\nOX11 "
      "0QX\nEmail\ndesk@centre.example\nTelephone\n+44 (0)30 67704236");
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).display_name(), "");
  EXPECT_EQ(release.contacts(0).organization(), "Harbour Research Centre");
  EXPECT_EQ(release.contacts(0).phones(0).e164(), "+443067704236");
}

TEST(Contacts, ReadsNationalNumbersByTheRegionGiven) {
  EXPECT_TRUE(Read("Contact: Lee Hart, 202/224-4774.", {"US"}).contacts(0).phones(0).valid());
  const auto open = Read("Contact: Lee Hart, 202/224-4774.");
  ASSERT_EQ(open.contacts_size(), 1);
  EXPECT_EQ(open.contacts(0).display_name(), "Lee Hart");
  EXPECT_FALSE(open.contacts(0).phones(0).valid());
  EXPECT_EQ(open.contacts(0).phones(0).raw(), "202/224-4774");
  // The address's own domain tells the region.
  EXPECT_EQ(Read("Press: 020 7946 0018, desk@ministry.gov.uk").contacts(0).phones(0).region(), "GB");
}

TEST(Contacts, ReadsOtherScripts) {
  const auto chinese = Read("联系人：王小明 电话：+86 10 6505 8899 邮箱：wang@harbour.example");
  ASSERT_EQ(chinese.contacts_size(), 1);
  EXPECT_EQ(chinese.contacts(0).display_name(), "王小明");
  EXPECT_EQ(chinese.contacts(0).email(), "wang@harbour.example");
  EXPECT_TRUE(chinese.contacts(0).phones(0).valid());
  const auto russian = Read("Контакт для СМИ: Анна Петрова, тел. +7 495 123-45-67");
  ASSERT_EQ(russian.contacts_size(), 1);
  EXPECT_EQ(russian.contacts(0).display_name(), "Анна Петрова");
}

TEST(Contacts, TakesNoLabelForANameOrAnOrganization) {
  const auto chinese = Read("联系人：周敏，电话：+86 10 6505 8899，邮箱：zhou@harbour.example");
  ASSERT_EQ(chinese.contacts_size(), 1);
  EXPECT_EQ(chinese.contacts(0).display_name(), "周敏");
  EXPECT_EQ(chinese.contacts(0).organization(), "");
  EXPECT_EQ(chinese.contacts(0).email(), "zhou@harbour.example");
}

TEST(Contacts, KeepsAnOrganizationWholeThatHasAnOfInItsName) {
  const auto release =
      Read("For further information please contact Femke de Vries, Council of Port Towns, Tel: +44 20 7946 0958");
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).display_name(), "Femke de Vries");
  EXPECT_EQ(release.contacts(0).organization(), "Council of Port Towns");
}

TEST(ContactTokens, FindsAddresses) {
  const std::string text = "Write to a.b+c@x.example. or (d@e.example), not @handle, x@y, a@b..c";
  const auto found = FindEmails(text);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(text.substr(found[0].begin, found[0].end - found[0].begin), "a.b+c@x.example");
  EXPECT_EQ(text.substr(found[1].begin, found[1].end - found[1].begin), "d@e.example");
}

TEST(ContactTokens, LeavesOutDatesYearsAndMoney) {
  for (const char* text : {"18-07-2019", "2014-2020", "$4,029,472", "about 1,000,000 people", "IPR56948123",
                           "28046 Madrid", "2-8 - 48008", "550000%"}) {
    EXPECT_TRUE(FindPhones(text).empty()) << text;
  }
  EXPECT_EQ(FindPhones("Tel: 020 7944 3021; fax 020 7944 3022").size(), 2U);
  EXPECT_TRUE(FindPhones("fax 020 7944 3022")[0].fax);
}

TEST(Phones, NamesTheRegionOfTheCode) {
  EXPECT_EQ(RegionOfPhone("+41 22 717 91 11"), "CH");
  EXPECT_EQ(RegionOfPhone("022 717 91 11"), "");
  EXPECT_EQ(JudgePhone("+999 123 456", {}).valid(), false);
  EXPECT_EQ(JudgePhone("+1 202 224", {}).invalid_reason(), "TOO_SHORT");
}

}  // namespace
}  // namespace dateline::extraction
