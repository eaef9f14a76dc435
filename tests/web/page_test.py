"""The live page as a person finds it: its numbers, its order, its search, its details.

A real broker, simulated workers and muster, looked at through a headless Chromium.
"""
import re
import unittest

import browser
from stage import Stage, get, wait_for

WORKERS = 12
IDS = "return [...document.querySelectorAll('.grid-row')].sort((a, b) => " \
      "a.ariaRowIndex - b.ariaRowIndex).map(row => row.querySelector('.c-id').title)"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@unittest.skipIf(browser.MISSING, browser.WHY_NOT)
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.addClassCleanup(cls.stage.stop)
        # Slow loads: what the page and the API say can be compared.
        cls.stage.simulate(WORKERS, "--rate", "0.01", "--fault", "nan@7")
        cls.stage.serve(settings='[collection]\nfrozen_after = \"1h\"\n'
                                 '[labels]\n"dynamo/backend" = { zone = "a" }\n'
                                 f'[expect]\n"dynamo/backend" = {WORKERS}\n')
        cls.stage.wait_for_workers(WORKERS)
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.quit)

    def setUp(self):
        self.page.open("about:blank")
        self.page.open(self.stage.url + "/")
        self.page.wait_text(f"{WORKERS} workers", "#fleet-words")
        wait_for("rows", lambda: len(self.page.run(IDS)) == WORKERS)

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])
        loaded = self.page.run("return performance.getEntriesByType('resource').map(e => e.name)")
        self.assertEqual([url for url in loaded if not url.startswith(self.stage.url + "/")], [])

    def by_load(self, member):
        workers = [w for w in self.stage.fleet()["workers"] if w["load"][member] is not None]
        return sorted(workers, key=lambda w: -w["load"][member])

    def test_it_says_what_the_api_says(self):
        self.page.wait_text("live", "#link")
        fleet = self.stage.fleet()
        for worker in fleet["workers"]:
            self.assertIn(worker["instance_id"], self.page.text("#grid"))
        running = f"{fleet['stats']['running']['sum']:,}"
        self.page.wait_text(running, "#cards")
        self.page.wait_text("connected", "#sources")
        self.page.wait_text(f"{WORKERS} of {WORKERS}", "#expected")
        # The worker whose usage is NaN: unknown is a dash, not 0%.
        self.assertEqual(self.page.run(
            "return [...document.querySelectorAll('.grid-row .c-kv span')]"
            ".filter(e => e.textContent === '–').length"), 1)

    def test_what_is_in_order_is_said_to_be(self):
        # The worker without a usage is fresh: nothing is wrong with it.
        self.page.wait_text("All is well", "#troubles")
        self.assertEqual(self.page.driver.title, "muster: all well")

    def test_it_sorts(self):
        self.page.click(".grid-head .c-running button")
        wanted = [w["load"]["running"] for w in self.by_load("running")]
        loads = {w["id"]: w["load"]["running"] for w in self.stage.fleet()["workers"]}

        def shown():
            return [loads[id] for id in self.page.run(IDS)]
        wait_for("the busiest first", lambda: shown() == wanted)
        self.assertEqual(self.page.run("return document.querySelector('.grid-head .c-running')"
                                       ".ariaSort"), "descending")
        self.page.click(".grid-head .c-running button")
        wait_for("the idlest first", lambda: shown() == wanted[::-1])
        # A link shows a colleague the same.
        self.assertIn("sort=running", self.page.driver.current_url)
        self.page.driver.refresh()
        wait_for("the same after a reload", lambda: shown() == wanted[::-1])

    def test_unknown_is_last_whichever_way(self):
        unknown = next(w["id"] for w in self.stage.fleet()["workers"]
                       if w["load"]["kv_usage"] is None)
        for _ in range(2):
            self.page.click(".grid-head .c-kv button")
            wait_for("unknown last", lambda: self.page.run(IDS)[-1] == unknown)

    def test_it_searches_and_filters(self):
        wanted = self.stage.fleet()["workers"][4]
        self.page.keys("/", wanted["instance_id"])
        wait_for("the one", lambda: self.page.run(IDS) == [wanted["id"]])
        self.page.wait_text(f"1 of {WORKERS}", "#workers-count")
        search = self.page.driver.find_element("id", "search")
        everything = "\ue009a\ue000"  # Control-A, and the keys are let go.
        search.send_keys(everything + "zone=a !" + wanted["instance_id"])
        wait_for("all but one", lambda: len(self.page.run(IDS)) == WORKERS - 1)
        search.send_keys(everything + "fresh")
        wait_for("all", lambda: len(self.page.run(IDS)) == WORKERS)
        self.page.click(".chip[data-state=stale]")
        wait_for("none is stale", lambda: self.page.run(IDS) == [])

    def test_details_of_a_worker(self):
        worker = self.stage.fleet()["workers"][2]
        rows = self.page.run(IDS)
        self.page.run("document.querySelector(arguments[0]).click()",
                      f".grid-row[aria-rowindex='{rows.index(worker['id']) + 2}']")
        self.page.wait_text(re.escape(worker["id"]), "#details h2")
        text = self.page.wait_text("nats-1[^$]*" + re.escape(worker["address"]), "#details").string
        for word in ("fresh", "zone=a", f"{worker['load']['running']}/256", "heard", "asked every"):
            self.assertIn(word, text)
        self.page.wait_text(r"KV use\s+\d+% to \d+%", "#details .history")
        self.page.click("#details .raw button")
        self.page.wait_text("num_requests_waiting", "#details pre")
        self.page.wait_text(r"received \d\d:\d\d:\d\d, .* bytes", "#details .raw")
        self.assertIn("worker=", self.page.driver.current_url)
        self.page.keys("\ue00c")  # Escape, from where the reader is.
        self.assertEqual(self.page.text("#details"), "")

    def test_the_keyboard_goes_through_field_and_table(self):
        self.page.run("document.getElementById('field').focus()")
        self.page.keys("\ue014")  # Right.
        first, second = [w["id"] for w in self.stage.fleet()["workers"]][:2]
        wait_for("the second in the tip", lambda: second in self.page.text("#tip"))
        said = self.page.run("return document.getElementById('field-now').innerText")
        self.assertIn(second, said)
        self.page.keys("\ue012", "\ue007")  # Left, Enter.
        self.page.wait_text(re.escape(first), "#details h2")
        self.page.keys("\ue00c")  # Escape: back to where it was called from.
        self.assertEqual(self.page.run("return document.activeElement.id"), "field")
        # By name: worst first, they would change places while the keys are pressed.
        self.page.click(".grid-head .c-id button")
        wait_for("the names in order", lambda: self.page.run(IDS) == sorted(self.page.run(IDS)))
        second = self.page.run(IDS)[1]
        self.page.run("document.getElementById('grid').focus()")
        self.page.keys("\ue015", "\ue015")  # Down, down.
        wait_for("the second row", lambda: second in self.page.text("#details h2"))

    def test_nothing_runs_over_the_edge_from_320_to_2560_pixels(self):
        self.addCleanup(self.page.resize, 1440, 900)
        for width in (320, 414, 768, 1024, 1440, 1920, 2560):
            self.page.resize(width, 900)
            wait_for("the new width", lambda w=width: self.page.run("return innerWidth") == w)
            over = self.page.run("return document.documentElement.scrollWidth - innerWidth")
            self.assertLessEqual(over, 0, f"at {width} pixels")

    def test_who_asks_for_no_motion_gets_none(self):
        self.addCleanup(self.page.media)
        self.page.media(prefers_reduced_motion="reduce")
        self.assertEqual(self.page.run(
            "return getComputedStyle(document.querySelector('.pulse')).animationName"), "none")

    def test_curl_gets_the_table_and_a_browser_the_page(self):
        with get(self.stage.url + "/", Accept="*/*") as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
            table = answer.read().decode()
        self.assertIn("WORKER", table)
        for worker in self.stage.fleet()["workers"]:
            self.assertIn(worker["id"], table)
        with get(self.stage.url + "/", Accept=HTML) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
            policy = answer.headers["Content-Security-Policy"]
            page = answer.read().decode()
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertNotIn("<style", page)
        self.assertNotRegex(page, r"<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=\"|https?://(?!HOST)")


if __name__ == "__main__":
    unittest.main()
