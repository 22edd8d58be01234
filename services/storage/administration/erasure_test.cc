// Proves what counts as a person's address or number in bytes, that what is longer is left alone, and that spans keep
// their places in a record that was erased.

#include "services/storage/administration/erasure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {
namespace {

std::string Erased(std::string_view value, std::string text) {
  Eraser::For(value)->Erase(&text);
  return text;
}

TEST(Eraser, FindsAddressesInWhateverCase) {
  EXPECT_EQ(Erased("li@iom.int", "Write to Li@IOM.int."), "Write to **********.");
  EXPECT_EQ(Erased("li@iom.int", "mailto:li@iom.int\""), "mailto:**********\"");
  EXPECT_EQ(Erased("li@iom.int", "ali@iom.int li@iom.int.org"), "ali@iom.int li@iom.int.org");
  EXPECT_EQ(Eraser::For("li@iom.int")->Count("li@iom.int, li@iom.int"), 2u);
}

TEST(Eraser, FindsNumbersHoweverTheyAreWritten) {
  EXPECT_EQ(Erased("+41227919111", "Tel.: +41 22 791 91 11, fax"), "Tel.: ****************, fax");
  EXPECT_EQ(Erased("+41227919111", "0041 (22) 791-9111"), "******************");
  EXPECT_EQ(Erased("+41227919111", "href=tel:+41227919111>"), "href=tel:************>");
  EXPECT_EQ(Erased("+41227919111", "141227919111 412279191110"), "141227919111 412279191110");
}

TEST(Eraser, KeepsThePlacesOfARecordAndDropsTheContact) {
  release::v1::Release release;
  release.set_text("Ask li@iom.int or press@iom.int.");
  auto* one = release.add_contacts();
  one->set_email("li@iom.int");
  one->mutable_span()->set_start(4);
  one->mutable_span()->set_end(14);
  auto* two = release.add_contacts();
  two->set_email("press@iom.int");
  EXPECT_GT(Eraser::For("LI@iom.int")->Erase(&release), 0u);
  EXPECT_EQ(release.text(), "Ask ********** or press@iom.int.");
  ASSERT_EQ(release.contacts_size(), 1);
  EXPECT_EQ(release.contacts(0).email(), "press@iom.int");
  EXPECT_FALSE(Eraser::For("li@iom.int")->MayStandIn(release.SerializeAsString()));
}

TEST(Eraser, RefusesWhatIsNeitherAddressNorNumber) {
  for (const char* value : {"", "li", "@iom.int", "li@iom", "+12", "+41 22", "0041227919111", "a b@c.d"}) {
    EXPECT_EQ(ErrorReason(Eraser::For(value).status()), "INVALID_CONTACT") << value;
  }
}

}  // namespace
}  // namespace dateline::storage
