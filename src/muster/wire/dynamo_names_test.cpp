// Names against values that genuine releases produced, subjects against the rule and its traps.
#include "muster/wire/dynamo_names.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "muster/wire/dynamo_release.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct SlugRow {
    std::string_view input;
    std::string_view plain;
    std::string_view unique;
};

// Computed with the Rust code of the releases.
constexpr SlugRow kSlugs[] = {
    {"dynamo_VllmWorker", "dynamo_vllmworker", "dynamo_vllmworker_3f6fafd3"},
    {"dynamo|VllmWorker", "dynamo_vllmworker", "dynamo_vllmworker_f3e86392"},
    {"dynamo_backend", "dynamo_backend", "dynamo_backend_9ce3f3b7"},
    {"_ns_comp", "ns_comp", "ns_comp_f2bd26d2"},
    {"My-NS_Comp.x", "my-ns_comp_x", "my_ns_comp_x_c94877b3"},
    {"a.b_c", "a_b_c", "a_b_c_57d26a55"},
    {"\u00C0B_c", "b_c", "b_c_259b1820"},
    {"kv_test_metrics", "kv_test_metrics", "kv_test_metrics_487594e4"},
    {"__", "", "f1bf022e"},
    {"\u0130_x", "i__x", "i__x_cd17baee"},
};

TEST(DynamoNames, SlugsOfTheGoldenTable) {
    for (const SlugRow& row : kSlugs) {
        EXPECT_EQ(plain_slug(row.input), row.plain) << row.input;
        EXPECT_EQ(unique_slug(row.input), row.unique) << row.input;
    }
}

TEST(DynamoNames, SlugsOfOddCharacters) {
    EXPECT_EQ(plain_slug("\u212Aelvin"), "kelvin") << "the Kelvin sign has an ASCII lower case";
    EXPECT_EQ(plain_slug("a\u20AC\U0001F600b"), "a__b") << "one underscore a character, not a byte";
    EXPECT_EQ(plain_slug("a\xFF\xE2\x82"), "a___") << "bytes that are no UTF-8, one each";
    EXPECT_EQ(plain_slug("a b/c:d"), "a_b_c_d");
    EXPECT_EQ(plain_slug("a__b--c__"), "a__b--c__") << "nothing collapses, no end is stripped";
    EXPECT_EQ(plain_slug(""), "");
}

TEST(DynamoNames, ServiceNamesAsRecordedFromReleases) {
    const auto name = [](const char* component, DynamoRelease release) {
        return service_name({"lab", component}, slug_rule_of(release));
    };
    EXPECT_EQ(name("Ver_0_1_1", {0, 1, 1}), "lab_ver_0_1_1_01506685");
    EXPECT_EQ(name("Ver_0_2_1", {0, 2, 1}), "lab_ver_0_2_1");
    EXPECT_EQ(name("BackEnd_x", {0, 5, 1}), "lab_backend_x");
    EXPECT_EQ(name("Ver_0_6_1", {0, 6, 1}), "lab_ver_0_6_1");
    EXPECT_EQ(service_name({"dynamo", "VllmWorker"}, SlugRule::unique_bar),
              "dynamo_vllmworker_f3e86392");
}

TEST(DynamoNames, AServiceBelongsToAComponentUnderAnyRule) {
    const ComponentName name{"dynamo", "VllmWorker"};
    EXPECT_TRUE(is_service_of("dynamo_vllmworker", name));
    EXPECT_TRUE(is_service_of("dynamo_vllmworker_3f6fafd3", name));
    EXPECT_TRUE(is_service_of("dynamo_vllmworker_f3e86392", name));
    EXPECT_FALSE(is_service_of("dynamo_vllmworker_00000000", name));
    EXPECT_FALSE(is_service_of("dynamo_backend", name));
}

TEST(DynamoNames, ComponentsAsUsersWriteThem) {
    EXPECT_EQ(parse_component_name("dynamo/backend").value(), (ComponentName{"dynamo", "backend"}));
    EXPECT_EQ(parse_component_name("a.b/My Comp").value(), (ComponentName{"a.b", "My Comp"}));
    EXPECT_EQ(to_string(ComponentName{"dynamo", "backend"}), "dynamo/backend");
    for (const std::string text :
         {"", "dynamo", "/backend", "dynamo/", "a/b/c", "_/_", "a\n/b", "a/\x7f"}) {
        const auto refused = parse_component_name(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().kind, ErrorKind::bad_input) << text;
        EXPECT_THAT(refused.error().what, HasSubstr("write NAMESPACE/COMPONENT"));
    }
    EXPECT_FALSE(parse_component_name(std::string(300, 'a') + "/b"));
}

TEST(DynamoNames, DescriptionsNameTheComponent) {
    EXPECT_EQ(component_of_description("Dynamo component BackEnd_x in namespace lab"),
              (ComponentName{"lab", "BackEnd_x"}));
    EXPECT_EQ(component_of_description("Dynamo component a in namespace b in namespace c"),
              (ComponentName{"c", "a in namespace b"}));
    for (const char* text :
         {"", "a service", "Dynamo component x", "Dynamo component  in namespace a",
          "Dynamo component a in namespace "}) {
        EXPECT_EQ(component_of_description(text), std::nullopt) << text;
    }
    const ComponentName name{"x.prod", "VllmWorker"};
    EXPECT_EQ(component_of_description(description_of(name)), name);
}

TEST(DynamoNames, ServiceSubjects) {
    EXPECT_EQ(service_subject(ServiceVerb::ping), "$SRV.PING");
    EXPECT_EQ(service_subject(ServiceVerb::info, "dynamo_backend"), "$SRV.INFO.dynamo_backend");
    EXPECT_EQ(service_subject(ServiceVerb::stats, "dynamo_backend", "bdu7"),
              "$SRV.STATS.dynamo_backend.bdu7");
}

TEST(DynamoNames, EndpointSubjects) {
    EXPECT_EQ(endpoint_subject("dynamo_backend", "load_metrics", 0x694d988806b92e39),
              "dynamo_backend.load_metrics-694d988806b92e39");
    EXPECT_EQ(endpoint_subject("lab_stat", "load_metrics", std::nullopt), "lab_stat.load_metrics");
    EXPECT_EQ(endpoint_name_of_subject("dynamo_backend.load_metrics-694d988806b92e39"),
              "dynamo_backend-load_metrics-694d988806b92e39");
}

TEST(DynamoNames, InstanceIds) {
    EXPECT_EQ(format_instance_id(0x1f), "1f");
    EXPECT_EQ(format_instance_id(0), "0");
    EXPECT_EQ(format_instance_id(~0ULL), "ffffffffffffffff");
    EXPECT_EQ(parse_instance_id("694d988806b92e39"), 7587888657184927289ULL);
    EXPECT_EQ(parse_instance_id("694D988806B92E39"), 7587888657184927289ULL);
    EXPECT_EQ(parse_instance_id("00000000000000000001e"), 30U) << "any number of leading zeros";
    EXPECT_EQ(parse_instance_id("ffffffffffffffff"), ~0ULL) << "unsigned since 0.6.1";
    for (const char* text :
         {"", "0x1f", "+1f", "-1f", " 1f", "1f ", "1g", "10000000000000000", "ffffffffffffffff0"}) {
        EXPECT_EQ(parse_instance_id(text), std::nullopt) << text;
    }
    EXPECT_EQ(instance_id_of_subject("s.clear-kv-blocks-1f"), 0x1fU);
    EXPECT_EQ(instance_id_of_subject("s.generate"), std::nullopt);
    EXPECT_EQ(instance_id_of_subject("s.generate-"), std::nullopt);
}

RC_GTEST_PROP(DynamoNames, AnInstanceIdReadsBack, (std::uint64_t id)) {
    RC_ASSERT(parse_instance_id(format_instance_id(id)) == id);
    const auto subject = endpoint_subject("a_b", "load_metrics", id);
    RC_ASSERT(match_subject(subject, "a_b", "load_metrics") ==
              (SubjectMatch{SubjectMatch::Kind::instance, id}));
}

TEST(DynamoNames, SubjectsMatchExactly) {
    using Kind = SubjectMatch::Kind;
    const auto kind = [](std::string_view subject) {
        return match_subject(subject, "dynamo_backend", "load_metrics").kind;
    };
    EXPECT_EQ(kind("dynamo_backend.load_metrics-1f"), Kind::instance);
    EXPECT_EQ(kind("dynamo_backend.load_metrics-1F"), Kind::instance);
    EXPECT_EQ(kind("dynamo_backend.load_metrics"), Kind::unnumbered);
    EXPECT_EQ(kind("dynamo_backend.load_metrics-"), Kind::bad_suffix);
    EXPECT_EQ(kind("dynamo_backend.load_metrics-worker"), Kind::bad_suffix);
    EXPECT_EQ(kind("dynamo_backend.load_metrics-0x1f"), Kind::bad_suffix);
    EXPECT_EQ(kind("dynamo_backend.load_metrics_v2-1f"), Kind::other);
    EXPECT_EQ(kind("dynamo_backend.load_metricsX"), Kind::other);
    EXPECT_EQ(kind("dynamo_backend.load_metrics.x"), Kind::other);
    EXPECT_EQ(kind("dynamo_backend2.load_metrics-1f"), Kind::other);
    EXPECT_EQ(kind("dynamo_backen.load_metrics-1f"), Kind::other);
    EXPECT_EQ(kind("dynamo_backend"), Kind::other);
    EXPECT_EQ(kind(""), Kind::other);
}

TEST(DynamoNames, TheSeedMatchesPrefixes) {
    const auto matches = [](std::string_view subject) {
        return matches_seed_prefix(subject, "dynamo_backend", "load_metrics");
    };
    EXPECT_TRUE(matches("dynamo_backend.load_metrics-1f"));
    EXPECT_TRUE(matches("dynamo_backend.load_metrics"));
    EXPECT_TRUE(matches("dynamo_backend.load_metrics_v2-1f"));
    EXPECT_TRUE(matches("dynamo_backend.load_metricsX"));
    EXPECT_FALSE(matches("dynamo_backend.generate-1f"));
    EXPECT_FALSE(matches("dynamo_backend_load_metrics-1f"));
}

TEST(DynamoNames, WorkerIdsAsTheSeedReadsThem) {
    EXPECT_EQ(seed_worker_id("s.load_metrics-694d988806b92e39"), 7587888657184927289);
    EXPECT_EQ(seed_worker_id("s.load_metrics-7fffffffffffffff"), 0x7fffffffffffffff);
    EXPECT_EQ(seed_worker_id("s.load_metrics-+7AD0F1"), 0x7ad0f1);
    EXPECT_EQ(seed_worker_id("s.load_metrics-00000000000000000001e"), 30);
    EXPECT_EQ(seed_worker_id("s.load_metrics--1f"), 0x1f) << "the last dash counts";
    EXPECT_EQ(seed_worker_id("beef"), 0xbeef) << "without a dash the whole subject is read";
    for (const char* text :
         {"", "s.load_metrics", "s.load_metrics-", "s.load_metrics-+", "s.load_metrics-0x1f",
          "s.load_metrics- 1f", "s.load_metrics-8000000000000000",
          "s.load_metrics-ffffffffffffffff"}) {
        EXPECT_EQ(seed_worker_id(text), std::nullopt) << text;
    }
}

TEST(DynamoNames, EventSubjects) {
    EXPECT_EQ(event_subject({"lab", {}, {}}, "kv_metrics"), "namespace.lab.kv_metrics");
    EXPECT_EQ(event_subject({"lab", "backend", {}}, "kv_events"),
              "namespace.lab.component.backend.kv_events");
    EXPECT_EQ(event_subject({"lab", "backend", "generate"}, "kv_metrics"),
              "namespace.lab.component.backend.endpoint.generate.kv_metrics");
}

TEST(DynamoNames, WhereANamespacePushes) {
    EXPECT_THAT(kv_metrics_subjects("lab"), ElementsAre("namespace.lab.kv_metrics"));
    EXPECT_THAT(kv_metrics_subjects("x.prod"),
                ElementsAre("namespace.x.prod.kv_metrics", "namespace.prod.kv_metrics"));
    for (const char* unsafe : {"", "a*", ">", "a b", "a..b", ".a", "a.", "a\tb"}) {
        EXPECT_THAT(kv_metrics_subjects(unsafe), IsEmpty()) << unsafe;
    }
}

TEST(DynamoNames, Releases) {
    EXPECT_EQ(parse_dynamo_release("0.5.1"), (DynamoRelease{0, 5, 1}));
    for (const char* text : {"", "0.5", "0.5.1.2", "a.b.c", "0.5.1 ", "0.5.99999", "-1.0.0"}) {
        EXPECT_EQ(parse_dynamo_release(text), std::nullopt) << text;
    }
    EXPECT_EQ(metrics_form_of({0, 2, 1}), MetricsForm::flat);
    EXPECT_EQ(metrics_form_of({0, 3, 1}), MetricsForm::flat_ranked);
    EXPECT_EQ(metrics_form_of({0, 3, 2}), MetricsForm::nested);
    EXPECT_EQ(service_version_of({0, 6, 0}), "0.0.1");
    EXPECT_EQ(service_version_of({0, 6, 1}), "0.6.1");
    EXPECT_TRUE(serves_load({0, 6, 0}));
    EXPECT_FALSE(serves_load({0, 6, 1}));
    EXPECT_FALSE(pushes_load({0, 4, 0}));
    EXPECT_TRUE(pushes_load({0, 4, 1}));
    EXPECT_TRUE(pushes_load({0, 7, 1}));
    EXPECT_TRUE(sorts_metrics_keys({0, 4, 1}));
    EXPECT_FALSE(sorts_metrics_keys({0, 5, 0}));
    EXPECT_TRUE(reads_average_as_float({0, 4, 0}));
    EXPECT_FALSE(reads_average_as_float({0, 4, 1}));
    EXPECT_FALSE(omits_data({0, 7, 1}));
    EXPECT_TRUE(omits_data({1, 6, 1}));
}

}  // namespace
}  // namespace muster
