"""A genuine llama.cpp server under real load, as muster sees it."""
import json
import os
import signal
import subprocess
import unittest

import install
from follows import Samples, assert_followed
from report import note
from stage import Clients, Stage, check, free_port, get, wait_for
from tiny_model import CONTEXT, UNPRINTABLE

SLOTS = 4
COMPLETION = {"prompt": "Once upon a time there was a load that wanted to be seen. " * 4,
              "n_predict": 300, "ignore_eos": True, "stream": True, "cache_prompt": False,
              "temperature": 0.0, "logit_bias": [[token, False] for token in UNPRINTABLE]}


class Engine:
    """llama-server on a port that stays the same over restarts."""

    def __init__(self, stage, *flags, models=None):
        self.stage, self.flags, self.port = stage, flags, free_port()
        self.models = models  # A folder: it is a router over the models there.
        self.url, self.name = f"http://127.0.0.1:{self.port}", f"http/127.0.0.1:{self.port}"
        self.start()

    def start(self):
        program = install.llama_server()
        model = ["-m", install.gguf(), "--alias", "random"]
        if self.models:
            model = ["--models-dir", self.models, "--models-max", 1]
        self.child = self.stage.start(
            f"llama-{self.port}",
            ["nice", program, "--host", "127.0.0.1", "--port", self.port, "--threads", 1,
             "-ngl", 0, "--no-webui", "-c", CONTEXT, "-np", SLOTS, *model, *self.flags],
            GGML_VK_VISIBLE_DEVICES="")
        wait_for("llama-server to be healthy", self.healthy)

    def healthy(self):
        if self.child.ended():
            raise AssertionError(f"llama-server ended: {self.child.said()[-2000:]}")
        return get(self.url + "/health", 2)[0] == 200

    def loaded(self):
        """Of a router: whether each of its models is loaded, in its own words."""
        return {model["id"]: model["status"]["value"]
                for model in json.loads(get(self.url + "/v1/models")[1])["data"]}

    def read_own(self):
        """What its page and its slots say, read without muster."""
        status, page = get(self.url + "/metrics")
        slots_status, slots = get(self.url + "/slots")
        if status != 200 or slots_status != 200:
            return None
        gauges = dict(line.split() for line in page.splitlines() if not line.startswith("#"))
        busy = [slot for slot in json.loads(slots) if slot["is_processing"]]
        return {"running": int(float(gauges["llamacpp:requests_processing"])),
                "waiting": int(float(gauges["llamacpp:requests_deferred"])),
                "kv_active_blocks": sum(slot.get("n_prompt_tokens", 0) for slot in busy)}


class LlamaCpp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            install.llama_server()
        except install.Unavailable as why:
            raise unittest.SkipTest(f"no llama-server: {why}") from None
        told = subprocess.run([install.llama_server(), "--version"], capture_output=True,
                              text=True, check=False)
        version = (told.stdout + told.stderr).split("\n", maxsplit=1)[0]
        note("llama.cpp", f"{os.environ.get('LLAMA_SERVER', install.LLAMA_PACKAGE)}, {version}")

    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.stop)

    def clients(self, engine, **changes):
        clients = Clients(engine.port, "/completion", {**COMPLETION, **changes})
        self.addCleanup(clients.set, 0)
        return clients

    def test_recognised_by_what_it_answers(self):
        engine = Engine(self.stage, "--metrics")
        muster = self.stage.muster([engine.url])
        row = muster.wait(engine.name, "a load", lambda row: row["load"]["running"] is not None)
        self.assertEqual((row["engine"], row["models"], row["state"]),
                         ("llamacpp", ["random"], "fresh"))
        self.assertEqual(row["load"]["slots"], SLOTS)
        self.assertEqual((row["load"]["running"], row["load"]["waiting"]), (0, 0))
        self.assertEqual(row["load"]["kv_active_blocks"], 0)
        self.assertEqual(row["load"]["kv_total_blocks"], CONTEXT)
        self.assertNotIn("trouble", row)

    def test_the_view_follows_the_load(self):
        engine = Engine(self.stage, "--metrics")
        muster = self.stage.muster([engine.url])
        muster.wait(engine.name, "a load", lambda row: row["load"]["running"] == 0)
        samples, clients = Samples(muster, engine.name, engine.read_own), self.clients(engine)
        seconds = []
        for count in (2, SLOTS + 3, 1, SLOTS):
            clients.set(count)
            seconds.append(samples.take_until(f"{count} clients", min(count, SLOTS),
                                              max(0, count - SLOTS)))
            samples.take_enough()
        clients.set(0)
        seconds.append(samples.take_until("nobody", 0, 0))
        self.assertEqual(muster.worker(engine.name)["load"]["kv_active_blocks"], 0)
        self.assertGreater(clients.finished, 0)
        words = assert_followed(self, samples)
        note("llama.cpp", f"rows that agree with its own page and slots: {words}; "
             f"{clients.finished} completions; a change in sight after at most "
             f"{max(seconds):.2f} s")

    def test_check_says_what_it_is_and_what_is_missing(self):
        engine = Engine(self.stage, "--metrics")
        clients = self.clients(engine)
        clients.set(SLOTS + 2)
        wait_for("the queue", lambda: engine.read_own()["waiting"] == 2)
        code, told = check(engine.url)
        self.assertEqual((code, told["engine"], told["motion"], told["missing"]),
                         (0, "llamacpp", "moving", []), told)
        self.assertEqual(told["ranks"][0]["load"]["slots"], SLOTS)
        note("llama.cpp", f"check: a look costs it {told['cost_ms']} ms and {told['bytes']} bytes "
             f"under load, asked every {told['interval_ms']} ms")

        bare = Engine(self.stage, "--no-slots")
        code, told = check(bare.url)
        self.assertEqual((code, told["engine"]), (1, "llamacpp"), told)
        remedies = " ".join(lack["remedy"] for lack in told["missing"])
        self.assertIn("--metrics", remedies)
        self.assertIn("--no-slots", remedies)

    def test_a_stopped_engine_is_late_not_gone_and_comes_back(self):
        engine = Engine(self.stage, "--metrics")
        muster = self.stage.muster([engine.url])
        self.clients(engine).set(2)
        muster.wait(engine.name, "two at work", lambda row: row["load"]["running"] == 2)
        engine.child.send(signal.SIGSTOP)
        row = muster.wait(engine.name, "the hang", lambda row: row["state"] == "stale"
                          and row.get("trouble", {}).get("kind") == "timeout")
        self.assertEqual(row["load"]["running"], 2, "its last load stays in sight, with its age")
        self.assertGreaterEqual(row["age_ms"], 2000)
        code, told = check(engine.url)
        self.assertEqual((code, told["trouble"]["kind"]), (3, "timeout"))
        engine.child.send(signal.SIGCONT)
        muster.wait(engine.name, "its return", lambda row: row["state"] == "fresh"
                    and "trouble" not in row)
        note("llama.cpp", "SIGSTOP: stale, trouble timeout; SIGCONT: fresh")

    def test_a_killed_engine_is_refused_and_its_successor_another_process(self):
        engine = Engine(self.stage, "--metrics")
        muster = self.stage.muster([engine.url])
        self.clients(engine).set(2)
        before = muster.wait(engine.name, "two at work",
                             lambda row: row["load"]["running"] == 2)
        engine.child.kill()
        row = muster.wait(engine.name, "the death", lambda row: row["state"] == "stale"
                          and row.get("trouble", {}).get("kind") == "refused")
        self.assertIn("is an engine running there", row["trouble"]["what"])
        engine.start()
        after = muster.wait(engine.name, "its successor at work", lambda row: "trouble" not in row
                            and row["state"] == "fresh" and row["load"]["running"] == 2)
        self.assertGreater(after["generation"], before["generation"])
        note("llama.cpp", "SIGKILL: refused, stale; restart: fresh, the next generation")

    def test_a_router_is_never_made_to_load_a_model(self):
        folder = os.path.join(self.stage.folder, "models")
        os.mkdir(folder)
        for model in ("one", "two"):
            os.symlink(install.gguf(), os.path.join(folder, model + ".gguf"))
        engine = Engine(self.stage, "--metrics", models=folder)
        muster = self.stage.muster([engine.url])
        muster.wait(engine.name, "the router", lambda row: row["engine"] == "llamacpp")
        asked = muster.fleet()["sources"][0]["asked"]
        wait_for("ten more scrapes", lambda: muster.fleet()["sources"][0]["asked"] > asked + 10)
        self.assertEqual(engine.loaded(), {"one": "unloaded", "two": "unloaded"})
        self.assertIsNone(muster.worker(engine.name)["load"]["running"])

        clients = Clients(engine.port, "/v1/completions",
                          {**COMPLETION, "model": "one", "max_tokens": 300})
        self.addCleanup(clients.set, 0)
        clients.set(2)
        row = muster.wait(engine.name, "two at work", lambda row: row["load"]["running"] == 2)
        self.assertEqual((row["models"], row["load"]["slots"]), (["one"], SLOTS))
        self.assertEqual(engine.loaded(), {"one": "loaded", "two": "unloaded"})
        note("llama.cpp", "router: ten scrapes load nothing; the model that a request loads is "
             "shown, the other one stays out")


if __name__ == "__main__":
    unittest.main()
