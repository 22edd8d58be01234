// Any bytes as a robots.txt: nothing crashes, robots.txt itself may always be read, and what every rule allows is
// allowed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/http/robots.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view agent = text.substr(0, text.find('\n'));
  for (const std::string_view token : {std::string_view("Dateline"), agent}) {
    const auto rules = dateline::http::RobotsRules::Parse(text, token);
    if (!rules.Allows("/robots.txt")) std::abort();
    const std::string_view path = text.substr(size / 2, 64);
    if (rules.RulesAllow(path) && !rules.Allows(path)) std::abort();
  }
  return 0;
}
