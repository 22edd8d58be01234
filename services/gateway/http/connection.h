#pragma once
// One client's connection as httplib reads and writes it, with limits that httplib does not have: a whole head has to
// arrive within a time and a size, a whole body within a time, and a reader that stops reading is cut. A slow client
// (one byte every few seconds) is therefore as bounded as a silent one. Belongs to one thread; does not close the
// socket.

#include <httplib.h>

#include <chrono>
#include <functional>
#include <string>

namespace dateline::gateway {

struct ConnectionLimits {
  std::chrono::milliseconds head_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds write_time{20'000};  // Without any byte taken.
  size_t head_bytes_max = 32 << 10;
};

class Connection final : public httplib::Stream {
 public:
  // `hurry` says whether others wait for the thread.
  Connection(int socket, const ConnectionLimits& limits, std::function<bool()> hurry);

  // Waits for the first byte of the next request, at most `idle`; false when none came or the client has gone. While
  // others wait, an idle connection goes at once, and a new one (`is_first`) after a second.
  bool AwaitRequest(std::chrono::milliseconds idle, bool is_first, const std::function<bool()>& stopping);
  // The next bytes are a head; its time and size begin to count.
  void BeginHead();
  // The head has been read; the body's time begins to count.
  void BeginBody();
  // From now on what httplib writes is thrown away: somebody else answers.
  void Mute() { muted_ = true; }
  bool muted() const { return muted_; }
  // Whether a limit was reached, so that the connection can only be closed.
  bool broken() const { return broken_; }

  bool is_readable() const override { return !broken_; }
  bool is_writable() const override;
  ssize_t read(char* out, size_t size) override;
  ssize_t write(const char* data, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  bool Fill();

  const int socket_;
  const ConnectionLimits limits_;
  const std::function<bool()> hurry_;
  std::string buffer_;
  size_t at_ = 0;
  bool in_head_ = true;
  size_t head_bytes_ = 0;
  std::chrono::steady_clock::time_point started_;
  bool broken_ = false;
  bool muted_ = false;
};

}  // namespace dateline::gateway
