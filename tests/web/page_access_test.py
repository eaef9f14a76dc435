"""The page for those who do not see it, or not well: axe-core finds nothing serious, and checks of
our own that need nothing fetched: names, roles, contrast, focus.

axe-core comes by npm into a cache of the tests (~/.cache/muster-tests); without npm that part is
skipped, and says so.
"""
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import browser
from stage import Stage, wait_for

AXE = "axe-core@4.10.3"
TROUBLES = ("frozen", "duplicate", "lost", "missing")  # There all the while.
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

# From now on every word written in the field is held against the pixels that it covers, as they
# were before: window.written counts the words, window.faint has those that stand out too little.
WATCH_FIELD = """
window.written = 0;
window.faint = [];
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const over = (top, share, under) => top.map((v, i) => v * share + under[i] * (1 - share));
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (...call) {
    if (this.canvas.id !== 'field-canvas') return write.apply(this, call);
    const [text, x, y] = call;
    const box = this.measureText(text);
    const place = [x - box.actualBoundingBoxLeft, y - box.actualBoundingBoxAscent,
                   box.actualBoundingBoxLeft + box.actualBoundingBoxRight,
                   box.actualBoundingBoxAscent + box.actualBoundingBoxDescent].map(Math.round);
    const look = () => this.getImageData(place[0], place[1], Math.max(1, place[2]),
                                         Math.max(1, place[3])).data;
    const before = look();
    write.apply(this, call);
    const after = look();
    const page = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);
    const ink = [1, 3, 5].map((i) => parseInt(this.fillStyle.slice(i, i + 2), 16));
    let least = 21;
    for (let i = 0; i < before.length; i += 4) {
        if ([0, 1, 2, 3].every((k) => before[i + k] === after[i + k])) continue;
        const ground = over([...before.slice(i, i + 3)], before[i + 3] / 255, page);
        const [a, b] = [light(over(ink, this.globalAlpha, ground)), light(ground)];
        least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    ++window.written;
    if (least < 4.5) window.faint.push(`${least.toFixed(2)} ${text} ${this.fillStyle}`);
};
"""

# From now on window.written counts the words written in the field, and window.upon has those that
# lie upon others of the same picture, or touch them.
WATCH_PLACES = """
window.written = 0;
window.upon = [];
let places = [];
const proto = CanvasRenderingContext2D.prototype;
const {clearRect, fillText} = proto;
proto.clearRect = function (...call) {
    if (this.canvas.id === 'field-canvas') places = [];
    return clearRect.apply(this, call);
};
proto.fillText = function (...call) {
    fillText.apply(this, call);
    if (this.canvas.id !== 'field-canvas') return;
    const [text, x, y, most] = call;
    const box = this.measureText(text);
    const width = Math.min(box.width, most);
    const left = this.textAlign === 'right' ? x - width
        : this.textAlign === 'center' ? x - width / 2 : x;
    const own = {text, x, y, left, right: left + width, top: y - box.actualBoundingBoxAscent,
                 bottom: y + box.actualBoundingBoxDescent};
    for (const one of places) {
        // In two colours it is written twice, each time a part of it.
        if (one.text === text && one.x === x && one.y === y) continue;
        if (one.left < own.right + 2 && own.left < one.right + 2 &&
            one.top < own.bottom && own.top < one.bottom)
            window.upon.push(`${one.text} | ${text}`);
    }
    places.push(own);
    ++window.written;
};
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
        cls.stage.simulate(15, "--fault", "frozen@5", "--fault", "nan@7", "--fault", "twice@3")
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

    def test_words_in_the_field_never_lie_upon_one_another(self):
        watch = self.page.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH_PLACES)
        self.addCleanup(self.page.cdp, "Page.removeScriptToEvaluateOnNewDocument", **watch)
        self.addCleanup(self.page.resize, 1440, 900)
        self.show("dark")
        self.page.click("#details .close")
        # Wide cards, narrow ones, names.
        for width in (1440, 620, 560, 320):
            self.page.resize(width, 900)
            wait_for("the width", lambda w=width: self.page.run("return innerWidth") == w)
            for measure in range(3):
                self.page.click("#measures button", measure)
                self.page.run("window.written = 0; window.upon = [];")
                wait_for("words in the field", lambda: self.page.run("return window.written") > 80)
                self.assertEqual(self.page.run("return [...new Set(window.upon)]"), [],
                                 f"{width}, {measure}")

    def look_at_field(self):
        """Some words were written since, and all of them stand out."""
        self.page.run("window.written = 0; window.faint = [];")
        wait_for("words in the field", lambda: self.page.run("return window.written") > 40)
        return self.page.run("return [...new Set(window.faint)].slice(0, 9)")

    def test_words_in_the_field_stand_out_however_faded_their_cell_is(self):
        watch = self.page.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH_FIELD)
        self.addCleanup(self.page.cdp, "Page.removeScriptToEvaluateOnNewDocument", **watch)
        self.addCleanup(self.page.resize, 1440, 900)
        for scheme in ("dark", "light"):
            self.show(scheme)
            # Wide: cards; narrow: figures upon their gauges.
            for width in (1440, 320):
                self.page.resize(width, 900)
                for measure in range(3):
                    # By script: at 320 pixels the details lie over it.
                    self.page.run("document.querySelectorAll('#measures button')[arguments[0]]"
                                  ".click()", measure)
                    self.assertEqual(self.look_at_field(), [], f"{scheme}, {width}, {measure}")
            self.page.click("#details .close")
            search = self.page.driver.find_element("id", "search")
            search.send_keys("nobody")
            self.page.wait_text("0 of", "#workers-count")
            self.assertEqual(self.look_at_field(), [], f"{scheme}, not looked for")
            search.send_keys("\ue009a\ue000\ue017")  # Control-A, Delete.
            self.page.click(".grid-row")
            # Nothing is heard any more: late, stale, and all other words fade as well.
            os.kill(self.stage.serving.pid, signal.SIGSTOP)
            try:
                faint = []
                while not self.page.shows("15 stale", "#fleet-words"):
                    faint += self.look_at_field()
                faint += self.look_at_field()
                self.assertEqual(faint, [], f"{scheme}, ageing")
                wait_for("faded words", lambda: self.page.run(
                    "return document.body.hasAttribute('data-old')"))
                self.assertEqual(self.page.run(CONTRAST), [], f"{scheme}, cut off")
            finally:
                os.kill(self.stage.serving.pid, signal.SIGCONT)
            self.page.resize(1440, 900)

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

    def stops(self, step):
        """What the key goes to, one after the other, until it leaves the page: whether that is
        within the details, and what it is."""
        found = []
        for _ in range(30):
            step()
            stop = self.page.run(
                "const e = document.activeElement;"
                "return e === document.body ? null : [!!e.closest('#details'),"
                "e.innerText || e.id || e.className || e.tagName]")
            if stop is None:
                break
            found.append(stop)
        return found

    def test_where_details_cover_the_page_no_key_goes_behind_them(self):
        self.addCleanup(self.page.resize, 1440, 900)

        def to(width):
            self.page.resize(width, 700)
            wait_for("the width", lambda: self.page.run("return innerWidth") == width)

        def held_back():
            return self.page.run("return document.querySelectorAll('[inert]').length")
        self.show("dark")
        for width in (560, 320):
            to(width)
            wait_for("nothing behind", held_back)
            for step in (self.page.shift_tab, lambda: self.page.keys("\ue004")):
                self.page.run("document.getElementById('details').focus()")
                stops = self.stops(step)
                self.assertEqual([name for inside, name in stops if not inside], [], width)
            self.assertIn([True, "Close"], stops)
            self.page.click("#details .close")
            # They are closed by either way, and the page is there again, where one was.
            for close in (lambda: self.page.keys("\ue00c"),
                          lambda: (self.page.keys("\ue004"), self.page.keys("\ue007"))):
                self.page.click(".grid-row")
                wait_for("details", lambda: self.page.run(
                    "return document.activeElement.id === 'details'"))
                close()
                wait_for("the table", lambda: self.page.run(
                    "return document.activeElement.id === 'grid' &&"
                    "document.getElementById('details').hidden"))
                self.assertEqual(held_back(), 0)
            self.assertIn(False, [inside for inside, _ in self.stops(self.page.shift_tab)])
            self.page.click(".grid-row")
        # Beside them there is something of the page: it can be used.
        to(561)
        wait_for("the page", lambda: held_back() == 0)

    def test_no_stop_of_the_tab_key_hides_under_the_bar(self):
        self.addCleanup(self.page.resize, 1440, 900)
        self.show("dark")
        self.page.click("#details .close")
        for width in (1440, 320):
            self.page.resize(width, 500)
            wait_for("the width", lambda w=width: self.page.run("return innerWidth") == w)
            # Each is come to from below.
            hidden = self.page.run("""
                const bar = document.querySelector('.bar');
                return [...document.querySelectorAll('main :is(button, input, [tabindex="0"])')]
                    .filter((e) => e.checkVisibility() && !e.disabled).filter((e) => {
                        document.activeElement.blur();
                        scrollTo(0, document.documentElement.scrollHeight);
                        e.focus();
                        return e.getBoundingClientRect().top < bar.getBoundingClientRect().bottom;
                    }).map((e) => e.id || e.className || e.tagName)""")
            self.assertEqual(hidden, [], width)

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
