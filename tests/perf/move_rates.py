#!/usr/bin/env python3
"""The move of an archive from SQLite to PostgreSQL while it is in use, as deploy/README.md describes it: export and import beside the
running suite, again for what came meanwhile, then storage is stopped, the rest is moved, and storage starts on PostgreSQL at the same
address. A listener and a webhook stay subscribed all the while, and clients go on writing until the switch and after it. In the end the
new archive has every release, and every release that came during the move was told to the webhook. Prints how long each step took.

usage: move_rates.py BIN [--releases N] [--data DIR]
  --releases N   how many there are before the move (default 10000)
  --data DIR     the data folder of a suite that holds an archive already; it is used up
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "deploy"))
# pylint: disable=wrong-import-position
from hosts_test import receive, write_documents
from postgres_server import PostgresServer
from startup import SERVICES, arguments, free_port, ready, stop


class Suite:
    def __init__(self, programs, folder, ports):
        self.programs, self.folder, self.ports = programs, folder, ports
        self.running = {}
        self.endpoints(folder / "endpoints.toml", ports["storage"])

    def endpoints(self, path, storage):
        path.write_text(f'[storage]\naddress = "127.0.0.1:{storage}"\n' + "".join(
            f'[{name}]\naddress = "127.0.0.1:{self.ports[name]}"\n' for name in ("ingestion", "notification", "extraction")))
        return path

    def start(self, service, line):
        self.running[service] = subprocess.Popen([str(self.programs / f"dateline-{service.split()[0]}"), *line])

    def command(self, *line, endpoints=None):
        return [str(self.programs / "dateline"), f"--endpoints={endpoints or self.folder / 'endpoints.toml'}", *line]

    def run(self, *line, endpoints=None):
        done = subprocess.run(self.command(*line, endpoints=endpoints), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"dateline {' '.join(line)}: {done.stderr[-2000:]}")
        return done.stdout

    def stop_all(self):
        for service in reversed(list(self.running)):
            stop(self.running.pop(service))


def wait_ready(port):
    while not ready(port):
        time.sleep(0.05)


def uris(text):
    return {json.loads(line)["uri"] for line in text.splitlines() if '"uri"' in line}


class Writer:
    """Takes documents in, one folder a second, until it is stopped; what was not acknowledged is repeated."""

    def __init__(self, suite):
        self.suite, self.acknowledged, self.ended = suite, set(), threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        for batch in range(1_000_000):
            if self.ended.wait(1.0):
                return
            folder = self.suite.folder / "live" / str(batch)
            write_documents(folder, 700_000_000 + batch * 100, 10)
            self.acknowledged |= uris(self.suite.run("ingest", "--json", "--retry-for=300", str(folder)))

    def stop(self):
        self.ended.set()
        self.thread.join()


def timed(title, work):
    began = time.monotonic()
    result = work()
    print(f"{title}: {time.monotonic() - began:.1f} s", flush=True)
    return result


def move(suite, postgres):
    ports = suite.ports
    receiver = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).resolve().parent.parent / "deploy" / "hosts_test.py"),
                                 "--receive", str(suite.folder / "received.jsonl")])
    suite.running["receiver"] = receiver
    time.sleep(1)
    suite.run("subscribe", "--webhook", "http://127.0.0.1:8080/", "--id", "receiver", "--concurrency", "8")
    # The log is the same after the move, so it need not begin anew; should it end, it does.
    heard_file = suite.folder / "watch.jsonl"
    listener = subprocess.Popen(["sh", "-c", '"$@" --from latest || exec "$@" --from earliest', "sh", *suite.command("watch", "--json")],
                                stdout=heard_file.open("wb"), start_new_session=True)
    before = suite.run("list", "--json", "--limit=0").count("\n")
    writer = Writer(suite)

    # The new storage stands beside the old one until the switch.
    beside, beside_ops = free_port(), free_port()
    keeps = ["--storage.backend=postgres", f"--storage.postgres.connection={postgres.database('storage')}",
             f"--storage.postgres.password_file={postgres.password_file}"]
    suite.start("storage beside", [f"--ops.listen=127.0.0.1:{beside_ops}", "--log.level=warn", f"--server.listen=127.0.0.1:{beside}", "--bus.publish_endpoints=", *keeps])
    wait_ready(beside_ops)
    to = suite.endpoints(suite.folder / "beside.toml", beside)
    first, rest = suite.folder / "first.jsonl", suite.folder / "rest.jsonl"
    timed(f"export of {before} releases, beside the running suite", lambda: suite.run("archive", "export", str(first)))
    print(f"  {first.stat().st_size / 1e6:.0f} MB")
    timed("import into PostgreSQL", lambda: suite.run("archive", "import", "--move", str(first), endpoints=to))

    began = time.monotonic()
    stop(suite.running.pop("ingestion"))  # Callers repeat from here on.
    timed("export of all once more, without writers", lambda: suite.run("archive", "export", str(rest)))
    timed("import of what came meanwhile, compared", lambda: suite.run("archive", "import", "--move", "--compare", str(rest), endpoints=to))
    stop(suite.running.pop("storage"))
    stop(suite.running.pop("storage beside"))
    suite.start("storage", [*[a for a in arguments("storage", ports, suite.folder) if "data_dir" not in a], *keeps])
    suite.start("ingestion", arguments("ingestion", ports, suite.folder))
    wait_ready(ports["storage-ops"])
    wait_ready(ports["ingestion-ops"])
    print(f"writers waited {time.monotonic() - began:.1f} s", flush=True)
    time.sleep(5)
    writer.stop()

    listed = uris(suite.run("list", "--json", "--limit=0"))
    received = suite.folder / "received.jsonl"
    ends = time.monotonic() + 60
    while True:
        told = [json.loads(line) for line in received.read_bytes().split(b"\n")[:-1]]
        lacking = writer.acknowledged - {r["uri"] for r in told}
        if not lacking or time.monotonic() > ends:
            break
        time.sleep(0.5)
    os.killpg(listener.pid, signal.SIGTERM)
    listener.wait()
    heard = {json.loads(line)["data"]["release"]["uri"] for line in heard_file.read_bytes().split(b"\n")[:-1]}
    print(f"{len(listed)} releases now, {len(writer.acknowledged - listed)} of {len(writer.acknowledged)} that came during the move are missing; "
          f"{len(lacking)} were not told to the webhook, {len(told) - len({r['uri'] for r in told})} were told twice, "
          f"{len({r['uri'] for r in told} - writer.acknowledged)} old ones again; {len(writer.acknowledged - heard)} were not heard by the listener")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--releases", type=int, default=10_000)
    parser.add_argument("--data", type=pathlib.Path)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dateline-move-", dir="/var/tmp"))
    folder.chmod(0o755)
    ports = {name: free_port() for service in SERVICES for name in (service, service + "-ops")} | {"publish": free_port()}
    suite = Suite(options.programs.resolve(), folder, ports)
    postgres = PostgresServer(folder, "127.0.0.1", "127.0.0.1/32", free_port())
    try:
        if options.data is not None:
            shutil.move(options.data / "storage", folder / "storage")
        for service in SERVICES[:-1]:
            more = ["--webhook.allow_loopback=true"] if service == "notification" else []
            suite.start(service, [*arguments(service, ports, folder), *more])
        for service in SERVICES[:-1]:
            wait_ready(ports[service + "-ops"])
        if options.data is None:
            write_documents(folder / "in", 0, options.releases)
            suite.run("ingest", "--wait", "--wait-for=3600", "--jobs=16", str(folder / "in"))
        move(suite, postgres)
    finally:
        suite.stop_all()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
