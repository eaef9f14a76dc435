"""What goes wrong is on the page, in words and at once; and the page comes back by itself."""
import os
import re
import signal
import time
import unittest

import browser
from stage import Stage, wait_for


@unittest.skipIf(browser.MISSING, browser.WHY_NOT)
class PageFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.quit)

    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.stop)
        self.addCleanup(self.page.open, "about:blank")

    def show(self, workers, *faults, settings=""):
        self.sim = self.stage.simulate(workers, *faults)
        self.stage.serve(settings=settings)
        self.stage.wait_for_workers(workers)
        self.page.open(self.stage.url + "/")
        self.page.wait_text("live", "#link")
        self.page.wait_text(f"{workers} workers", "#fleet-words")

    def test_a_worker_that_stands_still_is_said_to_be_stale_within_a_second(self):
        self.show(8, "--fault", "stopped@3:6s+60s")

        def stale():
            return [w["id"] for w in self.stage.fleet()["workers"] if w["state"] == "stale"]
        [worker] = wait_for("the API to say stale", stale)
        said = time.monotonic()
        self.page.wait_text(f"1 of 8 stale.*{worker}", "#troubles")
        self.assertLess(time.monotonic() - said, 1.0)
        self.assertRegex(self.page.driver.title, r"^\d wrong")
        self.assertIn("stale", self.page.text(".grid-row[aria-rowindex='2']"))
        # It opens with a click, and says what happened while we looked on.
        self.page.click("#troubles .trouble")
        self.page.wait_text(re.escape(worker), "#details h2")
        self.page.wait_text("→ stale", "#details .changes")
        # Then it is lost; what is known of it stays to be read.
        self.page.wait_text("lost at .*silent", "#details .details-state")
        self.page.wait_text(worker, "#lost")

    def test_faults_of_many_kinds_are_in_words(self):
        self.show(8, "--fault", "frozen@6", "--fault", "twice@2",
                  settings='[expect]\n"dynamo/backend" = 9\n[collection]\nfrozen_after = "2s"\n')
        self.page.wait_text("1 of 9 of dynamo/backend missing", "#troubles")
        self.page.wait_text("1 frozen.*its numbers do not move", "#troubles")
        self.page.wait_text("duplicate.*two processes answer", "#troubles")
        self.page.wait_text("8 of 9", "#expected")

    def test_a_broker_that_is_gone_is_a_broken_source_and_no_empty_fleet(self):
        self.show(4)
        self.stage.broker.kill()
        self.page.wait_text("nats-1 disconnected", "#troubles")
        self.page.wait_text("4 workers: .*4 stale", "#fleet-words")
        self.page.wait_text("disconnected", "#sources")

    def test_the_page_says_at_once_that_it_is_cut_off_and_comes_back(self):
        self.show(4)
        wait_for("a row", lambda: self.page.text(".grid-row"))
        self.stage.kill_serve()
        killed = time.monotonic()
        self.page.wait_text("Cut off from muster", "#banner")
        self.assertLess(time.monotonic() - killed, 1.5)
        self.assertEqual(self.page.driver.title, "cut off · muster")
        # Nobody judges the workers now but their ages; they are not taken away.
        self.page.wait_text("4 workers: 4 stale", "#fleet-words")
        self.stage.start_serve()
        self.page.wait_text("live", "#link")
        self.page.wait_text("4 workers: 4 fresh", "#fleet-words")
        self.assertEqual(self.page.text("#banner"), "")

    def test_a_muster_that_hangs_is_a_cut_too(self):
        self.show(4)
        serve = self.stage.serving
        os.kill(serve.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            self.page.wait_text("says nothing any more", "#banner")
            self.assertLess(time.monotonic() - stopped, 6)
        finally:
            os.kill(serve.pid, signal.SIGCONT)
        self.page.wait_text("live", "#link")
        self.assertEqual(self.page.text("#banner"), "")

    def test_pages_that_were_left_hold_no_connection(self):
        self.show(3)
        # More than a browser opens to one server at once.
        for _ in range(8):
            self.page.open("about:blank")
            self.page.open(self.stage.url + "/")
            self.page.wait_text("3 workers: 3 fresh", "#fleet-words")
        self.page.click(".grid-row")
        self.page.wait_text(r"KV use\s+\d+% to", "#details .history")
        # Back to one that was kept: it goes on.
        self.page.driver.back()
        self.page.driver.back()
        self.page.wait_text("live", "#link")
        self.page.wait_text("3 workers: 3 fresh", "#fleet-words")

    def test_it_asks_for_the_token_where_one_is_needed(self):
        token = os.path.join(self.stage.path, "token")
        with open(token, "w", encoding="utf-8") as file:
            file.write("sesame\n")
        self.stage.simulate(3)
        self.stage.serve("--auth-token-file", token)
        self.stage.wait_for_workers(3)
        # By a name that could mean any machine: not local.
        self.page.open(f"http://{browser.ELSEWHERE}:{self.stage.port}/")
        self.page.wait_text("asks for its token", "#token-form")
        self.assertEqual(self.page.text("#main").strip(), "")
        field = self.page.driver.find_element("id", "token")
        field.send_keys("wrong\n")
        self.page.wait_text("not the token", "#token-form")
        field.clear()
        field.send_keys("sesame\n")
        self.page.wait_text("3 workers", "#fleet-words")
        self.page.click(".grid-row")
        self.page.wait_text(r"KV use\s+\d+% to", "#details .history")
        self.page.driver.refresh()
        self.page.wait_text("3 workers", "#fleet-words")


if __name__ == "__main__":
    unittest.main()
