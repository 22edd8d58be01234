#include "services/extraction/zones/body_zoning.h"

#include <algorithm>
#include <string_view>

namespace dateline::extraction {
namespace {

// A label such as "Contacts" is believed if an address or number follows within so many blocks.
constexpr std::size_t kContactReach = 8;
// Lines of a contact block are short.
constexpr std::size_t kMaxContactLineWords = 14;
// ... and those of an address shorter still.
constexpr std::size_t kMaxAddressWords = 8;
constexpr std::size_t kMaxHeadingWords = 16;
// Fewer words a line than this, on average, make the lines behind the text a menu.
constexpr std::size_t kMinListWords = 4;
constexpr std::size_t kMaxCaptionWords = 80;

// Where the machine stands.
enum class State { kBody, kContact, kAbout, kNotes, kRelated, kSite };

class Machine {
 public:
  Machine(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, std::size_t prose_end,
          bool flattened, Zoning& zoning)
      : blocks_(blocks), features_(features), prose_end_(prose_end), flattened_(flattened), zoning_(zoning) {
    FindReachableContacts();
  }

  void Run(std::size_t begin) {
    begin_ = begin;
    for (std::size_t i = begin; i < blocks_.size(); ++i) {
      if (zoning_.zones[i] == Zone::kCaption) continue;
      zoning_.zones[i] = Step(i);
    }
  }

 private:
  // For every block, whether an address or number stands in it or soon behind it; one pass from the end.
  void FindReachableContacts() {
    reachable_.assign(blocks_.size(), false);
    std::size_t next = blocks_.size() + kContactReach + 1;
    for (std::size_t i = blocks_.size(); i-- > 0;) {
      if (features_[i].email || features_[i].phone) next = i;
      reachable_[i] = next <= i + kContactReach;
    }
  }

  bool IsContactCue(std::size_t i) const {
    const LineFeatures& f = features_[i];
    if (SaysWhomToContact(f.key))
      return f.email || f.phone || (!f.prose && reachable_[i]) || f.key.find("please contact") != std::string::npos;
    if (f.cue != Cue::kContact) return false;
    return reachable_[i] && (!f.prose || f.email || f.phone);
  }

  Zone Step(std::size_t i) {
    const LineFeatures& f = features_[i];
    if (f.cue == Cue::kEnd) {
      ended_ = true;
      state_ = State::kNotes;
      return Zone::kDrop;
    }
    if (f.cue == Cue::kEmbargo && !f.prose) return Zone::kEmbargo;
    if (IsContactCue(i)) {
      state_ = State::kContact;
      return Zone::kContact;
    }
    // What follows a cue belongs to it; a menu label of the same words inside a contact block ("E-mail") does not end
    // it.
    if (i > begin_) {
      switch (f.cue) {
        case Cue::kAbout:
          state_ = State::kAbout;
          return Zone::kAbout;
        case Cue::kNotes:
          state_ = State::kNotes;
          return Zone::kNotes;
        case Cue::kRelated:
          if (f.prose) break;
          if (!flattened_ && i < prose_end_ && LeadsToProse(i)) break;
          state_ = State::kRelated;
          return Zone::kRelated;
        case Cue::kChrome:
        case Cue::kMasthead:
          if (i >= prose_end_) state_ = State::kSite;
          return Zone::kDrop;
        default:
          break;
      }
    }
    return Continue(i);
  }

  // A block that announces nothing.
  Zone Continue(std::size_t i) {
    const LineFeatures& f = features_[i];
    switch (state_) {
      case State::kBody:
        if (i >= prose_end_ && !f.prose && !TailIsList(i)) {
          state_ = State::kSite;
          return Zone::kDrop;
        }
        if (i >= prose_end_ && (f.email || f.phone) && !f.prose) {
          state_ = State::kContact;
          return Zone::kContact;
        }
        return BodyZone(i);
      case State::kContact:
        if (f.email || f.phone || (!f.prose && f.words <= kMaxContactLineWords)) return Zone::kContact;
        if (!f.prose) return Zone::kContact;
        // Running text again: the body goes on, or what follows its end.
        if (ended_ || i >= prose_end_) {
          state_ = State::kNotes;
          return Zone::kNotes;
        }
        state_ = State::kBody;
        return BodyZone(i);
      case State::kAbout:
      case State::kNotes:
        // An address in short lines, without a label of its own.
        if (!f.prose && !f.ends_sentence && f.words <= kMaxAddressWords && reachable_[i]) {
          state_ = State::kContact;
          return Zone::kContact;
        }
        return state_ == State::kAbout ? Zone::kAbout : Zone::kNotes;
      case State::kRelated:
        return Zone::kRelated;
      case State::kSite:
        return f.prose && f.email ? Zone::kContact : Zone::kDrop;
    }
    return Zone::kDrop;
  }

  bool LeadsToProse(std::size_t i) const {
    return i + 1 < blocks_.size() && features_[i + 1].prose && blocks_[i + 1].links.empty();
  }

  // Whether the lines from `i` to the next cue are the end of a list of the release rather than a menu of the site.
  bool TailIsList(std::size_t i) {
    if (i < tail_end_) return tail_is_list_;
    std::size_t words = 0;
    std::size_t lines = 0;
    std::size_t repeated = 0;
    std::size_t j = i;
    for (; j < blocks_.size() && features_[j].cue == Cue::kNone && !features_[j].prose; ++j) {
      words += blocks_[j].bullet || features_[j].ends_sentence ? std::max(features_[j].words, kMinListWords)
                                                               : features_[j].words;
      repeated += features_[j].duplicate ? 1 : 0;
      ++lines;
    }
    tail_end_ = j;
    tail_is_list_ = lines > 0 && words >= kMinListWords * lines && repeated * 4 <= lines;
    return tail_is_list_;
  }

  Zone BodyZone(std::size_t i) const {
    const Block& block = blocks_[i];
    const LineFeatures& f = features_[i];
    if (block.shape != Shape::kParagraph) return ZoneOfShape(block.shape);
    if (f.prose || f.ends_sentence || f.ends_colon || f.quoted) return Zone::kBody;
    // A short line before running text is a heading; among other short lines it is an item.
    const bool prose_next =
        i + 1 < blocks_.size() && (features_[i + 1].prose || blocks_[i + 1].bullet || features_[i + 1].quoted);
    if (prose_next && f.words <= kMaxHeadingWords) return Zone::kHeading;
    const bool short_next = i + 1 < blocks_.size() && !features_[i + 1].prose && features_[i + 1].cue == Cue::kNone;
    const bool short_before = i > begin_ && !features_[i - 1].prose;
    return f.words <= kMaxHeadingWords && (short_next || short_before) ? Zone::kList : Zone::kBody;
  }

  const std::vector<Block>& blocks_;
  const std::vector<LineFeatures>& features_;
  std::size_t prose_end_;
  bool flattened_;
  Zoning& zoning_;
  std::vector<bool> reachable_;
  std::size_t begin_ = 0;
  State state_ = State::kBody;
  bool ended_ = false;
  std::size_t tail_end_ = 0;
  bool tail_is_list_ = false;
};

}  // namespace

Zone ZoneOfShape(Shape shape) {
  switch (shape) {
    case Shape::kHeading:
      return Zone::kHeading;
    case Shape::kListItem:
      return Zone::kList;
    case Shape::kTable:
      return Zone::kTable;
    case Shape::kQuote:
      return Zone::kQuote;
    case Shape::kCaption:
      return Zone::kCaption;
    case Shape::kParagraph:
      break;
  }
  return Zone::kBody;
}

void ZoneBody(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, std::size_t begin,
              std::size_t prose_end, bool flattened, Zoning& zoning) {
  Machine(blocks, features, prose_end, flattened, zoning).Run(begin);
}

void MarkCaptions(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, std::size_t begin,
                  std::size_t end, Zoning& zoning) {
  for (std::size_t i = begin; i < end && i < blocks.size(); ++i) {
    const LineFeatures& f = features[i];
    if (blocks[i].shape == Shape::kCaption) {
      zoning.zones[i] = Zone::kCaption;
      continue;
    }
    if (f.credit == std::string::npos || f.words > kMaxCaptionWords || f.cue == Cue::kChrome || f.cue == Cue::kContact)
      continue;
    const std::string_view text = blocks[i].text;
    const std::string_view credit = text.substr(f.credit + f.credit_bytes);
    // The credit is a name, not a sentence; a copyright line names a year.
    const bool copyright = text.substr(f.credit).starts_with("\u00A9") && credit.find_first_of("0123456789") < 3;
    if (copyright || credit.size() > 160 || (f.credit > 0 && f.words < 3)) continue;
    zoning.zones[i] = Zone::kCaption;
  }
}

}  // namespace dateline::extraction
