"""The pods of a rendered overlay under podman, as a node would run them, for tests.

What a Kubernetes node and its control plane do for our manifests, and no more: containers with the image, arguments,
configuration, volumes, user, read-only root, dropped capabilities and memory limit that the manifest says; names as headless services
give them (every pod's address under the service's name, and a name of its own for pods of a StatefulSet); readiness by the probe's
path; rolling replacement by the strategy of the workload. Everything lives in a folder and a store of its own, and close() leaves
nothing behind. Not thread-safe, besides ready_addresses().
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

try:
    import yaml
except ImportError:
    yaml = None

READY_LIMIT_S = 60
NO_NAMES = "127.83.0.1"
NAME_SERVER = pathlib.Path("/run/containers/networks/aardvark-dns")  # What podman's tells its name server, and its process.
STOP_LIMIT_S = 40
STOP_ORDER = ("gateway", "notification", "ingestion", "extraction", "storage", "eventbus")


def missing():
    """Why containers cannot run here, or None."""
    for tool in ("podman", "buildah", "runc", "iptables", "openssl", "kubectl"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (deploy/install-packages images; kubectl from elsewhere)"
    if os.geteuid() != 0:
        return "needs root: containers get a network of their own"
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode != 0:
        return "may not make namespaces here"
    if yaml is None:
        return "python3-yaml is not installed (deploy/install-packages images)"
    for helper in ("netavark", "aardvark-dns"):
        if not pathlib.Path("/usr/lib/podman", helper).exists():
            return f"{helper} is not installed (deploy/install-packages images)"
    return None


def end_name_server():
    """Ends the name server that a run which was killed left behind: it would go on asking what that run asked."""
    for left in NAME_SERVER.glob("dateline-*"):
        try:
            # The number of a run that was killed may be another process by now.
            runs = b"images_test" in pathlib.Path("/proc", left.name.removeprefix("dateline-"), "cmdline").read_bytes()
        except OSError:
            runs = False
        if not runs:
            left.unlink()
    if [path for path in NAME_SERVER.glob("*") if path.name != "aardvark.pid"]:
        return
    kept = NAME_SERVER / "aardvark.pid"
    try:
        process = int(kept.read_text())
        if pathlib.Path("/proc", str(process), "comm").read_text().startswith("aardvark"):
            os.kill(process, signal.SIGTERM)
            return
    except (OSError, ValueError):
        pass  # There is none.
    # podman would take whatever has this number now for its name server, and start none.
    kept.unlink(missing_ok=True)


def seclude():
    """Lets the program go on in a mount namespace of its own, where the machine's name server is one that says at once of every name that
    there is none, as a cluster's does of its own domain. podman's (aardvark-dns 1.4) asks the machine's for every name that no pod has
    at the moment, and answers nobody until that has answered: without a network for five seconds."""
    if os.environ.get("DATELINE_SECLUDED") != "1":
        os.execvpe("unshare", ["unshare", "--mount", "--propagation=private", sys.executable, *sys.argv], os.environ | {"DATELINE_SECLUDED": "1"})
    with tempfile.NamedTemporaryFile("w") as settings:
        settings.write(f"nameserver {NO_NAMES}\n")
        settings.flush()
        os.chmod(settings.name, 0o644)
        subprocess.run(["mount", "--bind", settings.name, "/etc/resolv.conf"], check=True)
    end_name_server()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((NO_NAMES, 53))

    def answer():
        while True:
            question, peer = server.recvfrom(4096)
            # RFC 1035, 4.1.1: the question's id, QR with the question's RD, RA with RCODE 3 (name error), and the question.
            asked = question[12:question.index(0, 12) + 5]
            server.sendto(question[:2] + bytes([0x80 | question[2] & 1, 0x83, 0, 1]) + bytes(6) + asked, peer)

    threading.Thread(target=answer, daemon=True).start()


def render(overlay):
    text = subprocess.run(["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True).stdout
    return [document for document in yaml.safe_load_all(text) if document]


def fetch(url, limit_s=2.0):
    """Status and body of a GET; status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=limit_s) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
    except OSError:
        return 0, b""


class Pod:
    def __init__(self, name, workload, address, ports):
        self.name = name
        self.workload = workload
        self.address = address
        self.ports = ports

    def url(self, port, path):
        return f"http://{self.address}:{self.ports[port]}{path}"


class Cluster:
    """`manifests` of an overlay over `folder`, which it makes and removes; `secrets`: name of a Secret -> file -> text, to be filled before
    the pods that mount them start."""

    def __init__(self, manifests, folder, secrets=None):
        self.folder = pathlib.Path(folder)
        self.secrets = secrets if secrets is not None else {}
        self.objects = manifests
        self.workloads = {o["metadata"]["name"]: o for o in manifests if o["kind"] in ("Deployment", "StatefulSet")}
        self.config_maps = {o["metadata"]["name"]: o["data"] for o in manifests if o["kind"] == "ConfigMap"}
        self.services = {o["metadata"]["name"]: o for o in manifests if o["kind"] == "Service"}
        # An autoscaler without a reason for more keeps the least.
        self.least = {o["spec"]["scaleTargetRef"]["name"]: o["spec"]["minReplicas"] for o in manifests if o["kind"] == "HorizontalPodAutoscaler"}
        self.pods = []
        self.next_number = 0
        self.environment = dict(os.environ) | self._settings()
        self.network = f"dateline-{os.getpid()}"
        self.net = f"10.{100 + os.getpid() % 100}.{(os.getpid() // 100) % 256}"  # Pods; the machine itself is .1 there.
        if missing() is None:
            self._podman("network", "create", "--subnet", f"{self.net}.0/24", self.network)

    def _settings(self):
        """Files that give podman and buildah a store, a network and limits of their own."""
        settings = self.folder / "settings"
        settings.mkdir(parents=True)
        # runc and the limits: what Debian's crun and the defaults ask for is refused inside many virtual machines and containers.
        (settings / "containers.conf").write_text(
            f'[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "{self.folder}/networks"\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
            '[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n')
        (settings / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{self.folder}/store"\nrunroot = "{self.folder}/run"\n')
        return {"CONTAINERS_CONF": str(settings / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(settings / "storage.conf")}

    def _podman(self, *arguments, check=True):
        done = subprocess.run(["podman", *arguments], env=self.environment, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"podman {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def build_images(self, root, programs):
        """Name -> digest and size of the images, made from the programs of a build folder."""
        done = subprocess.run([f"{root}/deploy/images/build", "--programs", programs], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"deploy/images/build failed:\n{done.stderr[-4000:]}")
        return {line.split()[0].removeprefix("localhost/"): line.split()[1:] for line in done.stdout.splitlines()}

    # ---- pods -----------------------------------------------------------------------------------------------------------

    def _aliases(self, workload, ordinal):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        for name, service in self.services.items():
            if all(labels.get(k) == v for k, v in service["spec"]["selector"].items()):
                yield name
        if workload["kind"] == "StatefulSet":
            yield f"{workload['metadata']['name']}-{ordinal}.{workload['spec']['serviceName']}"

    def _mounts(self, workload, pod_name, ordinal):
        """Arguments of podman run for the volumes of a pod."""
        template = workload["spec"]["template"]["spec"]
        user = template["securityContext"]["runAsUser"]
        claims = {c["metadata"]["name"] for c in workload["spec"].get("volumeClaimTemplates", [])}
        volumes = {v["name"]: v for v in template.get("volumes", [])}
        for mount in template["containers"][0]["volumeMounts"]:
            volume, path = volumes.get(mount["name"], {}), mount["mountPath"]
            if mount["name"] in claims:
                source = self.folder / "volumes" / f"{workload['metadata']['name']}-{ordinal}"
                source.mkdir(parents=True, exist_ok=True)
                os.chown(source, user, user)
                yield f"--volume={source}:{path}"
            elif "emptyDir" in volume:
                size = volume["emptyDir"]["sizeLimit"].removesuffix("Mi")
                yield f"--tmpfs={path}:size={size}m,mode=1777"
            else:
                source = self.folder / "files" / pod_name / mount["name"]
                source.mkdir(parents=True)
                if "configMap" in volume:
                    self._write_files(source, self.config_maps[volume["configMap"]["name"]])
                else:
                    self._write_secret(source, volume["secret"], template["securityContext"]["fsGroup"])
                yield f"--volume={source}:{path}:ro"

    @staticmethod
    def _write_files(folder, files):
        for name, text in files.items():
            (folder / name).write_text(text)

    def _write_secret(self, folder, secret, group):
        """A Secret's files as a node mounts them: of the mode that the volume says, for the group of the pod."""
        if secret["secretName"] not in self.secrets and not secret.get("optional"):
            raise RuntimeError(f"there is no Secret {secret['secretName']}: a cluster would leave the pod in ContainerCreating")
        self._write_files(folder, self.secrets.get(secret["secretName"], {}))
        for path in folder.iterdir():
            os.chown(path, 0, group)
            path.chmod(secret.get("defaultMode", 0o644))

    def start(self, name, ordinal=0):
        """Starts one pod of a workload; it need not be ready yet."""
        workload = self.workloads[name]
        template = workload["spec"]["template"]["spec"]
        container = template["containers"][0]
        secure = template["securityContext"]
        self.next_number += 1
        pod_name = f"{self.network}-{name}-{self.next_number}"
        arguments = [
            "run", "--detach", f"--name={pod_name}", f"--network={self.network}",
            f"--user={secure['runAsUser']}:{secure['runAsGroup']}", "--security-opt=no-new-privileges",
            *(f"--cap-drop={c}" for c in container["securityContext"]["capabilities"]["drop"]),
            f"--memory={container['resources']['limits']['memory'].lower().removesuffix('i')}",
            *(f"--network-alias={alias}" for alias in self._aliases(workload, ordinal)),
            *(f"--dns-option={o['name']}:{o['value']}" for o in template.get("dnsConfig", {}).get("options", [])),
            *self._mounts(workload, pod_name, ordinal)]
        if container["securityContext"]["readOnlyRootFilesystem"]:
            arguments += ["--read-only", "--read-only-tmpfs=false"]
        self._podman(*arguments, f"localhost/{container['image']}", *container["args"])
        if self.next_number == 1:
            self._settle_bridge()
        self._settle_names()
        address = self._podman("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", pod_name)
        pod = Pod(pod_name, name, address, {p["name"]: p["containerPort"] for p in container["ports"]})
        pod.ordinal = ordinal
        self.pods.append(pod)
        return pod

    def _settle_bridge(self):
        """Gives the bridge, which is there from the first pod on, an address for good: else it takes on that of one of its ports, changes it
        when pods come and go, and the pods lose host and name server until their tables of neighbours are old."""
        bridge = json.loads(self._podman("network", "inspect", self.network))[0]["network_interface"]
        subprocess.run(["ip", "link", "set", "dev", bridge, "address", "02:00:00:00:00:01"], check=True)

    @staticmethod
    def _settle_names():
        """Lets the name server read again who is there: it may read a file that is just being written, find nobody in it, and never hear of
        it again until the next pod comes or goes."""
        for _ in range(3):
            time.sleep(0.15)
            try:
                os.kill(int((NAME_SERVER / "aardvark.pid").read_text()), signal.SIGHUP)
            except (OSError, ValueError):
                pass  # It is starting, and reads the state of now.

    def is_ready(self, pod):
        probe = self.workloads[pod.workload]["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]
        return fetch(pod.url(probe["port"], probe["path"]))[0] == 200

    def wait_ready(self, *pods):
        """Seconds until all of them were ready."""
        began = time.monotonic()
        for pod in pods:
            while not self.is_ready(pod):
                if time.monotonic() - began > READY_LIMIT_S:
                    raise RuntimeError(f"{pod.name} is not ready after {READY_LIMIT_S} s; it says:\n{self.logs(pod)}")
                time.sleep(0.05)
        return time.monotonic() - began

    def start_all(self):
        return self.wait_ready(*[self.start(name, ordinal) for name in self.workloads for ordinal in range(self.replicas(name))])

    def replicas(self, name):
        return self.workloads[name]["spec"].get("replicas", self.least.get(name, 1))

    def stop(self, *pods):
        """SIGTERM to all of them, then the grace period; each has to end by itself with status 0."""
        self._podman("stop", f"--time={STOP_LIMIT_S}", *(pod.name for pod in pods))
        for pod in pods:
            status = self._podman("inspect", "--format", "{{.State.ExitCode}}", pod.name)
            if status != "0":
                raise RuntimeError(f"{pod.name} ended with status {status}:\n{self.logs(pod)}")
            self._podman("rm", pod.name)
            self.pods.remove(pod)
        self._settle_names()

    def stop_all(self):
        """One pod after the other, callers before those whom they call: stopped all at once, podman takes the bridge apart while some of
        them still have something to tell the database, which is then out of reach."""
        for pod in sorted(self.pods, key=lambda pod: STOP_ORDER.index(pod.workload)):
            self.stop(pod)

    def roll(self, name):
        """Replaces every pod of a workload by the workload's strategy. Seconds that it took, and seconds without a ready pod."""
        began = time.monotonic()
        away = 0.0
        workload = self.workloads[name]
        for old in [p for p in self.pods if p.workload == name]:
            if workload["kind"] == "StatefulSet":
                self.stop(old)
                gone = time.monotonic()
                self.wait_ready(self.start(name, old.ordinal))
                away += time.monotonic() - gone
            else:
                self.wait_ready(self.start(name))
                time.sleep(workload["spec"]["minReadySeconds"])
                self.stop(old)
        return time.monotonic() - began, away

    def ready_addresses(self, name):
        """The pods of a service that are ready now: what a cluster's balancer sends requests to."""
        return [p for p in list(self.pods) if p.workload == name and self.is_ready(p)]

    def logs(self, pod):
        return subprocess.run(["podman", "logs", "--tail=20", pod.name], env=self.environment, capture_output=True, text=True).stderr

    # ---- jobs -----------------------------------------------------------------------------------------------------------

    def command(self, image, arguments, folder, name=None):
        """The command line of `image` as a job inside the cluster's network; `folder` is seen as /input, read-only."""
        line = ["podman", "run", "--rm", f"--network={self.network}", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges",
                f"--volume={folder}:/input:ro"]
        if name is not None:
            line.append(f"--name={name}")
        return [*line, image, *arguments]

    def kill(self, name):
        self._podman("kill", name, check=False)

    def image_facts(self, image):
        """Configuration of an image, and the paths in it."""
        config = json.loads(self._podman("image", "inspect", image))[0]
        container = self._podman("create", image)
        export = subprocess.Popen(["podman", "export", container], env=self.environment, stdout=subprocess.PIPE)
        paths = subprocess.run(["tar", "--list"], stdin=export.stdout, capture_output=True, text=True, check=True).stdout.split("\n")
        export.wait()
        self._podman("rm", container)
        return config, set(paths)

    def close(self):
        self._podman("rm", "--all", "--force", "--time=0", check=False)
        self._podman("network", "rm", "--force", self.network, check=False)
        self._podman("rmi", "--all", "--force", check=False)
        # The store mounts itself; its folder cannot be removed before.
        mounted = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        for path in sorted((m for m in mounted if m.startswith(f"{self.folder}/")), reverse=True):
            subprocess.run(["umount", path], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
