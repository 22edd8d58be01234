#pragma once
// What a page's JSON-LD says of its article. A tolerant reader: pages wrap it into comments, leave raw line ends in
// strings and commas behind the last member; what still cannot be read is passed over. Objects refer to each other by
// @id across all scripts of the page. Pure; bounded by the limits below; linear; no recursion.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dateline::extraction {

// The most JSON-LD that is read of one page, in bytes; how deep it may nest; how many values it may hold.
inline constexpr std::size_t kMaxJsonLdBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxJsonLdDepth = 32;
inline constexpr std::size_t kMaxJsonLdNodes = 50'000;
inline constexpr std::size_t kMaxArticleBodyBytes = std::size_t{512} << 10;

// An author as JSON-LD names it.
struct JsonLdAuthor {
  enum class Kind : std::uint8_t { kPerson, kOrganization, kUnknown };
  std::string name;
  std::string uri;
  Kind kind = Kind::kUnknown;
};

// An image as JSON-LD describes it.
struct JsonLdImage {
  std::string uri;
  std::string caption;
  std::string credit;
};

// The article, or what of it is said; strings are raw and may be empty.
struct JsonLdArticle {
  bool found = false;  // an object of an article's type stands there
  std::string headline;
  std::string subtitle;
  std::string published;
  std::string modified;
  std::string page_published;  // of the WebPage object around it
  std::string license;
  std::string body;         // articleBody, with escapes resolved; at most kMaxArticleBodyBytes
  std::string site_name;    // of WebSite, else the publisher's
  bool discussion = false;  // the article is a post of a forum, or a question
  std::vector<JsonLdAuthor> authors;
  std::vector<JsonLdAuthor> page_authors;  // of the WebPage object around it
  std::vector<std::string> topics;
  std::vector<JsonLdImage> images;
};

// Reads all scripts of one page, then chooses.
class JsonLdReader {
 public:
  // Adds the content of one script element.
  void Add(std::string_view json);
  bool empty() const { return roots_.empty(); }

  // The article among everything that was added. Of several the one is taken whose headline is in `titles` (folded keys
  // of the page's own titles, one after the other); with none, the first, unless they are many: then it is a listing.
  JsonLdArticle Choose(std::string_view titles) const;

 private:
  struct Node {
    enum class Kind : std::uint8_t { kString, kOther, kList, kObject };
    Kind kind = Kind::kOther;
    std::uint32_t first = 0;  // child; 0 is none
    std::uint32_t next = 0;   // sibling
    std::string_view key;     // inside an object, raw
    std::string_view value;   // of a string, raw, without its quotes
  };
  std::uint32_t Find(std::uint32_t object, std::string_view key) const;
  std::string String(std::uint32_t node) const;
  std::string StringOf(std::uint32_t object, std::string_view key) const { return String(Find(object, key)); }
  bool HasType(std::uint32_t object, std::string_view wanted) const;
  std::uint32_t Resolve(std::uint32_t node) const;
  bool IsArticle(std::uint32_t object) const;
  std::uint32_t Typed(std::uint32_t node) const;
  void ReadImages(std::uint32_t node, std::vector<JsonLdImage>* images) const;
  void ReadAuthors(std::uint32_t node, std::vector<JsonLdAuthor>* authors) const;

  std::vector<Node> nodes_{Node{}};
  std::vector<std::uint32_t> roots_;
  std::unordered_map<std::string_view, std::uint32_t> by_id_;
  std::size_t bytes_ = 0;
};

}  // namespace dateline::extraction
