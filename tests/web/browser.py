"""A headless Chromium that looks at the page, by Debian's selenium and chromium-driver."""
import base64
import json
import os
import re

from stage import find, wait_for

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
        self.driver.set_script_timeout(40)
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

    def wait_text(self, pattern, selector="body", patience=40):
        try:
            return wait_for("", lambda: re.search(pattern, self.text(selector)), patience)
        except AssertionError:
            raise AssertionError(f"waited {patience} s for {pattern!r} in {selector}; there is: "
                                 f"{self.text(selector)[:600]!r}") from None

    def click(self, selector, index=0):
        self.driver.find_elements("css selector", selector)[index].click()

    def keys(self, *keys):
        from selenium.webdriver import ActionChains
        ActionChains(self.driver).send_keys(*keys).perform()

    def complaints(self):
        """What the browser's console says: errors of scripts, of the content security policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE"]

    def screenshot(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shot = self.cdp("Page.captureScreenshot", format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def metrics(self):
        return {m["name"]: m["value"] for m in self.cdp("Performance.getMetrics")["metrics"]}

    def quit(self):
        self.driver.quit()

    def dump(self):
        return json.dumps(self.run("return document.body.innerText"))
