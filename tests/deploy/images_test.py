#!/usr/bin/env python3
"""The images, made from the built programs, and the suite running from them with the rendered configuration of both overlays: what is
in an image and what is not; releases taken in and their events seen; a restart of everything; and every service replaced, one after
the other, while clients write, read and listen. Nothing acknowledged may be lost, no event may be lost or come twice, and no call may
fail where the manifest starts the replacement first.
  single-node   SQLite. What the manifests run once on a volume (storage, ingestion, notification, eventbus) is away for as long as its
                replacement takes to start: that time is printed.
  scale-out     PostgreSQL with a role and a database for each service, mutual TLS with certificates made as the manifests ask
                cert-manager for them, keys on both buses, two pods of everything: no call may fail at all.

usage: images_test.py ROOT BIN [SECONDS]
  SECONDS   goes on replacing services for that long in each overlay (default: each service once)
Exit status 77: containers cannot run here, nothing was checked; the reason is printed.
"""

import base64
import collections
import json
import os
import pathlib
import re
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import podman_cluster
import postgres_server
from cluster_clients import Commands, Load, Watcher, check

ORDER = ("eventbus", "storage", "extraction", "ingestion", "notification", "gateway")


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


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_authority(folder):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=dateline-authority",
            "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.crt")


def issue(folder, name):
    """A certificate of the folder's authority for a name, as the files of its Secret."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{folder}/tls.key",
            "-out", f"{folder}/tls.csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth,clientAuth\n")
    openssl("x509", "-req", "-in", f"{folder}/tls.csr", "-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", f"{folder}/names", "-out", f"{folder}/tls.crt")
    return {file: (folder / file).read_text() for file in ("tls.crt", "tls.key", "ca.crt")}


def write_endpoints(folder, tls):
    # As an operator's command inside the cluster would name them.
    text = "".join(f'[{name}]\naddress = "dns:///{name}:{port}"\n' for name, port in
                   (("storage", 7410), ("ingestion", 7420), ("extraction", 7430), ("notification", 7440)))
    if tls:
        text += '[tls]\ncertificate_file = "/input/tls.crt"\nkey_file = "/input/tls.key"\nca_file = "/input/ca.crt"\n'
        for file, content in tls.items():
            (folder / file).write_text(content)
    (folder / "endpoints.toml").write_text(text)


class Overlay:
    """An overlay running from the images, with what its manifests expect to find in the cluster."""

    def __init__(self, root, programs, name, folder):
        folder.mkdir()
        folder.chmod(0o755)  # The server of the database is somebody else's.
        self.name = name
        self.work = folder / "work"
        self.work.mkdir()
        made = subprocess.run([f"{programs}/dateline", "key", "create", "--scope=read,ingest", "--name=test", f"--file={self.work}/keys"],
                              check=True, capture_output=True, text=True)
        self.key = next(word for word in made.stdout.split() if word.startswith("dl_"))
        self.manifests = podman_cluster.render(f"{root}/deploy/kustomize/overlays/{name}")
        self.secrets = {"gateway-keys": {"keys": (self.work / "keys").read_text(), "forms": secrets.token_hex(32)},
                        "notification-secrets": {"keys": base64.b64encode(secrets.token_bytes(32)).decode() + "\n"}}
        self.cluster = podman_cluster.Cluster(self.manifests, folder / "cluster", self.secrets)
        self.postgres = None
        write_endpoints(self.work, self._make_certificates(folder / "authority"))
        if self._is_asked_for("bus-keys-eventbus"):
            # By Debian's Python, which has python3-zmq.
            keys = subprocess.run(["/usr/bin/python3", f"{root}/deploy/kustomize/components/curve/make-keys"], check=True, capture_output=True,
                                  text=True).stdout
            self.secrets.update({o["metadata"]["name"]: o["stringData"] for o in json.loads(keys)["items"]})
        if self._is_asked_for("dateline-postgres"):
            self._start_postgres(folder)

    def _is_asked_for(self, secret):
        return f"'secretName': '{secret}'" in str(self.manifests)

    def _make_certificates(self, folder):
        """Every Certificate of the manifests; the one that the operator's command shows, or none where there are none."""
        wanted = {o["spec"]["secretName"]: o["spec"]["dnsNames"] for o in self.manifests if o["kind"] == "Certificate" and "dnsNames" in o["spec"]}
        if not wanted:
            return {}
        folder.mkdir()
        make_authority(folder)
        for secret, (name,) in wanted.items():
            self.secrets[secret] = issue(folder, name)
        return issue(folder, "operator")

    def _start_postgres(self, folder):
        port = 10_000 + os.getpid() % 20_000
        self.postgres = postgres_server.PostgresServer(folder, f"{self.cluster.net}.1", f"{self.cluster.net}.0/24", port)
        for secret, database in (("dateline-postgres", "storage"), ("dateline-ingestion-postgres", "ingestion"),
                                 ("dateline-notification-postgres", "notification")):
            self.secrets[secret] = {"connection": self.postgres.database(database), "password": postgres_server.PASSWORD}

    def stored_secrets(self):
        """What the database of notification holds of the signing secrets."""
        statement = "SELECT secret FROM subscription"
        if self.postgres is not None:
            return self.postgres.query(statement, "notification").split()
        database = sqlite3.connect(self.cluster.folder / "volumes" / "notification-0" / "notification.db")
        try:
            return [row[0] for row in database.execute(statement)]
        finally:
            database.close()

    def close(self):
        self.cluster.close()
        if self.postgres is not None:
            self.postgres.stop()


def check_restart(overlay, commands, root):
    (overlay.work / "first").mkdir()
    for sample in pathlib.Path(root, "deploy/samples").iterdir():
        (overlay.work / "first" / sample.name).write_bytes(sample.read_bytes())
    first = commands.run("ingest", "--wait", "--json", "/input/first")
    check(first.count("org.dateline.release.published") == 7, f"not an event for each sample:\n{first[:2000]}")
    before = commands.run("list", "--json")
    overlay.cluster.stop_all()
    overlay.cluster.start_all()
    check(commands.run("list", "--json") == before, "the archive is another one after a restart")


def check_sealed(overlay, commands):
    """With the keys of the mounted Secret: what is stored of a webhook's secret is not the secret."""
    told = commands.run("subscribe", "--webhook=https://receiver.example/hook", '--filter=title:"nobody writes this"', "--id=sealed")
    stored = overlay.stored_secrets()
    check("whsec_" in told and len(stored) == 1 and stored[0].startswith("sealed:v1:"), f"signing secrets are not sealed: {stored}")


def replace_all(cluster, load, seconds):
    began = time.monotonic()
    while True:
        for name in ORDER:
            load.replacing = name
            took, away = cluster.roll(name)
            time.sleep(3.0)  # Clients ask for its new address every second.
            load.replacing = None
            print(f"replaced {name:13} in {took:4.1f} s, {away:3.1f} s without a ready pod, {load.refused[name]} calls refused meanwhile", flush=True)
        if time.monotonic() - began >= seconds:
            return


def check_events(watcher, commands, acknowledged):
    events = watcher.wait_for(acknowledged)
    sequences = [int(e["sequence"]) for e in events]
    check(sequences == list(range(1, len(events) + 1)), "the events are not dense and in order")
    published = collections.Counter(e["data"]["release"]["uri"] for e in events if e["type"].endswith(".published"))
    check(max(published.values()) == 1, f"published twice: {published.most_common(3)}")
    listed = {json.loads(line)["uri"] for line in commands.run("list", "--json", "--limit=100000").splitlines()}
    check(set(acknowledged) <= listed, f"{len(set(acknowledged) - listed)} acknowledged documents have no release")
    return len(events)


def check_replacing(overlay, commands, image, seconds):
    """Every service replaced under load."""
    cluster = overlay.cluster
    # A Deployment starts the replacement first; no call needs the bus.
    alone = {name for name, w in cluster.workloads.items() if w["kind"] == "StatefulSet" and cluster.replicas(name) == 1} - {"eventbus"}
    watcher = Watcher(cluster, image, overlay.work)
    load = Load(cluster, overlay.key, alone)
    acknowledged, problems = [], []

    def write_batches():
        try:
            commands.write_batches(load.ended, acknowledged)
        except Exception as problem:  # pylint: disable=broad-except
            problems.append(problem)

    batches = threading.Thread(target=write_batches)
    batches.start()
    began = time.monotonic()
    try:
        replace_all(cluster, load, seconds)
    finally:
        load.stop()
        batches.join()
    try:
        check(not problems, f"{problems}")
        check(not load.failures, f"{len(load.failures)} calls failed: {load.failures[:5]}")
        check(load.calls["write"] > 20 and len(acknowledged) > 20, f"there was no load: {load.calls}, {len(acknowledged)} by gRPC")
        acknowledged += load.acknowledged
        events = check_events(watcher, commands, acknowledged)
    finally:
        watcher.stop()
    print(f"{overlay.name}: {len(acknowledged)} acknowledged writes, {load.calls['read']} reads, {events} events in {time.monotonic() - began:.0f} s: "
          "none lost, none twice, no failed call where a replacement was there first", flush=True)


def run(root, programs, name, seconds, folder):
    overlay = Overlay(root, programs, name, folder)
    try:
        images = overlay.cluster.build_images(root, programs)
        check_images(overlay.cluster, images)
        cli = f"localhost/{next(image for image in images if image.startswith('dateline/cli:'))}"
        commands = Commands(overlay.cluster, cli, overlay.work)
        print(f"{name}: all pods ready {overlay.cluster.start_all():.1f} s after the last of them was started", flush=True)
        check_restart(overlay, commands, root)
        check_sealed(overlay, commands)
        check_replacing(overlay, commands, cli, seconds)
        check_alerts(overlay.cluster, root)
        overlay.cluster.stop_all()
    finally:
        overlay.close()


def main():
    reason = podman_cluster.missing() or postgres_server.missing()
    if reason is not None:
        print(f"SKIPPED: {reason}; the images were not run")
        return 77
    podman_cluster.seclude()
    root, programs = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    with tempfile.TemporaryDirectory(prefix="dateline-images-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        for name in ("single-node", "scale-out"):
            try:
                run(root, programs, name, seconds, pathlib.Path(folder, name))
            except (AssertionError, RuntimeError) as problem:
                print(f"images_test, {name}: {problem}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
