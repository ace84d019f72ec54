/* What the engine says of containers: documents, each in every split, and the facts in them. */
#include "../support/guard.h"

#include "inspect/containers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* after the above, which it needs */
#include <cmocka.h>

static char told[4096];
static struct buf out;
static struct containers_reader reader;

static const char *const KINDS[] = {
    [CONTAINERS_ID] = "id",           [CONTAINERS_NAME] = "name",   [CONTAINERS_LABEL] = "label",
    [CONTAINERS_ADDRESS] = "address", [CONTAINERS_PID] = "pid",     [CONTAINERS_TYPE] = "type",
    [CONTAINERS_ACTION] = "action",   [CONTAINERS_OWNER] = "owner",
};

static void found(void *context, const struct containers_facts *facts)
{
    struct slice text = facts->text;
    struct containers_fact fact;

    assert_ptr_equal(context, &reader);
    while (containers_next(&text, &fact)) {
        (void)buf_putf(&out, "%s ", KINDS[fact.kind]);
        (void)buf_put(&out, fact.key);
        (void)buf_put(&out, fact.key.len > 0 ? SLICE("=") : SLICE(""));
        (void)buf_put(&out, fact.value);
        (void)buf_put(&out, SLICE(", "));
    }
    (void)buf_put(&out, facts->partial ? SLICE("PARTIAL") : SLICE(""));
    (void)buf_put(&out, facts->lost ? SLICE("LOST") : SLICE(""));
    (void)buf_put(&out, SLICE("; "));
}

/* clang-format off */
static const struct {
    enum containers_document document;
    const char *text;
    const char *says;
} ROWS[] = {
    {CONTAINERS_LIST, "[]", ""},
    {CONTAINERS_LIST,
     "[{\"Id\":\"ab\",\"Names\":[\"/web\",\"/other/link\",\"/web2\"],\"Image\":\"x\",\"Labels\":{\"a\":\"b\",\"\\u003cc\\u003e\":\"\\\"d\\n\"},"
     "\"HostConfig\":{\"NetworkMode\":\"x\"},\"NetworkSettings\":{\"Networks\":{\"one\":{\"IPAMConfig\":null,\"IPAddress\":\"10.0.0.2\","
     "\"GlobalIPv6Address\":\"fd00::2\"},\"two\":{\"IPAddress\":\"\"}}},\"Mounts\":[{\"Id\":\"no\"}]},{\"Id\":\"cd\",\"Labels\":null}]",
     "id ab, name web, name web2, label a=b, label <c>=\"d\n, address 10.0.0.2, address fd00::2, address , ; id cd, ; "},
    /* the same words elsewhere are others */
    {CONTAINERS_LIST, "[{\"Names\":{\"Id\":\"x\"},\"Config\":{\"Labels\":{\"a\":\"b\"}},\"id\":\"y\",\"Name\":\"/z\"}]", "; "},
    {CONTAINERS_LIST, "[[{\"Id\":\"x\"}]]", "; "},
    {CONTAINERS_ONE,
     "{\"Id\":\"ab\",\"State\":{\"Running\":true,\"Pid\":42,\"Health\":{\"Pid\":7}},\"Name\":\"/web\",\"Config\":{\"Env\":[\"A=B\"],\"Labels\":{\"k\":\"\"}},"
     "\"NetworkSettings\":{\"IPAddress\":\"1.2.3.4\",\"Networks\":{\"n\":{\"IPAddress\":\"10.0.0.3\"}}}}",
     "id ab, pid 42, name web, label k=, address 10.0.0.3, ; "},
    {CONTAINERS_EVENTS,
     "{\"status\":\"die\",\"id\":\"ab\",\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"ab\",\"Attributes\":{\"container\":\"cd\",\"x\":\"y\"}},\"time\":1}\n"
     "{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"n\",\"Attributes\":{\"container\":\"ef\"}}}",
     "type container, action die, id ab, owner cd, ; type network, action connect, id n, owner ef, ; "},
};
/* clang-format on */

static bool feed(struct slice in, size_t first, size_t step)
{
    bool ok = true;

    for (size_t at = 0; at < in.len && ok;) {
        struct slice part = slice_sub(in, at, at == 0 && first > 0 ? first : step);

        ok = containers_read(&reader, slice_of(guard_place(part), part.len));
        at += part.len;
    }
    return ok;
}

static bool read_all(enum containers_document document, struct slice in, size_t first, size_t step)
{
    buf_init(&out, told, sizeof(told));
    containers_init(&reader, document, found, &reader);
    return feed(in, first, step) && containers_complete(&reader);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct slice in = slice_from_text(ROWS[i].text);

        for (size_t split = 0; split <= in.len; split++) {
            bool ok = read_all(ROWS[i].document, in, split, split == 0 ? 1 : in.len);

            if (!ok || !slice_equal(buf_slice(&out), slice_from_text(ROWS[i].says))) {
                fail_msg("row %zu, split at %zu: %.*s", i, split, (int)out.len, told);
            }
        }
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"[",     "[{\"Id\":1", "[{\"Id\":}]",
                                        "{} {}", "nonsense",   "[]]"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(read_all(CONTAINERS_LIST, slice_from_text(texts[i]), 0, 1));
    }
}

static bool feed_text(const char *text)
{
    return containers_read(&reader, slice_from_text(text));
}

/* Labels without end leave room for names and addresses, and the next container is whole again. */
static void test_too_much(void **state)
{
    (void)state;
    buf_init(&out, told, sizeof(told));
    containers_init(&reader, CONTAINERS_LIST, found, &reader);
    assert_true(feed_text("[{\"Id\":\"ab\",\"Labels\":{\"x\":\""));
    for (size_t i = 0; i < LIMIT_CONTAINER; i++) {
        assert_true(feed_text("xy"));
    }
    assert_true(feed_text("\",\"a\":\"b\"},\"NetworkSettings\":{\"Networks\":{\"n\":{\"IPAddress\":"
                          "\"10.0.0.2\"}}}},{\"Id\":\"cd\"}]"));
    assert_true(slice_equal(buf_slice(&out),
                            SLICE("id ab, label a=b, address 10.0.0.2, PARTIAL; id cd, ; ")));
    buf_init(&out, told, sizeof(told));
    containers_init(&reader, CONTAINERS_LIST, found, &reader);
    assert_true(feed_text("[{\"Id\":\""));
    for (size_t i = 0; i < LIMIT_CONTAINER; i++) {
        assert_true(feed_text("a"));
    }
    assert_true(feed_text("\"},{\"Id\":\"cd\"}]"));
    assert_true(slice_equal(buf_slice(&out), SLICE("LOST; id cd, ; ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_much),
    };
    return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
