#include "services/ingestion/simulation/wire_web.h"

#include <fmt/format.h>
#include <httplib.h>
#include <zlib.h>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/testing/wait.h"

namespace dateline::ingestion {
namespace {

constexpr size_t kTenGigabytes = size_t{10'000'000'000};
// An answer that takes as long as this in simulated time is given up after kDripPatience in real time.
constexpr std::chrono::milliseconds kSlow{30'000};
constexpr std::chrono::milliseconds kDripPatience{400};
constexpr std::chrono::milliseconds kPatience{60'000};
constexpr size_t kThreads = 128;
constexpr char kNetwork[] = "127.7.0.0/16";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

std::vector<std::string> Parts(std::string_view line, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// An item in the words of RSS.
std::string ItemOf(const std::vector<std::string>& line) {
  std::string item = "<item><link>" + Escaped(line[0]) + "</link><title>" + Escaped(line[2]) + "</title>";
  if (!line[1].empty()) item += "<guid isPermaLink=\"false\">" + Escaped(line[1]) + "</guid>";
  if (!line[3].empty()) {
    const std::time_t time = std::stoll(line[3]);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[64];
    std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    item += std::string("<pubDate>") + text + "</pubDate>";
  }
  return item + "<description>" + Escaped(line[4]) + "</description></item>";
}

// What FakeWeb writes as lines, as newsrooms do: RSS, a sitemap index, or a page that scripts draw.
std::string Published(const std::string& lines) {
  std::string head;
  std::string items;
  std::string children;
  for (const std::string& line : Parts(lines, '\n')) {
    if (line == "#scripted") return "<html><head><script src=\"/app.js\"></script></head><body></body></html>";
    if (line.starts_with("#ttl ")) head += "<ttl>" + line.substr(5) + "</ttl>";
    if (line.starts_with("#next ")) head += "<atom:link rel=\"next\" href=\"" + Escaped(line.substr(6)) + "\"/>";
    if (line.starts_with("#child ")) children += "<sitemap><loc>" + Escaped(line.substr(7)) + "</loc></sitemap>";
    if (const auto parts = Parts(line, '\t'); parts.size() == 5) items += ItemOf(parts);
  }
  if (!children.empty()) {
    return "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">" + children + "</sitemapindex>";
  }
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">"
         "<channel><title>Newsroom</title>" +
         head + items + "</channel></rss>";
}

std::string Gzipped(const std::string& text) {
  z_stream stream{};
  DATELINE_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  std::string out(text.size() + 1'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  DATELINE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool IsLines(const http::Response& answer, const std::string& path) {
  return answer.status == 200 && path != "/robots.txt" && !answer.body.starts_with("<");
}

}  // namespace

// Plays all newsrooms at their addresses, and counts who comes to 127.0.0.1.
class WireWeb::Server {
 public:
  explicit Server(FakeWeb& web) : web_(web) {
    server_.set_keep_alive_max_count(100'000);
    // A connection that is kept alive holds a thread, and every newsroom has one: with fewer threads a request waits
    // until another newsroom's connection is given up.
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_tcp_nodelay(true);
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
      const std::string address =
          request.get_header_value("Host").substr(0, request.get_header_value("Host").find(':'));
      const auto host = host_of_.find(address);
      if (host == host_of_.end()) {
        ++trespasses_;
        return;
      }
      Serve(host->second, request, &response);
    });
    port_ = server_.bind_to_any_port("0.0.0.0");
    DATELINE_CHECK(port_ > 0, "no port");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    testing::WaitUntil([this] { return server_.is_running(); });
  }
  ~Server() {
    ending_ = true;
    server_.stop();
    thread_.join();
  }

  void Add(const std::string& address, const std::string& host) { host_of_[address] = host; }
  int port() const { return port_; }
  int trespasses() const { return trespasses_; }
  std::string Origin(const std::string& address) const { return fmt::format("http://{}:{}", address, port_); }

 private:
  void Serve(const std::string& host, const httplib::Request& request, httplib::Response* response) {
    const std::string origin = "https://" + host;
    // The target of a redirect that was just sent there.
    if (moved_ && moved_->final_url == origin + request.target) {
      const http::Response answer = *std::exchange(moved_, std::nullopt);
      return Send(answer, request.path, response);
    }
    http::Request asked;
    asked.url = origin + request.target;
    for (const char* name : {"If-None-Match", "If-Modified-Since"}) {
      if (request.has_header(name)) asked.headers.emplace_back(name, request.get_header_value(name));
    }
    const absl::StatusOr<http::Response> answer = web_.Play(asked);
    if (!answer.ok()) return Misbehave(answer.status(), response);
    if (answer->redirects.empty()) return Send(*answer, request.path, response);
    response->status = answer->moved_to.empty() ? 302 : 301;
    response->set_header("Location", answer->final_url.substr(origin.size()));
    moved_ = *answer;
  }

  static void Send(const http::Response& answer, const std::string& path, httplib::Response* response) {
    response->status = answer.status;
    for (const auto& [name, value] : answer.headers) {
      if (name != "content-type") response->set_header(name, value);
    }
    const bool lines = IsLines(answer, path) && answer.headers.find("content-type")->second.starts_with("text/html");
    response->set_content(lines ? Published(answer.body) : answer.body, lines ? "" : "text/html; charset=utf-8");
  }

  // Does what FakeWeb only says.
  void Misbehave(const absl::Status& status, httplib::Response* response) {
    const std::string message(status.message());
    const std::string reason = ErrorReason(status);
    if (reason == "TOO_LARGE") return SendTooMuch(response);
    if (reason == "FORBIDDEN_ADDRESS") {
      response->status = 302;
      const bool metadata = message.find("169.254") != std::string::npos;
      // By name as well, which is resolved before it is refused.
      const std::string here = trick_++ % 2 == 0 ? "127.0.0.1" : "localhost";
      response->set_header("Location",
                           metadata ? "http://169.254.169.254/latest/meta-data/" : Origin(here) + "/secret");
      return;
    }
    if (message.find("damaged") != std::string::npos) {
      const std::string whole = Gzipped(Published("https://x.example/1\tg\tA release that is cut off\t\tx\n"));
      response->set_header("Content-Encoding", "gzip");
      response->set_content(whole.substr(0, whole.size() / 2), "application/rss+xml");
      return;
    }
    // A byte now and then, for ever.
    response->set_chunked_content_provider("application/rss+xml", [this](size_t, httplib::DataSink& sink) {
      if (ending_ || !sink.is_writable()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return sink.write(" ", 1);
    });
  }

  // Ten gigabytes, announced or not.
  void SendTooMuch(httplib::Response* response) {
    if (trick_++ % 10 != 0) {
      response->set_content_provider(kTenGigabytes, "application/rss+xml", [](size_t, size_t, httplib::DataSink& sink) {
        static const std::string block(size_t{64} << 10, ' ');
        return sink.write(block.data(), block.size());
      });
      return;
    }
    response->set_chunked_content_provider("application/rss+xml", [](size_t offset, httplib::DataSink& sink) {
      static const std::string block(size_t{64} << 10, ' ');
      return offset < kTenGigabytes && sink.write(block.data(), block.size());
    });
  }

  FakeWeb& web_;
  std::map<std::string, std::string> host_of_;  // By address; written before the first request only.
  std::optional<http::Response> moved_;         // Requests come one at a time.
  std::atomic<int> trick_{0};
  std::atomic<int> trespasses_{0};
  std::atomic<bool> ending_{false};
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

namespace {

http::CurlFetcher::Options FetcherOptions() {
  http::CurlFetcher::Options options;
  options.policy = *http::AddressPolicy::Create({kNetwork});
  return options;
}

}  // namespace

WireWeb::WireWeb(FakeWeb& web, const std::vector<Newsroom>& newsrooms)
    : web_(web), server_(std::make_unique<Server>(web)), fetcher_(FetcherOptions()) {
  int number = 0;
  for (const Newsroom& newsroom : newsrooms) {
    const std::string address = fmt::format("127.7.0.{}", ++number);
    DATELINE_CHECK(number < 255, "too many newsrooms");
    address_of_[newsroom.host] = address;
    server_->Add(address, newsroom.host);
  }
  web.UseWire([this](const http::Request& request) { return Fetch(request); });
}

WireWeb::~WireWeb() {
  fetcher_.Stop();
}

int WireWeb::trespasses() const {
  return server_->trespasses();
}

absl::StatusOr<http::Response> WireWeb::Fetch(http::Request request) {
  constexpr size_t kScheme = std::string_view("https://").size();
  const std::string host = request.url.substr(kScheme, request.url.find('/', kScheme) - kScheme);
  const auto found = address_of_.find(host);
  if (found == address_of_.end()) {
    return Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", "the host name does not resolve");
  }
  const std::string simulated = "https://" + host;
  const std::string real = server_->Origin(found->second);
  request.timeout = web_.DelayOf(request) >= kSlow ? kDripPatience : kPatience;
  request.url = real + request.url.substr(simulated.size());
  absl::StatusOr<http::Response> answer = fetcher_.Fetch(request);
  if (!answer.ok()) return answer;
  const auto back = [&](std::string* url) {
    if (url->starts_with(real)) *url = simulated + url->substr(real.size());
  };
  back(&answer->final_url);
  back(&answer->moved_to);
  for (std::string& url : answer->redirects) back(&url);
  return answer;
}

}  // namespace dateline::ingestion
