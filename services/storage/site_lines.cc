#include "services/storage/site_lines.h"

#include <algorithm>
#include <cstring>

namespace dateline::storage {
namespace {

constexpr size_t kHeadBytes = 8;
constexpr size_t kLineBytes = 16;

template <class T>
void Append(T value, std::string& bytes) {
  for (size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
}

template <class T>
T Read(std::string_view bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value =
        static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i)));
  return value;
}

uint32_t Scatter(std::string_view name) {
  uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash ^ hash >> 15U;
}

}  // namespace

std::string SiteOf(const v1::Document& document) {
  std::string_view uri = document.uri();
  if (uri.starts_with("http://") || uri.starts_with("https://")) {
    uri.remove_prefix(uri.find("//") + 2);
    uri = uri.substr(0, uri.find_first_of("/?#"));
    if (uri.starts_with("www.")) uri.remove_prefix(4);
    return std::string(uri);
  }
  return document.source();
}

bool CountsLines(const v1::Document& document, const v1::CommitReleasesRequest& request) {
  return !request.line_hashes().empty() && document.version() == 1 && document.state() != v1::Document::STATE_EXTRACTED;
}

std::optional<SiteLines> SiteLines::Parse(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || (bytes.size() - kHeadBytes) % kLineBytes != 0) return std::nullopt;
  SiteLines out;
  out.documents_ = Read<uint32_t>(bytes, 0);
  out.clock_ = Read<uint32_t>(bytes, 4);
  out.lines_.reserve((bytes.size() - kHeadBytes) / kLineBytes);
  for (size_t at = kHeadBytes; at < bytes.size(); at += kLineBytes) {
    const Line line{Read<uint64_t>(bytes, at), Read<uint32_t>(bytes, at + 8), Read<uint32_t>(bytes, at + 12)};
    if (!out.lines_.empty() && line.hash <= out.lines_.back().hash) return std::nullopt;
    out.lines_.push_back(line);
  }
  return out;
}

std::string SiteLines::Serialize() const {
  std::string bytes;
  bytes.reserve(kHeadBytes + lines_.size() * kLineBytes);
  Append(documents_, bytes);
  Append(clock_, bytes);
  for (const Line& line : lines_) {
    Append(line.hash, bytes);
    Append(line.documents, bytes);
    Append(line.seen, bytes);
  }
  return bytes;
}

bool SiteLines::Wants(std::string_view document_name) const {
  return clock_ < kSiteDocumentsMax || Scatter(document_name) % kSiteSampling == 0;
}

void SiteLines::Add(std::span<const uint64_t> hashes) {
  ++documents_;
  ++clock_;
  std::vector<uint64_t> fresh(hashes.begin(), hashes.end());
  std::sort(fresh.begin(), fresh.end());
  fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
  std::vector<Line> merged;
  merged.reserve(lines_.size() + fresh.size());
  auto old = lines_.begin();
  for (const uint64_t hash : fresh) {
    for (; old != lines_.end() && old->hash < hash; ++old) merged.push_back(*old);
    const bool known = old != lines_.end() && old->hash == hash;
    merged.push_back({hash, known ? old->documents + 1 : 1, clock_});
    if (known) ++old;
  }
  merged.insert(merged.end(), old, lines_.end());
  lines_ = std::move(merged);
  if (documents_ >= kSiteDocumentsMax) Fade();
  if (lines_.size() > kSiteLinesMax) Forget();
}

void SiteLines::Fade() {
  documents_ /= 2;
  for (Line& line : lines_) line.documents /= 2;
  std::erase_if(lines_, [](const Line& line) { return line.documents == 0; });
}

// The rarest go first, of equally rare ones those that were not seen for longest; a quarter at once, so that it is
// seldom.
void SiteLines::Forget() {
  constexpr size_t kKeep = kSiteLinesMax / 4 * 3;
  std::nth_element(lines_.begin(), lines_.begin() + kKeep, lines_.end(), [](const Line& a, const Line& b) {
    return a.documents != b.documents ? a.documents > b.documents
           : a.seen != b.seen         ? a.seen > b.seen
                                      : a.hash < b.hash;
  });
  lines_.resize(kKeep);
  std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.hash < b.hash; });
}

std::vector<uint64_t> SiteLines::Boilerplate() const {
  if (documents_ < kSiteDocumentsMin) return {};
  std::vector<Line> frequent;
  std::copy_if(lines_.begin(), lines_.end(), std::back_inserter(frequent),
               [this](const Line& line) { return line.documents * 2 > documents_; });
  std::stable_sort(frequent.begin(), frequent.end(),
                   [](const Line& a, const Line& b) { return a.documents > b.documents; });
  if (frequent.size() > kBoilerplateMax) frequent.resize(kBoilerplateMax);
  std::vector<uint64_t> hashes;
  for (const Line& line : frequent) hashes.push_back(line.hash);
  return hashes;
}

}  // namespace dateline::storage
