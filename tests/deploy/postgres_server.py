"""A PostgreSQL of a test's own, for several hosts or pods to use as a team's server: roles with passwords, a database each."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

READY_LIMIT_S = 60
TICKS = os.sysconf("SC_CLK_TCK")
PASSWORD = "for-tests-only"


def missing():
    """Why no server can be started here, or None."""
    if shutil.which("runuser") is None:
        return "runuser is not installed"
    if not list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return "postgresql is not installed"
    return None


def sh(*line, check_status=True):
    done = subprocess.run(line, capture_output=True, text=True)
    if check_status and done.returncode != 0:
        raise RuntimeError(f"{' '.join(line)}: {done.stderr}")
    return done.stdout


class PostgresServer:
    """A server in `folder`, durable as delivered, that answers on `address` to whoever is in `network`. `inside` says how a command is
    started on the host that it stands on."""

    def __init__(self, folder, address, network, port=5432, inside=lambda *line: list(line)):
        self.address, self.port = address, port
        self.databases = set()
        self.password_file = folder / "postgres.password"
        self.password_file.write_text(PASSWORD)
        self.data = folder / "postgres"
        self.data.mkdir()
        shutil.chown(self.data, "postgres", "postgres")
        self.bin = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        as_postgres = ["runuser", "-u", "postgres", "--"]
        sh(*as_postgres, str(self.bin / "initdb"), "-D", str(self.data), "-A", "trust", "-U", "dateline", "--no-locale", "-E", "UTF8")
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} scram-sha-256\n")
        self.process = subprocess.Popen(inside(*as_postgres, str(self.bin / "postgres"), "-D", str(self.data), "-c", "listen_addresses=*",
                                               "-c", f"unix_socket_directories={self.data}", "-c", "max_connections=200",
                                               "-c", f"port={port}"),
                                        stdout=(folder / "postgres.log").open("wb"), stderr=subprocess.STDOUT)
        began = time.monotonic()
        while subprocess.run([str(self.bin / "pg_isready"), "-h", str(self.data), "-p", str(port)], capture_output=True).returncode != 0:
            if time.monotonic() - began > READY_LIMIT_S:
                raise RuntimeError("PostgreSQL does not start")
            time.sleep(0.1)

    def database(self, name):
        """The connection to a database of this name, which a role of the same name owns; both are made at the first call. The role's
        password is in `password_file`."""
        if name not in self.databases:
            self.query(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
            self.query(f"CREATE DATABASE {name} OWNER {name}")
            self.databases.add(name)
        return f"host={self.address} port={self.port} dbname={name} user={name}"

    def query(self, statement, database="postgres"):
        """The rows as lines, asked by the server's owner."""
        return sh(str(self.bin / "psql"), "-h", str(self.data), "-p", str(self.port), "-U", "dateline", "-Atc", statement, database)

    def database_bytes(self, name):
        return int(self.query(f"SELECT pg_database_size('{name}')"))

    def _pids(self):
        return [int(p) for p in sh("pgrep", "-u", "postgres", "-f", ".", check_status=False).split()
                if str(self.data) in pathlib.Path(f"/proc/{p}/cmdline").read_text() or self._belongs(int(p))]

    def _belongs(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.data)
        except OSError:
            return False

    def processor_seconds(self):
        """Of the server with all its sessions, those that have ended too."""
        total = 0.0
        for pid in self._pids():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            total += (int(fields[11]) + int(fields[12])) / TICKS
            if self._is_postmaster(pid):
                total += (int(fields[13]) + int(fields[14])) / TICKS
        return total

    def _is_postmaster(self, pid):
        return (self.data / "postmaster.pid").read_text().split("\n")[0] == str(pid)

    def stop(self):
        try:
            os.kill(int((self.data / "postmaster.pid").read_text().split("\n")[0]), signal.SIGINT)
            self.process.wait(timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
