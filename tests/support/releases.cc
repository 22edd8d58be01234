#include "tests/support/releases.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace dateline::testing {
namespace {

constexpr std::array<const char*, 8> kPlaces = {"Geneva", "Nairobi", "Bogotá", "Vienna",
                                                "Manila", "Tunis",   "Quito",  "Oslo"};
constexpr std::array<const char*, 8> kThings = {"Ferries",  "Clinics", "Wells",   "Archives",
                                                "Harbours", "Schools", "Bridges", "Orchards"};

constexpr std::array<const char*, 48> kWords = {
    "river",   "market", "bridge",  "winter", "school", "garden", "letter", "window", "harvest", "timber",
    "village", "engine", "summer",  "pencil", "mirror", "candle", "copper", "valley", "button",  "ladder",
    "orchard", "basket", "thunder", "marble", "forest", "kettle", "meadow", "silver", "wagon",   "lantern",
    "cotton",  "hammer", "island",  "pepper", "saddle", "walnut", "bakery", "canvas", "dairy",   "fabric",
    "gravel",  "helmet", "jacket",  "ledger", "needle", "parcel", "quarry", "ribbon"};

// A paragraph of its own for each number: releases of one newsroom are alike, but no copies of each other.
std::string OwnWords(size_t number) {
  constexpr size_t kSentences = 12;
  constexpr size_t kSentenceWords = 12;
  uint64_t random = number * 0x9E3779B97F4A7C15ULL + 0x632BE59BD9B4E019ULL;
  std::string text;
  for (size_t sentence = 0; sentence < kSentences; ++sentence) {
    text += "The";
    for (size_t word = 0; word < kSentenceWords; ++word) {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      text += fmt::format(" {}", kWords[(random >> 33) % kWords.size()]);
    }
    text += ". ";
  }
  return text;
}

}  // namespace

std::string ReleaseTitle(size_t number) {
  return fmt::format("{} of {} Open Again After Repair Number {}", kThings[number / 8 % 8], kPlaces[number % 8],
                     number);
}

std::string ReleaseTextFile(size_t number) {
  const char* place = kPlaces[number % 8];
  const char* thing = kThings[number / 8 % 8];
  return fmt::format(
      "{0}\n\n"
      "{1} – The {2} of {1} opened again on Monday after repair number {3}, the Agency for Common Works said. More "
      "than {4} "
      "people depend on them every day.\n\n"
      "“Nobody had to wait longer than {5} minutes,” said Amina Keller, the Agency's Director of Works. “That is what "
      "we "
      "promised, and it is what the people of {1} were owed.”\n\n"
      "{7}\n\n"
      "The repair is part of the Common Works Programme and was paid for by the Solidarity Fund.\n\n"
      "For further information please contact Jonas Brandt at the Agency for Common Works. Email: "
      "press{3}@works.example, "
      "Tel: +44 20 7946 {6:04}\n",
      ReleaseTitle(number), place, thing, number, 1000 + number * 7, 5 + number % 50, number % 10000, OwnWords(number));
}

}  // namespace dateline::testing
