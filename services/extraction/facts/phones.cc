#include "services/extraction/facts/phones.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::string_view kUnknownRegion = "ZZ";

std::string ReasonOf(const PhoneNumberUtil& util, const PhoneNumber& number) {
  switch (util.IsPossibleNumberWithReason(number)) {
    case PhoneNumberUtil::TOO_SHORT:
      return "TOO_SHORT";
    case PhoneNumberUtil::TOO_LONG:
      return "TOO_LONG";
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
      return "INVALID_COUNTRY_CODE";
    case PhoneNumberUtil::INVALID_LENGTH:
      return "INVALID_LENGTH";
    // The length occurs only inside the area, without its code.
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
      return "INVALID_LENGTH";
    case PhoneNumberUtil::IS_POSSIBLE:
      return "NOT_A_NUMBER_OF_REGION";
  }
  return "NOT_A_NUMBER_OF_REGION";
}

std::string Tidy(std::string_view raw) {
  // "+ 86 ..." is read as "+86 ...".
  std::string out;
  for (const char c : raw) {
    if (c == ' ' && !out.empty() && out.back() == '+') continue;
    out.push_back(c);
  }
  return out;
}

bool HasCountryCode(std::string_view raw) {
  return raw.starts_with("+") || raw.starts_with("(+") || raw.starts_with("00");
}

}  // namespace

std::string RegionOfPhone(std::string_view raw) {
  if (!HasCountryCode(raw)) return {};
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(Tidy(raw), std::string(kUnknownRegion), &number) != PhoneNumberUtil::NO_PARSING_ERROR) return {};
  std::string region;
  util.GetRegionCodeForCountryCode(number.country_code(), &region);
  return region == kUnknownRegion ? std::string() : region;
}

release::v1::Phone JudgePhone(std::string_view raw, const std::vector<std::string>& regions) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  release::v1::Phone phone;
  phone.set_raw(std::string(raw));
  const std::string tidy = Tidy(raw);
  std::vector<std::string> tries;
  if (raw.starts_with("+") || raw.starts_with("(+")) {
    tries.emplace_back(kUnknownRegion);
  } else {
    tries = regions;
    if (tries.empty()) tries.emplace_back(kUnknownRegion);
  }
  bool judged = false;
  for (const std::string& region : tries) {
    PhoneNumber number;
    const PhoneNumberUtil::ErrorType error = util.Parse(tidy, region, &number);
    if (error != PhoneNumberUtil::NO_PARSING_ERROR) {
      if (phone.invalid_reason().empty()) {
        phone.set_invalid_reason(error == PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR ? "INVALID_COUNTRY_CODE"
                                 : error == PhoneNumberUtil::TOO_LONG_NSN             ? "TOO_LONG"
                                                                                      : "TOO_SHORT");
      }
      continue;
    }
    const bool valid = util.IsValidNumber(number);
    // The first region's verdict stands unless a later one makes the number valid.
    if (judged && !valid) continue;
    judged = true;
    std::string e164;
    util.Format(number, PhoneNumberUtil::E164, &e164);
    phone.set_e164(e164);
    phone.set_valid(valid);
    std::string code;
    if (valid) {
      util.GetRegionCodeForNumber(number, &code);
    } else {
      util.GetRegionCodeForCountryCode(number.country_code(), &code);
    }
    phone.set_region(code == kUnknownRegion ? std::string() : code);
    phone.set_invalid_reason(valid ? std::string() : ReasonOf(util, number));
    if (valid) break;
  }
  return phone;
}

}  // namespace dateline::extraction
