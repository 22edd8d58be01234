#pragma once
// Compression of answers (RFC 1952), whole ones and those that are written piece by piece.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace dateline::gateway {

// Whether compressing a body of this type and size pays. Pure.
bool PaysToCompress(std::string_view content_type, size_t bytes);
// Empty when zlib has no memory. Thread-safe.
std::string Gzip(std::string_view body);

// Belongs to one thread. Takes the pieces of a body and hands on compressed ones.
class GzipWriter {
 public:
  // False when nobody listens any more.
  using Sink = std::function<bool(std::string_view)>;

  // Null when zlib has no memory.
  static std::unique_ptr<GzipWriter> Create();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  // False when the sink says so.
  bool Add(std::string_view piece, const Sink& sink) { return Run(piece, false, sink); }
  // The last call; a body without it is seen to be cut by who reads it.
  bool Finish(const Sink& sink) { return Run({}, true, sink); }

 private:
  struct State;
  explicit GzipWriter(std::unique_ptr<State> state);
  bool Run(std::string_view piece, bool last, const Sink& sink);

  const std::unique_ptr<State> state_;
};

}  // namespace dateline::gateway
