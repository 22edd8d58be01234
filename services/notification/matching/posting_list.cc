#include "services/notification/matching/posting_list.h"

#include "common/base/check.h"

namespace dateline::notification {

void PostingList::Add(std::span<const SignedNumber> firsts, const Posting& posting) {
  for (const SignedNumber first : firsts) {
    firsts_.push_back(first);
    postings_.push_back(posting);
  }
}

void PostingList::Remove(uint32_t filter) {
  const size_t before = postings_.size();
  for (size_t at = postings_.size(); at-- > 0;) {
    if (postings_[at].filter() != filter) continue;
    firsts_[at] = firsts_.back();
    firsts_.pop_back();
    const bool several = postings_[at].several();
    postings_[at] = postings_.back();
    postings_.pop_back();
    if (!several) break;
  }
  DATELINE_CHECK(postings_.size() < before, "a filter stands where its anchors say");
}

}  // namespace dateline::notification
