#pragma once
// The facts of a release beside its text: each gets a short id ("p1", "q2"), and the text is cut where facts begin and
// end, so that a page can tie the words to the facts and back. Facts overlap (a quote holds names): a stretch of words
// belongs to all facts around it and looks like the shortest. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/gateway/console/value.h"

namespace dateline::gateway {

struct Fact {
  std::string id;         // "p1": a letter for the kind, a number in the order of the record.
  std::string_view kind;  // "person": also the class of its words.
  std::vector<release::v1::Span> spans;
  Value card;  // What "fact.html" shows.
};

struct FactGroup {
  std::string_view kind;
  std::string_view heading;
  std::vector<Fact> facts;
};

// All facts, by kind, in the order in which a reader wants them.
std::vector<FactGroup> FactGroups(const release::v1::Release& release);

// The text of a release with the words of its facts marked.
class MarkedText {
 public:
  // Both outlive this.
  MarkedText(std::string_view text, const std::vector<FactGroup>& groups);
  // A part of the text, which is a view into it. Each fact's first words get the anchor "w-<id>", once.
  std::string Mark(std::string_view part);

 private:
  struct Stretch {
    uint32_t begin, end;
    const Fact* fact;
    bool first;
  };
  void Piece(std::string_view words, const std::vector<const Stretch*>& open, std::string& out) const;

  const std::string_view text_;
  std::vector<Stretch> stretches_;  // By begin, the longer first.
};

}  // namespace dateline::gateway
