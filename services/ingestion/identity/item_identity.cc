#include "services/ingestion/identity/item_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "common/base/ids.h"
#include "common/text/utf8.h"
#include "common/url/canonical.h"

namespace dateline::ingestion {
namespace {

// A title below this many characters ("News", "Statement") identifies nothing.
constexpr size_t kTitleCharactersMin = 15;
constexpr size_t kGuidBytesMax = 2'048;
constexpr size_t kKeyHexDigits = 32;
constexpr std::chrono::hours kDay{24};

std::string Digest(std::string_view text) {
  return Sha256Hex(text).substr(0, kKeyHexDigits);
}

std::string FoldTitle(std::string_view title) {
  std::string out = text::CollapseSpace(title);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string TitleKey(const ListedItem& item) {
  const std::string title = FoldTitle(item.title);
  if (text::CountCodePoints(title) < kTitleCharactersMin) return {};
  // The same headline returns ("Weekly update from the ministry"); on the same day it is the same item.
  const int64_t day = item.publish_time ? item.publish_time->time_since_epoch() / kDay : 0;
  return Digest(fmt::format("{} {}", day, title));
}

std::string Fingerprint(const ListedItem& item) {
  std::string all =
      FoldTitle(item.title) + "\n" + text::CollapseSpace(item.summary) + "\n" + text::CollapseSpace(item.content);
  // Where the source says nothing else, its word that something changed is taken; elsewhere that time is often noise.
  if (item.summary.empty() && item.content.empty() && item.update_time) {
    all += fmt::format("\n{}", ToMicros(*item.update_time));
  }
  return Digest(all);
}

size_t Richness(const ListedItem& item) {
  return item.content.size() + item.summary.size() + item.title.size();
}

std::string UriOf(const ListedItem& item, const std::string& source_uri) {
  if (const auto canonical = url::Canonicalize(item.link); canonical.ok() && !item.link.starts_with("file:")) {
    return *canonical;
  }
  if (const auto canonical = url::Canonicalize(item.guid); canonical.ok() && item.guid.starts_with("http")) {
    return *canonical;
  }
  const std::string key = !item.guid.empty() ? item.guid : item.title;
  if (key.empty() || (item.content.empty() && item.summary.empty())) return {};
  const char mark = source_uri.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}item={}", source_uri, mark, Digest(key).substr(0, 16));
}

// How often each key stands in the list.
template <class Key>
std::map<std::string, int> Counts(const std::vector<IdentifiedItem>& items, const Key& key) {
  std::map<std::string, int> counts;
  for (const IdentifiedItem& item : items) ++counts[key(item)];
  return counts;
}

class Matcher {
 public:
  Matcher(const std::vector<IdentifiedItem>& items, const std::vector<ItemRecord>& known)
      : items_(items), known_(known), decisions_(items.size()), taken_(known.size(), false) {
    for (size_t i = 0; i < known.size(); ++i) {
      by_uri_.emplace(known[i].uri, i);
      if (!known[i].guid.empty()) by_guid_.emplace(known[i].guid, i);
      if (!known[i].title_key.empty()) by_title_.emplace(known[i].title_key, i);
    }
  }

  std::vector<IdentityDecision> Run() {
    MatchUrls();
    MatchGuids();
    MatchContent();
    return std::move(decisions_);
  }

 private:
  using Index = std::unordered_multimap<std::string, size_t>;

  bool Open(size_t item) const { return decisions_[item].known < 0; }

  void Take(size_t item, size_t known, IdentityReason reason) {
    decisions_[item] = {static_cast<int>(known), reason};
    taken_[known] = true;
  }

  // First those whose identifier agrees too, so that items which share an address stay apart.
  void MatchUrls() {
    const auto shared = Counts(items_, [](const IdentifiedItem& item) { return item.uri; });
    for (const bool guid_agrees : {true, false}) {
      for (size_t i = 0; i < items_.size(); ++i) {
        if (!Open(i)) continue;
        const auto [begin, end] = by_uri_.equal_range(items_[i].uri);
        for (auto at = begin; at != end; ++at) {
          const bool same_guid = known_[at->second].guid == items_[i].item.guid;
          if (taken_[at->second] || (guid_agrees && !same_guid)) continue;
          if (!guid_agrees && shared.at(items_[i].uri) > 1) continue;
          Take(i, at->second, IdentityReason::kSameUrl);
          break;
        }
      }
    }
  }

  void MatchGuids() {
    const auto shared = Counts(items_, [](const IdentifiedItem& item) { return item.item.guid; });
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!Open(i) || items_[i].item.guid.empty() || shared.at(items_[i].item.guid) > 1) continue;
      const auto [begin, end] = by_guid_.equal_range(items_[i].item.guid);
      for (auto at = begin; at != end; ++at) {
        if (taken_[at->second]) continue;
        if (!Alike(items_[i], known_[at->second])) {
          decisions_[i].reason = IdentityReason::kGuidReused;
          continue;
        }
        Take(i, at->second, IdentityReason::kSameGuid);
        break;
      }
    }
  }

  void MatchContent() {
    const auto shared = Counts(items_, [](const IdentifiedItem& item) { return item.title_key; });
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!Open(i) || items_[i].title_key.empty() || shared.at(items_[i].title_key) > 1) continue;
      const auto [begin, end] = by_title_.equal_range(items_[i].title_key);
      for (auto at = begin; at != end; ++at) {
        // What the list still carries has been given to its own item by now.
        if (taken_[at->second]) continue;
        Take(i, at->second, IdentityReason::kSameContent);
        break;
      }
    }
  }

  // Whether an item with a known identifier and another address can be the known one: something else agrees, or
  // identifiers of this source are long enough not to repeat by chance.
  static bool Alike(const IdentifiedItem& item, const ItemRecord& known) {
    constexpr size_t kOwnGuidBytes = 12;
    return item.item.guid.size() >= kOwnGuidBytes || item.title_key == known.title_key ||
           FoldTitle(item.item.title) == FoldTitle(known.state.title()) ||
           item.fingerprint == known.state.fingerprint();
  }

  const std::vector<IdentifiedItem>& items_;
  const std::vector<ItemRecord>& known_;
  std::vector<IdentityDecision> decisions_;
  std::vector<bool> taken_;
  Index by_uri_;
  Index by_guid_;
  Index by_title_;
};

}  // namespace

std::string_view IdentityReasonName(IdentityReason reason) {
  switch (reason) {
    case IdentityReason::kNew:
      return "NEW";
    case IdentityReason::kSameUrl:
      return "SAME_URL";
    case IdentityReason::kSameGuid:
      return "SAME_GUID";
    case IdentityReason::kSameContent:
      return "SAME_CONTENT";
    case IdentityReason::kGuidReused:
      return "GUID_REUSED";
  }
  return "NEW";
}

std::vector<IdentifiedItem> Identify(std::vector<ListedItem> items, const std::string& source_uri) {
  std::vector<IdentifiedItem> out;
  std::map<std::string, size_t> seen;  // By address and identifier.
  for (ListedItem& item : items) {
    IdentifiedItem identified;
    if (item.guid.size() > kGuidBytesMax) item.guid = Digest(item.guid);
    identified.uri = UriOf(item, source_uri);
    if (identified.uri.empty()) continue;
    identified.title_key = TitleKey(item);
    identified.fingerprint = Fingerprint(item);
    identified.item = std::move(item);
    const auto [at, is_first] = seen.emplace(identified.uri + "\n" + identified.item.guid, out.size());
    if (is_first) {
      out.push_back(std::move(identified));
    } else if (Richness(identified.item) > Richness(out[at->second].item)) {
      out[at->second] = std::move(identified);
    }
  }
  return out;
}

ItemKeys KeysOf(const std::vector<IdentifiedItem>& items) {
  std::set<std::string> uris, guids, title_keys;
  for (const IdentifiedItem& item : items) {
    uris.insert(item.uri);
    if (!item.item.guid.empty()) guids.insert(item.item.guid);
    if (!item.title_key.empty()) title_keys.insert(item.title_key);
  }
  return {{uris.begin(), uris.end()}, {guids.begin(), guids.end()}, {title_keys.begin(), title_keys.end()}};
}

std::vector<IdentityDecision> Match(const std::vector<IdentifiedItem>& items, const std::vector<ItemRecord>& known) {
  return Matcher(items, known).Run();
}

}  // namespace dateline::ingestion
