// Proves what short lines announce, and that sentences which begin alike announce nothing.
#include "services/extraction/zones/cues.h"

#include <gtest/gtest.h>

#include "common/text/normalize.h"
#include "services/extraction/zones/credit_marker.h"

namespace dateline::extraction {
namespace {

Cue CueOf(std::string_view line, std::size_t words) {
  return CueOfLine(text::FoldKey(line), words);
}

TEST(Cues, KnowsTheLabelsOfReleases) {
  EXPECT_EQ(CueOf("About the Harbour Trust", 4), Cue::kAbout);
  EXPECT_EQ(CueOf("À propos de la Fondation", 5), Cue::kAbout);
  EXPECT_EQ(CueOf("Notes to editors:", 3), Cue::kNotes);
  EXPECT_EQ(CueOf("Media contacts", 2), Cue::kContact);
  EXPECT_EQ(CueOf("Pressekontakt", 1), Cue::kContact);
  EXPECT_EQ(CueOf("联系方式", 2), Cue::kContact);
  EXPECT_EQ(CueOf("FOR IMMEDIATE RELEASE", 3), Cue::kEmbargo);
  EXPECT_EQ(CueOf("See also", 2), Cue::kRelated);
  EXPECT_EQ(CueOf("Press release", 2), Cue::kMasthead);
  EXPECT_EQ(CueOf("Skip to main content", 4), Cue::kChrome);
}

TEST(Cues, KnowsMastheadsWithANumber) {
  for (const char* line : {"PRESS RELEASE No. 31/25", "Press release 2024-118", "Pressemitteilung Nr. 12/2024",
                           "Communiqu\u00E9 de presse n\u00B0 7"})
    EXPECT_EQ(CueOf(line, 4), Cue::kMasthead) << line;
  EXPECT_EQ(CueOf("Statement says ferries missed 31/25", 5), Cue::kNone);
  EXPECT_EQ(CueOf("Harbour fined 25000", 3), Cue::kNone);
}

TEST(Cues, KnowsEndMarks) {
  for (const char* mark : {"###", "# # #", "* * *", "ENDS", "- ends -", "-30-", "### Return", "(完)"})
    EXPECT_EQ(CueOf(mark, 1), Cue::kEnd) << mark;
  for (const char* word : {"30", "end", "fine", "weekends", "#1 port in Europe"})
    EXPECT_NE(CueOf(word, 1), Cue::kEnd) << word;
}

TEST(Cues, LeavesSentencesAlone) {
  EXPECT_EQ(CueOf("About 40 ships wait outside the port.", 7), Cue::kNone);
  EXPECT_EQ(CueOf("Related costs rose by ten percent last year.", 8), Cue::kNone);
}

TEST(Cues, FindsCredits) {
  std::size_t bytes = 0;
  EXPECT_EQ(FindCreditMarker("A crane on the pier. Photo: Harbour Trust", &bytes), 21U);
  EXPECT_EQ(bytes, 6U);
  EXPECT_EQ(FindCreditMarker("Crane © Trust", &bytes), 6U);
  EXPECT_EQ(FindCreditMarker("The photocopier was new.", &bytes), std::string_view::npos);
}

}  // namespace
}  // namespace dateline::extraction
