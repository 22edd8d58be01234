#include "common/log/log.h"

#include <atomic>
#include <exception>
#include <span>
#include <utility>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/config/schema.h"
#include "common/log/line.h"
#include "spdlog/logger.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/base_sink.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace dateline::log {
namespace {

// What a line needs; replaced as a whole, so that a line is written with one state.
struct Settings {
  std::string service;
  bool json = false;
  // Shared: a thread may still be writing through the logger that Init or Capture replaces.
  std::shared_ptr<spdlog::logger> logger;
};

struct State {
  std::atomic<Level> level{Level::kInfo};
  Mutex mutex;
  std::shared_ptr<const Settings> settings GUARDED_BY(mutex);
};

// Our lines are complete: spdlog adds the line end and writes it with the text in one call.
std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("dateline", std::move(sink));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  logger->set_level(spdlog::level::trace);
  return logger;
}

// Never destroyed, because static destructors may log too.
State& GlobalState() {
  static State* const state = [] {
    auto* made = new State;
    const MutexLock lock(made->mutex);
    made->settings = std::make_shared<const Settings>(Settings{
        .service = "", .json = false, .logger = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>())});
    return made;
  }();
  return *state;
}

std::shared_ptr<const Settings> CurrentSettings() {
  State& state = GlobalState();
  const MutexLock lock(state.mutex);
  return state.settings;
}

Level LevelOf(std::string_view name) {
  if (name == "debug") return Level::kDebug;
  if (name == "warn") return Level::kWarn;
  if (name == "error") return Level::kError;
  return Level::kInfo;
}

spdlog::level::level_enum BackendLevel(Level level) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                   spdlog::level::err};
  return kLevels[static_cast<size_t>(level)];
}

void WriteSpan(Level level, std::string_view event, std::span<const Field> fields) {
  if (!Enabled(level)) return;
  try {
    const std::shared_ptr<const Settings> settings = CurrentSettings();
    const WallTime now = RealClock().Now();
    const std::string line = settings->json ? JsonLine(now, level, settings->service, event, fields)
                                            : TextLine(now, level, settings->service, event, fields);
    settings->logger->log(BackendLevel(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (const std::exception&) {
    // Out of memory: the line is lost, the work goes on.
  }
}

// Swaps the logger and keeps the rest.
std::shared_ptr<spdlog::logger> ExchangeLogger(std::shared_ptr<spdlog::logger> logger) {
  State& state = GlobalState();
  const MutexLock lock(state.mutex);
  Settings settings = *state.settings;
  std::swap(settings.logger, logger);
  state.settings = std::make_shared<const Settings>(std::move(settings));
  return logger;
}

}  // namespace

Value::Value(const absl::Status& status) : data_(status.ok() ? std::string("OK") : std::string()) {
  if (status.ok()) return;
  std::string& text = std::get<std::string>(data_);
  text = absl::StatusCodeToString(status.code());
  text += ": ";
  text.append(status.message().data(), status.message().size());
}

void AddOptions(config::Schema& schema, Options* options) {
  schema.Choice("log.format", &options->format, {"text", "json"}, "How log lines on stderr look.");
  schema.Choice("log.level", &options->level, {"debug", "info", "warn", "error"}, "The least level that is logged.");
}

void Init(const Options& options) {
  State& state = GlobalState();
  {
    const MutexLock lock(state.mutex);
    Settings settings = *state.settings;
    settings.service = options.service;
    settings.json = options.format == "json";
    state.settings = std::make_shared<const Settings>(std::move(settings));
  }
  state.level.store(LevelOf(options.level), std::memory_order_relaxed);
}

bool Enabled(Level level) {
  return level >= GlobalState().level.load(std::memory_order_relaxed);
}

void Debug(std::string_view event, Fields fields) {
  Write(Level::kDebug, event, fields);
}
void Info(std::string_view event, Fields fields) {
  Write(Level::kInfo, event, fields);
}
void Warn(std::string_view event, Fields fields) {
  Write(Level::kWarn, event, fields);
}
void Error(std::string_view event, Fields fields) {
  Write(Level::kError, event, fields);
}

void Write(Level level, std::string_view event, Fields fields) {
  WriteSpan(level, event, std::span<const Field>(fields.begin(), fields.size()));
}

void Write(Level level, std::string_view event, const std::vector<Field>& fields) {
  WriteSpan(level, event, fields);
}

void Flush() {
  CurrentSettings()->logger->flush();
}

struct Capture::Sink final : spdlog::sinks::base_sink<std::mutex> {
  std::vector<std::string> Lines() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines;
  }

  std::shared_ptr<spdlog::logger> replaced;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    lines.emplace_back(message.payload.data(), message.payload.size());
  }
  void flush_() override {}

 private:
  std::vector<std::string> lines;
};

Capture::Capture() : sink_(std::make_shared<Sink>()) {
  sink_->replaced = ExchangeLogger(MakeLogger(sink_));
}

Capture::~Capture() {
  ExchangeLogger(std::move(sink_->replaced));
}

std::vector<std::string> Capture::lines() const {
  return sink_->Lines();
}

bool Capture::Contains(std::string_view text) const {
  for (const std::string& line : lines()) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace dateline::log
