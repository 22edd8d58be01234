#!/usr/bin/env python3
"""Start-up time and idle memory of each service and of the whole suite.

Starts the services on loopback over a new folder, each in turn several times while the others run, and prints for each the median time
from exec to /readyz, the memory that is its own (PSS: a shared page counts by its share) five seconds later, and its threads. Then
starts the whole suite by `dateline up` over the same empty folder, and again over one with RELEASES releases.

usage: startup.py BIN [--runs N] [--releases N]
"""

import argparse
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

SERVICES = ("eventbus", "storage", "extraction", "ingestion", "notification", "gateway")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def arguments(service, ports, folder):
    at = lambda name: f"127.0.0.1:{ports[name]}"
    (folder / service).mkdir(exist_ok=True)
    server = f"--server.listen={at(service)}" if service not in ("eventbus", "gateway") else None
    more = {
        "eventbus": [f"--publishers.listen={at('publish')}", f"--subscribers.listen={at('eventbus')}"],
        "storage": [f"--storage.data_dir={folder}/storage", f"--bus.publish_endpoints=tcp://{at('publish')}"],
        "extraction": [f"--storage.address={at('storage')}", f"--bus.subscribe_endpoints=tcp://{at('eventbus')}"],
        "ingestion": [f"--storage.address={at('storage')}", f"--bus.publish_endpoints=tcp://{at('publish')}",
                      f"--ingestion.data_dir={folder}/ingestion"],
        "notification": [f"--storage.address={at('storage')}", f"--bus.subscribe_endpoints=tcp://{at('eventbus')}",
                         f"--notification.data_dir={folder}/notification"],
        "gateway": [f"--http.listen={at('gateway')}", "--access.require_keys=false",
                    *(f"--{name}.address={at(name)}" for name in ("storage", "extraction", "ingestion", "notification"))],
    }[service]
    return [f"--ops.listen=127.0.0.1:{ports[service + '-ops']}", "--log.level=warn", *([server] if server else []), *more]


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def start(programs, service, ports, folder):
    """The process, and the seconds until it was ready."""
    began = time.monotonic()
    process = subprocess.Popen([programs / f"dateline-{service}", *arguments(service, ports, folder)])
    while not ready(ports[service + "-ops"]):
        if process.poll() is not None or time.monotonic() - began > 60:
            sys.exit(f"{service} did not start")
        time.sleep(0.001)
    return process, time.monotonic() - began


def memory_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def peak_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def each_service(programs, runs, folder):
    ports = {name: free_port() for service in SERVICES for name in (service, service + "-ops")} | {"publish": free_port()}
    running = {service: start(programs, service, ports, folder)[0] for service in SERVICES}
    print(f"{'service':13} {'ready, ms':>9} {'idle PSS, MB':>13} {'threads':>8}")
    times = {}
    for service in SERVICES:
        times[service] = []
        for _ in range(runs):
            stop(running[service])
            running[service], seconds = start(programs, service, ports, folder)
            times[service].append(seconds)
    time.sleep(5)
    total = 0.0
    for service in SERVICES:
        pss = memory_mb(running[service].pid)
        total += pss
        print(f"{service:13} {1e3 * statistics.median(times[service]):9.0f} {pss:13.1f} {threads(running[service].pid):8}")
    print(f"{'together':13} {'':9} {total:13.1f}", flush=True)
    for service in reversed(SERVICES):
        stop(running[service])


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def whole_suite(programs, runs, folder, base, title):
    times = []
    for run in range(runs):
        began = time.monotonic()
        up = subprocess.Popen([programs / "dateline", f"--data={folder}", "up", f"--port-base={base}", "--log-level=warn"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not all(ready(base + offset) for offset in (15, 25, 35, 45, 55, 85)):
            if up.poll() is not None or time.monotonic() - began > 120:
                sys.exit("the suite did not start")
            time.sleep(0.002)
        times.append(time.monotonic() - began)
        if run == runs - 1:
            time.sleep(5)
            pids = [up.pid, *children(up.pid)]
            pss, peak = sum(map(memory_mb, pids)), sum(map(peak_mb, pids))
        stop(up)
    print(f"{title}: all ready after {1e3 * statistics.median(times):.0f} ms, {pss:.0f} MB together (peaks of start-up {peak:.0f} MB with shared pages)",
          flush=True)


def fill(programs, folder, base, count):
    """`count` releases into an archive, by the suite itself."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "deploy"))
    from cluster_clients import release_text  # pylint: disable=import-outside-toplevel
    inputs = folder / "in"
    inputs.mkdir()
    for number in range(count):
        (inputs / f"{number}.txt").write_text(release_text(number))
    up = subprocess.Popen([programs / "dateline", f"--data={folder}", "up", f"--port-base={base}", "--log-level=warn"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not all(ready(base + offset) for offset in (15, 25, 35, 45)):
        time.sleep(0.05)
    subprocess.run([programs / "dateline", f"--data={folder}", "ingest", "--wait", "--wait-for=3600", "--jobs=16", str(inputs)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop(up)
    shutil.rmtree(inputs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--releases", type=int, default=10_000)
    options = parser.parse_args()
    programs = options.programs.resolve()
    base = 20_000 + os.getpid() % 20_000
    with tempfile.TemporaryDirectory(prefix="dateline-startup-") as folder:
        folder = pathlib.Path(folder)
        each_service(programs, options.runs, folder)
        suite = folder / "suite"
        whole_suite(programs, options.runs, suite, base, "whole suite, empty")
        if options.releases > 0:
            fill(programs, suite, base, options.releases)
            whole_suite(programs, options.runs, suite, base, f"whole suite, {options.releases} releases")


if __name__ == "__main__":
    main()
