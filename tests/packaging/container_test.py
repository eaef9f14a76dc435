"""The Containerfile, held to what can be known without building an image: its packages are those
that the program is linked with, what it starts is understood by the program, its health check tells
a server that lives from one that does not. Where an engine runs, the image is built as well.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import end, free_port, start, wait_for  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ["MUSTER_BINARY"]
FILE = os.path.join(ROOT, "packaging", "Containerfile")


def instructions():
    """(word, rest) of each instruction, continued lines joined."""
    with open(FILE, encoding="utf-8") as file:
        text = "\n".join(line for line in file.read().splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


def of(word):
    return [rest for name, rest in instructions() if name == word]


def packages(run):
    """What its apt-get installs."""
    words = shlex.split(run.split("apt-get install", 1)[1].split("&&")[0])
    return {word for word in words if not word.startswith("-")}


def engine():
    """A container engine that answers; the client alone builds nothing."""
    for name in ("podman", "docker"):
        if shutil.which(name) and subprocess.run(
                [name, "info"], capture_output=True, timeout=30, check=False).returncode == 0:
            return name
    return None


class Containerfile(unittest.TestCase):
    def test_stands_on_debian_alone(self):
        for base in of("FROM"):
            self.assertEqual(base.split()[0], "debian:12-slim")

    def test_installs_what_the_program_is_linked_with(self):
        def said(*command):
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        needed = re.findall(r"\(NEEDED\).*\[(.+)\]", said("readelf", "-d", BINARY))
        places = dict(re.findall(r"(\S+) => (/\S+)", said("ldd", BINARY)))
        # dpkg knows a file by the path it was installed to, be /lib a folder or a link to /usr/lib.
        files = {os.path.realpath(places[name]) for name in needed if name in places}
        files |= {file.removeprefix("/usr") for file in files}
        owners = subprocess.run(["dpkg", "-S", *files], capture_output=True, text=True,
                                check=False).stdout
        linked = {line.split(":")[0] for line in owners.splitlines()}
        in_every_image = {"libc6", "libgcc-s1", "libstdc++6"}
        self.assertEqual(linked - in_every_image, packages(of("RUN")[-1]) - {"ca-certificates"})

    def test_copies_what_make_leaves(self):
        self.assertIn("--from=build /src/build/muster /usr/bin/muster", of("COPY"))
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
            self.assertIn("build/muster", file.read())

    def test_starts_what_the_program_understands(self):
        self.assertEqual(json.loads(of("ENTRYPOINT")[0]), ["/usr/bin/muster"])
        command = json.loads(of("CMD")[0])
        ran = subprocess.run([BINARY, *command, "--print-config"], capture_output=True, text=True,
                             env={"MUSTER_NATS": "nats://broker:4222", "HOME": "/"}, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn('listen = "0.0.0.0:6878"', ran.stdout)
        self.assertIn('url = "nats://broker:4222"', ran.stdout)

    def test_its_health_check_tells_life_from_death(self):
        words = re.search(r"CMD (\[.*\])$", of("HEALTHCHECK")[0]).group(1)
        port = free_port()
        check = [word.replace("6878", str(port)) for word in json.loads(words)]

        def healthy():
            return subprocess.run(check, capture_output=True, check=False).returncode == 0

        self.assertFalse(healthy(), "nobody serves there")
        with tempfile.TemporaryDirectory() as folder:
            serve = start("serve", [BINARY, "serve", "--nats", f"nats://127.0.0.1:{free_port()}",
                                    "--listen", f"127.0.0.1:{port}", "--quiet"], folder)
            try:
                wait_for("muster to be healthy", healthy)
            finally:
                end(serve, patience=20)
            self.assertEqual(serve.returncode, 0)
        self.assertFalse(healthy(), "it has ended")

    def test_the_image_is_built(self):
        name = engine()
        if name is None:
            self.skipTest("NOT BUILT: no container engine answers here (podman, docker)")
        subprocess.run([name, "build", "-q", "-f", FILE, "-t", "muster-test", ROOT], check=True)
        said = subprocess.run([name, "run", "--rm", "muster-test", "--version"],
                              capture_output=True, text=True, check=True).stdout
        self.assertRegex(said, r"^muster \d")


if __name__ == "__main__":
    unittest.main()
