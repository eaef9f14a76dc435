"""A genuine vLLM (on the CPU, with made-up weights) under real load, as muster sees it."""
import os
import re
import signal
import unittest

import install
from follows import Samples, assert_followed
from report import note
from stage import Clients, Stage, check, free_port, get, wait_for

SEQUENCES, BLOCKS, BLOCK_SIZE = 3, 120, 32
READY_SECONDS = 600  # Alone on two cores it takes 40.
COMPLETION = {"model": "random", "prompt": "Once upon a time there was a load. " * 3,
              "max_tokens": 200, "ignore_eos": True, "stream": True, "temperature": 0.0}
GAUGES = {"running": "vllm:num_requests_running", "waiting": "vllm:num_requests_waiting",
          "usage": "vllm:kv_cache_usage_perc"}


class Engine:
    """`vllm serve`: an API server, and an engine in a process of its own."""

    def __init__(self, stage, *flags):
        self.port = free_port()
        self.url, self.name = f"http://127.0.0.1:{self.port}", f"http/127.0.0.1:{self.port}"
        self.child = stage.start(
            "vllm", ["nice", install.vllm(), "-m", "vllm.entrypoints.cli.main", "serve",
                     install.transformers_model(), "--host", "127.0.0.1", "--port", self.port,
                     "--served-model-name", "random", "--load-format", "dummy",
                     "--enforce-eager", "--block-size", BLOCK_SIZE, "--num-gpu-blocks-override",
                     BLOCKS, "--max-num-seqs", SEQUENCES, "--max-model-len", 512,
                     "--no-enable-prefix-caching", *flags],
            HF_HUB_OFFLINE="1", VLLM_NO_USAGE_STATS="1", VLLM_CPU_KVCACHE_SPACE="1",
            VLLM_CPU_OMP_THREADS_BIND="nobind", OMP_NUM_THREADS="1",
            VLLM_CACHE_ROOT=os.path.join(install.cache(), "vllm-cache"))
        wait_for("vLLM to be healthy", self.healthy, READY_SECONDS, 0.5)

    def healthy(self):
        if self.child.ended():
            raise AssertionError(f"vLLM ended: {self.child.said()[-3000:]}")
        return get(self.url + "/health", 5)[0] == 200

    def read_own(self):
        status, page = get(self.url + "/metrics")
        if status != 200:
            return None
        values = {name: float(re.search(rf"^{series}\{{[^}}]*\}} (\S+)", page, re.M)[1])
                  for name, series in GAUGES.items()}
        # One block is set aside; usage is of the others.
        return {"running": int(values["running"]), "waiting": int(values["waiting"]),
                "kv_active_blocks": round(values["usage"] * (BLOCKS - 1))}

    def engine_process(self):
        """The process that computes, behind the API server."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                    words = file.read()
                if "EngineCore" in words and os.getpgid(int(pid)) == self.child.process.pid:
                    return int(pid)
            except OSError:
                continue  # It has just ended.
        raise AssertionError("no process of vLLM calls itself EngineCore")


class WithVllm(unittest.TestCase):
    """One engine for all tests of a class: it takes long to start."""

    FLAGS = ()

    @classmethod
    def setUpClass(cls):
        try:
            install.vllm()
        except install.Unavailable as why:
            raise unittest.SkipTest(f"no vLLM: {why}") from None
        cls.stage = Stage()
        cls.addClassCleanup(cls.stage.stop)
        cls.engine = Engine(cls.stage, *cls.FLAGS)
        cls.muster = cls.stage.muster([cls.engine.url], "--frozen-after", "3s")

    def setUp(self):
        self.clients = Clients(self.engine.port, "/v1/completions", COMPLETION)
        self.addCleanup(self.clients.set, 0)

    def wait(self, what, condition):
        return self.muster.wait(self.engine.name, what, condition)


class VllmPage(WithVllm):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        note("vLLM", install.VLLM_PACKAGE)

    def test_1_recognised_by_what_it_answers(self):
        row = self.wait("a load", lambda row: row["load"]["running"] is not None)
        self.assertEqual((row["engine"], row["models"], row["state"]),
                         ("vllm", ["random"], "fresh"))
        self.assertEqual((row["load"]["running"], row["load"]["waiting"]), (0, 0))
        self.assertIsNone(row["load"]["slots"], "its page tells none: unknown, not 0")
        self.assertEqual(row["load"]["kv_total_blocks"], BLOCKS)
        self.assertNotIn("trouble", row)

    def test_2_the_view_follows_the_load(self):
        samples = Samples(self.muster, self.engine.name, self.engine.read_own)
        seconds = []
        for count in (2, SEQUENCES + 4, 1, SEQUENCES):
            self.clients.set(count)
            seconds.append(samples.take_until(f"{count} clients", min(count, SEQUENCES),
                                              max(0, count - SEQUENCES)))
            samples.take_enough()
        self.clients.set(0)
        seconds.append(samples.take_until("nobody", 0, 0))
        self.wait("free blocks", lambda row: row["load"]["kv_active_blocks"] == 0)
        self.assertGreater(self.clients.finished, 0)
        words = assert_followed(self, samples)
        note("vLLM", f"rows that agree with its own page: {words}; {self.clients.finished} "
             f"completions; a change in sight after at most {max(seconds):.2f} s")

    def test_3_check(self):
        self.clients.set(SEQUENCES + 2)
        wait_for("the queue", lambda: self.engine.read_own()["waiting"] == 2)
        code, told = check(self.engine.url)
        self.assertEqual((code, told["engine"], told["motion"]), (0, "vllm", "moving"), told)
        self.assertIn("--enable-server-load-tracking",
                      " ".join(lack["remedy"] for lack in told["missing"]))
        note("vLLM", f"check: a look costs it {told['cost_ms']} ms and {told['bytes']} bytes "
             f"under load, asked every {told['interval_ms']} ms")

    def test_4_an_aborted_request_leaves_the_view(self):
        self.clients.set(1)
        self.wait("one at work", lambda row: row["load"]["running"] == 1)
        self.clients.set(0)
        self.wait("nobody", lambda row: row["load"]["running"] == 0)

    def stop_engine_at_work(self):
        """Stops the process that computes while its gauges show work; gives its id.

        What was sent after its last step nobody sees: both requests may just have ended together.
        """
        pid = self.engine.engine_process()
        for _ in range(10):
            self.wait("two at work", lambda row: row["load"]["running"] == 2)
            os.kill(pid, signal.SIGSTOP)
            if self.engine.read_own()["running"] == 2:
                return pid
            os.kill(pid, signal.SIGCONT)
        raise AssertionError("ten times it was stopped between two requests")

    def test_5_an_engine_that_hangs_behind_its_server_is_frozen(self):
        self.clients.set(2)
        pid = self.stop_engine_at_work()
        try:
            row = self.wait("the flag", lambda row: "frozen" in row["flags"])
            self.assertEqual(row["load"]["running"], 2)
            code, told = check(self.engine.url)
            self.assertEqual((code, told["motion"]), (1, "still"), told)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.wait("it to move again", lambda row: "frozen" not in row["flags"])
        note("vLLM", "its engine stopped behind the API server: frozen; check says so, code 1")

    def test_6_a_stopped_server_is_stale_and_a_killed_one_refused(self):
        self.engine.child.send(signal.SIGSTOP)
        self.wait("the hang", lambda row: row["state"] == "stale"
                  and row.get("trouble", {}).get("kind") == "timeout")
        self.engine.child.send(signal.SIGCONT)
        self.wait("its return", lambda row: row["state"] == "fresh" and "trouble" not in row)
        self.engine.child.kill()
        self.wait("the death", lambda row: row["state"] == "stale"
                  and row.get("trouble", {}).get("kind") == "refused")
        note("vLLM", "SIGSTOP: stale, trouble timeout; SIGCONT: fresh; SIGKILL: refused")


class VllmThatCounts(WithVllm):
    """With a count of what its API server has in flight: requests that no step has seen yet."""

    FLAGS = ("--enable-server-load-tracking",)

    def test_what_is_in_flight_is_running_or_waiting(self):
        self.clients.set(SEQUENCES + 4)
        self.wait("all of them", lambda row: (row["load"]["running"], row["load"]["waiting"])
                  == (SEQUENCES, 4))
        code, told = check(self.engine.url)
        self.assertEqual((code, told["missing"]), (0, []), told)
        self.assertIn("/load", [document["target"] for document in told["documents"]])
        pid = self.engine.engine_process()
        os.kill(pid, signal.SIGSTOP)  # No step sees what comes now.
        try:
            self.clients.set(SEQUENCES + 9)
            self.wait("what waits unseen", lambda row: row["load"]["running"] +
                      row["load"]["waiting"] == SEQUENCES + 9)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.clients.set(0)
        self.wait("nobody", lambda row: (row["load"]["running"], row["load"]["waiting"]) == (0, 0))
        note("vLLM", "with --enable-server-load-tracking, requests that the stopped engine has "
             "not seen are shown as waiting")


if __name__ == "__main__":
    unittest.main()
