// dateline key: the keys of the JSON API: make, list, revoke (they stand in a file that the gateway reads); and the
// file of keys that seal secrets in a database.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "common/access/key_file.h"
#include "common/secrets/secret_box.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

struct KeyOptions {
  std::string file;
  std::string scope = "read";
  std::string name;
  std::string id;
};

std::filesystem::path FileOf(const Session& session, const KeyOptions& options) {
  return options.file.empty() ? session.data_dir / "gateway" / "keys" : std::filesystem::path(options.file);
}

int Create(const Session& session, const KeyOptions& options) {
  const auto scopes = access::ParseScopes(options.scope);
  if (!scopes.ok()) return session.Report(scopes.status());
  auto keys = access::ReadKeys(FileOf(session, options));
  if (!keys.ok()) return session.Report(keys.status());
  const access::NewKey made = access::MakeKey(*scopes, options.name, RealClock().Now());
  keys->push_back(made.key);
  if (const absl::Status written = access::WriteKeys(FileOf(session, options), *keys); !written.ok()) {
    return session.Report(written);
  }
  fmt::print("{}\n", made.secret);
  Say(fmt::format("Key {} may {}. It is shown this once; the file {} holds only its hash.", made.key.id,
                  access::ScopesText(*scopes), FileOf(session, options).string()));
  return kOk;
}

int List(const Session& session, const KeyOptions& options) {
  const auto keys = access::ReadKeys(FileOf(session, options));
  if (!keys.ok()) return session.Report(keys.status());
  for (const access::Key& key : *keys) {
    fmt::print("{}  {}  {:<28} {}\n", key.id, key.created, access::ScopesText(key.scopes), key.display_name);
  }
  if (keys->empty()) Say("There is no key. `dateline key create --scope read --name NAME` makes one.");
  return kOk;
}

int Revoke(const Session& session, const KeyOptions& options) {
  auto keys = access::ReadKeys(FileOf(session, options));
  if (!keys.ok()) return session.Report(keys.status());
  if (std::erase_if(*keys, [&](const access::Key& key) { return key.id == options.id; }) == 0) {
    Say(fmt::format("dateline: there is no key {}; `dateline key list` lists them", options.id));
    return kFailed;
  }
  if (const absl::Status written = access::WriteKeys(FileOf(session, options), *keys); !written.ok()) {
    return session.Report(written);
  }
  Say(fmt::format("Key {} is revoked; the gateway notices within a second.", options.id));
  return kOk;
}

int MakeSecrets(const Session& session, const KeyOptions& options) {
  if (const absl::Status made = secrets::MakeSecretKeyFile(options.file); !made.ok()) return session.Report(made);
  Say(
      fmt::format("{} holds a new key, for its owner alone. Name it as notification.secrets_key_file, and keep a copy "
                  "apart from backups of the database.",
                  options.file));
  return kOk;
}

}  // namespace

void AddKey(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("key", "The keys of the JSON API: create, list, revoke; and those that seal secrets");
  command->require_subcommand(1);
  auto options = std::make_shared<KeyOptions>();
  const auto file = [&](CLI::App* sub) {
    sub->add_option("--file", options->file,
                    "The gateway's access.keys_file (default: gateway/keys in the data folder)");
  };
  auto* create = command->add_subcommand("create", "Make a key and print it");
  create->add_option("--scope", options->scope, "read, ingest, subscribe, admin; several with commas")
      ->capture_default_str();
  create->add_option("--name", options->name, "Whose it is");
  file(create);
  create->callback([options, &session] { session.run = [options, &session] { return Create(session, *options); }; });
  auto* list = command->add_subcommand("list", "List the keys, without their secrets");
  file(list);
  list->callback([options, &session] { session.run = [options, &session] { return List(session, *options); }; });
  auto* revoke = command->add_subcommand("revoke", "Take a key back");
  revoke->add_option("id", options->id, "Its id, as `dateline key list` shows it")->required();
  file(revoke);
  revoke->callback([options, &session] { session.run = [options, &session] { return Revoke(session, *options); }; });
  auto* seal = command->add_subcommand("secrets", "Make a file with a new key that seals secrets in a database");
  seal->add_option("file", options->file, "The file; one that exists stays as it is")->required();
  seal->callback([options, &session] { session.run = [options, &session] { return MakeSecrets(session, *options); }; });
}

}  // namespace dateline::cli
