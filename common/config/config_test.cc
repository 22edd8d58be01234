// Proves that a configuration means what it says or is refused: every type from file and flag, ranges, unknown keys
// with the nearest known one and their place, precedence of flags, and that what --check-config prints can be read
// back. The command line is driven as main drives it, with the output in strings.

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/command_line.h"
#include "common/config/schema.h"
#include "common/config/units.h"
#include "common/testing/temp_dir.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dateline::config {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Options {
  std::string name = "demo";
  std::string listen = "127.0.0.1:7410";
  std::string format = "text";
  std::string password;
  int threads = 4;
  uint16_t port = 80;
  double ratio = 0.5;
  bool reflect = false;
  milliseconds timeout{3000};
  size_t body_bytes_max = 64 * 1024;
  std::vector<std::string> allow = {"a"};
};

struct Fixture {
  Options options;
  Schema schema;
  Fixture() {
    schema.String("name", &options.name, "Name of the demo.");
    schema.String("server.listen", &options.listen, "Where to listen.");
    schema.Int("server.threads", &options.threads, 1, 64, "Worker threads.");
    schema.Int("server.port", &options.port, 0, 65535, "A port.");
    schema.Bool("server.reflect", &options.reflect, "Serve reflection.");
    schema.Duration("server.timeout", &options.timeout, milliseconds(10), milliseconds(60'000), "Limit of a call.");
    schema.Bytes("server.body_bytes_max", &options.body_bytes_max, 1024, 1 << 20, "Largest body.");
    schema.StringList("fetch.allow", &options.allow, "Allowed hosts.");
    schema.Double("fetch.ratio", &options.ratio, 0, 1, "A share.");
    schema.Choice("log.format", &options.format, {"text", "json"}, "How lines look.");
    schema.Secret("auth.password", &options.password, "The password.");
    schema.SecretFile("auth.password_file", &options.password, "A file with the password.");
  }
  absl::Status Load(std::string_view text) { return schema.LoadText(text, "demo.toml"); }
};

TEST(Schema, ReadsEveryType) {
  Fixture f;
  ASSERT_TRUE(f.Load(R"(
name = "prod"
[server]
listen = "[::1]:1"
threads = 64
port = 65535
reflect = true
timeout = "1m"
body_bytes_max = "1MiB"
[fetch]
allow = ["x.org", "y.org"]
ratio = 1
[log]
format = "json"
[auth]
password = "secret word"
)")
                  .ok());
  EXPECT_EQ(f.options.name, "prod");
  EXPECT_EQ(f.options.listen, "[::1]:1");
  EXPECT_EQ(f.options.threads, 64);
  EXPECT_EQ(f.options.port, 65535);
  EXPECT_TRUE(f.options.reflect);
  EXPECT_EQ(f.options.timeout, milliseconds(60'000));
  EXPECT_EQ(f.options.body_bytes_max, size_t{1} << 20);
  EXPECT_THAT(f.options.allow, ElementsAre("x.org", "y.org"));
  EXPECT_EQ(f.options.ratio, 1.0);
  EXPECT_EQ(f.options.format, "json");
  EXPECT_EQ(f.options.password, "secret word");
}

TEST(Schema, ReadsASecretFromAFile) {
  const testing::TempDir folder;
  const std::string path = folder.Write("password", "secret word\n");
  Fixture f;
  ASSERT_TRUE(f.Load("[auth]\npassword_file = \"" + path + "\"\n").ok());
  ASSERT_TRUE(f.schema.CheckAll().ok());
  ASSERT_TRUE(f.schema.CheckAll().ok()) << "what it read itself is no second value";
  EXPECT_EQ(f.options.password, "secret word");
  EXPECT_THAT(f.schema.ToToml(), Not(HasSubstr("secret word")));
  Fixture both;
  ASSERT_TRUE(both.Load("[auth]\npassword = \"other\"\npassword_file = \"" + path + "\"\n").ok());
  EXPECT_EQ(ErrorReason(both.schema.CheckAll()), "CONFIG_OUT_OF_RANGE");
  for (const std::string& bad : {path + "-missing", folder.path().string()}) {
    Fixture missing;
    ASSERT_TRUE(missing.Load("[auth]\npassword_file = \"" + bad + "\"\n").ok());
    const absl::Status refused = missing.schema.CheckAll();
    EXPECT_EQ(ErrorReason(refused), "CONFIG_OUT_OF_RANGE");
    EXPECT_THAT(std::string(refused.message()), HasSubstr("auth.password_file = " + bad));
  }
}

TEST(Schema, RefusesWithPlaceReasonAndRemedy) {
  struct Case {
    const char* text;
    const char* reason;
    const char* message;
  };
  const Case cases[] = {
      {"[server]\nlisen = \"x\"", "CONFIG_UNKNOWN_KEY",
       "demo.toml:2:1: server.lisen: unknown key; did you mean server.listen?"},
      {"listen = \"x\"", "CONFIG_UNKNOWN_KEY", "demo.toml:1:1: listen: unknown key; did you mean server.listen?"},
      {"zzzzzzzz = 1", "CONFIG_UNKNOWN_KEY", "demo.toml:1:1: zzzzzzzz: unknown key; --help lists all keys"},
      {"\n[sever]\n", "CONFIG_UNKNOWN_KEY", "demo.toml:2:2: sever: unknown key"},
      {"\"server.threads\" = 3", "CONFIG_UNKNOWN_KEY", "demo.toml:1:1: \"server.threads\": unknown key"},
      {"server = 3", "CONFIG_WRONG_TYPE", "demo.toml:1:1: server: this is a table of keys"},
      {"[server.threads]\nx = 1", "CONFIG_UNKNOWN_KEY", "demo.toml:2:1: server.threads.x: unknown key"},
      {"[server]\nthreads = \"4\"", "CONFIG_WRONG_TYPE",
       "demo.toml:2:1: server.threads: expected a whole number, found a text"},
      {"[server]\nthreads = 4.5", "CONFIG_WRONG_TYPE", "found a number with a fraction"},
      {"[server]\nthreads = 0", "CONFIG_OUT_OF_RANGE", "demo.toml:2:1: server.threads: 0 is not in 1 to 64"},
      {"[server]\nthreads = 65", "CONFIG_OUT_OF_RANGE", "65 is not in 1 to 64"},
      {"[server]\nport = 65536", "CONFIG_OUT_OF_RANGE", "65536 is not in 0 to 65535"},
      {"[server]\nreflect = 1", "CONFIG_WRONG_TYPE", "expected true or false, found a whole number"},
      {"[server]\ntimeout = 3", "CONFIG_WRONG_TYPE", "expected a duration with its unit"},
      {"[server]\ntimeout = \"2m\"", "CONFIG_OUT_OF_RANGE", "2m is not in 10ms to 1m"},
      {"[server]\nbody_bytes_max = \"2MiB\"", "CONFIG_OUT_OF_RANGE", "2MiB is not in 1KiB to 1MiB"},
      {"[server]\nbody_bytes_max = -1", "CONFIG_OUT_OF_RANGE", "-1 is not in 1KiB to 1MiB"},
      {"[fetch]\nallow = \"a\"", "CONFIG_WRONG_TYPE", "expected a list of texts"},
      {"[fetch]\nallow = [\"a\", 1]", "CONFIG_WRONG_TYPE", "an array with something else than texts"},
      {"[fetch]\nratio = nan", "CONFIG_OUT_OF_RANGE", "nan is not in 0 to 1"},
      {"[log]\nformat = \"xml\"", "CONFIG_OUT_OF_RANGE", "\"xml\" is not one of text, json"},
      {"name = 2024-01-01", "CONFIG_WRONG_TYPE", "expected a text in quotes, found a date"},
      {"[server]\nthreads = = 3", "CONFIG_SYNTAX", "demo.toml:2:11: not TOML:"},
      {"[server]\nthreads = 1\nthreads = 2", "CONFIG_SYNTAX", "demo.toml:3:11: not TOML:"},
  };
  for (const Case& one : cases) {
    Fixture f;
    const absl::Status status = f.Load(one.text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.text;
    EXPECT_EQ(ErrorReason(status), one.reason) << one.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.message)) << one.text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n"))) << one.text;
  }
}

TEST(Schema, ReportsTheFirstErrorOfTheFile) {
  Fixture f;
  const absl::Status status = f.Load("[server]\nthreads = 0\n[auth]\nunknown = 1\n");
  EXPECT_EQ(ErrorMetadataValue(status, "key"), "server.threads");
  EXPECT_EQ(ErrorMetadataValue(status, "where"), "demo.toml:2:1");
}

TEST(Schema, RefusesTooLongTexts) {
  Fixture f;
  EXPECT_EQ(ErrorReason(f.Load("name = \"" + std::string(kTextBytesMax + 1, 'x') + "\"")), "CONFIG_OUT_OF_RANGE");
  EXPECT_TRUE(f.Load("name = \"" + std::string(kTextBytesMax, 'x') + "\"").ok());
}

TEST(Schema, EmptyTablesOfKnownKeysAreFine) {
  Fixture f;
  EXPECT_TRUE(f.Load("[server]\n[fetch]\n").ok());
}

TEST(Schema, FilesThatCannotBeReadAreNamed) {
  Fixture f;
  const absl::Status missing = f.schema.LoadFile("/nonexistent/demo.toml");
  EXPECT_EQ(ErrorReason(missing), "CONFIG_UNREADABLE");
  EXPECT_THAT(std::string(missing.message()), HasSubstr("/nonexistent/demo.toml: cannot read"));
  EXPECT_EQ(ErrorReason(f.schema.LoadFile("/")), "CONFIG_UNREADABLE");
}

TEST(Schema, PrintedConfigurationReadsBackTheSame) {
  Fixture f;
  ASSERT_TRUE(f.Load("name = \"a \\\"quoted\\\" \\\\ tab\\t \\u0001 end\"\n[server]\ntimeout = \"1500ms\"\n"
                     "body_bytes_max = 1500\n[fetch]\nratio = 0.25\nallow = []\n")
                  .ok());
  const std::string printed = f.schema.ToToml();
  Fixture g;
  ASSERT_TRUE(g.Load(printed).ok()) << printed;
  EXPECT_EQ(g.schema.ToToml(), printed);
  EXPECT_EQ(g.options.name, f.options.name);
  EXPECT_EQ(g.options.body_bytes_max, 1500u);
  EXPECT_TRUE(g.options.allow.empty());
}

TEST(Schema, SecretsAreMasked) {
  Fixture f;
  EXPECT_THAT(f.schema.ToToml(), HasSubstr("password = \"\""));
  f.options.password = "hunter2";
  EXPECT_THAT(f.schema.ToToml(), HasSubstr("password = \"***\""));
  EXPECT_THAT(f.schema.ToToml() + f.schema.Help(), Not(HasSubstr("hunter2")));
}

TEST(Schema, FlagsReplaceAListAndThenAppend) {
  Fixture f;
  ASSERT_TRUE(f.Load("[fetch]\nallow = [\"x\"]").ok());
  ASSERT_TRUE(f.schema.SetFromFlag("fetch.allow", "y").ok());
  ASSERT_TRUE(f.schema.SetFromFlag("fetch.allow", "z").ok());
  EXPECT_THAT(f.options.allow, ElementsAre("y", "z"));
  Fixture g;
  ASSERT_TRUE(g.schema.SetFromFlag("fetch.allow", "").ok());
  EXPECT_TRUE(g.options.allow.empty());
}

TEST(SchemaDeathTest, MistakesInTheProgramEndIt) {
  Options o;
  EXPECT_DEATH(
      {
        Fixture f;
        f.schema.String("name", &o.name, "");
      },
      "registered twice");
  EXPECT_DEATH(
      {
        Fixture f;
        f.schema.String("name.first", &o.name, "");
      },
      "table of the other");
  EXPECT_DEATH(
      {
        Schema s;
        s.String("Name", &o.name, "");
      },
      "lower-case");
  EXPECT_DEATH(
      {
        Schema s;
        s.String("config", &o.name, "");
      },
      "flag of every program");
  EXPECT_DEATH(
      {
        Schema s;
        s.Int("n", &o.threads, 5, 9, "");
      },
      "outside its range");
  EXPECT_DEATH(
      {
        Schema s;
        s.Int("n", &o.port, 0, 65536, "");
      },
      "does not fit");
}

// Runs the command line; the arguments come after the program's name.
struct Outcome {
  Run run;
  std::string out;
  std::string err;
};
Outcome RunWith(Schema& schema, std::vector<const char*> args) {
  args.insert(args.begin(), "demo");
  std::ostringstream out;
  std::ostringstream err;
  const Run run =
      ParseCommandLine(schema, "demo", "Does nothing.", static_cast<int>(args.size()), args.data(), out, err);
  return {run, out.str(), err.str()};
}

std::string WriteConfig(const std::string& text) {
  const std::string path = ::testing::TempDir() + "/config_test_" +
                           ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml";
  std::ofstream(path) << text;
  return path;
}

TEST(CommandLine, FlagsWinOverTheFileWhereverTheyStand) {
  const std::string path = WriteConfig("[server]\nthreads = 7\nport = 9\n");
  Fixture f;
  const Outcome outcome =
      RunWith(f.schema, {"--server.threads=8", "--config", path.c_str(), "--server.timeout", "20ms"});
  EXPECT_TRUE(outcome.run.proceed) << outcome.err;
  EXPECT_EQ(outcome.run.config_path, path);
  EXPECT_EQ(f.options.threads, 8);
  EXPECT_EQ(f.options.port, 9);
  EXPECT_EQ(f.options.timeout, milliseconds(20));
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST(CommandLine, BoolNeedsNoValue) {
  Fixture f;
  EXPECT_TRUE(RunWith(f.schema, {"--server.reflect", "--name=x"}).run.proceed);
  EXPECT_TRUE(f.options.reflect);
  EXPECT_TRUE(RunWith(f.schema, {"--server.reflect=false"}).run.proceed);
  EXPECT_FALSE(f.options.reflect);
}

TEST(CommandLine, UsageErrorsExitWithTwoAndOneLine) {
  struct Case {
    std::vector<const char*> args;
    const char* message;
  };
  const Case cases[] = {
      {{"--server.lissten=x"}, "demo: --server.lissten: unknown key; did you mean --server.listen?\n"},
      {{"--server.body-bytes-max=1KiB"}, "did you mean --server.body_bytes_max?"},
      {{"--server.threads=many"}, "demo: --server.threads: expected a whole number, found \"many\"\n"},
      {{"--server.threads=100"}, "demo: --server.threads: 100 is not in 1 to 64\n"},
      {{"--server.threads"}, "--server.threads: a value is missing"},
      {{"--server.reflect=yes"}, "--server.reflect: expected true or false"},
      {{"serve"}, "unexpected argument \"serve\""},
      {{"--"}, "unexpected argument \"--\""},
      {{"-x"}, "unexpected argument \"-x\""},
      {{"--config"}, "--config: a value is missing"},
      {{"--config="}, "--config: the name of a file is missing"},
      {{"--config=/nonexistent.toml"}, "demo: /nonexistent.toml: cannot read"},
      {{"--config=a", "--config=b"}, "--config: was given twice"},
      {{"--check-config", "--server.threads=0"}, "0 is not in 1 to 64"},
  };
  for (const Case& one : cases) {
    Fixture f;
    const Outcome outcome = RunWith(f.schema, one.args);
    EXPECT_FALSE(outcome.run.proceed) << one.message;
    EXPECT_EQ(outcome.run.exit_code, 2) << one.message;
    EXPECT_THAT(outcome.err, HasSubstr(one.message));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(CommandLine, ErrorsOfTheFileCarryItsPlace) {
  const std::string path = WriteConfig("[server]\nthread = 7\n");
  Fixture f;
  const Outcome outcome = RunWith(f.schema, {"--config", path.c_str()});
  EXPECT_EQ(outcome.run.exit_code, 2);
  EXPECT_EQ(outcome.err, "demo: " + path + ":2:1: server.thread: unknown key; did you mean server.threads?\n");
}

TEST(CommandLine, CheckConfigPrintsTheEffectiveConfiguration) {
  Fixture f;
  const Outcome outcome = RunWith(f.schema, {"--check-config", "--server.threads=9", "--auth.password=hunter2"});
  EXPECT_FALSE(outcome.run.proceed);
  EXPECT_EQ(outcome.run.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("name = \"demo\"\n\n[server]\nlisten = \"127.0.0.1:7410\"\nthreads = 9\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("hunter2")));
}

TEST(CommandLine, HelpTeachesEveryKey) {
  Fixture f;
  const Outcome outcome = RunWith(f.schema, {"--help"});
  EXPECT_EQ(outcome.run.exit_code, 0);
  EXPECT_FALSE(outcome.run.proceed);
  EXPECT_THAT(outcome.out,
              HasSubstr("[server]\n  --server.listen=TEXT\n      Where to listen. Default: \"127.0.0.1:7410\".\n"
                        "  --server.threads=NUMBER\n      Worker threads. Range: 1 to 64. Default: 4.\n"));
  EXPECT_THAT(outcome.out, HasSubstr("Range: one of text, json."));
}

TEST(CommandLine, VersionNamesTheProgram) {
  Fixture f;
  const Outcome outcome = RunWith(f.schema, {"--version"});
  EXPECT_EQ(outcome.run.exit_code, 0);
  EXPECT_EQ(outcome.out, std::string("demo ") + DATELINE_VERSION + "\n");
}

TEST(CommandLine, ChecksOverSeveralKeysRunLast) {
  Fixture f;
  f.schema.Validate([&f] {
    return f.options.threads > 10 && !f.options.reflect
               ? FieldError("NEEDS_REFLECTION", "server.threads", "more than 10 need server.reflect = true")
               : absl::OkStatus();
  });
  EXPECT_TRUE(RunWith(f.schema, {"--server.threads=11", "--server.reflect"}).run.proceed);
  const Outcome refused = RunWith(f.schema, {"--server.reflect=false"});
  EXPECT_EQ(refused.run.exit_code, 2);
  EXPECT_EQ(refused.err, "demo: server.threads: more than 10 need server.reflect = true\n");
}

TEST(Units, Durations) {
  EXPECT_EQ(ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(ParseDuration("3s"), milliseconds(3000));
  EXPECT_EQ(ParseDuration("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(ParseDuration("7d"), milliseconds(604'800'000));
  EXPECT_EQ(ParseDuration("0"), milliseconds(0));
  for (const char* bad : {"", "5", "-1s", "s", "1.5s", "3 s", "3S", "1m1h", "1s1s", "1s ", "99999999999999999999s",
                          "9223372036854775807d", "9223372036854775807ms1ms"}) {
    EXPECT_EQ(ParseDuration(bad), std::nullopt) << bad;
  }
  for (const int64_t ms : {0, 1, 999, 1000, 1500, 59'999, 60'000, 61'500, 5'400'000, 86'400'000, 90'061'001}) {
    EXPECT_EQ(ParseDuration(FormatDuration(milliseconds(ms))), milliseconds(ms)) << FormatDuration(milliseconds(ms));
  }
  EXPECT_EQ(FormatDuration(milliseconds(5'400'000)), "1h30m");
  EXPECT_EQ(FormatDuration(milliseconds(1500)), "1500ms");
}

TEST(Units, Bytes) {
  EXPECT_EQ(ParseBytes("0"), 0);
  EXPECT_EQ(ParseBytes("512B"), 512);
  EXPECT_EQ(ParseBytes("64KiB"), 65536);
  EXPECT_EQ(ParseBytes("2GiB"), int64_t{2} << 30);
  EXPECT_EQ(ParseBytes("1MB"), 1'000'000);
  for (const char* bad : {"", "-1", "KiB", "1 KiB", "1K", "1kib", "9223372036854775808", "9007199254740993TiB"}) {
    EXPECT_EQ(ParseBytes(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(FormatBytes(65536), "64KiB");
  EXPECT_EQ(FormatBytes(1000), "1000B");
  EXPECT_EQ(FormatBytes(0), "0B");
}

}  // namespace
}  // namespace dateline::config
