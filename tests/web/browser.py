"""A headless Chromium that looks at the page, by Debian's selenium and chromium-driver."""
import base64
import os
import re
import subprocess

from stage import PATIENCE, find, wait_for

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

MISSING = [name for name, there in (
    ("nats-server", find("nats-server")), ("chromium", find("chromium")),
    ("chromium-driver", find("chromedriver")), ("python3-selenium", webdriver)) if not there]
WHY_NOT = ("the page is not looked at: " + ", ".join(MISSING) +
           " missing: tools/install_deps.sh web") if MISSING else ""


ELSEWHERE = "muster.test"  # A name of this machine that does not sound like it.


class Browser:
    def __init__(self, width=1440, height=900):
        options = Options()
        options.binary_location = find("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                         "--hide-scrollbars",
                         f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
                         "--force-color-profile=srgb",
                         "--disable-background-networking", "--enable-precise-memory-info",
                         "--js-flags=--expose-gc", f"--window-size={width},{height}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(find("chromedriver")), options=options)
        self.driver.set_script_timeout(PATIENCE)
        self.resize(width, height)

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def resize(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)

    def media(self, **features):
        """prefers_color_scheme="light", prefers_reduced_motion="reduce"..."""
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector="body"):
        """What a person reads there: the words as they are laid out, without what is hidden."""
        return self.run("const e = document.querySelector(arguments[0]);"
                        "return e && e.checkVisibility() ? e.innerText : ''", selector)

    def shows(self, words, selector="body"):
        return words in self.text(selector)

    def wait_text(self, pattern, selector="body", patience=PATIENCE):
        try:
            return wait_for("", lambda: re.search(pattern, self.text(selector)), patience)
        except AssertionError:
            raise AssertionError(f"waited {patience} s for {pattern!r} in {selector}; there is: "
                                 f"{self.text(selector)[:600]!r}") from None

    def click(self, selector, index=0):
        """Waits until it is there: the table comes a moment after the first picture."""
        wait_for(selector, lambda: self.driver.find_elements("css selector", selector)[index:])[
            0].click()

    def open_worker(self, worker):
        """A click on its row, wherever that is by now."""
        self.run("[...document.querySelectorAll('.grid-row')].find(row => "
                 "row.querySelector('.c-id').title === arguments[0]).click()", worker)

    def keys(self, *keys):
        from selenium.webdriver import ActionChains
        ActionChains(self.driver).send_keys(*keys).perform()

    def shift_tab(self):
        from selenium.webdriver import ActionChains
        ActionChains(self.driver).key_down("\ue008").send_keys("\ue004").key_up("\ue008").perform()

    def printed_pages(self, **parameters):
        """The words of each page of the PDF, as they are laid out; needs pdftotext."""
        pdf = base64.b64decode(self.cdp("Page.printToPDF", **parameters)["data"])
        words = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True,
                               check=True, timeout=60).stdout.decode()
        return words.split("\f")[:-1]  # Each page ends with one.

    def open_troubles(self):
        """All of them in view: the page shows the worst four until more are asked for."""
        self.run("const b = document.getElementById('troubles-more');"
                 "if (!b.hidden && b.ariaExpanded === 'false') b.click();")

    def wait_trouble(self, pattern):
        """A sentence under what is wrong, wherever it stands: a busy machine has troubles of its
        own, which may be worse."""
        def look():
            self.open_troubles()
            return re.search(pattern, self.text("#troubles"))
        try:
            return wait_for(pattern, look)
        except AssertionError as error:
            raise AssertionError(f"{error}; there is: {self.text('#troubles')!r}") from None

    def note_changes(self, selector):
        """From now on each text of that element is kept with the time of the wall clock at which
        the page had it: what a person sees, without the time that it takes to ask for it."""
        self.run("const e = document.querySelector(arguments[0]); const kept = [];"
                 "(window.noted = window.noted || {})[arguments[0]] = kept;"
                 "const note = () => kept.push([Date.now() / 1000, e.innerText]); note();"
                 "new MutationObserver(note).observe(e, {childList: true, subtree: true,"
                 "characterData: true, attributes: true});", selector)

    def noted(self, selector):
        """[(time, text)], oldest first."""
        return self.run("return window.noted[arguments[0]]", selector)

    def noted_at(self, pattern, selector):
        """When it was there first, of the wall clock; None if it was not."""
        return next((at for at, text in self.noted(selector) if re.search(pattern, text)), None)

    def complaints(self):
        """What the browser's console says: errors of scripts, of the content security policy, of
        what cannot be loaded. That the journal does not have a moment (yet) is an answer."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and
                not re.search(r"/v1/(fleet\?at=|journal)\S* - Failed to load", entry["message"])]

    def screenshot(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shot = self.cdp("Page.captureScreenshot", format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def metrics(self):
        return {m["name"]: m["value"] for m in self.cdp("Performance.getMetrics")["metrics"]}

    def quit(self):
        self.driver.quit()
