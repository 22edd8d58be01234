#pragma once
// Which bytes of a release's text say a fact, as colours for a terminal: names, figures, dates and addresses each in
// one colour, quotations in italics over them. Immutable after construction; borrows nothing but the style.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

class FactMarks {
 public:
  FactMarks(const release::v1::Release& release, const Style& style);

  bool empty() const { return spans_.empty(); }
  // The kinds of facts in their colours.
  std::string Legend() const;
  // Appends `words`, which begin at byte `begin` of the text, with the colours of the facts they lie in. Words have to
  // come in the order of the text within a line only.
  void Paint(size_t begin, std::string_view words, std::string& out) const;

 private:
  // A stretch of text in one look; stretches are in order and do not overlap.
  struct Stretch {
    size_t begin;
    size_t end;
    std::string codes;
  };

  const Style& style_;
  std::vector<Stretch> spans_;
};

}  // namespace dateline::cli
