"""Back in time: the journal as a line on the page, and the fleet as it was."""
import datetime
import json
import signal
import unittest
import urllib.error
import urllib.parse

import browser
from stage import Stage, get, wait_for

WORKERS = 8


@unittest.skipIf(browser.MISSING, browser.WHY_NOT)
class PagePast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.addClassCleanup(cls.stage.stop)
        cls.stage.simulate(WORKERS - 1, "--rate", "4")
        cls.stage.serve("--state-dir", cls.stage.path + "/state",
                        settings='[collection]\nlost_after = "4s"\n')
        cls.stage.wait_for_workers(WORKERS - 1)
        process, _ = cls.stage.victims(1)
        # Longer stopped than it takes to be lost; then it comes back.
        process.send_signal(signal.SIGSTOP)
        wait_for("somebody lost", lambda: cls.stage.fleet()["lost"])
        wait_for("the journal to have it", cls.is_in_the_journal)
        process.send_signal(signal.SIGCONT)
        wait_for("all back", lambda: len(cls.stage.fleet()["workers"]) == WORKERS)
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.quit)

    def setUp(self):
        self.page.open("about:blank")
        self.page.open(self.stage.url + "/")
        self.page.wait_text(f"{WORKERS} workers: ", "#fleet-words")
        self.page.wait_text(r"[1-9]\d* events; it begins \d\d:", "#time-line")

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])

    @classmethod
    def is_in_the_journal(cls):
        """Who is lost, also a sample later than the one that the tests go to."""
        try:
            return cls.as_of(cls.just_after(cls.lost_at(), seconds=2.2))["lost"]
        except (StopIteration, urllib.error.HTTPError):  # Not written, or still to come.
            return None

    @classmethod
    def lost_at(cls):
        with get(cls.stage.url + "/v1/journal?since=15m") as answer:
            events = json.load(answer)["events"]
        return next(e for e in events if e["event"] == "worker_lost")

    @staticmethod
    def just_after(event, seconds=1.1):
        """The samples are a second apart: then it had happened."""
        then = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
        then += datetime.timedelta(seconds=seconds)
        return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @classmethod
    def as_of(cls, moment):
        query = urllib.parse.urlencode({"at": moment})
        with get(f"{cls.stage.url}/v1/fleet?{query}") as answer:
            return json.load(answer)

    def test_from_event_to_event_back_to_when_it_was_lost(self):
        lost = self.lost_at()
        moment = urllib.parse.quote(self.just_after(lost))

        # On a busy machine some events lie between: workers that were late, and no longer.
        def step():
            self.page.click("[aria-label='To the event before']")
            return f"at={moment}" in self.page.driver.current_url
        wait_for("the event of who was lost", step)
        self.page.wait_text("as the journal has it", "#past-banner")
        self.page.wait_text(f"worker lost {lost['subject']}", "#time-line .events")
        fleet = self.as_of(self.just_after(lost))
        self.page.wait_text(f"{WORKERS - 1} workers.*1 lost", "#fleet-words")
        self.page.wait_text(lost["subject"], "#lost")
        self.assertEqual(len(fleet["workers"]), WORKERS - 1)
        # Loads are those of then, and stand still.
        for worker in fleet["workers"]:
            load = worker["load"]
            row = self.page.run("return [...document.querySelectorAll('.grid-row')].find(row => "
                                "row.querySelector('.c-id').title === arguments[0]).innerText",
                                worker["id"])
            self.assertIn(f"{load['running']}/{load['slots']}", row)
        # The present is not forgotten meanwhile.
        self.page.wait_text(r"now (all is well|\d+ wrong)", "#past-banner")
        self.assertRegex(self.page.driver.title, "^muster: all well$|^[0-9]+ wrong")
        self.page.keys("\ue00c")  # Escape.
        self.page.wait_text(f"{WORKERS} workers: (?!.*lost)", "#fleet-words")
        wait_for("no word of the past", lambda: self.page.text("#past-banner") == "")

    def test_the_slider_goes_by_seconds_with_the_keyboard(self):
        self.page.run("document.querySelector('#time-line .slider').focus()")
        self.page.keys(*["\ue012"] * 5)  # Left.
        self.page.wait_text("as the journal has it", "#past-banner")
        said = self.page.run("return document.querySelector('.slider').ariaValueText")
        self.assertRegex(said, r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d")
        self.page.keys("\ue010")  # End.
        wait_for("now", lambda: self.page.text("#past-banner") == "")

    def test_a_link_shows_a_colleague_the_same_moment_and_worker(self):
        lost = self.lost_at()
        query = urllib.parse.urlencode({"worker": lost["subject"], "at": self.just_after(lost)})
        self.page.open("about:blank")
        self.page.open(f"{self.stage.url}/#{query}")
        self.page.wait_text("as the journal has it", "#past-banner")
        self.page.wait_text("lost at .*silent", "#details .details-state")
        self.page.wait_text("lost: silent", "#details .changes")
        self.page.click("#past-end")
        self.page.wait_text("fresh|late", "#details .details-state")

    def test_a_time_of_day_is_gone_to_and_one_before_the_journal_is_said_not_to_be_there(self):
        moment = self.page.driver.find_element("css selector", ".moment")
        moment.send_keys("25:00\n")
        wait_for("a mark", lambda: self.page.run(
            "return document.querySelector('.moment').ariaInvalid") == "true")
        moment.clear()
        time = self.as_of(self.lost_at()["time"])["time"]
        local, before = self.page.run(
            "return [0, 1000].map(ms => new Date(Date.parse(arguments[0]) - ms)"
            ".toTimeString().slice(0, 8))", time)
        moment.send_keys(local + "\n")
        # The nearest sample may be of the second before.
        self.page.wait_text(f"({local}|{before}).*as the journal has it", "#past-banner")
        moment.clear()
        moment.send_keys("2020-01-01T00:00:00Z\n")
        self.page.wait_text("cannot be shown: .*", "#past-banner")
        self.page.click("#past-end")

    def test_the_charts_have_what_was_before_the_page_was_opened(self):
        with get(self.stage.url + "/v1/journal?since=15m") as answer:
            begins = json.load(answer)["begins"]
        age = self.page.run("return Date.now() - Date.parse(arguments[0])", begins)
        self.assertGreater(age, 10_000)
        # The left end of the line in the canvas: far to the left of what one second would draw.
        wait_for("a line that is older than the page", lambda: self.page.run(
            "const c = document.querySelector('.card .chart');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height - 3).data;"
            "let first = c.width; for (let i = 3; i < d.length; i += 4)"
            "if (d[i] > 0) first = Math.min(first, (i - 3) / 4 % c.width);"
            "return (c.width - first) / c.width * 300000") > 8000)


@unittest.skipIf(browser.MISSING, browser.WHY_NOT)
class PageWithoutJournal(unittest.TestCase):
    def test_there_is_no_line_and_nothing_complains(self):
        stage = Stage()
        self.addCleanup(stage.stop)
        stage.simulate(3)
        stage.serve("--journal-size", "0")
        page = browser.Browser()
        self.addCleanup(page.quit)
        page.open(stage.url + "/")
        page.wait_text("3 workers: ", "#fleet-words")
        wait_for("the answer", lambda: page.run(
            "return performance.getEntriesByType('resource')"
            ".some(e => e.name.includes('/v1/journal') && e.responseEnd > 0)"))
        self.assertEqual(page.text("#time-line"), "")
        self.assertEqual(page.complaints(), [])


if __name__ == "__main__":
    unittest.main()
