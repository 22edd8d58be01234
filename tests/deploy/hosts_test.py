#!/usr/bin/env python3
"""A machine that plays several hosts: each is a network namespace with an address of its own on one bridge. The suite is spread over
them as the overlay scale-out does it: PostgreSQL, two storages, two buses, three extractions, two ingestions, two notifications. Clients
write, one listens, one takes webhooks. First every process that has a second is replaced, and no call may fail. Then hosts are cut off
the network and brought back, their processes are killed, and they are slowed (a link of 256 kbit/s; a processor that runs a tenth of the
time). In the end each acknowledged document has to be in the archive, with one event, in one dense order, and the webhook has to have
had it. Before all this, both arrangements (one of each on SQLite; spread on PostgreSQL) take the same documents in, and the processor
time that each service spent for a release is printed.

usage: hosts_test.py BIN [--documents N] [--faults SECONDS] [--upgrade-from BIN]
  --documents N      for the cost of a release, in each arrangement (default 2000; 0: leave it out)
  --faults SECONDS   how long faults go on (default 60)
  --upgrade-from BIN the suite starts as the version there, and what is replaced comes back as the new one, so that both run side by side
                     on one database meanwhile
Exit status 77: namespaces cannot be made here, nothing was checked; the reason is printed.
"""

import argparse
import collections
import http.server
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

import postgres_server
from cluster_clients import check, release_text
from postgres_server import TICKS, sh


READY_LIMIT_S = 60
SETTLE_LIMIT_S = 180
# Documents whose cost is measured have about 4 KB, as press releases have.
COST_SENTENCES = 48
PREFIX = f"dl{os.getpid() % 10000}"
NET = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"


def missing():
    if os.geteuid() != 0:
        return "needs root: hosts are network namespaces"
    for tool in ("ip", "tc"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if postgres_server.missing() is not None:
        return postgres_server.missing()
    if subprocess.run(["ip", "netns", "add", f"{PREFIX}probe"], capture_output=True).returncode != 0:
        return "may not make network namespaces here"
    subprocess.run(["ip", "netns", "del", f"{PREFIX}probe"], check=True)
    return None


class Network:
    """One bridge in a namespace of its own, and a host for each name."""

    def __init__(self):
        self.switch = f"{PREFIX}switch"
        sh("ip", "netns", "add", self.switch)
        sh("ip", "-n", self.switch, "link", "add", "switch", "type", "bridge")
        sh("ip", "-n", self.switch, "link", "set", "switch", "up")
        self.hosts = {}

    def host(self, name):
        if name not in self.hosts:
            self.hosts[name] = Host(self, name, f"{NET}.{len(self.hosts) + 10}")
        return self.hosts[name]

    def close(self):
        for line in sh("ip", "netns", "list").splitlines():
            if line.startswith(PREFIX):
                sh("ip", "netns", "del", line.split()[0], check_status=False)


class Host:
    def __init__(self, network, name, address):
        self.name, self.address = name, address
        self.space, self.port = f"{PREFIX}{name}", f"port{len(network.hosts)}"
        self.network = network
        sh("ip", "netns", "add", self.space)
        sh("ip", "-n", network.switch, "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        sh("ip", "-n", network.switch, "link", "set", self.port, "master", "switch", "up")
        sh("ip", "-n", self.space, "addr", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            sh("ip", "-n", self.space, "link", "set", device, "up")

    def cut_off(self):
        """Nothing leaves or arrives any more, and nobody is told."""
        sh("ip", "-n", self.network.switch, "link", "set", self.port, "nomaster")

    def bring_back(self):
        sh("ip", "-n", self.network.switch, "link", "set", self.port, "master", "switch")

    def slow_link(self):
        for space, device in ((self.space, "eth0"), (self.network.switch, self.port)):
            sh("tc", "-n", space, "qdisc", "add", "dev", device, "root", "tbf", "rate", "256kbit", "burst", "16kb", "latency", "400ms")

    def restore_link(self):
        for space, device in ((self.space, "eth0"), (self.network.switch, self.port)):
            sh("tc", "-n", space, "qdisc", "del", "dev", device, "root", check_status=False)

    def inside(self, *line):
        return ["ip", "netns", "exec", self.space, *line]


class Service:
    def __init__(self, suite, host, name, ops, arguments):
        self.host, self.name, self.ops, self.arguments = host, name, ops, arguments
        self.use(suite.programs)
        self.log = suite.folder / f"{host.name}-{name}.log"
        self.process = None

    def use(self, programs):
        """The version that the next start takes."""
        self.line = self.host.inside(str(programs / f"dateline-{self.name}"), f"--ops.listen=0.0.0.0:{self.ops}", *self.arguments)

    def start(self):
        self.process = subprocess.Popen(self.line, stdout=self.log.open("ab"), stderr=subprocess.STDOUT)

    def is_ready(self):
        line = ["curl", "-s", "-o", "/dev/null", "-m", "2", "-w", "%{http_code}", f"http://127.0.0.1:{self.ops}/readyz"]
        return sh(*self.host.inside(*line), check_status=False) == "200"

    def wait_ready(self):
        began = time.monotonic()
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() - began > READY_LIMIT_S:
                raise RuntimeError(f"{self.host.name}/{self.name} is not ready:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM, and SIGKILL to what does not end in its time."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()


class Suite:
    """Services on hosts. With `postgres` as the scale-out overlay arranges them, without as single-node does."""

    def __init__(self, programs, folder, network, postgres=None):
        self.programs, self.folder = programs, folder
        folder.mkdir()
        many = postgres is not None
        host = network.host
        storages = ["storage1", "storage2"] if many else ["storage1"]
        buses = ["bus1", "bus2"] if many else ["bus1"]
        publish = [f"--bus.publish_endpoints=tcp://{host(b).address}:7450" for b in buses]
        subscribe = [f"--bus.subscribe_endpoints=tcp://{host(b).address}:7451" for b in buses]
        self.storage = self._addresses(network, storages, 7410)
        storage = f"--storage.address={self.storage}"
        self.services = []
        for name in buses:
            self._add(host(name), "eventbus", 7455, ["--publishers.listen=0.0.0.0:7450", "--subscribers.listen=0.0.0.0:7451"])
        for name in storages:
            self._add(host(name), "storage", 7415, ["--server.listen=0.0.0.0:7410", *self._keeps("storage", postgres), *publish])
        extractions = ["extraction1", "extraction2", "extraction3"] if many else ["extraction1"]
        for name in extractions:
            self._add(host(name), "extraction", 7435, ["--server.listen=0.0.0.0:7430", storage, *subscribe])
        ingestions = ["ingestion1", "ingestion2"] if many else ["ingestion1"]
        for name in ingestions:
            self._add(host(name), "ingestion", 7425, ["--server.listen=0.0.0.0:7420", storage, *publish, *self._keeps("ingestion", postgres)])
        notifications = ["notification1", "notification2"] if many else ["notification1"]
        for name in notifications:
            self._add(host(name), "notification", 7445,
                      ["--server.listen=0.0.0.0:7440", storage, *subscribe, *self._keeps("notification", postgres),
                       "--webhook.allow_http=true", f"--webhook.allow_private_addresses={NET}.0/24",
                       # Short, so that what failed comes again while the test waits.
                       *(f"--delivery.retry_offsets={s}s" for s in (1, 3, 6, 10, 15, 20, 30, 45, 60, 90, 120))])
        self.client = host("client")
        self.endpoints = folder / "endpoints.toml"
        self.endpoints.write_text(f'[storage]\naddress = "{self.storage}"\n' + "".join(
            f'[{name}]\naddress = "{self._addresses(network, hosts, port)}"\n' for name, hosts, port in
            (("ingestion", ingestions, 7420), ("notification", notifications, 7440), ("extraction", extractions, 7430))))

    @staticmethod
    def _addresses(network, names, port):
        return "ipv4:" + ",".join(f"{network.host(n).address}:{port}" for n in names)

    def _data(self, name):
        (self.folder / name).mkdir(exist_ok=True)
        return self.folder / name

    def _keeps(self, name, postgres):
        """Where a service keeps what it keeps."""
        if postgres is None:
            return [f"--{name}.data_dir={self._data(name)}"]
        return [f"--{name}.backend=postgres", f"--{name}.postgres.connection={postgres.database(name)}",
                f"--{name}.postgres.password_file={postgres.password_file}"]

    def _add(self, host, name, ops, arguments):
        self.services.append(Service(self, host, name, ops, arguments))

    def start(self):
        for service in self.services:
            service.start()
        for service in self.services:
            service.wait_ready()

    def stop(self):
        for service in reversed(self.services):
            service.stop()

    def archive_bytes(self, postgres):
        if postgres is not None:
            return postgres.database_bytes("storage")
        return sum(f.stat().st_size for f in (self.folder / "storage").iterdir())

    def command(self, *arguments):
        return self.client.inside(str(self.programs / "dateline"), f"--endpoints={self.endpoints}", *arguments)

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True)
        check(done.returncode == 0, f"dateline {' '.join(arguments)}: status {done.returncode}\n{done.stderr[-1500:]}")
        return done.stdout


class Watcher:
    def __init__(self, suite):
        self.path = suite.folder / "events.jsonl"
        self.process = subprocess.Popen(suite.command("watch", "--from=earliest", "--json"), stdout=self.path.open("wb"),
                                        stderr=(suite.folder / "watch.log").open("wb"))
        self.events = []  # (sequence, type, URI, when it came)
        self.ended = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        with self.path.open("rb") as lines:
            rest = b""
            while not self.ended.wait(0.02):
                *whole, rest = (rest + lines.read()).split(b"\n")
                for line in whole:
                    event = json.loads(line)
                    self.events.append((int(event["sequence"]), event["type"], event["data"]["release"]["uri"], time.monotonic()))

    def wait_for(self, uris, limit_s):
        wanted, began = set(uris), time.monotonic()
        while True:
            lacking = wanted - {e[2] for e in list(self.events)}
            if not lacking:
                return
            check(time.monotonic() - began < limit_s, f"no event for {len(lacking)} of {len(wanted)} documents, {sorted(lacking)[:3]}")
            time.sleep(0.1)

    def stop(self):
        self.ended.set()
        self.reader.join()
        self.process.terminate()
        self.process.wait()


class Receiver:
    """A webhook on the client's host; it notes the id and the release of every event that it takes."""

    def __init__(self, suite):
        self.path = suite.folder / "received.jsonl"
        self.process = subprocess.Popen(suite.client.inside(sys.executable, __file__, "--receive", str(self.path)))
        self.subscribe(suite)

    def subscribe(self, suite):
        suite.run("subscribe", "--webhook", f"http://{suite.client.address}:8080/", "--id", "receiver", "--concurrency", "8")

    def received(self):
        return [json.loads(line) for line in self.path.read_bytes().split(b"\n")[:-1]] if self.path.exists() else []

    def wait_for(self, uris, limit_s):
        wanted, began = set(uris), time.monotonic()
        while lacking := wanted - {r["uri"] for r in self.received()}:
            check(time.monotonic() - began < limit_s, f"the webhook lacks {len(lacking)} of {len(wanted)}, {sorted(lacking)[:3]}")
            time.sleep(0.5)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def receive(path):
    """The receiver's process. Answers 200 once the events are in the file."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # pylint: disable=invalid-name
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            events = event if isinstance(event, list) else [event]
            with lock:
                for one in events:
                    release = one.get("data", {}).get("release")
                    if release:
                        out.write(json.dumps({"id": self.headers["webhook-id"], "sequence": one["sequence"], "uri": release["uri"]}) + "\n")
                out.flush()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    lock = threading.Lock()
    with open(path, "w", encoding="utf-8") as out:
        http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()


def write_documents(folder, first, count, sentences=12):
    folder.mkdir(parents=True)
    for number in range(first, first + count):
        (folder / f"{number}.txt").write_text(release_text(number, sentences))


def measure(suite, postgres, documents, title):
    """The cost of a release, by service: processor time from the first call to the last event at a subscriber."""
    write_documents(suite.folder / "warm", 0, 100)
    write_documents(suite.folder / "cost", 1_000, documents, COST_SENTENCES)
    watcher = Watcher(suite)
    try:
        warm = [json.loads(line)["uri"] for line in suite.run("ingest", "--json", "--jobs=8", str(suite.folder / "warm")).splitlines()]
        watcher.wait_for(warm, SETTLE_LIMIT_S)
        before = {id(s): s.processor_seconds() for s in suite.services}
        database = postgres.processor_seconds() if postgres else 0.0
        size = suite.archive_bytes(postgres)
        began = time.monotonic()
        uris = [json.loads(line)["uri"] for line in suite.run("ingest", "--json", "--jobs=16", str(suite.folder / "cost")).splitlines()]
        accepted = time.monotonic() - began
        watcher.wait_for(uris, SETTLE_LIMIT_S)
        took = time.monotonic() - began
        spent = collections.Counter()
        for service in suite.services:
            spent[service.name] += service.processor_seconds() - before[id(service)]
        if postgres:
            spent["postgres"] = postgres.processor_seconds() - database
        print(f"{title}: {documents} documents, durable {documents / accepted:.0f}/s, event at a subscriber {documents / took:.0f}/s")
        for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
            print(f"  {name:13} {1e3 * seconds / documents:7.3f} ms of a core for a release")
        print(f"  {'together':13} {1e3 * sum(spent.values()) / documents:7.3f} ms; "
              f"{(suite.archive_bytes(postgres) - size) / documents / 1024:.1f} KB on disk", flush=True)
    finally:
        watcher.stop()


class Faults:
    """What befalls hosts, one after the other."""

    def __init__(self, network, suite):
        self.network, self.suite = network, suite

    def _of(self, host):
        return [s for s in self.suite.services if s.host.name == host]

    def cut(self, host, seconds):
        self.network.host(host).cut_off()
        time.sleep(seconds)
        self.network.host(host).bring_back()

    def kill(self, host, seconds):
        for service in self._of(host):
            service.kill()
        time.sleep(seconds)
        for service in self._of(host):
            service.start()

    def slow_link(self, host, seconds):
        self.network.host(host).slow_link()
        time.sleep(seconds)
        self.network.host(host).restore_link()

    def slow_processor(self, host, seconds):
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for number, share in ((signal.SIGSTOP, 0.09), (signal.SIGCONT, 0.01)):
                for service in self._of(host):
                    service.process.send_signal(number)
                time.sleep(share)

    def plan(self):
        """(what, host, seconds) without end: each fault on each kind of host."""
        rounds = (
            ("cut", "storage1", 8), ("kill", "extraction1", 3), ("slow_link", "extraction2", 6), ("kill", "storage2", 3),
            ("cut", "bus1", 5), ("kill", "bus2", 2), ("slow_processor", "storage1", 6), ("cut", "database", 6), ("cut", "extraction3", 8),
            ("kill", "ingestion1", 2), ("slow_link", "storage2", 6), ("kill", "notification1", 2), ("cut", "notification2", 8),
            ("slow_processor", "extraction1", 6), ("cut", "ingestion2", 5), ("kill", "storage1", 3))
        while True:
            yield from rounds

    def run(self, seconds):
        ends = time.monotonic() + seconds
        counts = collections.Counter()
        for what, host, duration in self.plan():
            if time.monotonic() > ends:
                return counts
            getattr(self, what)(host, duration)
            counts[what] += 1
            time.sleep(1.0)


class Writers:
    """Two clients that take documents in, folder after folder, until they are stopped."""

    def __init__(self, suite, retry_s, first):
        self.suite, self.retry_s = suite, retry_s
        self.acknowledged, self.problems, self.ended, self.lock = [], [], threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self._write, args=(first + c * 10_000_000,)) for c in range(2)]
        for thread in self.threads:
            thread.start()

    def _write(self, first):
        for batch in range(1_000_000):
            if self.ended.is_set():
                return
            folder = self.suite.folder / "load" / str(first + batch * 100)
            write_documents(folder, first + batch * 100, 25)
            done = subprocess.run(self.suite.command("ingest", "--json", "--jobs=2", f"--retry-for={self.retry_s}", str(folder)),
                                  capture_output=True, text=True)
            with self.lock:
                self.acknowledged.extend(json.loads(line)["uri"] for line in done.stdout.splitlines() if '"uri"' in line)
            if done.returncode != 0:
                self.problems.append(done.stderr[-600:])
            shutil.rmtree(folder)

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        return self.acknowledged


def check_events(suite, watcher, receiver, acknowledged):
    """Each acknowledged document has a release and one event, in one dense order, and the webhook had it. The number of repeats there."""
    watcher.wait_for(acknowledged, SETTLE_LIMIT_S)
    events = list(watcher.events)
    sequences = [e[0] for e in events]
    check(sequences == sorted(set(sequences)), "events came twice or out of order")
    check(sequences == list(range(sequences[0], sequences[0] + len(sequences))), "events are missing from the order")
    twice = [u for u, n in collections.Counter(e[2] for e in events if e[1].endswith("published")).items() if n > 1]
    check(not twice, f"published twice: {twice[:3]}")
    receiver.wait_for(acknowledged, SETTLE_LIMIT_S)
    received = receiver.received()
    archive = {json.loads(line)["uri"] for line in suite.run("list", "--json", "--limit=0").splitlines()}
    check(set(acknowledged) <= archive, "an acknowledged document has no release")
    return len(received) - len({r["sequence"] for r in received})


def check_replacing(suite, watcher, receiver, programs):
    """Every process of which there are two is stopped, and started again as the version in `programs`, while clients write that repeat
    nothing: no call may fail."""
    writers = Writers(suite, 0, 500_000)
    began = time.monotonic()
    try:
        many = [s for s in suite.services if sum(o.name == s.name for o in suite.services) > 1]
        for service in many:
            service.stop()
            check(service.process.returncode == 0, f"{service.host.name} ended with status {service.process.returncode}")
            service.use(programs)
            service.start()
            service.wait_ready()
            time.sleep(0.5)
    finally:
        acknowledged = writers.stop()
    took = time.monotonic() - began
    check(not writers.problems, f"calls failed while replicas were replaced: {writers.problems[:1]}")
    repeats = check_events(suite, watcher, receiver, acknowledged)
    print(f"{len(many)} processes replaced in {took:.0f} s: {len(acknowledged)} calls, none failed; events in order, the webhook had each, "
          f"{repeats} again", flush=True)


def check_faults(suite, network, watcher, receiver, seconds):
    # As an operator's jobs: they repeat what was not acknowledged until it is.
    writers = Writers(suite, 120, 100_000_000)
    seen = len(watcher.events)
    began = time.monotonic()
    try:
        counts = Faults(network, suite).run(seconds)
        faults_s = time.monotonic() - began
    finally:
        acknowledged = writers.stop()
    check(not writers.problems, f"given up after 120 s: {writers.problems[:1]}")
    repeats = check_events(suite, watcher, receiver, acknowledged)
    settled = time.monotonic() - began - faults_s
    events = watcher.events[seen:]
    pauses = [b[3] - a[3] for a, b in zip(events, events[1:])]
    print(f"{faults_s:.0f} s of faults ({', '.join(f'{n} {w}' for w, n in counts.items())}): {len(acknowledged)} documents acknowledged, "
          f"{len(events)} events, none lost, none twice; the webhook had each, {repeats} again; longest silence at the subscriber "
          f"{max(pauses):.1f} s; all was there {settled:.1f} s after the last fault", flush=True)


def check_promises(suite, network, programs, seconds):
    watcher, receiver = Watcher(suite), Receiver(suite)
    try:
        check_replacing(suite, watcher, receiver, programs)
        check_faults(suite, network, watcher, receiver, seconds)
    finally:
        watcher.stop()
        receiver.stop()


def main():
    if sys.argv[1:2] == ["--receive"]:
        receive(sys.argv[2])
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--faults", type=float, default=60)
    parser.add_argument("--upgrade-from", type=pathlib.Path)
    options = parser.parse_args()
    reason = missing()
    if reason is not None:
        print(f"SKIPPED: {reason}; nothing was checked")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dateline-hosts-", dir="/var/tmp"))
    folder.chmod(0o755)
    programs = options.programs.resolve()
    network = Network()
    postgres = suite = None
    failed = False
    try:
        database = network.host("database")
        postgres = postgres_server.PostgresServer(folder, database.address, f"{NET}.0/24", inside=database.inside)
        if options.documents > 0:
            suite = Suite(programs, folder / "one", network)
            suite.start()
            measure(suite, None, options.documents, "one of each, SQLite")
            suite.stop()
        suite = Suite((options.upgrade_from or programs).resolve(), folder / "many", network, postgres)
        suite.start()
        if options.documents > 0:
            measure(suite, postgres, options.documents, "spread over hosts, PostgreSQL")
        if options.faults > 0:
            check_promises(suite, network, programs, options.faults)
    except (AssertionError, RuntimeError) as problem:
        print(f"hosts_test: {problem}")
        failed = True
        return 1
    finally:
        if suite is not None:
            suite.stop()
        if postgres is not None:
            postgres.stop()
        network.close()
        if failed:
            print(f"logs stay in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
