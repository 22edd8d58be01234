#!/usr/bin/env python3
"""The images, made from the built programs, and the suite running from them with the rendered configuration of the overlay
single-node: what is in an image and what is not; releases taken in and their events seen; a restart of everything; and every service
replaced, one after the other, while clients write, read and listen. Nothing acknowledged may be lost, no event may be lost or come
twice, and where the manifest starts the replacement first (extraction, gateway) no call may fail. What the manifests run once on
a volume (storage, ingestion, notification, eventbus) is away for as long as its replacement takes to start: that time is printed.

usage: images_test.py ROOT BIN [SECONDS]
  SECONDS   goes on replacing services for that long (default: each service once)
Exit status 77: containers cannot run here, nothing was checked; the reason is printed.
"""

import base64
import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import podman_cluster

WORDS = ("river market bridge winter school garden letter window harvest timber village engine summer pencil mirror candle copper "
         "valley button ladder orchard basket thunder marble forest kettle meadow silver wagon lantern").split()
SETTLE_LIMIT_S = 60
CALL_LIMIT_S = 35.0


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def release_text(number, sentences=12):
    """A press release of its own for each number; a sentence has about 80 bytes."""
    chance = random.Random(number)
    body = " ".join("The " + " ".join(chance.choice(WORDS) for _ in range(11)) + "." for _ in range(sentences))
    return (f"Works council opens {chance.choice(WORDS)} number {number}\n\nVIENNA, 12 March 2026 - More than {1000 + number} people will use "
            f"what the council opened today. {body}\n\nContact: Works Council, press{number}@works.example, +43 1 5550 {number % 10000:04}\n")


class Load:
    """Clients of a gateway that write and read by HTTP without pause, each request sent to a pod that is ready."""

    def __init__(self, cluster, key):
        self.cluster = cluster
        self.key = key
        self.acknowledged = []
        self.calls = collections.Counter()
        self.refused = collections.Counter()  # By the service that was being replaced meanwhile.
        self.failures = []
        self.replacing = None
        self.ready = cluster.ready_addresses("gateway")
        self.ended = threading.Event()
        self.lock = threading.Lock()
        work = [self._watch_gateways, self._read, *[lambda i=i: self._write(i) for i in range(3)]]
        self.threads = [threading.Thread(target=w) for w in work]
        for thread in self.threads:
            thread.start()

    def _watch_gateways(self):
        while not self.ended.wait(1.0):
            self.ready = self.cluster.ready_addresses("gateway") or self.ready

    def _call(self, what, path, body=None):
        """True when the call went well. A failure while a service without a second pod is away is counted, any other is a finding."""
        pod = random.choice(self.ready)
        request = urllib.request.Request(pod.url("http", path), data=body, headers={
            "X-API-Key": self.key, "Content-Type": "application/json"})
        replacing = self.replacing
        try:
            with urllib.request.urlopen(request, timeout=CALL_LIMIT_S) as answer:
                answer.read()
            problem = None
        except urllib.error.HTTPError as refused:
            problem = f"{refused.code} {refused.read(300)!r}"
        except OSError as broken:
            problem = str(broken)
        with self.lock:
            if problem is None:
                self.calls[what] += 1
            elif (replacing or self.replacing) in ("storage", "ingestion", "notification"):
                self.refused[replacing or self.replacing] += 1
            else:
                self.failures.append(f"{what} while {replacing} was replaced: {problem}")
        return problem is None

    def _write(self, client):
        number = client * 1_000_000
        while not self.ended.is_set():
            number += 1
            uri = f"https://works.example/http/{number}"
            body = json.dumps({"uri": uri, "content": base64.b64encode(release_text(number).encode()).decode(),
                               "contentType": "text/plain", "requestId": f"00000000-0000-4000-8000-{number:012}"}).encode()
            while not self._call("write", "/v1/documents:ingest", body) and not self.ended.wait(0.2):
                pass
            else:
                if not self.ended.is_set():
                    with self.lock:
                        self.acknowledged.append(uri)

    def _read(self):
        while not self.ended.wait(0.05):
            self._call("read", "/v1/releases?pageSize=5")

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


class Watcher:
    """`dateline watch` from the cli image, from the first event on."""

    def __init__(self, cluster, image, folder):
        self.path = folder / "events.jsonl"
        self.cluster = cluster
        line = cluster.command(image, ["--endpoints=/input/endpoints.toml", "watch", "--from=earliest", "--json"], folder,
                               name="watcher")
        self.process = subprocess.Popen(line, env=cluster.environment, stdout=self.path.open("wb"), stderr=(folder / "watch.log").open("wb"))

    def events(self):
        return [json.loads(line) for line in self.path.read_bytes().split(b"\n")[:-1]]

    def wait_for(self, uris):
        """All events, once there is one for each of the URIs."""
        wanted = set(uris)
        began = time.monotonic()
        while True:
            events = self.events()
            missing = wanted - {e["data"]["release"]["uri"] for e in events}
            if not missing:
                return events
            check(time.monotonic() - began < SETTLE_LIMIT_S, f"no event for {len(missing)} of {len(wanted)} releases, {sorted(missing)[:3]}")
            time.sleep(0.2)

    def stop(self):
        self.cluster.kill("watcher")
        self.process.wait(timeout=30)


class Commands:
    def __init__(self, cluster, image, folder):
        self.cluster, self.image, self.folder = cluster, image, folder

    def run(self, *arguments):
        line = self.cluster.command(self.image, ["--endpoints=/input/endpoints.toml", *arguments], self.folder)
        done = subprocess.run(line, env=self.cluster.environment, capture_output=True, text=True)
        check(done.returncode == 0, f"dateline {' '.join(arguments)}: status {done.returncode}\n{done.stdout[-500:]}{done.stderr[-1500:]}")
        return done.stdout

    def write_batches(self, ended, acknowledged):
        """Ingests folders of documents by gRPC until told to end; each batch has to be acknowledged whole."""
        for batch in range(1_000_000):
            if ended.is_set():
                return
            inputs = self.folder / "batches" / str(batch)
            inputs.mkdir(parents=True)
            for i in range(20):
                (inputs / f"{i}.txt").write_text(release_text(500_000_000 + batch * 100 + i))
            lines = self.run("ingest", "--json", "--jobs=2", "--retry-for=60", f"/input/batches/{batch}")
            acknowledged += [json.loads(line)["uri"] for line in lines.splitlines() if '"uri"' in line]


def check_images(cluster, images):
    for name, (digest, *size) in images.items():
        config, paths = cluster.image_facts(name)
        program = "dateline" if name.startswith("dateline/cli:") else "dateline-" + name.split("/")[1].split(":")[0]
        check(config["User"] == "65532:65532", f"{name} runs as {config['User']}")
        check(config["Labels"]["org.opencontainers.image.version"] == name.split(":")[1], f"{name}: {config['Labels']}")
        check({f"usr/bin/{program}", f"usr/share/sbom/{program}.spdx.json", "etc/ssl/certs/ca-certificates.crt",
               "usr/share/doc/libc6/copyright"} <= paths, f"{name} lacks a file")
        programs = {p for p in paths if p.startswith("usr/bin/") and p != "usr/bin/"}
        check(programs == {f"usr/bin/{program}"}, f"{name} has {programs}")
        check(not any(p.rsplit("/", 1)[-1] in ("sh", "bash", "dash", "apt", "dpkg", "cc", "g++") for p in paths), f"{name} has a shell or tools")
        print(f"{name:28} {' '.join(size):>8}  {digest}")


def check_alerts(cluster, root):
    """Every metric that an alert or the dashboard asks for is served by a pod."""
    served = set()
    for pod in cluster.pods:
        served |= set(re.findall(r"^(dateline_[a-z_]+)", podman_cluster.fetch(pod.url("ops", "/metrics"))[1].decode(), re.MULTILINE))
    monitoring = pathlib.Path(root, "deploy/kustomize/components/monitoring")
    asked = re.findall(r"expr: (.*)", (monitoring / "alerts.yaml").read_text()) + re.findall(r'"expr": "(.*)"', (monitoring / "dashboard.json").read_text())
    wanted = {name for expression in asked for name in re.findall(r"dateline_[a-z_]+", expression)}
    check(len(asked) > 10 and wanted <= served, f"alerts or the dashboard ask for what nobody serves: {sorted(wanted - served)}")


def write_endpoints(folder):
    # As an operator's command inside the cluster would name them.
    (folder / "endpoints.toml").write_text("".join(
        f'[{name}]\naddress = "dns:///{name}:{port}"\n' for name, port in
        (("storage", 7410), ("ingestion", 7420), ("extraction", 7430), ("notification", 7440))))


def run(root, programs, seconds, folder):
    work = folder / "work"
    work.mkdir()
    manifests = podman_cluster.render(f"{root}/deploy/kustomize/overlays/single-node")
    made = subprocess.run([f"{programs}/dateline", "key", "create", "--scope=read,ingest", "--name=test", f"--file={work}/keys"],
                          check=True, capture_output=True, text=True)
    key = next(word for word in made.stdout.split() if word.startswith("dl_"))
    write_endpoints(work)
    cluster = podman_cluster.Cluster(manifests, folder / "cluster", {"gateway-keys": {"keys": (work / "keys").read_text()}})
    watcher = load = None
    try:
        images = cluster.build_images(root, programs)
        check_images(cluster, images)
        cli = next(name for name in images if name.startswith("dateline/cli:"))
        commands = Commands(cluster, f"localhost/{cli}", work)
        print(f"all services ready {cluster.start_all():.1f} s after the last of them was started")

        (work / "first").mkdir()
        for sample in pathlib.Path(root, "deploy/samples").iterdir():
            (work / "first" / sample.name).write_bytes(sample.read_bytes())
        first = commands.run("ingest", "--wait", "--json", "/input/first")
        check(first.count("org.dateline.release.published") == 7, f"not an event for each sample:\n{first[:2000]}")
        before = commands.run("list", "--json")
        cluster.stop_all()
        cluster.start_all()
        check(commands.run("list", "--json") == before, "the archive is another one after a restart")

        watcher = Watcher(cluster, f"localhost/{cli}", work)
        load = Load(cluster, key)
        acknowledged = []
        problems = []

        def write_batches():
            try:
                commands.write_batches(load.ended, acknowledged)
            except Exception as problem:  # pylint: disable=broad-except
                problems.append(problem)

        batches = threading.Thread(target=write_batches)
        batches.start()
        began = time.monotonic()
        order = ("eventbus", "storage", "extraction", "ingestion", "notification", "gateway")
        while True:
            for name in order:
                load.replacing = name
                took, away = cluster.roll(name)
                time.sleep(3.0)  # Clients ask for its new address every second.
                load.replacing = None
                print(f"replaced {name:13} in {took:4.1f} s, {away:3.1f} s without a ready pod, {load.refused[name]} calls refused meanwhile")
            if time.monotonic() - began >= seconds:
                break
        load.stop()
        batches.join()
        check(not problems, f"{problems}")
        check(not load.failures, f"{len(load.failures)} calls failed: {load.failures[:5]}")
        check(load.calls["write"] > 20 and len(acknowledged) > 20, f"there was no load: {load.calls}, {len(acknowledged)} by gRPC")

        acknowledged += load.acknowledged
        events = watcher.wait_for(acknowledged)
        sequences = [int(e["sequence"]) for e in events]
        check(sequences == list(range(1, len(events) + 1)), "the events are not dense and in order")
        published = collections.Counter(e["data"]["release"]["uri"] for e in events if e["type"].endswith(".published"))
        check(max(published.values()) == 1, f"published twice: {published.most_common(3)}")
        listed = {json.loads(line)["uri"] for line in commands.run("list", "--json", "--limit=100000").splitlines()}
        check(set(acknowledged) <= listed, f"{len(set(acknowledged) - listed)} acknowledged documents have no release")
        print(f"{len(acknowledged)} acknowledged writes, {load.calls['read']} reads, {len(events)} events in {time.monotonic() - began:.0f} s: "
              "none lost, none twice, no failed call where a replacement was there first")
        check_alerts(cluster, root)
        cluster.stop_all()
    finally:
        if load is not None:
            load.stop()
        if watcher is not None:
            watcher.stop()
        cluster.close()


def main():
    reason = podman_cluster.missing()
    if reason is not None:
        print(f"SKIPPED: {reason}; the images were not run")
        return 77
    root, programs = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    with tempfile.TemporaryDirectory(prefix="dateline-images-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        try:
            run(root, programs, seconds, pathlib.Path(folder))
        except (AssertionError, RuntimeError) as problem:
            print(f"images_test: {problem}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
