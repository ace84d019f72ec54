/* Answers under a view: rows of what goes in and what comes out, each at every split, one byte at a
 * time, and its end at a page that nobody may read; then limits, and every row of the table. */
#include "../support/guard.h"

#include "inspect/answers.h"
#include "inspect/view_shape.h"
#include "inspect/view_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALL 127

static const struct slice KEEP[] = {SLICE_INIT("PATH"), SLICE_INIT("TZ")};
static const struct slice PREFIX[] = {SLICE_INIT("secret.")};
static const struct slice LABELS[] = {SLICE_INIT("team=a"), SLICE_INIT("public")};
static const struct slice NAMES[] = {SLICE_INIT("web*"), SLICE_INIT("db")};

/* Views that the rows name. */
enum view { REDACT_ALL, REDACT_SOME, BY_LABEL, BY_NAME, BOTH, OWNED, NVIEWS };

static const struct answers_settings VIEWS[NVIEWS] = {
    [REDACT_ALL] = {.redact = ALL},
    [REDACT_SOME] = {.redact = ANSWERS_ENV | ANSWERS_LABELS,
                     .keep = {KEEP, 2},
                     .labels = {PREFIX, 1}},
    [BY_LABEL] = {.visible_labels = {LABELS, 2}},
    [BY_NAME] = {.visible_names = {NAMES, 2}},
    [BOTH] = {.redact = ALL, .visible_labels = {LABELS, 2}, .visible_names = {NAMES, 2}},
    [OWNED] = {.visible_labels = {LABELS, 1}, .visible_names = {NAMES, 2}, .owner = true},
};

struct row {
    enum view view;
    enum operation_id op;
    struct slice in;
    const char *wanted; /* "refused", "hidden", "passes" (unread), or what comes out */
};

#define M "<redacted>"

/* clang-format off */
static const struct row rows[] = {
    /* what nothing looks at passes as it came, and only that */
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT(" [ { \"X\" : { \"a\" : [1 , {\"b\":\"s\\u00e9\xc3\xa9\"}, -0 ],\n\"c\":{ } } , \"Command\" : \"s\" , \"Y\":[ ] ,\"Z\":[[\t]] } ] "),
     "[{\"X\":{ \"a\" : [1 , {\"b\":\"s\\u00e9\xc3\xa9\"}, -0 ],\n\"c\":{ } },\"Command\":\"" M "\",\"Y\":[ ],\"Z\":[[\t]]}]\n"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"Command\":\"p\",\"Labels\":{\"a\":\"p\"},\"Mounts\":[{\"Source\":\"/p\"}]},\"Mounts\":[{\"X\":[{\"Source\":\"/p\"}],\"Source\":\"/s\"}]}]"),
     "[{\"X\":{\"Command\":\"p\",\"Labels\":{\"a\":\"p\"},\"Mounts\":[{\"Source\":\"/p\"}]},\"Mounts\":[{\"X\":[{\"Source\":\"/p\"}],\"Source\":\"" M "\"}]}]\n"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"a\":[1,]}}]"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"a\":[}]}]"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"a\":\"\xff\"}}]"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"a\":1"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"a\":1}}}"), "refused"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"X\":{\"a\":[1,{}]},\"Labels\":{\"team\":\"b\"}},{\"X\":[{},[]],\"Labels\":{\"team\":\"a\"},\"Y\":{}},{\"Labels\":{},\"X\":{}}]"),
     "[{\"X\":[{},[]],\"Labels\":{\"team\":\"a\"},\"Y\":{}}]\n"},
    /* each class */
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Id\":\"1\",\"Config\":{\"Env\":[\"A=s\",\"B\",\"C=\",\"\"]}}\n"),
     "{\"Id\":\"1\",\"Config\":{\"Env\":[\"A=" M "\",\"" M "\",\"C=\",\"\"]}}\n"},
    {REDACT_SOME, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"Env\":[\"PATH=/bin\",\"PATHS=s\",\"TZ=x\",\"path=s\"],\"Cmd\":[\"x\"]}}"),
     "{\"Config\":{\"Env\":[\"PATH=/bin\",\"PATHS=" M "\",\"TZ=x\",\"path=" M "\"],\"Cmd\":[\"x\"]}}\n"},
    {REDACT_SOME, OPERATION_IMAGE_HISTORY, SLICE_INIT("[{\"Id\":\"a\",\"CreatedBy\":\"ENV A=s\"}]"), "[{\"Id\":\"a\",\"CreatedBy\":\"" M "\"}]\n"},
    {REDACT_SOME, OPERATION_IMAGE_INSPECT, SLICE_INIT("{\"ContainerConfig\":{\"Cmd\":[\"ENV A=s\"]},\"Config\":{\"Cmd\":[\"x\"]}}"),
     "{\"ContainerConfig\":{\"Cmd\":[\"" M "\"]},\"Config\":{\"Cmd\":[\"x\"]}}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Path\":\"sh\",\"Args\":[\"-c\",\"s\"],\"Config\":{\"Cmd\":null,\"Entrypoint\":[\"e\"],\"Tty\":false}}"),
     "{\"Path\":\"" M "\",\"Args\":[\"" M "\",\"" M "\"],\"Config\":{\"Cmd\":null,\"Entrypoint\":[\"" M "\"],\"Tty\":false}}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"HostConfig\":{\"Binds\":[\"/s:/d:ro\",\"vol:/d\",\"/s\"],\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/s\",\"Target\":\"/t\"}]}}"),
     "{\"HostConfig\":{\"Binds\":[\"" M ":/d:ro\",\"vol:/d\",\"" M "\"],\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"" M "\",\"Target\":\"/t\"}]}}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"State\":{\"Health\":{\"Log\":[{\"ExitCode\":0,\"Output\":\"s\"}]}},\"GraphDriver\":{\"Data\":{\"a\":\"s\",\"b\":{\"c\":[\"s\",1,true]}},\"Name\":\"vfs\"}}"),
     "{\"State\":{\"Health\":{\"Log\":[{\"ExitCode\":0,\"Output\":\"" M "\"}]}},\"GraphDriver\":{\"Data\":{\"a\":\"" M "\",\"b\":{\"c\":[\"" M "\",0,false]}},\"Name\":\"vfs\"}}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Id\":\"1\",\"Command\":\"s\",\"Labels\":{\"a\":\"s\",\"b\":\"\"}},{\"Id\":\"2\",\"Labels\":{}}]"),
     "[{\"Id\":\"1\",\"Command\":\"" M "\",\"Labels\":{\"a\":\"" M "\",\"b\":\"\"}},{\"Id\":\"2\",\"Labels\":{}}]\n"},
    {REDACT_SOME, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Labels\":{\"secret.a\":\"s\",\"s\\u0065cret.b\":\"s\",\"public\":\"p\",\"secre\":\"p\"}}]"),
     "[{\"Labels\":{\"secret.a\":\"" M "\",\"s\\u0065cret.b\":\"" M "\",\"public\":\"p\",\"secre\":\"p\"}}]\n"},
    {REDACT_ALL, OPERATION_CONFIG_LIST, SLICE_INIT("[{\"Spec\":{\"Name\":\"c\",\"Data\":\"czNjcjN0\"}}]"),
     "[{\"Spec\":{\"Name\":\"c\",\"Data\":\"" VIEW_MASK_BASE64 "\"}}]\n"},
    {REDACT_ALL, OPERATION_SWARM_INSPECT, SLICE_INIT("{\"JoinTokens\":{\"Worker\":\"s\",\"Manager\":\"s\"},\"ID\":\"x\"}"),
     "{\"JoinTokens\":{\"Worker\":\"" M "\",\"Manager\":\"" M "\"},\"ID\":\"x\"}\n"},
    {REDACT_ALL, OPERATION_SWARM_UNLOCKKEY, SLICE_INIT("{\"UnlockKey\":\"s\"}"), "{\"UnlockKey\":\"" M "\"}\n"},
    {REDACT_ALL, OPERATION_SYSTEM_INFO, SLICE_INIT("{\"HttpProxy\":\"http://u:s@h\",\"HttpsProxy\":\"http://h\",\"Labels\":[\"a=s\"],\"RegistryConfig\":{\"InsecureRegistryCIDRs\":[\"127.0.0.0/8\"],\"Mirrors\":[\"https://u:s@m\"],\"n\":{\"Secure\":true}}}"),
     "{\"HttpProxy\":\"" M "\",\"HttpsProxy\":\"http://h\",\"Labels\":[\"a=" M "\"],\"RegistryConfig\":{\"InsecureRegistryCIDRs\":[\"127.0.0.0/8\"],\"Mirrors\":[\"" M "\"],\"n\":{\"Secure\":true}}}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("{\"Processes\":[[\"root\",\"1\",\"sh -c s\"],[\"s\"],[]],\"Titles\":[\"UID\",\"PID\",\"CMD\"]}"),
     "{\"Processes\":[[\"root\",\"1\",\"" M "\"],[\"" M "\"],[]],\"Titles\":[\"UID\",\"PID\",\"CMD\"]}\n"},
    {REDACT_ALL, OPERATION_SYSTEM_EVENTS, SLICE_INIT("{\"status\":\"exec_create: sh -c s\",\"Type\":\"container\",\"Action\":\"exec_start: s\",\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"execID\":\"0af\",\"image\":\"i\",\"name\":\"n\",\"l\":\"s\",\"signal\":\"s\",\"exitCode\":\"137\"}}}\n{\"status\":\"health_status: healthy\"}\n"),
     "{\"status\":\"exec_create: " M "\",\"Type\":\"container\",\"Action\":\"exec_start: " M "\",\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"execID\":\"0af\",\"image\":\"i\",\"name\":\"n\",\"l\":\"" M "\",\"signal\":\"" M "\",\"exitCode\":\"137\"}}}\n{\"status\":\"health_status: healthy\"}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_WAIT, SLICE_INIT("{\"Error\":{\"Message\":\"s\"},\"StatusCode\":1}"), "{\"Error\":{\"Message\":\"" M "\"},\"StatusCode\":1}\n"},
    {REDACT_ALL, OPERATION_EXEC_INSPECT, SLICE_INIT("{\"ProcessConfig\":{\"tty\":false,\"entrypoint\":\"s\",\"arguments\":[\"s\"]}}"),
     "{\"ProcessConfig\":{\"tty\":false,\"entrypoint\":\"" M "\",\"arguments\":[\"" M "\"]}}\n"},
    {REDACT_ALL, OPERATION_VOLUME_LIST, SLICE_INIT("{\"Volumes\":[{\"Name\":\"v\",\"Options\":{\"o\":\"password=s\"}}],\"Warnings\":null}"),
     "{\"Volumes\":[{\"Name\":\"v\",\"Options\":{\"o\":\"" M "\"}}],\"Warnings\":null}\n"},
    {REDACT_SOME, OPERATION_CONFIG_LIST, SLICE_INIT("[{\"Spec\":{\"Data\":\"d\"}}]"), "[{\"Spec\":{\"Data\":\"d\"}}]\n"},
    /* names fold as Go's reader folds them; what can't be told is not passed */
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"config\":{\"ENV\":[\"A=s\"]}}"), "{\"config\":{\"ENV\":[\"A=" M "\"]}}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"\\u0045nv\":[\"A=s\"]}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"HoſtConfig\":{}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{},\"config\":{}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":[]}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":\"s\"}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":1}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":null}"), "{\"Config\":null}\n"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"Labels\":[\"s\"]}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"Labels\":{\"a\":1}}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"Labels\":{\"a\":{}}}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"Env\":[1]}}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Config\":{\"Env\":[\"A=s\""), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{}{}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_INSPECT, SLICE_INIT(""), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("{}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_LIST, SLICE_INIT("null"), "null\n"},
    {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("{\"Processes\":[[1]]}"), "refused"},
    {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("{\"Processes\":[\"s\"]}"), "refused"},
    {REDACT_ALL, OPERATION_SYSTEM_VERSION, SLICE_INIT("OK"), "passes"},
    {BY_LABEL, OPERATION_SYSTEM_VERSION, SLICE_INIT("OK"), "passes"},
    {BY_NAME, OPERATION_SWARM_INSPECT, SLICE_INIT("{}"), "passes"},
    /* visibility */
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Id\":\"1\",\"Labels\":{\"team\":\"a\"}},{\"Id\":\"2\",\"Labels\":{\"team\":\"b\"}},{\"Id\":\"3\",\"Labels\":{\"x\":\"\",\"public\":\"\"}},{\"Id\":\"4\",\"Labels\":null},{\"Id\":\"5\"}]"),
     "[{\"Id\":\"1\",\"Labels\":{\"team\":\"a\"}},{\"Id\":\"3\",\"Labels\":{\"x\":\"\",\"public\":\"\"}}]\n"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Id\":\"2\"},{\"Id\":\"3\",\"Labels\":{\"te\\u0061m\":\"\\u0061\"}},{\"Id\":\"4\"}]"), "[{\"Id\":\"3\",\"Labels\":{\"te\\u0061m\":\"\\u0061\"}}]\n"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Id\":\"2\"}]"), "[]\n"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[]"), "[]\n"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Labels\":{\"team\":\"b\",\"team\":\"a\"}}]"), "refused"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[\"s\"]"), "refused"},
    {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT("[[]]"), "refused"},
    {BY_LABEL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Id\":\"1\",\"Config\":{\"Labels\":{\"team\":\"a\"}}}"), "{\"Id\":\"1\",\"Config\":{\"Labels\":{\"team\":\"a\"}}}\n"},
    {BY_LABEL, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Id\":\"1\",\"Config\":{\"Labels\":{\"team\":\"aa\"}}}"), "hidden"},
    {BY_NAME, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Names\":[\"/web1\"]},{\"Names\":[\"/db2\"]},{\"Names\":[\"/x\",\"/db\"]},{\"Names\":null}]"), "[{\"Names\":[\"/web1\"]},{\"Names\":[\"/x\",\"/db\"]}]\n"},
    {BY_NAME, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Name\":\"/a/web\"}"), "hidden"},
    {BY_NAME, OPERATION_NETWORK_INSPECT, SLICE_INIT("{\"Name\":\"webnet\",\"Containers\":{\"1\":{\"Name\":\"db\"},\"2\":{\"Name\":\"x\"},\"3\":{\"Name\":\"web\"}},\"Labels\":{}}"),
     "{\"Name\":\"webnet\",\"Containers\":{},\"Labels\":{}}\n"},
    {BY_LABEL, OPERATION_NETWORK_INSPECT, SLICE_INIT("{\"Name\":\"n\",\"Labels\":{\"public\":\"1\"},\"Status\":{\"IPAM\":{\"Subnets\":{\"10.0.0.0/8\":{\"IPsInUse\":7,\"DynamicIPsAvailable\":249},\"fd00::/64\":{\"IPsInUse\":7}}}}}"),
     "{\"Name\":\"n\",\"Labels\":{\"public\":\"1\"},\"Status\":{\"IPAM\":{\"Subnets\":{\"10.0.0.0/8\":{\"IPsInUse\":0,\"DynamicIPsAvailable\":0},\"fd00::/64\":{\"IPsInUse\":0}}}}}\n"},
    {BY_LABEL, OPERATION_IMAGE_INSPECT, SLICE_INIT("{\"Config\":{\"Labels\":{\"public\":\"1\"}},\"Manifests\":[{\"ImageData\":{\"Containers\":[\"1\",\"2\"],\"Size\":{}}},{\"ImageData\":{\"Containers\":[]}},{\"ImageData\":{\"Containers\":null}}]}"),
     "{\"Config\":{\"Labels\":{\"public\":\"1\"}},\"Manifests\":[{\"ImageData\":{\"Containers\":[],\"Size\":{}}},{\"ImageData\":{\"Containers\":[]}},{\"ImageData\":{\"Containers\":null}}]}\n"},
    {BY_LABEL, OPERATION_IMAGE_LIST, SLICE_INIT("[{\"Manifests\":[{\"ImageData\":{\"Containers\":[\"1\"]}}],\"Labels\":{\"public\":\"1\"},\"Containers\":-1}]"),
     "[{\"Manifests\":[{\"ImageData\":{\"Containers\":[]}}],\"Labels\":{\"public\":\"1\"},\"Containers\":-1}]\n"},
    {BY_LABEL, OPERATION_IMAGE_LIST, SLICE_INIT("[{\"Manifests\":[{\"ImageData\":{\"Containers\":[1]}}],\"Labels\":{\"public\":\"1\"}}]"), "refused"},
    {REDACT_ALL, OPERATION_IMAGE_LIST, SLICE_INIT("[{\"Manifests\":[{\"ImageData\":{\"Containers\":[\"1\"]}}]}]"), "[{\"Manifests\":[{\"ImageData\":{\"Containers\":[\"1\"]}}]}]\n"},
    {BY_LABEL, OPERATION_SYSTEM_DATA_USAGE, SLICE_INIT("{\"Images\":[{\"Labels\":{\"public\":\"1\"},\"Containers\":7}]}"), "{\"Images\":[{\"Labels\":{\"public\":\"1\"},\"Containers\":0}]}\n"},
    {REDACT_ALL, OPERATION_NETWORK_INSPECT, SLICE_INIT("{\"Status\":{\"IPAM\":{\"Subnets\":{\"10.0.0.0/8\":{\"IPsInUse\":7}}}}}"), "{\"Status\":{\"IPAM\":{\"Subnets\":{\"10.0.0.0/8\":{\"IPsInUse\":7}}}}}\n"},
    {BY_LABEL, OPERATION_NETWORK_LIST, SLICE_INIT("[{\"Name\":\"n\",\"Containers\":{\"1\":{\"Name\":\"db\"}},\"Labels\":{\"public\":\"1\"}}]"), "[{\"Name\":\"n\",\"Containers\":{},\"Labels\":{\"public\":\"1\"}}]\n"},
    {BY_LABEL, OPERATION_VOLUME_LIST, SLICE_INIT("{\"Volumes\":[{\"Labels\":{\"public\":\"\"}},{\"Labels\":null}],\"Warnings\":null}"), "{\"Volumes\":[{\"Labels\":{\"public\":\"\"}}],\"Warnings\":null}\n"},
    {BY_LABEL, OPERATION_SYSTEM_EVENTS, SLICE_INIT("{\"Actor\":{\"Attributes\":{\"team\":\"a\"}}}\n{\"Actor\":{\"Attributes\":{\"name\":\"x\"}}}\n\x1e{\"a\":1}\n\x1e{\"Actor\":{\"Attributes\":{\"public\":\"\"}}}"),
     "{\"Actor\":{\"Attributes\":{\"team\":\"a\"}}}\n\x1e{\"Actor\":{\"Attributes\":{\"public\":\"\"}}}\n"},
    {BY_NAME, OPERATION_SYSTEM_EVENTS, SLICE_INIT("{\"Actor\":{\"ID\":\"db\"}}{\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"name\":\"web\"}}}{\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"l\":\"web\"}}}"),
     "{\"Actor\":{\"ID\":\"db\"}}\n{\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"name\":\"web\"}}}\n"},
    {BY_LABEL, OPERATION_SYSTEM_INFO, SLICE_INIT("{\"Containers\":7,\"ContainersRunning\":6,\"Images\":5,\"Name\":\"h\"}"), "{\"Containers\":0,\"ContainersRunning\":0,\"Images\":0,\"Name\":\"h\"}\n"},
    {BY_LABEL, OPERATION_SYSTEM_DATA_USAGE, SLICE_INIT("{\"LayersSize\":9,\"Images\":[{\"Labels\":{\"public\":\"\"}},{\"Labels\":{}}],\"Containers\":[{\"Labels\":{}}],\"BuildCache\":[{\"ID\":\"1\"}],\"ImageUsage\":{\"TotalSize\":3,\"Items\":[{\"Labels\":{\"team\":\"a\"}},{}]}}"),
     "{\"LayersSize\":0,\"Images\":[{\"Labels\":{\"public\":\"\"}}],\"Containers\":[],\"BuildCache\":[],\"ImageUsage\":{\"TotalSize\":0,\"Items\":[{\"Labels\":{\"team\":\"a\"}}]}}\n"},
    /* both */
    {BOTH, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Names\":[\"/db\"],\"Labels\":{\"k\":\"s\"}},{\"Names\":[\"/x\"],\"Labels\":{\"team\":\"a\"}},{\"Names\":[\"/y\"]}]"),
     "[{\"Names\":[\"/db\"],\"Labels\":{\"k\":\"" M "\"}},{\"Names\":[\"/x\"],\"Labels\":{\"team\":\"" M "\"}}]\n"},
    /* what bears another owner's label is hidden, whatever its name */
    {OWNED, OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"Names\":[\"/db\"],\"Labels\":{\"team\":\"b\"}},{\"Labels\":{\"team\":\"b\"},\"Names\":[\"/db\"]},{\"Names\":[\"/db\"]},{\"Labels\":{\"team\":\"a\"}},{\"Labels\":{\"team\":\"\"}}]"),
     "[{\"Names\":[\"/db\"]},{\"Labels\":{\"team\":\"a\"}}]\n"},
    {OWNED, OPERATION_CONTAINER_INSPECT, SLICE_INIT("{\"Name\":\"/db\",\"Config\":{\"Labels\":{\"team\":\"b\"}}}"), "hidden"},
    {OWNED, OPERATION_SYSTEM_EVENTS, SLICE_INIT("{\"Actor\":{\"Attributes\":{\"name\":\"db\",\"team\":\"b\"}}}{\"Actor\":{\"Attributes\":{\"name\":\"db\"}}}"), "{\"Actor\":{\"Attributes\":{\"name\":\"db\"}}}\n"},
};
/* clang-format on */

/* Runs an answer in pieces; what comes out is left in `out`. */
static const char *run(const struct answers_policy *p, const struct row *row, size_t first,
                       size_t step, struct buf *out)
{
    if (!answers_apply(p, row->op, 200)) {
        return "passes";
    }
    struct answers *a = answers_begin(p, row->op, 200);
    assert_non_null(a);
    enum answers_step result = ANSWERS_OK;
    for (size_t at = 0; at < row->in.len && result == ANSWERS_OK;) {
        size_t n = at == 0 && first > 0 ? first : step;
        struct slice piece = slice_sub(row->in, at, n);
        result = answers_feed(a, slice_of(guard_place(piece), piece.len));
        if (result == ANSWERS_OK) {
            buf_put(out, answers_ready(a));
            answers_taken(a);
        }
        at += n;
    }
    if (result == ANSWERS_OK) {
        result = answers_end(a);
        buf_put(out, result == ANSWERS_OK ? answers_ready(a) : SLICE(""));
    }
    answers_free(a);
    return result == ANSWERS_OK ? NULL : result == ANSWERS_HIDDEN ? "hidden" : "refused";
}

static void check(const struct answers_policy *p, const struct row *row, size_t first, size_t step)
{
    static char text[8192];
    struct buf out;
    buf_init(&out, text, sizeof(text));
    const char *said = run(p, row, first, step, &out);
    struct slice got = said != NULL ? slice_from_text(said) : buf_slice(&out);
    if (!slice_equal(got, slice_from_text(row->wanted))) {
        fail_msg("view %d: %.*s, cut at %zu, by %zu:\n%.*s\ninstead of\n%s", (int)row->view,
                 (int)row->in.len, row->in.at, first, step, (int)got.len, got.at, row->wanted);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t v = 0; v < NVIEWS; v++) {
        struct answers_policy *p = answers_policy_new(&VIEWS[v]);
        assert_non_null(p);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (rows[i].view != v) {
                continue;
            }
            check(p, &rows[i], 0, rows[i].in.len);
            check(p, &rows[i], 0, 1);
            for (size_t first = 1; first < rows[i].in.len; first++) {
                check(p, &rows[i], first, rows[i].in.len);
            }
        }
        answers_policy_free(p);
    }
}

#define SHOWN "{\"Labels\":{\"public\":\"\"}}"

#define EVENT "{\"Actor\":{\"Attributes\":{\"public\":\"\"}}}"

/* A visible element, `len` bytes of it without its end. */
static struct slice long_element(char *text, size_t len)
{
    struct buf in;
    buf_init(&in, text, len);
    buf_put(&in, SLICE("{\"Labels\":{\"public\":\"\"},\"y\":[{\"z\":[]}],\"x\":\""));
    memset(text + in.len, 'x', len - in.len);
    return slice_of(text, len);
}

/* An element of as many bytes as are held passes; one more does not, and the list goes on. Outside
 * of elements nothing is held, and a string may have any length. */
static void test_held(void **state)
{
    (void)state;
    static char text[ANSWERS_HELD_MAX + 128];
    struct answers_policy *p = answers_policy_new(&VIEWS[BY_LABEL]);
    assert_non_null(p);
    for (size_t over = 0; over < 2; over++) {
        struct slice in = long_element(text, ANSWERS_HELD_MAX + over - 1); /* the quote follows */
        struct answers *a = answers_begin(p, OPERATION_CONTAINER_LIST, 200);
        assert_int_equal(answers_feed(a, SLICE("[")), ANSWERS_OK);
        answers_taken(a);
        assert_int_equal(answers_feed(a, in), ANSWERS_OK);
        assert_false(answers_left_out(a));
        assert_int_equal(answers_feed(a, SLICE("\"")), ANSWERS_OK);
        assert_int_equal(answers_left_out(a), over == 1);
        assert_false(answers_left_out(a));
        answers_free(a);
    }
    answers_policy_free(p);
    p = answers_policy_new(&VIEWS[REDACT_ALL]);
    struct answers *a = answers_begin(p, OPERATION_CONFIG_INSPECT, 200);
    assert_int_equal(answers_feed(a, SLICE("{\"Spec\":{\"Data\":\"")), ANSWERS_OK);
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(answers_feed(a, slice_of(text, sizeof(text))), ANSWERS_OK);
        assert_true(answers_ready(a).len < 64);
        answers_taken(a);
    }
    assert_int_equal(answers_feed(a, SLICE("\"}}")), ANSWERS_OK);
    assert_int_equal(answers_end(a), ANSWERS_OK);
    answers_free(a);
    answers_policy_free(p);
}

/* What nothing looks at goes on its way piece by piece, and is held as the rest of its element is.
 */
static void test_passing(void **state)
{
    (void)state;
    static char text[ANSWERS_HELD_MAX / 4];
    memset(text, 'x', sizeof(text));
    struct answers_policy *p = answers_policy_new(&VIEWS[REDACT_ALL]);
    struct answers *a = answers_begin(p, OPERATION_CONTAINER_INSPECT, 200);
    assert_int_equal(answers_feed(a, SLICE("{\"X\":{\"a\":[\"")), ANSWERS_OK);
    for (size_t i = 0; i < 100; i++) {
        answers_taken(a);
        assert_int_equal(answers_feed(a, slice_of(text, sizeof(text))), ANSWERS_OK);
        assert_int_equal(answers_ready(a).len, sizeof(text));
    }
    answers_free(a);
    answers_policy_free(p);
    p = answers_policy_new(&VIEWS[BY_LABEL]);
    a = answers_begin(p, OPERATION_CONTAINER_LIST, 200);
    assert_int_equal(answers_feed(a, SLICE("[{\"X\":{\"a\":[\"")), ANSWERS_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(answers_left_out(a), 0);
        assert_int_equal(answers_feed(a, slice_of(text, sizeof(text))), ANSWERS_OK);
    }
    assert_true(answers_left_out(a));
    answers_free(a);
    answers_policy_free(p);
}

/* Names of up to 1,024 bytes are compared, in whatever way they are written. */
static void test_long_names(void **state)
{
    static const struct {
        size_t len;
        bool escaped; /* its first byte */
        bool shown;
    } cases[] = {
        {1024, false, true}, {1025, false, false}, {1024, true, true}, {1025, true, false}};
    (void)state;
    struct answers_policy *p = answers_policy_new(&VIEWS[BY_NAME]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[2048];
        struct buf in;
        buf_init(&in, text, sizeof(text));
        (void)buf_put(&in, SLICE("[{\"Names\":[\""));
        (void)buf_put(&in, cases[i].escaped ? SLICE("\\u0077eb") : SLICE("web"));
        memset(text + in.len, 'x', cases[i].len - 3);
        in.len += cases[i].len - 3;
        assert_true(buf_put(&in, SLICE("\"]}]")));
        struct answers *a = answers_begin(p, OPERATION_CONTAINER_LIST, 200);
        assert_int_equal(answers_feed(a, buf_slice(&in)), ANSWERS_OK);
        assert_int_equal(answers_ready(a).len > 1000, cases[i].shown);
        answers_free(a);
    }
    answers_policy_free(p);
}

/* Feeds `before`, an element that is too large, and `behind`, in pieces of `step` bytes. */
static void feed_around(struct answers *a, struct slice before, struct slice element,
                        struct slice behind, size_t step, struct buf *out)
{
    const struct slice parts[] = {before, element, behind};
    for (size_t i = 0; i < 3; i++) {
        for (size_t at = 0; at < parts[i].len; at += step) {
            assert_int_equal(answers_feed(a, slice_sub(parts[i], at, step)), ANSWERS_OK);
            assert_true(answers_ready(a).len + out->len < 256);
            buf_put(out, answers_ready(a));
            answers_taken(a);
        }
    }
}

/* What is too large is left out of a list, of events, and of what stands in one thing, wherever it
 * stands; a single thing is refused. */
static void test_left_out(void **state)
{
    (void)state;
    static char text[2 * ANSWERS_HELD_MAX];
    static const struct {
        enum operation_id op;
        struct slice before;
        struct slice behind;
        struct slice shown;
    } cases[] = {
        {OPERATION_CONTAINER_LIST, SLICE_INIT("["), SLICE_INIT("\"}]"), SLICE_INIT("[]\n")},
        {OPERATION_CONTAINER_LIST, SLICE_INIT("["), SLICE_INIT("\",\"a\":{\"]}\":[1]}}," SHOWN "]"),
         SLICE_INIT("[" SHOWN "]\n")},
        {OPERATION_CONTAINER_LIST, SLICE_INIT("[" SHOWN ","), SLICE_INIT("\"}," SHOWN "]"),
         SLICE_INIT("[" SHOWN "," SHOWN "]\n")},
        {OPERATION_CONTAINER_LIST, SLICE_INIT("[{\"n\":[{\"o\":"), SLICE_INIT("\"}}]}," SHOWN "]"),
         SLICE_INIT("[" SHOWN "]\n")},
        {OPERATION_VOLUME_LIST, SLICE_INIT("{\"Volumes\":["), SLICE_INIT("\"}],\"Warnings\":null}"),
         SLICE_INIT("{\"Volumes\":[],\"Warnings\":null}\n")},
        {OPERATION_SYSTEM_EVENTS, SLICE_INIT(EVENT "\n"), SLICE_INIT("\"}\n\x1e" EVENT "\n"),
         SLICE_INIT(EVENT "\n\x1e" EVENT "\n")},
    };
    struct answers_policy *p = answers_policy_new(&VIEWS[BY_LABEL]);
    assert_non_null(p);
    struct slice element = long_element(text, sizeof(text));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 1; step < sizeof(text); step = 3 * step + 1) {
            char room[512];
            struct buf out;
            struct answers *a = answers_begin(p, cases[i].op, 200);
            buf_init(&out, room, sizeof(room));
            feed_around(a, cases[i].before, element, cases[i].behind, step, &out);
            assert_int_equal(answers_end(a), ANSWERS_OK);
            buf_put(&out, answers_ready(a));
            assert_true(slice_equal(buf_slice(&out), cases[i].shown));
            assert_true(answers_left_out(a));
            answers_free(a);
        }
    }
    struct answers *a = answers_begin(p, OPERATION_CONTAINER_INSPECT, 200);
    assert_int_equal(answers_feed(a, element), ANSWERS_REFUSED);
    answers_free(a);
    answers_policy_free(p);
}

/* The first element is there before the second is. */
static void test_first_element_first(void **state)
{
    (void)state;
    struct answers_policy *p = answers_policy_new(&VIEWS[BOTH]);
    struct answers *a = answers_begin(p, OPERATION_CONTAINER_LIST, 200);
    assert_int_equal(answers_feed(a, SLICE("[{\"Names\":[\"/db\"]},{")), ANSWERS_OK);
    assert_true(slice_equal(answers_ready(a), SLICE("[{\"Names\":[\"/db\"]}")));
    answers_free(a);
    answers_policy_free(p);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        enum view view;
        enum operation_id op;
        struct slice query;
        bool refused;
    } cases[] = {
        {REDACT_ALL, OPERATION_CONTAINER_LOGS, SLICE_INIT(""), true},
        {REDACT_ALL, OPERATION_CONTAINER_ARCHIVE, SLICE_INIT(""), true},
        {REDACT_ALL, OPERATION_LIBPOD_CONTAINER_LIST, SLICE_INIT(""), true},
        {REDACT_ALL, OPERATION_CONTAINER_START, SLICE_INIT(""), false},
        {REDACT_ALL, OPERATION_CONTAINER_STATS, SLICE_INIT(""), false},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT(""), false},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("ps_args=aux"), false},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("a=b&ps_args=-ef"), false},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("ps_args=e"), true},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("ps_args=axe+-o+pid"), true},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("%70s_args=e"), true},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("ps_args=-ef&ps_args=e"), false},
        {REDACT_ALL, OPERATION_CONTAINER_TOP, SLICE_INIT("ps_args=e&ps_args=-ef"), true},
        {BY_LABEL, OPERATION_CONTAINER_STATS, SLICE_INIT(""), true},
        {BY_LABEL, OPERATION_CONTAINER_START, SLICE_INIT(""), true},
        {BY_LABEL, OPERATION_CONTAINER_LOGS, SLICE_INIT(""), true},
        {BY_LABEL, OPERATION_CONTAINER_CREATE, SLICE_INIT(""), true},
        {BY_LABEL, OPERATION_CONTAINER_LIST, SLICE_INIT(""), false},
        {BY_LABEL, OPERATION_SYSTEM_PING, SLICE_INIT(""), false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answers_policy *p = answers_policy_new(&VIEWS[cases[i].view]);
        struct slice said = answers_refusal(p, cases[i].op, cases[i].query);
        if ((said.len > 0) != cases[i].refused) {
            fail_msg("case %zu: %.*s", i, (int)said.len, said.at);
        }
        answers_policy_free(p);
    }
    struct operation_set raw = {{0}};
    operation_set_add(&raw, OPERATION_CONTAINER_LOGS);
    struct answers_policy *p =
        answers_policy_new(&(struct answers_settings){.redact = 1, .raw = &raw});
    assert_int_equal(answers_refusal(p, OPERATION_CONTAINER_LOGS, SLICE("")).len, 0);
    assert_int_not_equal(answers_refusal(p, OPERATION_CONTAINER_EXPORT, SLICE("")).len, 0);
    answers_policy_free(p);
}

/* Where a view shows some things only, each operation that the table calls UNITS has units. */
static void test_table(void **state)
{
    (void)state;
    struct answers_policy *p = answers_policy_new(&VIEWS[BOTH]);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (view_answer_get((enum operation_id)i)->visible == VIEW_VISIBLE_UNITS) {
            assert_true(answers_apply(p, (enum operation_id)i, 200));
        }
    }
    answers_policy_free(p);
}

/* Writes the rows into the folder that DOCKGATE_SEEDS names, for the fuzz target: view, operation,
 * answer. */
static void write_seeds(void)
{
    const char *folder = getenv("DOCKGATE_SEEDS");
    for (size_t i = 0; folder != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/answers/row%zu", folder, i);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        (void)fputc((int)rows[i].view % 4, f);
        (void)fputc((int)rows[i].op, f);
        (void)fwrite(rows[i].in.at, 1, rows[i].in.len, f);
        (void)fclose(f);
    }
}

/* What stands at a place of that kind when it holds the marker. NULL: nothing is masked there. */
static const char *marked(enum view_kind kind)
{
    static const char *const TEXTS[VIEW_KINDS] = {
        [VIEW_KIND_LABELS] = "{\"k\":\"s3cr3t\"}",
        [VIEW_KIND_ATTRIBUTES] = "{\"k\":\"s3cr3t\",\"signal\":\"s3cr3t\"}",
        [VIEW_KIND_ENV] = "[\"K=s3cr3t\",\"s3cr3t\"]",
        [VIEW_KIND_ENV_VALUE] = "\"s3cr3t\"",
        [VIEW_KIND_COMMAND] = "[\"s3cr3t\",{\"k\":\"s3cr3t\"}]",
        [VIEW_KIND_STEP] = "[\"s3cr3t\"]",
        [VIEW_KIND_ACTION] = "\"exec_start: s3cr3t\"",
        [VIEW_KIND_LAST] = "[\"k\",\"s3cr3t\"]",
        [VIEW_KIND_LABEL_LIST] = "[\"k=s3cr3t\",\"s3cr3t\"]",
        [VIEW_KIND_BIND] = "[\"/s3cr3t:/t\",\"./s3cr3t\"]",
        [VIEW_KIND_PATH] = "\"/s3cr3t\"",
        [VIEW_KIND_CREDENTIAL] = "{\"k\":\"s3cr3t\"}",
        [VIEW_KIND_USERINFO] = "\"http://u:s3cr3t@h\"",
        [VIEW_KIND_TOKEN] = "\"s3cr3t\"",
        [VIEW_KIND_DATA] = "\"s3cr3t\"",
    };
    return TEXTS[kind];
}

/* A document with only that place in it: "[].Spec.Data" as [{"Spec":{"Data":…}}]. */
static void put_document(struct slice path, const char *text, struct buf *out)
{
    char ends[64];
    size_t n = 0;
    while (path.len > 0) {
        size_t used = 2;
        if (path.at[0] == '[') {
            buf_put_byte(out, '[');
            ends[n++] = ']';
        } else if (path.at[0] == '{') {
            buf_put(out, SLICE("{\"m\":"));
            ends[n++] = '}';
        } else {
            used = path.at[0] == '.' ? 1 : 0;
            path = slice_sub(path, used, path.len);
            for (used = 0; used < path.len && strchr(".[{", path.at[used]) == NULL;) {
                used++;
            }
            buf_put(out, SLICE("{\""));
            buf_put(out, slice_sub(path, 0, used));
            buf_put(out, SLICE("\":"));
            ends[n++] = '}';
        }
        path = slice_sub(path, used, path.len);
    }
    buf_put(out, slice_from_text(text));
    while (n > 0) {
        buf_put_byte(out, ends[--n]);
    }
}

static enum operation_id operation_of(uint8_t document, unsigned *status)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct view_answer *answer = view_answer_get((enum operation_id)i);
        if (answer->document == document || answer->errors == document) {
            *status = answer->document == document ? 200 : 500;
            return (enum operation_id)i;
        }
    }
    return OPERATION_NONE;
}

/* No secret at any place that the table knows survives; and where nothing is to be masked, all
 * do. */
static void test_every_place(void **state)
{
    (void)state;
    static const struct {
        struct slice path;
        uint8_t document;
        uint8_t kind;
    } PLACES[] = {
#define VIEW(document, path, kind) {SLICE_INIT(path), VIEW_##document, VIEW_KIND_##kind},
#include "inspect/view.def"
    };
    struct answers_policy *p = answers_policy_new(&VIEWS[REDACT_ALL]);
    size_t checked = 0;
    write_seeds();
    for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
        char text[1024];
        struct buf in;
        unsigned status = 0;
        enum operation_id op = operation_of(PLACES[i].document, &status);
        assert_int_not_equal(op, OPERATION_NONE);
        if (marked((enum view_kind)PLACES[i].kind) == NULL) {
            continue;
        }
        buf_init(&in, text, sizeof(text));
        put_document(PLACES[i].path, marked((enum view_kind)PLACES[i].kind), &in);
        struct answers *a = answers_begin(p, op, status);
        enum answers_step step = answers_feed(a, buf_slice(&in));
        step = step == ANSWERS_OK ? answers_end(a) : step;
        struct slice out = answers_ready(a);
        if (step != ANSWERS_OK || memmem(out.at, out.len, "s3cr3t", 6) != NULL) {
            fail_msg("%.*s: step %d, %.*s", (int)in.len, in.at, (int)step, (int)out.len, out.at);
        }
        checked++;
        answers_free(a);
    }
    assert_true(checked > 150);
    answers_policy_free(p);
}

static void test_errors(void **state)
{
    (void)state;
    struct answers_policy *p = answers_policy_new(&VIEWS[REDACT_ALL]);
    assert_true(answers_apply(p, OPERATION_CONTAINER_START, 400));
    assert_false(answers_apply(p, OPERATION_CONTAINER_START, 204));
    assert_false(answers_apply(p, OPERATION_CONTAINER_INSPECT, 404));
    assert_false(answers_apply(p, OPERATION_CONTAINER_INSPECT, 304));
    assert_false(answers_apply(p, OPERATION_NONE, 200));
    struct answers *a = answers_begin(p, OPERATION_CONTAINER_START, 400);
    assert_int_equal(answers_feed(a, SLICE("{\"message\":\"s3cr3t: not found\"}")), ANSWERS_OK);
    assert_true(slice_equal(answers_ready(a), SLICE("{\"message\":\"" M "\"}\n")));
    answers_free(a);
    answers_policy_free(p);
}

static void test_absent(void **state)
{
    (void)state;
    static const struct {
        enum operation_id op;
        struct slice name;
        struct slice wanted;
    } cases[] = {
        {OPERATION_CONTAINER_INSPECT, SLICE_INIT("a\"b"),
         SLICE_INIT("{\"message\":\"No such container: a\\\"b\"}\n")},
        {OPERATION_IMAGE_INSPECT, SLICE_INIT("h:1/a"),
         SLICE_INIT("{\"message\":\"no such image: h:1/a: No such image: h:1/a:latest\"}\n")},
        {OPERATION_IMAGE_INSPECT, SLICE_INIT("a:1"),
         SLICE_INIT("{\"message\":\"no such image: a:1: No such image: a:1\"}\n")},
        {OPERATION_NETWORK_INSPECT, SLICE_INIT("n"),
         SLICE_INIT("{\"message\":\"network n not found\"}\n")},
        {OPERATION_VOLUME_INSPECT, SLICE_INIT("v"),
         SLICE_INIT("{\"message\":\"get v: no such volume\"}\n")},
        {OPERATION_SECRET_INSPECT, SLICE_INIT("s"),
         SLICE_INIT("{\"message\":\"secret s not found\"}\n")},
        {OPERATION_CONFIG_INSPECT, SLICE_INIT("c"),
         SLICE_INIT("{\"message\":\"config c not found\"}\n")},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        struct buf out;
        buf_init(&out, text, sizeof(text));
        answers_put_absent(cases[i].op, cases[i].name, &out);
        assert_true(slice_equal(buf_slice(&out), cases[i].wanted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_held),
        cmocka_unit_test(test_passing),     cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_left_out),    cmocka_unit_test(test_first_element_first),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_place), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
