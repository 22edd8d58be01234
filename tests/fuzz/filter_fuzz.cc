// Any bytes as a filter: parsing ends in a tree or an INVALID_FILTER with a position inside the input; what parses is
// printed to something that parses to the same tree; what compiles can be evaluated, and three-valued evaluation agrees
// with the full record wherever it answers at all.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/error.h"
#include "common/filter/filter.h"
#include "common/filter/parser.h"

namespace {

using dateline::filter::Expression;
using dateline::filter::Filter;
using dateline::filter::Subject;
using dateline::filter::Truth;
using dateline::release::v1::Release;

void Require(bool condition) {
  if (!condition) std::abort();
}

const Release& FullRelease() {
  static const Release release = [] {
    Release r;
    r.set_title("Climate and migration");
    r.set_language("en");
    r.set_text("Sanya - Fourteen officials met. \xE7\xA7\xBB\xE6\xB0\x91 e\xCC\x81t\xC3\xA9");
    r.mutable_publish()->mutable_date()->set_year(2018);
    r.add_people()->set_role("Minister");
    r.add_figures()->set_value(14e6);
    r.add_contacts()->add_phones()->set_raw("+86105979969");
    r.add_sections()->set_kind(dateline::release::v1::Section::LEAD);
    return r;
  }();
  return release;
}

const Release& WithoutText() {
  static const Release release = [] {
    Release r = FullRelease();
    r.clear_text();
    return r;
  }();
  return release;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Expression> tree = dateline::filter::Parse(text);
  if (!tree.ok()) {
    Require(dateline::ErrorReason(tree.status()) == "INVALID_FILTER");
    const auto position = dateline::ErrorMetadataValue(tree.status(), "position");
    Require(position.has_value() && std::strtoull(position->c_str(), nullptr, 10) <= size);
    return 0;
  }
  const std::string printed = Print(*tree);
  if (printed.size() <= dateline::filter::kFilterBytesMax) {
    const absl::StatusOr<Expression> again = dateline::filter::Parse(printed);
    Require(again.ok() && *again == *tree);
  }
  const absl::StatusOr<Filter> filter = dateline::filter::Compile(text);
  if (!filter.ok()) {
    Require(dateline::ErrorReason(filter.status()) == "INVALID_FILTER");
    return 0;
  }
  const bool matches = filter->Matches(FullRelease());
  const Truth truth = filter->Evaluate(Subject(WithoutText(), {.text = true}));
  Require(truth == Truth::kUnknown || (truth == Truth::kYes) == matches);
  return 0;
}
