#include "services/notification/matching/posting_list.h"

#include "common/base/check.h"

namespace dateline::notification {

void PostingList::Add(SignedNumber first, const Posting& posting) {
  firsts_.push_back(first);
  postings_.push_back(posting);
}

void PostingList::Remove(uint32_t filter) {
  const auto found = std::find_if(postings_.begin(), postings_.end(),
                                  [filter](const Posting& posting) { return posting.filter() == filter; });
  DATELINE_CHECK(found != postings_.end(), "a filter stands where its anchors say");
  firsts_[static_cast<size_t>(found - postings_.begin())] = firsts_.back();
  firsts_.pop_back();
  *found = postings_.back();
  postings_.pop_back();
}

}  // namespace dateline::notification
