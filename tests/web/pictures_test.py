"""Pictures of the page, light and dark, at 8, 100 and 1,000 workers: build/web/*.png; and that it
keeps to its memory meanwhile.

With MUSTER_PICTURES=.../docs/images those of the README and the guide are written there too.
"""
import os
import shutil
import signal
import time
import unittest

import browser
from stage import Stage, wait_for

OUT = os.environ.get("MUSTER_PICTURES_OUT", "build/web")
DOCS = os.environ.get("MUSTER_PICTURES")
IN_DOCS = ("page_100_dark.png", "page_1000_light.png")
# With DOCS the charts shall have something to show, and somebody is lost meanwhile. Without, nobody
# is lost however long a busy machine takes.
QUIET, LOST_AFTER = (75, "20s") if DOCS else (0, "1h")
HEAP_MAX_MIB = 50
# Faults of the fleet, and how many beside one that stands still die.
FAULTS = {8: (["frozen@4", "nan@5", "twice@3"], 1),
          100: (["frozen@31", "nan@52", "twice@64"], 3),
          1000: (["frozen@431", "nan@552"], 9)}


@unittest.skipIf(browser.MISSING, browser.WHY_NOT)
class Pictures(unittest.TestCase):
    def test_light_and_dark_at_every_size(self):
        page = browser.Browser()
        self.addCleanup(page.quit)
        for workers, (faults, dead) in FAULTS.items():
            with self.subTest(workers=workers):
                self.take(page, workers, faults, dead)

    def take(self, page, workers, faults, dead):
        stage = Stage()
        try:
            flags = [word for fault in faults for word in ("--fault", fault)]
            living = workers - dead - 1
            stage.simulate(living, "--rate", "2", *flags)
            stage.serve(settings=f'[expect]\n"dynamo/backend" = {workers}\n'
                                 '[collection]\nfrozen_after = "3s"\n'
                                 f'lost_after = "{LOST_AFTER}"\nmass_lost_after = "1h"\n')
            stage.wait_for_workers(living)
            still, _ = stage.victims(1)
            stage.victims(dead, seed=8)[0].kill()
            page.open(stage.url + "/")
            time.sleep(QUIET)
            still.send_signal(signal.SIGSTOP)
            wait_for("a frozen worker", lambda: stage.ids("frozen"))
            wait_for("a stale worker", lambda: stage.ids("stale"))
            page.wait_text("workers: .* stale", "#fleet-words")
            for scheme in ("dark", "light"):
                page.media(prefers_color_scheme=scheme)
                ground = "12, 16, 20" if scheme == "dark" else "245, 247, 248"
                wait_for("the colours", lambda g=ground: g in page.run(
                    "return getComputedStyle(document.body).backgroundColor"))
                page.run("return new Promise(done => setTimeout(done, 700))")
                path = os.path.join(OUT, f"page_{workers}_{scheme}.png")
                page.screenshot(path)
                self.assertGreater(os.path.getsize(path), 30_000)
                if DOCS and os.path.basename(path) in IN_DOCS:
                    shutil.copy(path, DOCS)
            page.cdp("Performance.enable")
            page.cdp("HeapProfiler.collectGarbage")
            self.assertLess(page.metrics()["JSHeapUsedSize"] / 2**20, HEAP_MAX_MIB)
            self.assertEqual(page.complaints(), [])
        finally:
            page.open("about:blank")
            stage.stop()


if __name__ == "__main__":
    unittest.main()
