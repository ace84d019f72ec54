/* Ownership: what is asked about names, what answers say, filters, and bodies that name things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/owned.h"
#include "inspect/requests.h"

#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

#define ID     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NUMBER "abcdefghij0123456789xyzwv" /* in a swarm */
#define MINE   "\"dockgate.owner\":\"alice\""
#define HERS   "\"dockgate.owner\":\"bob\""

static const struct slice SHARED[] = {SLICE_INIT("busybox:*"), SLICE_INIT("common")};

static const struct owned_policy *alice(void)
{
    static struct owned_policy p;
    struct diag d = {{0}};
    struct answers_list shared = {SHARED, 2};
    assert_true(owned_policy_init(&p, SLICE("alice"), shared, &d));
    return &p;
}

static void test_names_of_owners(void **state)
{
    (void)state;
    struct owned_policy p;
    struct diag d = {{0}};
    struct answers_list none = {NULL, 0};
    static const char *const wrong[] = {
        "true",
        "Yes",
        "1",
        "OFF",
        "",
        "a b",
        "a=b",
        "a,b",
        "a\"",
        "\xc3\xa4",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(owned_policy_init(&p, slice_from_text(wrong[i]), none, &d));
    }
    assert_true(owned_policy_init(&p, SLICE("A-b_c.9"), none, &d));
    assert_true(slice_equal(p.label, SLICE("dockgate.owner=A-b_c.9")));
    assert_true(slice_equal(p.name, SLICE("A-b_c.9")));
}

static void test_lookups(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { enum owned_kind kind; struct slice name; const char *target; } rows[] = {
        {OWNED_CONTAINER, SLICE_INIT("web"),      "/containers/web/json"},
        {OWNED_CONTAINER, SLICE_INIT("/web"),     "/containers/web/json"},
        {OWNED_CONTAINER, SLICE_INIT("a/b"),      "/containers/a%2Fb/json"},
        {OWNED_CONTAINER, SLICE_INIT("a/json?x"), "/containers/a%2Fjson%3Fx/json"},
        {OWNED_CONTAINER, SLICE_INIT("a%2e"),     "/containers/a%252e/json"},
        {OWNED_EXEC,      SLICE_INIT("12"),       "/exec/12/json"},
        {OWNED_NETWORK,   SLICE_INIT("my net"),   "/networks/my%20net"},
        {OWNED_VOLUME,    SLICE_INIT("v"),        "/volumes/v"},
        {OWNED_IMAGE,     SLICE_INIT("r:5/a:b"),  "/images/r%3A5%2Fa%3Ab/json"},
        {OWNED_IMAGE,     SLICE_INIT("\xc3\xa4"), "/images/%C3%A4/json"},
        {OWNED_SECRET,    SLICE_INIT("s"),        "/secrets/s"},
        {OWNED_CONFIG,    SLICE_INIT("c/update"), "/configs/c%2Fupdate"},
        {OWNED_SERVICE,   SLICE_INIT("web"),      "/services/web"},
        {OWNED_TASK,      SLICE_INIT("t"),        "/tasks/t"},
        {OWNED_NODE,      SLICE_INIT("self"),     "/nodes/self"},
        {OWNED_PLUGIN,    SLICE_INIT("r/p:1"),    "/plugins/r%2Fp%3A1/json"},
        {OWNED_NETWORK,   SLICE_INIT(""),         NULL}, /* would be the list */
        {OWNED_SECRET,    SLICE_INIT(""),         NULL},
        {OWNED_CONTAINER, SLICE_INIT("/"),        NULL},
        {OWNED_CONTAINER, SLICE_INIT("//a"),      NULL},
        {OWNED_NETWORK,   SLICE_INIT("/a"),       NULL},
        {OWNED_VOLUME,    SLICE_INIT("."),        NULL},
        {OWNED_VOLUME,    SLICE_INIT(".."),       NULL},
        {OWNED_CONTAINER, SLICE_INIT("../x"),     NULL},
        {OWNED_CONTAINER, SLICE_INIT("a/../b"),   NULL},
        {OWNED_CONTAINER, SLICE_INIT("a//b"),     NULL},
        {OWNED_CONTAINER, SLICE_INIT("a/"),       NULL},
        {OWNED_CONTAINER, SLICE_INIT("a\0b"),     NULL},
        {OWNED_CONTAINER, SLICE_INIT("a\n"),      NULL},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char room[128];
        struct buf b;
        buf_init(&b, room, sizeof(room));
        bool ok = owned_put_lookup(rows[i].kind, rows[i].name, &b);
        assert_int_equal(ok, rows[i].target != NULL);
        assert_true(!ok || slice_equal(buf_slice(&b), slice_from_text(rows[i].target)));
    }
    char tight[8];
    struct buf b;
    buf_init(&b, tight, sizeof(tight));
    assert_false(owned_put_lookup(OWNED_CONTAINER, SLICE("web"), &b));
}

enum says { OWN = 1, USED = 2, NOTHING = 0, UNCLEAR = -1 };

static void test_answers(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { enum owned_kind kind; struct slice body; int says; } rows[] = {
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":{" MINE "}}}"), OWN},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":{" HERS "}}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":null}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":{\"Dockgate.owner\":\"alice\",\"dockgate.owner2\":\"alice\"}}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":{\"dockgate.owner\":\"alice2\"}}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/common\",\"Config\":{\"Labels\":{}}}"), USED},
        /* what bears another's label is not shared, whatever its name */
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/common\",\"Config\":{\"Labels\":{" HERS "}}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/common\",\"Config\":{\"Labels\":{\"dockgate.owner\":1}}}"), NOTHING},
        /* labels at another place are nobody's */
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Labels\":{" MINE "},\"Config\":{}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/common\"}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"short\",\"Config\":{}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"../../" ID "\",\"Config\":{}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Config\":{\"Labels\":{" MINE "}}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":[" "\"dockgate.owner=alice\"" "]}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{" HERS "," MINE "}}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("[]"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT(""), UNCLEAR},
        {OWNED_EXEC, SLICE_INIT("{\"ContainerID\":\"" ID "\",\"Labels\":{" MINE "}}"), NOTHING}, /* its container tells */
        {OWNED_EXEC, SLICE_INIT("{\"ID\":\"" ID "\"}"), UNCLEAR},
        {OWNED_NETWORK, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"n\",\"Labels\":{" MINE "}}"), OWN},
        {OWNED_NETWORK, SLICE_INIT("{\"Id\":\"abcdefghij0123456789xyzwv\",\"Name\":\"common\",\"Labels\":null}"), USED},
        {OWNED_VOLUME, SLICE_INIT("{\"Name\":\"v\",\"Labels\":{" MINE "}}"), OWN},
        {OWNED_VOLUME, SLICE_INIT("{\"Name\":\"v\",\"Labels\":null}"), NOTHING},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"x:1\"],\"Config\":{\"Labels\":{" MINE "}}}"), OWN},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"x:1\",\"busybox:1\"],\"Config\":null}"), USED},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"busybox:1\"],\"Config\":{\"Labels\":{" HERS "}}}"), NOTHING},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"busybox:5000/x:1\"],\"Config\":null}"), NOTHING}, /* a registry */
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":null,\"Config\":{}}"), NOTHING},
        {OWNED_SECRET, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"s\",\"Labels\":{" MINE "}}}"), OWN},
        {OWNED_SECRET, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"common\",\"Labels\":{}}}"), USED},
        {OWNED_SECRET, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"common\",\"Labels\":{" HERS "}}}"), NOTHING},
        {OWNED_SECRET, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Name\":\"common\",\"Labels\":{" MINE "},\"Spec\":{\"Name\":\"s\"}}"), NOTHING},
        {OWNED_SECRET, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Name\":\"common\",\"Labels\":{" MINE "}}"), UNCLEAR},
        {OWNED_SECRET, SLICE_INIT("{\"Id\":\"" NUMBER "\",\"Spec\":{\"Name\":\"s\",\"Labels\":{" MINE "}}}"), UNCLEAR},
        {OWNED_CONFIG, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"c\",\"Labels\":{" MINE "},\"Data\":\"YQ==\"}}"), OWN},
        {OWNED_SERVICE, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"w\",\"Labels\":{" MINE "},\"TaskTemplate\":{}}}"), OWN},
        /* what its containers bear is not what it bears */
        {OWNED_SERVICE, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"w\",\"Labels\":{},\"TaskTemplate\":{\"ContainerSpec\":{\"Labels\":{" MINE "}}}}}"), NOTHING},
        {OWNED_SERVICE, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"common\"}}"), USED},
        {OWNED_TASK, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Labels\":{},\"Spec\":{\"ContainerSpec\":{\"Labels\":{" MINE "}}}}"), OWN},
        {OWNED_TASK, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Labels\":{" MINE "},\"Spec\":{\"ContainerSpec\":{\"Labels\":{" HERS "}}}}"), NOTHING},
        {OWNED_TASK, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Labels\":{" MINE "},\"Spec\":{\"NetworkAttachmentSpec\":{}}}"), NOTHING},
        {OWNED_TASK, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Name\":\"common\",\"Spec\":{\"ContainerSpec\":[]}}"), UNCLEAR},
        {OWNED_CONFIG, SLICE_INIT("{\"ID\":\"" NUMBER "/x\",\"Spec\":{\"Name\":\"c\",\"Labels\":{" MINE "}}}"), UNCLEAR},
    };
    /* clang-format on */
    const struct owned_policy *p = alice();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct owned_thing t;
        bool ok = owned_read(p, rows[i].kind, rows[i].body, NULL, &t);
        int says = !ok ? UNCLEAR : t.own ? OWN : t.shared ? USED : NOTHING;
        if (says != rows[i].says) {
            fail_msg("%.*s: %d, not %d", (int)rows[i].body.len, rows[i].body.at, says,
                     rows[i].says);
        }
    }
}

static const struct slice TEAM[] = {SLICE_INIT("team=a")};
static const struct slice NAMES[] = {SLICE_INIT("web*"), SLICE_INIT("busybox:*")};

/* What bears a label or has a name; `names`: how many of these count. */
static const struct owned_policy *view(size_t nlabels, size_t names, bool bodies)
{
    static struct answers_settings settings;
    static struct answers_policy *made;
    static struct owned_policy p;
    answers_policy_free(made);
    settings = (struct answers_settings){.visible_labels = {TEAM, nlabels},
                                         .visible_names = {NAMES, names}};
    made = answers_policy_new(&settings);
    assert_non_null(made);
    owned_policy_view(&p, made, &settings, bodies);
    return &p;
}

#define A "\"Labels\":{\"team\":\"a\"}"
#define B "\"Labels\":{\"team\":\"b\"}"

/* What a look-up says is visible is what an inspect would show. */
static void test_seen(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { enum owned_kind kind; struct slice body; int says; } rows[] = {
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/x\",\"Config\":{" A "}}"), OWN},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/x\",\"Config\":{" B "}}\n"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/web1\",\"Config\":{" B "}}"), OWN},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/aweb\",\"Config\":{}}"), NOTHING},
        /* at another place it is no label, nor a name */
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"/x\"," A ",\"Config\":{\"Image\":\"web\",\"Hostname\":\"web\"}}"), NOTHING},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"team\":\"b\",\"team\":\"a\"}}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{" B "},\"config\":{" A "}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":[\"team=a\"]}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{" A "}}x"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{" A "}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"../x\",\"Config\":{" A "}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("{\"Config\":{" A "}}"), UNCLEAR},
        {OWNED_CONTAINER, SLICE_INIT("[]"), UNCLEAR},
        {OWNED_EXEC, SLICE_INIT("{\"ContainerID\":\"" ID "\"," A "}"), NOTHING}, /* its container tells */
        {OWNED_NETWORK, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"n\"," A "}"), OWN},
        {OWNED_NETWORK, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"n\",\"Containers\":{\"" ID "\":{\"Name\":\"web\"}}}"), NOTHING},
        {OWNED_VOLUME, SLICE_INIT("{\"Name\":\"web\",\"Labels\":null}"), OWN},
        {OWNED_VOLUME, SLICE_INIT("{\"Name\":\"v\",\"Labels\":null}"), NOTHING},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"x:1\",\"busybox:1\"],\"Config\":null}"), OWN},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"x:1\"],\"Config\":{" A "}}"), OWN},
        {OWNED_IMAGE, SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"RepoTags\":[\"x:1\"],\"Config\":null}"), NOTHING},
        {OWNED_SECRET, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"s\"," A "}}"), OWN},
        {OWNED_CONFIG, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"web\"," B "}}"), OWN},
        {OWNED_SERVICE, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Name\":\"s\"," B "}}"), NOTHING},
        {OWNED_TASK, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Labels\":{},\"Spec\":{\"ContainerSpec\":{" A "}}}"), OWN},
        {OWNED_NODE, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{" B "},\"Description\":{\"Hostname\":\"web2\"}}"), OWN},
        {OWNED_NODE, SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{" B "},\"Description\":{\"Hostname\":\"n\"}}"), NOTHING},
        {OWNED_PLUGIN, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"web:latest\"}"), OWN},
        {OWNED_PLUGIN, SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"p:latest\"}"), NOTHING},
    };
    /* clang-format on */
    const struct owned_policy *p = view(1, 2, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct owned_thing t;
        bool ok = owned_read(p, rows[i].kind, rows[i].body, NULL, &t);
        int says = !ok ? UNCLEAR : t.own ? OWN : t.shared ? USED : NOTHING;
        if (says != rows[i].says) {
            fail_msg("%.*s: %d, not %d", (int)rows[i].body.len, rows[i].body.at, says,
                     rows[i].says);
        }
    }
}

/* The labels that an entry asks for, whoever says what may be reached. */
static void test_labels(void **state)
{
    (void)state;
    static const struct name_rule empty = {.label = SLICE_INIT("tier=")};
    static const struct name_rule any = {.label = SLICE_INIT("Team"), .next = &empty};
    static const struct name_rule rules = {.label = SLICE_INIT("app=a=b"), .next = &any};
    /* clang-format off */
    static const struct { enum owned_kind kind; struct slice body; const struct name_rule *bears; bool unclear; } rows[] = {
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"app\":\"a=b\"}}}"), &rules, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"Team\":\"\",\"app\":\"a\"}}}"), &any, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"tier\":\"\",\"App\":\"a=b\"}}}"), &empty, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"tier\":\"x\",\"app\":\"a=bc\",\"team\":\"x\"}}}"), NULL, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"app=a\":\"b\"}}}"), NULL, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":{\"Team\":null}}}"), NULL, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":null}}"), NULL, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Labels\":{\"app\":\"a=b\"},\"Config\":{}}"), NULL, false},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\",\"Config\":{\"Labels\":[\"app=a=b\"]}}"), NULL, true},
        {OWNED_CONTAINER, SLICE_INIT("{\"Id\":\"" ID "\"}"), NULL, true},
        {OWNED_CONTAINER, SLICE_INIT("{\"Config\":{\"Labels\":{\"app\":\"a=b\"}}}"), NULL, true},
        {OWNED_EXEC,      SLICE_INIT("{\"ContainerID\":\"" ID "\",\"Labels\":{\"app\":\"a=b\"}}"), NULL, false}, /* its container tells */
        {OWNED_NETWORK,   SLICE_INIT("{\"Id\":\"" ID "\",\"Name\":\"n\",\"Labels\":{\"Team\":\"1\"}}"), &any, false},
        {OWNED_VOLUME,    SLICE_INIT("{\"Name\":\"v\",\"Labels\":{\"Team\":\"1\"}}"), &any, false},
        {OWNED_IMAGE,     SLICE_INIT("{\"Id\":\"sha256:" ID "\",\"Config\":{\"Labels\":{\"Team\":\"1\"}}}"), &any, false},
        {OWNED_IMAGE,     SLICE_INIT("{\"Id\":\"sha256:" ID "\"}"), NULL, false},
        {OWNED_SERVICE,   SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Labels\":{\"Team\":\"1\"}}}"), &any, false},
        {OWNED_SERVICE,   SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"TaskTemplate\":{\"ContainerSpec\":{\"Labels\":{\"Team\":\"1\"}}}}}"), NULL, false},
        {OWNED_SECRET,    SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Labels\":{\"Team\":\"1\"}}}"), &any, false},
        {OWNED_CONFIG,    SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Labels\":{\"Team\":\"1\"}}}"), &any, false},
        {OWNED_TASK,      SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"ContainerSpec\":{\"Labels\":{\"Team\":\"1\"}}}}"), &any, false},
        {OWNED_NODE,      SLICE_INIT("{\"ID\":\"" NUMBER "\",\"Spec\":{\"Labels\":{\"Team\":\"1\"}}}"), &any, false},
    };
    /* clang-format on */
    const struct owned_policy *who[] = {owned_policy_any(), alice(), view(1, 2, false)};
    for (size_t i = 0; i < 3 * sizeof(rows) / sizeof(rows[0]); i++) {
        const struct owned_policy *p = who[i % 3];
        struct owned_thing t;
        bool ok = owned_read(p, rows[i / 3].kind, rows[i / 3].body, &rules, &t);
        if (ok == rows[i / 3].unclear || t.label != (ok ? rows[i / 3].bears : NULL)) {
            fail_msg("%.*s: %d", (int)rows[i / 3].body.len, rows[i / 3].body.at, ok);
        }
        assert_true(!ok || p != who[0] || t.own == (rows[i / 3].kind != OWNED_EXEC));
        /* Nobody has asked for one. */
        assert_true(!owned_read(p, rows[i / 3].kind, rows[i / 3].body, NULL, &t) ||
                    t.label == NULL);
    }
}

/* What an entry of allow can ask a label of, and which images are sent on by their ids. */
static void test_labelled(void **state)
{
    (void)state;
    static const enum operation_id can[] = {
        OPERATION_CONTAINER_LOGS, OPERATION_CONTAINER_INSPECT, OPERATION_CONTAINER_RESIZE_OLD,
        OPERATION_EXEC_START,     OPERATION_NETWORK_CONNECT,   OPERATION_VOLUME_DELETE,
        OPERATION_IMAGE_PUSH,     OPERATION_SERVICE_UPDATE,    OPERATION_TASK_LOGS,
        OPERATION_SECRET_INSPECT, OPERATION_CONFIG_DELETE,     OPERATION_NODE_INSPECT,
        OPERATION_NODE_UPDATE};
    static const enum operation_id cannot[] = {
        OPERATION_CONTAINER_LIST, OPERATION_CONTAINER_CREATE,    OPERATION_IMAGE_BUILD,
        OPERATION_PLUGIN_INSPECT, OPERATION_PLUGIN_DISABLE,      OPERATION_LIBPOD_CONTAINER_LOGS,
        OPERATION_SYSTEM_INFO,    OPERATION_DISTRIBUTION_INSPECT};
    struct operation_set set = {{0}};

    owned_labelled(&set);
    for (size_t i = 0; i < sizeof(can) / sizeof(can[0]); i++) {
        assert_true(operation_set_has(&set, can[i]));
        assert_int_equal(owned_refusal(owned_policy_any(), can[i], true).len, 0);
    }
    for (size_t i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++) {
        assert_false(operation_set_has(&set, cannot[i]));
    }
    /* Every operation of the API whose path names something has been thought of. */
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        bool names = slice_find(o->path, '{') < o->path.len;
        assert_true(names || !operation_set_has(&set, (enum operation_id)i));
    }
    assert_true(owned_image_by_id(OPERATION_IMAGE_INSPECT));
    assert_true(owned_image_by_id(OPERATION_IMAGE_HISTORY));
    assert_true(owned_image_by_id(OPERATION_IMAGE_TAG));
    assert_false(owned_image_by_id(OPERATION_IMAGE_DELETE));
    assert_false(owned_image_by_id(OPERATION_IMAGE_PUSH));
    assert_false(owned_image_by_id(OPERATION_IMAGE_GET));
    assert_false(owned_image_by_id(OPERATION_CONTAINER_INSPECT));
}

/* A view refuses what it could say nothing about, whatever is named. */
static void test_refusals(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { enum operation_id op; bool body; bool unread; bool read; bool two; } rows[] = {
        {OPERATION_CONTAINER_STATS,  false, false, false, false},
        {OPERATION_CONTAINER_EXEC,   true,  false, false, false}, /* it names nothing */
        {OPERATION_CONTAINER_START,  false, false, false, false},
        {OPERATION_CONTAINER_START,  true,  true,  false, true},
        {OPERATION_CONTAINER_CREATE, true,  true,  false, true},
        {OPERATION_SERVICE_UPDATE,   true,  true,  false, true},
        {OPERATION_IMAGE_BUILD,      true,  true,  false, true},
        {OPERATION_CONTAINER_PRUNE,  false, false, false, true},
        {OPERATION_SWARM_INIT,       true,  false, false, false}, /* the view's own tables tell */
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum operation_id op = rows[i].op;
        assert_int_equal(owned_refusal(view(1, 0, false), op, rows[i].body).len > 0,
                         rows[i].unread);
        assert_int_equal(owned_refusal(view(1, 0, true), op, rows[i].body).len > 0, rows[i].read);
        assert_int_equal(owned_refusal(view(1, 1, false), op, rows[i].body).len > 0, rows[i].two);
    }
    assert_true(owned_refusal(alice(), OPERATION_SWARM_INIT, false).len > 0);
    assert_true(owned_refusal(alice(), OPERATION_NODE_UPDATE, false).len > 0);
    assert_int_equal(owned_refusal(alice(), OPERATION_CONTAINER_CREATE, true).len, 0);
    assert_true(slice_equal(owned_rule(alice()), SLICE("own")));
    assert_true(slice_equal(owned_rule(view(1, 0, false)), SLICE("view")));
}

/* The engine's words, which differ from operation to operation. */
static void test_absent(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { enum operation_id op; enum owned_kind kind; const char *name; const char *words; } rows[] = {
        {OPERATION_CONTAINER_STOP, OWNED_CONTAINER, "w", "No such container: w"},
        {OPERATION_CONTAINER_KILL, OWNED_CONTAINER, "w", "Cannot kill container: w: No such container: w"},
        {OPERATION_NETWORK_CONNECT, OWNED_CONTAINER, "w", "No such container: w"},
        {OPERATION_NETWORK_CONNECT, OWNED_NETWORK, "w", "network w not found"},
        {OPERATION_IMAGE_INSPECT, OWNED_IMAGE, "w", "no such image: w: No such image: w:latest"},
        {OPERATION_IMAGE_HISTORY, OWNED_IMAGE, "r:5/w", "No such image: r:5/w:latest"},
        {OPERATION_IMAGE_DELETE, OWNED_IMAGE, "w:1", "No such image: w:1"},
        {OPERATION_IMAGE_GET_ALL, OWNED_IMAGE, "w:1", "reference does not exist"},
        {OPERATION_NODE_UPDATE, OWNED_NODE, "w", "node w not found"},
        {OPERATION_PLUGIN_SET, OWNED_PLUGIN, "w", "plugin \"w\" not found"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char room[128];
        struct buf b;
        buf_init(&b, room, sizeof(room));
        owned_put_absent(rows[i].op, rows[i].kind, slice_from_text(rows[i].name), &b);
        if (!slice_equal(buf_slice(&b), slice_from_text(rows[i].words))) {
            fail_msg("%.*s", (int)b.len, b.at);
        }
    }
}

#define FILTERS(inner) "filters=%7B%22label%22%3A%7B%22dockgate.owner%3Dalice%22%3Atrue" inner

static void test_filters(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { struct slice query; const char *wanted; } rows[] = {
        {SLICE_INIT(""), FILTERS("%7D%7D")},
        {SLICE_INIT("all=1&limit=5"), "all=1&limit=5&" FILTERS("%7D%7D")},
        {SLICE_INIT("all=1&filters="), "all=1&" FILTERS("%7D%7D")},
        {SLICE_INIT("filters={}"), FILTERS("%7D%7D")},
        {SLICE_INIT("filters={%22label%22:[%22a=b%22]}&x=%zz"), "x=%zz&" FILTERS("%2C%22a%3Db%22%3Atrue%7D%7D")},
        {SLICE_INIT("filters={%22label%22:{%22a=b%22:false}}"), FILTERS("%2C%22a%3Db%22%3Atrue%7D%7D")},
        {SLICE_INIT("filters={%22label%22:null,%22until%22:[%221h%22,%221h%22]}"), FILTERS("%7D%2C%22until%22%3A%7B%221h%22%3Atrue%7D%7D")},
        {SLICE_INIT("filters={%22label%22:[%22dockgate.owner=alice%22]}"), FILTERS("%7D%7D")},
        {SLICE_INIT("filters={%22label!%22:{%22dockgate.owner=alice%22:true}}"), FILTERS("%7D%2C%22label%21%22%3A%7B%22dockgate.owner%3Dalice%22%3Atrue%7D%7D")},
        {SLICE_INIT("%66ilters={}"), FILTERS("%7D%7D")},
        {SLICE_INIT("Filters={}"), "Filters={}&" FILTERS("%7D%7D")},
        /* one reading only */
        {SLICE_INIT("filters={}&filters={}"), NULL},
        {SLICE_INIT("filters={}&%66ilters={}"), NULL},
        {SLICE_INIT("filters={}&%zz=1"), NULL},
        {SLICE_INIT("filters={};all=1"), NULL},
        {SLICE_INIT("filters={%22label%22:[%22a%22],%22label%22:[]}"), NULL},
        {SLICE_INIT("filters={%22label%22:%22a%22}"), NULL},
        {SLICE_INIT("filters={%22label%22:[1]}"), NULL},
        {SLICE_INIT("filters={%22label%22:{%22a%22:1}}"), NULL},
        {SLICE_INIT("filters={}x"), NULL},
        {SLICE_INIT("filters=null"), NULL},
        {SLICE_INIT("filters=[]"), NULL},
        {SLICE_INIT("filters=%7"), NULL},
    };
    /* clang-format on */
    const struct owned_policy *p = alice();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char room[1024];
        struct buf b;
        buf_init(&b, room, 8 * rows[i].query.len + 512);
        bool ok = owned_put_filters(p, OPERATION_CONTAINER_PRUNE, true, rows[i].query, NULL, &b);
        struct slice wanted = slice_from_text(rows[i].wanted == NULL ? "" : rows[i].wanted);
        if (ok != (rows[i].wanted != NULL) || (ok && !slice_equal(buf_slice(&b), wanted))) {
            fail_msg("%.*s: %d\n%.*s", (int)rows[i].query.len, rows[i].query.at, ok, (int)b.len,
                     b.at);
        }
    }
}

static struct requests_policy *requests(const struct owned_policy *own)
{
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("p"), SLICE("safe"), &d);
    assert_non_null(p);
    assert_true(requests_policy_set(p, SLICE("namespaces"), SLICE("pid:container"), &d));
    assert_true(requests_policy_set(p, SLICE("networks"), SLICE("*,container"), &d));
    assert_true(requests_policy_set(p, SLICE("volumes-from"), SLICE("true"), &d));
    assert_true(requests_policy_own(p, own, &d));
    return p;
}

/* Each name that a body says, "KIND NEED NAME", and the body with ids in their place. */
struct body_row {
    enum operation_id op;
    const char *body;
    const char *names;
    const char *sent; /* starts with it; NULL: refused */
};

#define STAMP "\"Labels\":{\"dockgate.owner\":\"alice\"}"

/* A service's: what stands in its ContainerSpec, and behind it. */
#define TASK(spec, rest) "{\"Name\":\"w\",\"TaskTemplate\":{\"ContainerSpec\":{" spec "}" rest "}}"

/* clang-format off */
static const struct body_row BODIES[] = {
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\"}", "image use i;", "{\"Image\":\"i\"," STAMP "}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"NetworkMode\":\"host\"}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"NetworkMode\":\"none\",\"PidMode\":\"\"}}", "image use i;", "{\"Image\":\"i\"," STAMP ",\"HostConfig\":{\"NetworkMode\":\"none\",\"PidMode\":\"\"}}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"NetworkMode\":\"n\"}}", "image use i;network use n;", "{\"Image\":\"i\"," STAMP ",\"HostConfig\":{\"NetworkMode\":\"ID1\"}}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"NetworkMode\":\"container:c\",\"PidMode\":\"container:/c\"}}", "image use i;container use c;container use /c;",
     "{\"Image\":\"i\"," STAMP ",\"HostConfig\":{\"NetworkMode\":\"container:ID1\",\"PidMode\":\"container:ID2\"}}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"VolumesFrom\":[\"c\",\"d:ro\"],\"Links\":[\"c:x\",\"e\"]}}", "image use i;container use c;container use d;container use e;",
     "{\"Image\":\"i\"," STAMP ",\"HostConfig\":{\"VolumesFrom\":[\"ID1\",\"ID2:ro\"],\"Links\":[\"ID1:x\",\"ID3:e\"]}}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"Links\":[\"c:/a/b\"]}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"Binds\":[\"v:/x\",\"/y\"],\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"w\",\"Target\":\"/w\"},{\"Type\":\"volume\",\"Target\":\"/z\"}]}}", "image use i;volume use v;volume use w;",
     "{\"Image\":\"i\"," STAMP ",\"HostConfig\":{\"Binds\":[\"v:/x\",\"/y\"],\"Mounts\":["},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"cluster\",\"Source\":\"w\",\"Target\":\"/w\"}]}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"NetworkingConfig\":{\"EndpointsConfig\":{\"n\":{\"NetworkID\":\"m\"},\"bridge\":{}}}}", "image use i;network use n;network use m;",
     "{\"Image\":\"i\"," STAMP ",\"NetworkingConfig\":{\"EndpointsConfig\":{\"ID1\":{\"NetworkID\":\"ID2\"},\"bridge\":{}}}}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"NetworkingConfig\":{\"EndpointsConfig\":{\"container:c\":{}}}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"NetworkMode\":\"container:../images/x\"}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"NetworkMode\":\"container:\"}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\"," STAMP "}", "image use i;", "{\"Image\":\"i\"," STAMP "}"},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"Labels\":{" HERS "}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"labels\":{\"a\":\"b\",\"dockgate.\\u006fwner\":\"bob\"}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"Labels\":{\"dockgate.owner\":null}}", "", NULL},
    {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/z\",\"VolumeOptions\":{\"Labels\":{" HERS "}}}]}}", "", NULL},
    {OPERATION_VOLUME_CREATE, "{\"Name\":\"v\"}", "volume give v;", "{\"Name\":\"v\"," STAMP "}"},
    {OPERATION_VOLUME_CREATE, "{}", "", "{" STAMP "}"},
    {OPERATION_NETWORK_CREATE, "{\"Name\":\"n\"}", "network give n;", "{\"Name\":\"n\"," STAMP "}"},
    {OPERATION_SECRET_CREATE, "{\"Name\":\"s\",\"Data\":\"YQ==\"}", "", "{\"Name\":\"s\"," STAMP ",\"Data\":\"YQ==\"}"},
    {OPERATION_SECRET_CREATE, "{\"Name\":\"s\",\"Labels\":{" HERS "}}", "", NULL},
    {OPERATION_SECRET_UPDATE, "{\"Name\":\"s\",\"Labels\":{\"a\":\"b\"}}", "", "{\"Name\":\"s\",\"Labels\":{\"a\":\"b\",\"dockgate.owner\":\"alice\"}}"},
    {OPERATION_SECRET_UPDATE, "{\"Labels\":{\"dockgate.owner\":\"\"}}", "", NULL},
    {OPERATION_SECRET_UPDATE, "{\"Labels\":null}", "", "{" STAMP "}"},
    {OPERATION_CONFIG_CREATE, "{\"Name\":\"c\",\"Data\":\"YQ==\"}", "", "{\"Name\":\"c\"," STAMP ",\"Data\":\"YQ==\"}"},
    {OPERATION_CONFIG_UPDATE, "{}", "", "{" STAMP "}"},
    {OPERATION_CONFIG_CREATE, "{\"Name\":\"c\",\"Templating\":{\"Name\":\"golang\"}}", "", NULL},
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\"", ""), "image use busybox:1;", "{\"Name\":\"w\"," STAMP ",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:1\"," STAMP "}}}"},
    {OPERATION_SERVICE_UPDATE, "{\"Name\":\"w\",\"Labels\":{\"a\":\"b\"},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:1\",\"Labels\":{" MINE "}}}}", "image use busybox:1;", "{\"Name\":\"w\",\"Labels\":{\"a\":\"b\",\"dockgate.owner\":\"alice\"},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:1\"," STAMP "}}}"},
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\",\"Labels\":{" HERS "}", ""), "", NULL},
    /* tasks begin on any node, at any later time: what is named has to be the same then */
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"web:1\"", ""), "", NULL},
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\",\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\"}]", ""), "", NULL},
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\",\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/v\"},{\"Type\":\"tmpfs\",\"Target\":\"/t\"}]", ""), "image use busybox:1;", "{\"Name\":\"w\","},
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\",\"Secrets\":[{\"SecretID\":\"s\",\"SecretName\":\"s\"}],\"Configs\":[{\"ConfigID\":\"c\",\"ConfigName\":\"c\"}]", ""), "image use busybox:1;secret use s;config use c;",
     "{\"Name\":\"w\"," STAMP ",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:1\"," STAMP ",\"Secrets\":[{\"SecretID\":\"ID1\",\"SecretName\":\"s\"}],\"Configs\":[{\"ConfigID\":\"ID2\",\"ConfigName\":\"c\"}]}}}"},
    {OPERATION_SERVICE_CREATE, TASK("\"Secrets\":[{\"SecretID\":\"s\"}]", ""), "", NULL},
    {OPERATION_SERVICE_CREATE, TASK("\"Configs\":[{\"ConfigName\":\"c\",\"Runtime\":{}}]", ""), "", NULL},
    {OPERATION_SERVICE_CREATE, TASK("\"Privileges\":{\"CredentialSpec\":{\"Config\":\"c\"}}", ""), "", NULL},
    {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\"", ",\"Networks\":[{\"Target\":\"n\"},{\"Target\":\"bridge\"}]"), "image use busybox:1;network use n;",
     "{\"Name\":\"w\"," STAMP ",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:1\"," STAMP "},\"Networks\":[{\"Target\":\"ID1\"},{\"Target\":\"bridge\"}]}}"},
    {OPERATION_NETWORK_CREATE, "{\"Name\":\"n\",\"Ingress\":true}", "", NULL},
    {OPERATION_NETWORK_CREATE, "{\"Name\":\"n\",\"Driver\":\"overlay\",\"Ingress\":false}", "network give n;", "{\"Name\":\"n\",\"Driver\":\"overlay\",\"Ingress\":false," STAMP "}"},
    {OPERATION_NETWORK_CONNECT, "{\"Container\":\"c\",\"EndpointConfig\":{}}", "container change c;", "{\"Container\":\"ID0\",\"EndpointConfig\":{}}"},
    {OPERATION_NETWORK_DISCONNECT, "{\"Container\":\"c\",\"Force\":true}", "container change c;", "{\"Container\":\"ID0\",\"Force\":true}"},
    {OPERATION_NETWORK_DISCONNECT, "{\"Container\":\"c\",\"container\":\"d\"}", "", NULL},
    {OPERATION_NETWORK_DISCONNECT, "{\"Container\":\"\"}", "", NULL},
};
/* clang-format on */

static void list_names(const struct owned_names *names, struct buf *out)
{
    static const char *const kinds[] = {"none",  "container", "exec",   "network", "volume",
                                        "image", "secret",    "config", "service", "task"};
    static const char *const needs[] = {"use", "change", "give"};
    for (size_t i = 0; i < names->n; i++) {
        struct slice name = owned_ref_name(names, &names->ref[i]);
        assert_true(buf_putf(out, "%s %s %.*s;", kinds[names->ref[i].kind],
                             needs[names->ref[i].need], (int)name.len, name.at));
    }
}

/* What the gate does: containers and networks are sent on as their ids. */
static void resolve(struct owned_names *names, const char *id)
{
    for (size_t i = 0; i < names->n; i++) {
        struct owned_ref *ref = &names->ref[i];
        struct buf b;
        ref->known = true;
        if (ref->by_id && ref->need != OWNED_GIVE) {
            buf_init(&b, ref->id, sizeof(ref->id));
            assert_true(id != NULL ? buf_put(&b, slice_from_text(id)) : buf_putf(&b, "ID%zu", i));
            ref->id_len = (uint8_t)b.len;
        }
    }
}

static bool check(const struct requests_policy *p, const struct body_row *row,
                  struct owned_names *names, struct buf *out)
{
    static char room[16384];
    struct requests_refusal refusal = {.status = 0};
    struct slice body = slice_from_text(row->body);
    buf_init(out, room, body.len + requests_growth(p));
    return requests_check_owned(p, row->op, body, names, out, &refusal);
}

static void check_body_row(const struct requests_policy *p, const struct body_row *row)
{
    static struct owned_names names;
    struct buf out;
    struct buf listed;
    char room[512];
    names = (struct owned_names){.n = 0};
    bool ok = check(p, row, &names, &out);
    if (ok != (row->sent != NULL)) {
        fail_msg("%s: %d", row->body, ok);
    }
    if (!ok) {
        return;
    }
    buf_init(&listed, room, sizeof(room));
    list_names(&names, &listed);
    if (!slice_equal(buf_slice(&listed), slice_from_text(row->names))) {
        fail_msg("%s names %.*s", row->body, (int)listed.len, listed.at);
    }
    resolve(&names, NULL);
    size_t n = names.n;
    assert_true(check(p, row, &names, &out));
    assert_int_equal(names.n, n);
    if (!slice_starts_with(buf_slice(&out), slice_from_text(row->sent))) {
        fail_msg("%s: sent %.*s", row->body, (int)out.len, out.at);
    }
}

static void test_bodies(void **state)
{
    (void)state;
    struct requests_policy *p = requests(alice());
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        check_body_row(p, &BODIES[i]);
    }
    requests_policy_free(p);
}

/* By a view names are found and replaced as well, and nothing is stamped. */
static void test_seen_bodies(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct body_row rows[] = {
        {OPERATION_CONTAINER_CREATE, "{\"Image\":\"i\",\"Labels\":{\"dockgate.owner\":\"bob\"},\"HostConfig\":{\"NetworkMode\":\"container:c\",\"Binds\":[\"v:/x\"]}}",
         "image use i;volume use v;container use c;", "{\"Image\":\"i\",\"Labels\":{\"dockgate.owner\":\"bob\"},\"HostConfig\":{\"Binds\":[\"v:/x\"],\"NetworkMode\":\"container:ID2\"}}"},
        {OPERATION_VOLUME_CREATE, "{\"Name\":\"v\"}", "volume give v;", "{\"Name\":\"v\"}"},
        {OPERATION_NETWORK_CREATE, "{\"Name\":\"n\",\"Ingress\":true}", "network give n;", "{\"Name\":\"n\",\"Ingress\":true}"},
        {OPERATION_NETWORK_CONNECT, "{\"Container\":\"c\"}", "container change c;", "{\"Container\":\"ID0\"}"},
        {OPERATION_SECRET_CREATE, "{\"Name\":\"s\"}", "", "{\"Name\":\"s\"}"},
        {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\"", ""), "image use busybox:1;", "{\"Name\":\"w\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"busybox:1\"}}}"},
        {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"other:1\"", ""), "", NULL}, /* its name tells what it is later, its label not */
        {OPERATION_SERVICE_CREATE, TASK("\"Image\":\"busybox:1\",\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"web\",\"Target\":\"/v\"}]", ""), "", NULL},
    };
    /* clang-format on */
    struct requests_policy *p = requests(view(1, 2, true));
    assert_null(requests_owner(p));
    assert_non_null(requests_own(p));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_body_row(p, &rows[i]);
    }
    requests_policy_free(p);
}

/* What is stored has to fit where it is shown. */
static void test_long_data(void **state)
{
    (void)state;
    static char body[ANSWERS_HELD_MAX];
    static char room[2 * ANSWERS_HELD_MAX];
    static const enum operation_id ops[] = {OPERATION_CONFIG_CREATE, OPERATION_SECRET_CREATE};
    struct requests_policy *p = requests(alice());
    for (size_t i = 0; i < 4; i++) {
        static struct owned_names names;
        struct requests_refusal refusal;
        struct buf b;
        struct buf out;
        names = (struct owned_names){.n = 0};
        buf_init(&b, body, sizeof(body));
        buf_init(&out, room, sizeof(room));
        assert_true(buf_put(&b, SLICE("{\"Data\":\"")));
        memset(body + b.len, 'A', sizeof(body) - b.len);
        b.len += (size_t)3 * ANSWERS_HELD_MAX / 4 + i % 2;
        assert_true(buf_put(&b, SLICE("\"}")));
        /* A secret is never shown. */
        assert_int_equal(requests_check_owned(p, ops[i / 2], buf_slice(&b), &names, &out, &refusal),
                         i != 1);
    }
    requests_policy_free(p);
}

/* Two names of one network would be one member twice. */
static void test_one_network_twice(void **state)
{
    (void)state;
    static const struct body_row row = {
        OPERATION_CONTAINER_CREATE,
        "{\"Image\":\"i\",\"NetworkingConfig\":{\"EndpointsConfig\":{\"n\":{},\"m\":{}}}}", "", ""};
    static struct owned_names names;
    struct requests_policy *p = requests(alice());
    struct buf out;
    assert_true(check(p, &row, &names, &out));
    resolve(&names, ID);
    assert_false(check(p, &row, &names, &out));
    requests_policy_free(p);
}

/* A secret is said by id and by name; both are asked about. */
static void test_two_secrets(void **state)
{
    (void)state;
    static const struct body_row row = {
        OPERATION_SERVICE_CREATE,
        TASK("\"Image\":\"busybox:1\",\"Secrets\":[{\"SecretID\":\"a\",\"SecretName\":\"b\"}]", ""),
        "", ""};
    static struct owned_names names;
    struct requests_policy *p = requests(alice());
    struct buf out;
    names = (struct owned_names){.n = 0};
    assert_true(check(p, &row, &names, &out));
    assert_int_equal(names.n, 3);
    resolve(&names, ID);
    assert_true(check(p, &row, &names, &out));
    resolve(&names, NULL);
    assert_false(check(p, &row, &names, &out));
    requests_policy_free(p);
}

static void test_too_many_names(void **state)
{
    (void)state;
    static char body[4096];
    static struct owned_names names;
    struct requests_policy *p = requests(alice());
    for (unsigned n = OWNED_NAMES_MAX - 1; n <= OWNED_NAMES_MAX;
         n++) { /* the image is one as well */
        struct buf b;
        struct buf out;
        buf_init(&b, body, sizeof(body) - 1);
        assert_true(buf_put(&b, SLICE("{\"Image\":\"i\",\"HostConfig\":{\"VolumesFrom\":[")));
        for (unsigned i = 0; i < n; i++) {
            assert_true(buf_putf(&b, "%s\"c%u\"", i > 0 ? "," : "", i));
        }
        assert_true(buf_put(&b, SLICE("]}}")));
        body[b.len] = '\0';
        struct body_row row = {OPERATION_CONTAINER_CREATE, body, "", ""};
        names = (struct owned_names){.n = 0};
        assert_int_equal(check(p, &row, &names, &out), n < OWNED_NAMES_MAX);
        resolve(&names, ID); /* the longest that they get */
        assert_int_equal(check(p, &row, &names, &out), n < OWNED_NAMES_MAX);
    }
    requests_policy_free(p);
}

/* Without a place for names nothing passes under an owner. */
static void test_names_are_needed(void **state)
{
    (void)state;
    struct requests_policy *p = requests(alice());
    struct buf out;
    assert_false(check(p, &BODIES[0], NULL, &out));
    requests_policy_free(p);
}

static void test_one_owner(void **state)
{
    (void)state;
    const struct owned_policy *own = alice();
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("p"), SLICE("safe"), &d);
    assert_true(requests_policy_set(p, SLICE("set.labels"), SLICE("dockgate.owner=bob"), &d));
    assert_false(requests_policy_own(p, own, &d));
    assert_true(requests_policy_set(p, SLICE("set.labels"), SLICE("dockgate.owners=bob"), &d));
    assert_true(requests_policy_own(p, own, &d));
    requests_policy_free(p);
}

/* Prunes are narrowed, so they need no `unchecked`; nothing is pulled but what is shared. */
static void test_heads(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { enum operation_id op; struct slice query; bool ok; } rows[] = {
        {OPERATION_CONTAINER_PRUNE, SLICE_INIT(""), true},
        {OPERATION_VOLUME_PRUNE, SLICE_INIT(""), true},
        {OPERATION_BUILD_PRUNE, SLICE_INIT(""), false},
        {OPERATION_IMAGE_COMMIT, SLICE_INIT(""), false},
        {OPERATION_IMAGE_CREATE, SLICE_INIT("fromImage=busybox&tag=1"), true},
        {OPERATION_IMAGE_CREATE, SLICE_INIT("fromImage=busybox"), false},
        {OPERATION_IMAGE_CREATE, SLICE_INIT("fromImage=web&tag=1"), false},
        {OPERATION_IMAGE_CREATE, SLICE_INIT("fromSrc=-&repo=busybox&tag=1"), false},
    };
    /* clang-format on */
    struct requests_policy *p = requests(alice());
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct requests_refusal refusal;
        struct requests_head h = {.operation = rows[i].op, .query = rows[i].query};
        if (requests_check_head(p, &h, &refusal) != rows[i].ok) {
            fail_msg("%zu: %.*s", i, (int)refusal.len, refusal.text);
        }
    }
    requests_policy_free(p);
}

/* Every listed operation names what its path has a name for. */
static void test_table(void **state)
{
    (void)state;
    struct operation_set set = {{0}};
    owned_narrowed(&set);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct owned_row *row = owned_row_get((enum operation_id)i);
        struct slice path = operation_get((enum operation_id)i)->path;
        bool named = slice_find(path, '{') < path.len;
        assert_int_equal(operation_set_has(&set, (enum operation_id)i), row->listed);
        if (row->listed && i != OPERATION_DISTRIBUTION_INSPECT) { /* of a registry */
            assert_int_equal(named, row->kind != OWNED_NONE);
        }
        assert_true(row->need != OWNED_GIVE);
    }
    assert_false(operation_set_has(&set, OPERATION_SWARM_INIT));
}

/* A view asks about every name that its own tables don't decide on. */
static void test_seen_table(void **state)
{
    (void)state;
    struct operation_set set = {{0}};
    owned_seen(&set);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        const struct owned_row *row = owned_row_get(op);
        bool named = slice_find(operation_get(op)->path, '{') < operation_get(op)->path.len;
        assert_true(row->seen || !row->listed);
        assert_int_equal(owned_asks(view(1, 0, false), op), operation_set_has(&set, op));
        assert_int_equal(owned_asks(alice(), op), row->listed);
        if (operation_set_has(&set, op) && i != OPERATION_DISTRIBUTION_INSPECT) {
            assert_int_equal(named, row->kind != OWNED_NONE);
        }
    }
    assert_true(operation_set_has(&set, OPERATION_CONTAINER_LOGS));
    assert_true(operation_set_has(&set, OPERATION_NODE_UPDATE));
    assert_true(operation_set_has(&set, OPERATION_EXEC_INSPECT));
    assert_false(operation_set_has(&set, OPERATION_CONTAINER_INSPECT));
    assert_false(operation_set_has(&set, OPERATION_CONTAINER_LIST));
    assert_false(operation_set_has(&set, OPERATION_CONTAINER_COPY));
    assert_false(operation_set_has(&set, OPERATION_LIBPOD_CONTAINER_STOP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_owners),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_long_data),
        cmocka_unit_test(test_one_network_twice),
        cmocka_unit_test(test_two_secrets),
        cmocka_unit_test(test_too_many_names),
        cmocka_unit_test(test_names_are_needed),
        cmocka_unit_test(test_one_owner),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_labelled),
        cmocka_unit_test(test_seen_bodies),
        cmocka_unit_test(test_seen_table),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
