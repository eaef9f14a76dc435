"""What goes wrong is on the page, in words and at once; and the page comes back by itself."""
import math
import os
import re
import signal
import time
import unittest

import browser
from stage import PATIENCE, Stage, wait_for


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
        self.stage.simulate(workers, *faults)
        self.stage.serve(settings=settings)
        self.stage.wait_for_workers(workers)
        self.page.open(self.stage.url + "/")
        self.page.wait_text("live", "#link")
        self.page.wait_text(f"{workers} workers", "#fleet-words")

    def test_a_fault_is_in_words_within_a_second_of_the_api(self):
        # The page is there before the workers are, so that it sees each fault begin.
        self.stage.serve("--component", "dynamo/backend",
                         settings='[collection]\nlost_after = "12s"\nfrozen_after = "2s"\n')
        self.page.open(self.stage.url + "/")
        self.page.wait_text("live", "#link")
        self.page.note_changes("#troubles")
        self.page.note_changes("title")
        begun = time.monotonic()
        self.stage.simulate(5, "--fault", "frozen@2")
        self.stage.wait_for_workers(5)
        # The faults count from the start of the simulator: not before its workers were seen.
        at = 3 + math.ceil(3 * (time.monotonic() - begun))
        self.stage.simulate(3, "--seed", "7", *(word for i in range(3) for word in (
            "--fault", f"stopped@{i}:{at + i}s+90s")))
        said = {}

        def look():
            fleet = self.stage.fleet()
            now = time.time()
            stale = [w["id"] for w in fleet["workers"] if w["state"] == "stale"]
            said.setdefault(len(stale), now)
            return len(stale) == 3 and stale
        stale = wait_for("three that stand still", look, patience=PATIENCE + at)
        self.page.wait_trouble(f"3 of 8 stale.*({'|'.join(stale)})")
        # One that a busy machine held up may be later; all three are not.
        shown = [self.page.noted_at(f"{n} of 8 stale", "#troubles") for n in (1, 2, 3)]
        delays = [at - said[n] for n, at in zip((1, 2, 3), shown) if at and n in said]
        self.assertLess(min(delays), 1.0, delays)
        self.page.wait_trouble("1 frozen.*its numbers do not move")
        self.assertIsNotNone(self.page.noted_at(r"^\d wrong", "title"))
        self.page.wait_text("stale", ".grid-row[aria-rowindex='2']")
        # It opens with a click, and says what happened while we looked on.
        self.page.run("[...document.querySelectorAll('#troubles button')]"
                      ".find(b => / stale/.test(b.textContent)).click()")
        self.page.wait_text("|".join(stale), "#details h2")
        self.page.wait_text("→ stale", "#details .changes")
        # The journal saw it too: its words come a moment later, and nothing is said twice.
        self.page.wait_text("appeared: nats", "#details .changes")
        changes = self.page.text("#details .changes").splitlines()
        self.assertEqual(sum("appeared" in line for line in changes), 1, changes)
        self.assertFalse([line for line in changes if "->" in line], changes)
        # Then it is lost; what is known of it stays to be read.
        self.page.wait_text("lost at .*silent", "#details .details-state")
        self.page.wait_text("|".join(stale), "#lost")

    def test_faults_of_many_kinds_are_in_words(self):
        self.show(8, "--fault", "frozen@6", "--fault", "twice@2",
                  settings='[expect]\n"dynamo/backend" = 9\n[collection]\nfrozen_after = "2s"\n')
        self.page.wait_trouble("1 of 9 of dynamo/backend missing")
        self.page.wait_trouble("1 frozen.*its numbers do not move")
        self.page.wait_trouble("duplicate.*two processes answer")
        self.page.wait_text("8 of 9", "#expected")

    def test_a_broker_that_is_gone_is_a_broken_source_and_no_empty_fleet(self):
        self.show(4)
        self.stage.broker.kill()
        self.page.wait_trouble("nats-1 disconnected")
        self.page.wait_text("4 workers: .*4 stale", "#fleet-words")
        self.page.wait_text("disconnected", "#sources")

    def test_the_page_says_at_once_that_it_is_cut_off_and_comes_back(self):
        self.show(4)
        delays = []
        # At once; a busy machine may hold the page up, but not each of three times.
        for _ in range(3):
            wait_for("a row", lambda: self.page.text(".grid-row"))
            self.page.note_changes("#banner")
            killed = time.time()
            self.stage.kill_serve()
            self.page.wait_text("Cut off from muster", "#banner")
            delays.append(self.page.noted_at("Cut off", "#banner") - killed)
            self.page.wait_text("cut off for", "#link")
            wait_for("the title", lambda: self.page.driver.title == "cut off · muster")
            wait_for("charts to fade", lambda: self.page.run(
                "return getComputedStyle(document.querySelector('.chart')).opacity") < "0.8")
            # Words do, too: as far as they can still be read.
            wait_for("words to fade", lambda: self.page.run(
                "const color = (e) => getComputedStyle(document.querySelector(e)).color;"
                "return color('.card-value') === color('.card-unit')"))
            # Nobody judges the workers now but their ages; they are not taken away.
            self.page.wait_text("4 workers: 4 stale", "#fleet-words")
            self.stage.start_serve()
            self.page.wait_text("live", "#link")
            self.page.wait_text(r"4 workers: .*\d (fresh|late)", "#fleet-words")
            wait_for("no banner", lambda: self.page.text("#banner") == "")
            if delays[-1] < 1:
                break
        self.assertLess(min(delays), 1)

    def test_a_muster_that_hangs_is_a_cut_too(self):
        self.show(4)
        serve, delays = self.stage.serving, []
        for _ in range(3):
            self.page.note_changes("#banner")
            stopped = time.time()
            os.kill(serve.pid, signal.SIGSTOP)
            try:
                self.page.wait_text("says nothing any more", "#banner")
                delays.append(self.page.noted_at("says nothing", "#banner") - stopped)
            finally:
                os.kill(serve.pid, signal.SIGCONT)
            self.page.wait_text("live", "#link")
            wait_for("no banner", lambda: self.page.text("#banner") == "")
            # Silence of 2.6 s, looked at twice a second.
            if delays[-1] < 3.5:
                break
        self.assertLess(min(delays), 3.5)

    def test_pages_that_were_left_hold_no_connection(self):
        self.show(3)
        # More than a browser opens to one server at once.
        for _ in range(8):
            self.page.open("about:blank")
            self.page.open(self.stage.url + "/")
            self.page.wait_text("3 workers: ", "#fleet-words")
        self.page.click(".grid-row")
        self.page.wait_text(r"KV use\s+\d+% to", "#details .history")
        # Back to one that was kept: it goes on.
        self.page.driver.back()
        self.page.driver.back()
        self.page.wait_text("live", "#link")
        self.page.wait_text("3 workers: ", "#fleet-words")

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
