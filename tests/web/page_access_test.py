"""The page for those who do not see it, or not well: axe-core finds nothing serious, and checks of
our own that need nothing fetched: names, roles, contrast, focus.

axe-core comes by npm into a cache of the tests (~/.cache/muster-tests); without npm that part is
skipped, and says so.
"""
import os
import shutil
import subprocess
import tempfile
import unittest

import browser
from stage import Stage, wait_for

AXE = "axe-core@4.10.3"
TROUBLES = ("frozen", "lost", "missing")  # There all the while.
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "muster-tests")

# Every text that is seen, with the least contrast of its colour to what lies behind it.
CONTRAST = """
const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => {
    for (; e; e = e.parentElement) {
        const c = parse(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
};
const found = [];
for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) continue;
    if (e.closest('.hidden, .skip')) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${e.className} ${e.textContent.slice(0, 40)}`);
}
return found;
"""

NAMES = """
const named = (e) => (e.getAttribute('aria-label') || e.innerText || e.title ||
    (e.labels && e.labels[0] && e.labels[0].innerText) ||
    (document.getElementById(e.getAttribute('aria-labelledby')) || {}).innerText || '').trim();
return [...document.querySelectorAll('button, input, [role=grid], [role=group], [tabindex="0"]')]
    .filter((e) => e.checkVisibility() && !named(e)).map((e) => e.outerHTML.slice(0, 120));
"""


def axe_source():
    """The library's text; None where it cannot be had."""
    path = os.path.join(CACHE, AXE, "axe.min.js")
    if not os.path.exists(path):
        if not shutil.which("npm"):
            return None
        with tempfile.TemporaryDirectory() as folder:
            fetched = subprocess.run(["npm", "pack", AXE, "--silent", "--pack-destination", folder],
                                     capture_output=True, text=True, check=False, timeout=120)
            packs = [name for name in os.listdir(folder) if name.endswith(".tgz")]
            if fetched.returncode != 0 or not packs:
                return None
            subprocess.run(["tar", "-xzf", packs[0], "package/axe.min.js"], cwd=folder, check=True)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.move(os.path.join(folder, "package", "axe.min.js"), path)
    with open(path, encoding="utf-8") as file:
        return file.read()


@unittest.skipIf(browser.MISSING, browser.WHY_NOT)
class Accessibility(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.addClassCleanup(cls.stage.stop)
        cls.stage.simulate(15, "--fault", "frozen@5", "--fault", "nan@7")
        cls.stage.serve(settings='[collection]\nfrozen_after = "2s"\nlost_after = "6s"\n'
                                 '[expect]\n"dynamo/backend" = 16\n')
        cls.stage.wait_for_workers(15)
        cls.stage.victims(1)[0].kill()
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.quit)

    def show(self, scheme):
        self.page.media(prefers_color_scheme=scheme)
        self.page.open("about:blank")
        self.page.open(self.stage.url + "/")
        for words in TROUBLES:
            self.page.wait_trouble(words)
        self.page.wait_text("‹ event", "#time-line")
        self.page.click(".grid-row")
        self.page.wait_text(r"KV use\s+\d+% to", "#details .history")
        self.page.click("#details .raw button")
        self.page.wait_text("received", "#details .raw")

    def test_axe_finds_nothing_serious(self):
        source = axe_source()
        if source is None:
            self.skipTest("no npm, or it cannot fetch axe-core: apt-get install npm; the checks of "
                          "our own run nevertheless")
        for scheme in ("dark", "light"):
            self.show(scheme)
            self.page.run(source)
            found = self.page.driver.execute_async_script(
                "const done = arguments[0]; axe.run({resultTypes: ['violations']})"
                ".then(r => done(r.violations), e => done([{id: String(e), nodes: []}]));")
            words = [f"{v['id']} ({v.get('impact')}): {v.get('help')}: " +
                     "; ".join(n["html"][:160] + " " + n.get("failureSummary", "")[:200]
                               for n in v["nodes"][:3]) for v in found]
            self.assertEqual([], words, scheme)

    def test_texts_stand_out_from_what_lies_behind_them(self):
        for scheme in ("dark", "light"):
            self.show(scheme)
            self.assertEqual(self.page.run(CONTRAST), [], scheme)

    def test_everything_that_can_be_used_has_a_name(self):
        self.show("dark")
        self.assertEqual(self.page.run(NAMES), [])

    def test_every_stop_of_the_tab_key_is_seen(self):
        self.show("dark")
        self.page.run("document.querySelector('.skip').focus()")
        stops = []
        for _ in range(60):
            self.page.keys("\ue004")  # Tab.
            stop = self.page.run(
                "const e = document.activeElement; const s = getComputedStyle(e);"
                "const box = e.getBoundingClientRect();"
                "return e === document.body ? null : [e.id || e.className || e.tagName,"
                "s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,"
                "box.width > 0 && box.height > 0]")
            if stop is None:
                break
            stops.append(stop)
        self.assertGreater(len(stops), 10)
        self.assertEqual([stop for stop in stops if not (stop[1] and stop[2])], [])

    def test_troubles_are_announced_once_and_not_with_each_number(self):
        self.page.open("about:blank")
        self.page.open(self.stage.url + "/")
        self.page.note_changes("#announcer")

        def missing_for():
            minutes, seconds = self.page.wait_trouble(r"missing for (?:(\d+)m )?(\d+)s").groups()
            return int(minutes or 0) * 60 + int(seconds)
        for words in TROUBLES:
            self.page.wait_trouble(words)
        begun = missing_for()
        # The ages in the sentences move on for longer than announcements are apart.
        wait_for("six seconds of it", lambda: missing_for() >= begun + 6)
        told = [text for _, text in self.page.noted("#announcer") if text]
        self.assertGreater(len(told), 0)
        for words in TROUBLES:
            self.assertLessEqual(sum(words in text for text in told), 1, told)


if __name__ == "__main__":
    unittest.main()
