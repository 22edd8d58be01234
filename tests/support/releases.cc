#include "tests/support/releases.h"

#include <fmt/format.h>

#include <array>

namespace dateline::testing {
namespace {

constexpr std::array<const char*, 8> kPlaces = {"Geneva", "Nairobi", "Bogotá", "Vienna",
                                                "Manila", "Tunis",   "Quito",  "Oslo"};
constexpr std::array<const char*, 8> kThings = {"Ferries",  "Clinics", "Wells",   "Archives",
                                                "Harbours", "Schools", "Bridges", "Orchards"};

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
      "The repair is part of the Common Works Programme and was paid for by the Solidarity Fund.\n\n"
      "For further information please contact Jonas Brandt at the Agency for Common Works. Email: "
      "press{3}@works.example, "
      "Tel: +44 20 7946 {6:04}\n",
      ReleaseTitle(number), place, thing, number, 1000 + number * 7, 5 + number % 50, number % 10000);
}

}  // namespace dateline::testing
