"""tools/check_layers.py fails, with file and line, on every kind of breach it is there for."""
import unittest

from planting import PlantedTree

OPENING = "// Planted by a test.\n#pragma once\n"


class LayerGuard(unittest.TestCase):
    def setUp(self):
        self.tree = PlantedTree(["src", "apps", "examples"])
        self.addCleanup(self.tree.close)

    def expect(self, path, text, line, *words):
        self.tree.plant(path, text)
        code, lines = self.tree.check("check_layers.py")
        self.assertEqual(code, 1, lines)
        at = [found for found in lines if found.startswith(f"{path}:{line}: ")]
        self.assertTrue(at, f"nothing at {path}:{line} in {lines}")
        for word in words:
            self.assertIn(word, at[0])

    def test_a_clean_copy_passes(self):
        self.assertEqual(self.tree.check("check_layers.py"), (0, ["layers: hold"]))

    def test_an_include_of_a_higher_layer(self):
        self.expect("src/muster/base/planted.hpp",
                    OPENING + '#include "muster/fleet/fleet_view.hpp"\n', 3, "base", "of fleet")

    def test_an_include_after_spaces_and_comments(self):
        self.expect("src/muster/fleet/planted.cpp",
                    '// Planted.\n#  include "muster/collect/collector.hpp"  // why not\n', 2,
                    "of collect")

    def test_wire_knows_the_fleet_by_its_plain_types_only(self):
        self.expect("src/muster/wire/planted.cpp",
                    '// Planted.\n#include "muster/fleet/report.hpp"\n'
                    '#include "muster/fleet/fleet_state.hpp"\n', 3, "plain types")

    def test_a_path_that_is_not_there(self):
        self.expect("src/muster/fleet/planted.cpp",
                    '// Planted.\n#include "muster/base/nowhere.hpp"\n', 2, "not there")

    def test_a_short_path(self):
        self.expect("src/muster/fleet/planted.cpp", '// Planted.\n#include "load.hpp"\n', 2,
                    "in full")

    def test_a_folder_of_no_module(self):
        self.expect("src/muster/planted/planted.cpp", "// Planted.\n", 1, "no module")

    def test_a_foreign_library_in_the_wrong_module(self):
        self.expect("src/muster/fleet/planted.cpp", "// Planted.\n#include <simdjson.h>\n", 2,
                    "simdjson")

    def test_a_foreign_library_in_a_public_header(self):
        self.expect("src/muster/io/nats/planted.hpp", OPENING + "#include <nats/nats.h>\n", 3,
                    "public header")

    def test_a_foreign_library_in_a_private_header_is_fine(self):
        self.tree.plant("src/muster/io/nats/detail/planted.hpp",
                        OPENING + "#include <nats/nats.h>\n")
        self.assertEqual(self.tree.check("check_layers.py")[0], 0)

    def test_a_private_header_of_another_module(self):
        self.tree.plant("src/muster/fleet/detail/planted.hpp", OPENING)
        self.expect("src/muster/collect/planted.cpp",
                    '// Planted.\n#include "muster/fleet/detail/planted.hpp"\n', 2, "private")

    def test_a_private_header_in_a_public_one(self):
        self.tree.plant("src/muster/fleet/detail/planted.hpp", OPENING)
        self.expect("src/muster/fleet/planted.hpp",
                    OPENING + '#include "muster/fleet/detail/planted.hpp"\n', 3, "private")

    def test_a_thread_in_the_core(self):
        self.expect("src/muster/collect/planted.cpp", "// Planted.\n#include <thread>\n", 2,
                    "starts threads")

    def test_a_lock_outside_of_the_cell_the_watcher_and_the_collector(self):
        self.expect("src/muster/fleet/planted.cpp", "// Planted.\n#include <mutex>\n", 2, "locks")

    def test_a_socket_outside_of_io(self):
        self.expect("src/muster/wire/planted.cpp", "// Planted.\n#include <sys/socket.h>\n", 2,
                    "io implements")

    def test_a_test_library_in_the_product(self):
        self.expect("src/muster/fleet/planted.cpp", "// Planted.\n#include <gtest/gtest.h>\n", 2,
                    "only tests")

    def test_the_broker_library_in_the_program(self):
        self.expect("apps/muster/planted.cpp", "// Planted.\n#include <nats/nats.h>\n", 2, "apps")

    def test_a_dependency_declared_upwards(self):
        path = "src/muster/CMakeLists.txt"
        self.tree.replace(path, "PART core DEPENDS base)", "PART core DEPENDS base collect)")
        code, lines = self.tree.check("check_layers.py")
        self.assertEqual(code, 1)
        self.assertRegex(lines[0], rf"^{path}:\d+: fleet depends on collect")

    def test_a_library_declared_where_it_may_not_be(self):
        path = "src/muster/CMakeLists.txt"
        self.tree.replace(path, "PART core DEPENDS base)",
                          "PART core DEPENDS base LIBRARIES Boost::headers)")
        code, lines = self.tree.check("check_layers.py")
        self.assertEqual(code, 1)
        self.assertRegex(lines[0], rf"^{path}:\d+: fleet uses Boost::headers")


if __name__ == "__main__":
    unittest.main()
