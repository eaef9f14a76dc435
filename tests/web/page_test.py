"""The live page as a person finds it: its numbers, its order, its search, its details.

A real broker, simulated workers and muster, looked at through a headless Chromium.
"""
import base64
import hashlib
import re
import unittest

import browser
from stage import Stage, find, get, wait_for

WORKERS = 12
IDS = "return [...document.querySelectorAll('.grid-row')].sort((a, b) => " \
      "a.ariaRowIndex - b.ariaRowIndex).map(row => row.querySelector('.c-id').title)"
# How light the field is, 0 to 255: the mean of what is drawn.
FIELD_LIGHT = """
const c = document.getElementById('field-canvas');
const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
let [sum, count] = [0, 0];
for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 128) { sum += d[i + 1]; ++count; }
return count === 0 ? -1 : sum / count;
"""
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
                                 # Fresh for five seconds: as the API is, however busy the machine.
                                 'interval = "1s"\npatience = "3s"\n'
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

    def test_it_says_what_the_api_says(self):
        self.page.wait_text("live", "#link")
        for worker in self.stage.fleet()["workers"]:
            self.assertIn(worker["instance_id"], self.page.text("#grid"))

        def same():
            running = self.stage.fleet()["stats"]["running"]["sum"]
            return f"{running:,}" in self.page.text("#cards")
        wait_for("the sum of what runs", same)
        self.page.wait_text("connected", "#sources")
        self.page.wait_text(f"{WORKERS} of {WORKERS}", "#expected")
        # The worker whose usage is NaN: unknown is a dash, not 0%.
        self.assertEqual(self.page.run(
            "return [...document.querySelectorAll('.grid-row .c-kv span')]"
            ".filter(e => e.textContent === '–').length"), 1)

    def test_what_is_in_order_is_said_to_be(self):
        # The worker without a usage is fresh: nothing is wrong with it.
        wait_for("the words", lambda: (self.page.shows("All is well", "#troubles") and
                                       self.page.driver.title == "muster: all well"))

    def test_the_fleet_in_numbers_is_that_of_the_api(self):
        def same():
            stats, said = self.stage.fleet()["stats"], self.page.text("#cards")
            usage = stats["kv_usage"]
            return all(words in said for words in (
                "Load", f"{stats['running']['sum']:,}", "Queue", f"{stats['waiting']['sum']:,}",
                "KV use", f"{usage['avg'] * 100:.0f}%", f"{usage['min'] * 100:.0f}% to ",
                "Spread", f"±{usage['std'] * 100:.0f}", "oldest number"))
        wait_for("the same numbers", same)

    def test_what_is_live_comes_by_the_stream_alone(self):
        ages = self.page.run("return document.querySelector('#clock').dateTime")
        # The past is asked for beside it: the journal, and what the charts begin with.
        wait_for("some seconds to pass", lambda: self.page.run(
            "return Date.parse(document.querySelector('#clock').dateTime) - "
            "Date.parse(arguments[0]) > 3000", ages))
        asked = self.page.run("return performance.getEntriesByType('resource').map(e => e.name)")
        beside = [url for url in asked if "/v1/" in url and not re.search(
            r"/v1/(journal\?|fleet\?at=|fleet/events)", url)]
        self.assertEqual(beside, [])
        # The loads do not move, and are confirmed all the while: ages are those of the last word.
        wait_for("young ages", lambda: all(
            age <= 3 for age in self.page.run(
                "return [...document.querySelectorAll('.grid-row .c-age')]"
                ".map(e => parseFloat(e.textContent))")))

    def test_on_paper_it_is_light_and_whole_and_the_screen_stays_dark(self):
        self.addCleanup(self.page.media)
        self.page.media(prefers_color_scheme="dark")
        wait_for("a dark field", lambda: 0 < self.page.run(FIELD_LIGHT) < 100)
        self.page.run("addEventListener('beforeprint', () => { window.printed = {"
                      "light: (() => {" + FIELD_LIGHT + "})(),"
                      "rows: document.querySelectorAll('.grid-row').length}; });")
        pdf = base64.b64decode(self.page.cdp("Page.printToPDF", printBackground=True)["data"])
        self.assertGreater(len(pdf), 10_000)
        printed = self.page.run("return window.printed")
        self.assertGreater(printed["light"], 150)
        self.assertEqual(printed["rows"], WORKERS)
        wait_for("the dark field again", lambda: 0 < self.page.run(FIELD_LIGHT) < 100)

    @unittest.skipUnless(find("pdftotext"), "no pdftotext: the pages on paper are not looked at: "
                         "tools/install_deps.sh web")
    def test_on_paper_each_page_of_the_table_begins_with_its_head(self):
        # In inches, with margins of one centimetre: room for some nine rows.
        pages = self.page.printed_pages(paperHeight=4.5)
        ids = {w["instance_id"] for w in self.stage.fleet()["workers"]}
        shown = {i: [one for one in ids if one in page] for i, page in enumerate(pages)}
        of_table = [i for i, some in shown.items() if some]
        self.assertGreater(len(of_table), 1, pages)
        self.assertEqual(sorted(one for some in shown.values() for one in some), sorted(ids))
        for i in of_table:
            lines = pages[i].splitlines()
            heads = [k for k, line in enumerate(lines)
                     if re.search(r"Worker\s+State\s+Age\s+Running\s+Queue\s+KV use", line)]
            first = next(k for k, line in enumerate(lines) if any(one in line for one in ids))
            self.assertEqual(len(heads), 1, pages[i])
            self.assertLess(heads[0], first, pages[i])

    def test_it_sorts(self):
        self.page.click(".grid-head .c-running button")

        def sorted_by_load(reverse):
            loads = {w["id"]: w["load"]["running"] for w in self.stage.fleet()["workers"]}
            shown = [loads[id] for id in self.page.run(IDS)]
            return shown == sorted(loads.values(), reverse=reverse)
        wait_for("the busiest first", lambda: sorted_by_load(True))
        self.assertEqual(self.page.run("return document.querySelector('.grid-head .c-running')"
                                       ".ariaSort"), "descending")
        self.page.click(".grid-head .c-running button")
        wait_for("the idlest first", lambda: sorted_by_load(False))
        # A link shows a colleague the same.
        self.assertIn("sort=running", self.page.driver.current_url)
        self.page.driver.refresh()
        wait_for("the same after a reload", lambda: sorted_by_load(False))

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
        self.page.open_worker(worker["id"])
        self.page.wait_text(re.escape(worker["id"]), "#details h2")

        def all_said():
            text = self.page.text("#details")
            [now] = [w for w in self.stage.fleet()["workers"] if w["id"] == worker["id"]]
            return all(words in text for words in (
                "fresh", "zone=a", f"{now['load']['running']}/256", "heard", "asked every",
                "nats-1", worker["address"]))
        wait_for("all that is known of it", all_said)
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
            wait_for(f"nothing beyond {width} pixels", lambda: self.page.run(
                "return document.documentElement.scrollWidth <= innerWidth"))

    def test_however_narrow_the_end_of_a_name_is_seen(self):
        self.addCleanup(self.page.resize, 1440, 900)
        for width in (320, 420, 600, 1000, 1440):
            self.page.resize(width, 900)
            wait_for("the new width", lambda w=width: self.page.run("return innerWidth") == w)
            hidden = self.page.run("""
                return [...document.querySelectorAll('.grid-row .c-id')].filter((cell) => {
                    const text = cell.querySelector('bdi').firstChild;
                    const end = document.createRange();
                    end.setStart(text, text.length - 6);
                    end.setEnd(text, text.length);
                    const [a, b] = [end.getBoundingClientRect(), cell.getBoundingClientRect()];
                    return a.left < b.left || a.right > b.right;
                }).map((cell) => cell.innerText)""")
            self.assertEqual(hidden, [], width)

    def test_who_asks_for_no_motion_gets_none(self):
        self.addCleanup(self.page.media)
        self.page.media(prefers_reduced_motion="reduce")
        # The pulse beats once a second; here it stands still.
        for beats in ("true", "false"):
            wait_for("a beat", lambda b=beats: self.page.run(
                f"return document.body.hasAttribute('data-beat') === {b}"))
            self.assertEqual(self.page.run(
                "return getComputedStyle(document.querySelector('.pulse')).opacity"), "1")

    def test_a_page_that_opened_it_has_no_hand_on_it(self):
        driver = self.page.driver
        # As a page of another site would: it is of no origin that we know.
        self.page.open("data:text/html,<title>elsewhere</title>")
        [own] = driver.window_handles
        self.page.run("window.opened = open(arguments[0])", self.stage.url + "/")
        # Cut loose it looks closed from there, though it is not.
        wait_for("no hand on it", lambda: self.page.run("return window.opened.closed"))
        [other] = [window for window in driver.window_handles if window != own]
        driver.switch_to.window(other)
        try:
            self.page.wait_text(f"{WORKERS} workers", "#fleet-words")
            self.assertIsNone(self.page.run("return window.opener"))
        finally:
            driver.close()
            driver.switch_to.window(own)
        self.page.open(self.stage.url + "/")

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
        self.assertNotRegex(page, r"\bstyle=|\bon\w+=\"|https?://(?!HOST)")
        # What stands in the page itself is what the policy names by its hash.
        for tag, sources in (("script", "'self' "), ("style", "")):
            [text] = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            self.assertIn(f"{tag}-src {sources}'sha256-{digest}';", policy)


if __name__ == "__main__":
    unittest.main()
