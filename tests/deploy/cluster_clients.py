"""Clients that load a cluster while its pods are replaced: HTTP writers and a reader, a watcher of events, jobs of the command line.

Every one of them counts what was acknowledged to it and what failed, for the test to compare with what is there in the end.
"""

import base64
import collections
import json
import random
import subprocess
import threading
import time
import urllib.error
import urllib.request

WORDS = ("river market bridge winter school garden letter window harvest timber village engine summer pencil mirror candle copper "
         "valley button ladder orchard basket thunder marble forest kettle meadow silver wagon lantern").split()
SETTLE_LIMIT_S = 60
CALL_LIMIT_S = 35.0
PAUSE_S = 0.03  # Between the writes of one client: together they stay below what the gateway lets a key do in a minute.


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
    """Clients of a gateway that write and read by HTTP all the time, each request sent to a pod that is ready. `alone`: the services that
    have one pod only, so that calls which need them fail while it is replaced."""

    def __init__(self, cluster, key, alone):
        self.cluster = cluster
        self.alone = alone
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
            elif (replacing or self.replacing) in self.alone:
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
            self.ended.wait(PAUSE_S)

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
        self.log = folder / "watch.log"
        self.cluster = cluster
        line = cluster.command(image, ["--endpoints=/input/endpoints.toml", "watch", "--from=earliest", "--json", "--retry-for=60"],
                               folder, name="watcher")
        self.process = subprocess.Popen(line, env=cluster.environment, stdout=self.path.open("wb"), stderr=self.log.open("wb"))

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
            check(time.monotonic() - began < SETTLE_LIMIT_S,
                  f"no event for {len(missing)} of {len(wanted)} releases, {sorted(missing)[:3]}; of {len(events)} events; the watcher says:\n"
                  f"{self.log.read_text()[-1000:]}")
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
