#pragma once
// Takes the connections of a listening socket, on a thread of its own. An error of one connection, or a time without
// descriptors or memory, does not end it: only its own destruction does.

#include <atomic>
#include <functional>
#include <thread>

namespace dateline::gateway {

class Acceptor {
 public:
  // `socket` listens already and outlives this. `take` owns the connection that it gets, and must not block.
  Acceptor(int socket, std::function<void(int connection)> take);
  // Nothing connects to `socket` any more after that.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

 private:
  void Run();

  const int socket_;
  const std::function<void(int)> take_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace dateline::gateway
