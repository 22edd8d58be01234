// Proves what holds for every document: the invariants of invariants.h, the same release for the same input, also from
// many threads at once, and that hostile documents end in reasonable time. Documents are put together at random from
// pieces that steer the rules; the seed is fixed and printed.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

#include "services/extraction/extract.h"
#include "services/extraction/invariants.h"

namespace dateline::extraction {
namespace {

constexpr unsigned kSeed = 20261122;

constexpr std::array<std::string_view, 80> kPieces = {
    "Home\n",
    "News\n",
    "Press release\n",
    "Share this page:\n",
    "Facebook\n",
    "-\n",
    "Our Work\n",
    "Our WorkAs the leading office, we work.\n",
    "\n",
    "\n\n",
    "River office opens a station on the left bank\n",
    "Nairobi – The river office opened a new station on the left bank today.\n",
    "GENEVA, 5 March 2024 (RBO) -- ",
    "“Water does not stop,” she said.",
    "Photo: RBO\n",
    "© Ada Quay\n",
    "###\n",
    "ENDS\n",
    "About the office\n",
    "Notes to editors\n",
    "Contacts:\n",
    "Lee Hart\n",
    "Press Officer\n",
    "Tel: +254 712 345678 ",
    "Email: a.b@rbo.example\n",
    "(+32) 2 28 ",
    "+ 86 138 ",
    "18-07-2019 - 11:37\n",
    "today (11 March) ",
    "EMBARGOED UNTIL 10:00 CET, 5 March 2024\n",
    "Ref.:\n",
    "20190712IPR56948\n",
    "Pär Liljert ",
    "e\u0301 ",
    "新华社日内瓦3月5日电 ",
    "流域办公室今天启用新的监测站。",
    "جنيف – ",
    "افتتح مكتب النهر اليوم محطة جديدة.",
    "Женева, 5 марта 2024 г. – ",
    "Управление открыло станцию сегодня утром.\n",
    "\u200F",
    "\uFEFF",
    "\u00AD",
    "\t\t\t\t\t\t\t\t\t",
    "* ",
    "• point one of the list\n",
    "https://rbo.example/a\n",
    "a,b;c:d ",
    "(((((",
    "))))",
    "\"\"\"",
    "<p>",
    "</p><div>",
    "<h1>River office</h1>",
    "<a href='/x'>link words</a> ",
    "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>",
    "<ul><li>one<li>two</ul>",
    "<figure><img src=/i.jpg><figcaption>A crane. Photo: RBO</figcaption></figure>",
    "<script>x</script>",
    "<br><br>",
    "&amp;&lt;&#x301;",
    "<blockquote>",
    "U+0000? no ",
    "“We opened the lock,” said Ada Quay, Head of Office. ",
    "\"It rose again,\" he noted. \"And again.\" ",
    "\"A paragraph that goes on.\n\n",
    "According to Prof. Lee Hart, “the ‘old’ lock ",
    "« Le lac monte », a déclaré Mme Quay. ",
    "“水位上升，”李明说。",
    "Minister Ada Quay said:\n\n",
    "more than 14 million people and about 3.5% ",
    "between €1,000 and US$ 2.5 billion in 2004-2005, ",
    "twenty-five of the one hundred and two ",
    "The River Basin Office (RBO) ",
    "RBO's Mr. J. R. O'Quay-Hart, Jr., of Geneva, Switzerland, ",
    "McARTHUR, Inc. and the Ministry of Water and Power of Kenya ",
    "funded by the European Union's Water Facility under the Blue Locks Programme ",
    "a seminar held in Nairobi from 3 to 5 March 2024, ",
    "the report “Locks and Boats: A Study” ",
    "The office said that it would publish the report on all six countries before June, and that the water was "
    "clean.\n"};

std::string RandomDocument(std::mt19937& random) {
  std::string document;
  if (random() % 2 == 0) document = "<html><body>";
  const std::size_t count = 1 + random() % 60;
  for (std::size_t i = 0; i < count; ++i) document += kPieces[random() % kPieces.size()];
  // Some bytes go wrong.
  if (random() % 4 == 0 && !document.empty()) document[random() % document.size()] = static_cast<char>(random());
  return document;
}

TEST(ExtractProperty, HoldsForRandomDocumentsAndIsDeterministic) {
  RecordProperty("seed", static_cast<int>(kSeed));
  std::mt19937 random(kSeed);
  const auto extractor = *Extractor::Create();
  const auto other = *Extractor::Create();
  int made = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string document = RandomDocument(random);
    const Input input{.bytes = document, .uri = "https://rbo.example/2024/03/05/x", .default_region = "KE"};
    const auto release = extractor->Extract(input);
    if (!release.ok()) {
      EXPECT_EQ(release.status().code(), absl::StatusCode::kInvalidArgument) << release.status();
      continue;
    }
    ++made;
    ASSERT_EQ(FindBrokenInvariant(*release), "") << "round " << round << " of seed " << kSeed << ": " << document;
    ASSERT_EQ(release->SerializeAsString(), other->Extract(input)->SerializeAsString()) << document;
  }
  EXPECT_GT(made, 2000);
}

TEST(ExtractProperty, GivesTheSameFromManyThreads) {
  std::mt19937 random(kSeed);
  std::vector<std::string> documents;
  for (int i = 0; i < 40; ++i) documents.push_back(RandomDocument(random));
  const auto extractor = *Extractor::Create();
  const auto all = [&] {
    std::string out;
    for (const std::string& document : documents) {
      const auto release = extractor->Extract({.bytes = document});
      out += release.ok() ? release->SerializeAsString() : std::string(release.status().message());
    }
    return out;
  };
  const std::string expected = all();
  std::vector<std::thread> threads;
  std::array<std::string, 4> results;
  for (std::string& result : results) threads.emplace_back([&] { result = all(); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) EXPECT_EQ(result, expected);
}

TEST(ExtractProperty, EndsOnHostileDocuments) {
  const auto extractor = *Extractor::Create();
  for (const char* piece : {"a",
                            "a\n",
                            "a b\n\n",
                            "(",
                            "+1 ",
                            "a@",
                            "5 March ",
                            "today (",
                            "\"",
                            "- x\n",
                            "Photo: ",
                            "/1",
                            "Contact: a@b.example\n",
                            "é",
                            "中",
                            "Tel: 020 7944 3021, ",
                            "<div>",
                            "<b><p>",
                            "<table><tr><td>x",
                            "<a href=x>y",
                            "&#x301;"}) {
    for (const char* head : {"", "<html><body>"}) {
      std::string document = head;
      while (document.size() < (std::size_t{1} << 20)) document += piece;
      const auto release = extractor->Extract({.bytes = document});
      EXPECT_EQ(release.ok() ? FindBrokenInvariant(*release) : "", "") << head << piece;
    }
  }
}

}  // namespace
}  // namespace dateline::extraction
