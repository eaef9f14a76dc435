"""tools/install_deps.sh installs only what is missing, starts no service, and says what a user
without rights must do.

The package database is an empty or a made-up one (DPKG_ADMINDIR); apt-get, id and sudo are scripts
in a folder that stands first in PATH and record how they were called, so that nothing is installed.
"""
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "tools", "install_deps.sh")
APT = """#!/bin/sh
echo "$@" >>"$MUSTER_CALLS"
[ "$1" = install ] || exit 0
"$MUSTER_POLICY_FILE"
echo "policy says $?" >>"$MUSTER_CALLS"
exit ${MUSTER_APT_CODE:-0}
"""
INSTALLED = "Package: {}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"


class InstallDeps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="muster_install_")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for path in ("bin", "dpkg/info", "dpkg/updates"):
            os.makedirs(os.path.join(self.folder, path))
        self.policy = os.path.join(self.folder, "policy-rc.d")
        self.calls = os.path.join(self.folder, "calls")
        self.packages([])
        self.program("apt-get", APT)
        self.program("sudo", "#!/bin/sh\nexit 1\n")
        self.user(0)

    def program(self, name, text):
        path = os.path.join(self.folder, "bin", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def user(self, number):
        self.program("id", f"#!/bin/sh\necho {number}\n")

    def packages(self, names):
        with open(os.path.join(self.folder, "dpkg", "status"), "w", encoding="utf-8") as file:
            file.write("".join(INSTALLED.format(name) for name in names))

    def run_script(self, *arguments, **environment):
        return subprocess.run(
            [SCRIPT, *arguments], capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": os.path.join(self.folder, "bin") + ":" + os.environ["PATH"],
                 "DPKG_ADMINDIR": os.path.join(self.folder, "dpkg"), "MUSTER_CALLS": self.calls,
                 "MUSTER_POLICY_FILE": self.policy,
                 "MUSTER_LOCK_FILE": os.path.join(self.folder, "lock"), **environment})

    def called(self):
        if not os.path.exists(self.calls):
            return []
        with open(self.calls, encoding="utf-8") as file:
            return file.read().splitlines()

    def wanted(self, name="run"):
        """What a user without rights is told to install: the whole list, nothing being there."""
        self.user(1000)
        done = self.run_script(name)
        self.user(0)
        line = next(x for x in done.stderr.splitlines() if x.startswith("    apt-get install"))
        return line.split()[4:]

    def test_a_user_without_rights_gets_the_line_and_code_3(self):
        self.user(1000)
        done = self.run_script("run")
        self.assertEqual(done.returncode, 3)
        self.assertIn("    apt-get install --no-install-recommends -y g++ cmake", done.stderr)
        self.assertEqual(self.called(), [])

    def test_each_set_includes_the_one_before(self):
        run, test, web, ci = (self.wanted(name) for name in ("run", "test", "web", "ci"))
        self.assertEqual(test[:len(run)], run)
        self.assertEqual(web[:len(test)], test)
        self.assertEqual(ci[:len(web)], web)
        self.assertIn("libnats-dev", run)
        self.assertNotIn("libgtest-dev", run)
        self.assertIn("esbuild", run)
        self.assertNotIn("chromium", test)
        self.assertIn("chromium", web)
        self.assertIn("clang-19", ci)

    def test_only_what_is_missing(self):
        wanted = self.wanted()
        self.packages([name for name in wanted if name not in ("ccache", "mold")])
        self.assertEqual(self.run_script("run").returncode, 0)
        install = next(line for line in self.called() if line.startswith("install"))
        self.assertTrue(install.endswith("--no-install-recommends ccache mold"), install)

    def test_nothing_missing_calls_nothing(self):
        self.packages(self.wanted())
        self.assertEqual(self.run_script("run").returncode, 0)
        self.assertEqual(self.called(), [])

    def test_a_removed_package_whose_configuration_stayed_is_missing(self):
        self.packages(self.wanted())
        path = os.path.join(self.folder, "dpkg", "status")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = text.replace("Package: mold\nStatus: install ok installed",
                            "Package: mold\nStatus: deinstall ok config-files")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.run_script("run")
        self.assertTrue(self.called()[1].endswith("--no-install-recommends mold"), self.called())

    def test_no_service_starts_and_no_policy_stays(self):
        self.assertEqual(self.run_script("run").returncode, 0)
        self.assertIn("policy says 101", self.called())
        self.assertFalse(os.path.lexists(self.policy))

    def test_an_existing_policy_is_put_back_as_it_was(self):
        real = os.path.join(self.folder, "real-policy")
        with open(real, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(real, 0o750)
        os.symlink(real, self.policy)
        for code in ("0", "100"):
            done = self.run_script("run", MUSTER_APT_CODE=code)
            self.assertEqual(done.returncode, 0 if code == "0" else 1)
            self.assertEqual(self.called()[-1], "policy says 101")
            self.assertEqual(os.readlink(self.policy), real)
            self.assertEqual(os.stat(real).st_mode & 0o777, 0o750)
            with open(real, encoding="utf-8") as file:
                self.assertEqual(file.read(), "#!/bin/sh\nexit 0\n")
            self.assertFalse(os.path.lexists(self.policy + ".kept-by-muster"))

    def test_a_policy_kept_by_a_killed_run_is_put_back(self):
        with open(self.policy + ".kept-by-muster", "w", encoding="utf-8") as file:
            file.write("the machine's own\n")
        with open(self.policy, "w", encoding="utf-8") as file:
            file.write("left by the killed run\n")
        self.run_script("run")
        with open(self.policy, encoding="utf-8") as file:
            self.assertEqual(file.read(), "the machine's own\n")

    def test_sudo_that_works_is_used(self):
        self.user(1000)
        self.program("sudo", '#!/bin/sh\necho "sudo $@" >>"$MUSTER_CALLS"\n')
        self.assertEqual(self.run_script("test").returncode, 0)
        self.assertEqual(self.called(), ["sudo -n true", f"sudo -n {SCRIPT} test"])

    def test_an_unknown_set_is_wrong_usage(self):
        done = self.run_script("everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("everything", done.stderr)


if __name__ == "__main__":
    unittest.main()
