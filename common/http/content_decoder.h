#pragma once
// Undoes the Content-Encoding of an answer while it comes in: gzip, deflate, br and zstd, also several on top of each
// other. libcurl could do that itself, but takes an encoded body that was cut off for a whole one; here the end of the
// encoding is known, and half a page is an error instead of an edit. Belongs to one thread.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::http {

// What to ask servers for.
inline constexpr std::string_view kAcceptEncoding = "gzip, deflate, br, zstd";

class ContentDecoder {
 public:
  // Takes decoded bytes; false ends the decoding.
  using Sink = std::function<bool(std::string_view)>;

  // For the value of a Content-Encoding header; empty or "identity" passes bytes through. Null when an encoding is not
  // known, or there are more than three.
  static std::unique_ptr<ContentDecoder> Create(std::string_view header);
  ~ContentDecoder();

  // False when the bytes are damaged or the sink wants no more.
  bool Add(std::string_view bytes, const Sink& sink);
  // Whether the encodings have ended, or nothing came at all.
  bool whole() const;

  // One encoding.
  class Stage {
   public:
    virtual ~Stage() = default;
    virtual bool Add(std::string_view bytes, const Sink& sink) = 0;
    virtual bool whole() const = 0;
  };

 private:
  ContentDecoder() = default;
  bool AddTo(size_t stage, std::string_view bytes, const Sink& sink);

  std::vector<std::unique_ptr<Stage>> stages_;  // In the order of undoing.
  bool began_ = false;
};

}  // namespace dateline::http
